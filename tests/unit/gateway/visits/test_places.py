"""A terminal that finds itself moved is a finding at the gateway; a survey and the way back are facts and no more."""

import pytest
from sqlalchemy import select

from samples.places import HOME
from samples.site import NOW_MS, Authority, Site
from zhendao.gateway.store.facts import findings
from zhendao.protocol.bodies import Fix, PositionWatch
from zhendao.protocol.vocabulary import Constellation, Datum, FixSign, WatchReason

FIX = Fix(
    lat_e7=HOME[0],
    lon_e7=HOME[1],
    datum=Datum.WGS84,
    hacc95_dm=100,
    age_ms=0,
    epochs=9,
    sats=9,
    hdop_centi=90,
    constellations=Constellation.GPS,
    signs=FixSign(0),
)


@pytest.mark.parametrize("order", [(1, 2, 3, 4), (1, 4, 3, 2)])
def test_a_terminal_that_was_moved_is_found_once(site: Site, authority: Authority, order: tuple[int, ...]) -> None:
    line = authority.terminal()
    for reason in (WatchReason.SURVEY, WatchReason.MOVED, WatchReason.WATCH):
        line.add(PositionWatch(FIX, reason))
    for seq in (*order, *order):
        site.take(line.message(seq, seq, 1), now_ms=NOW_MS)
    with site.store.reading() as connection:
        query = select(findings.c.kind, findings.c.seq, findings.c.zh).where(findings.c.healed_ms.is_(None))
        found = [tuple(row) for row in connection.execute(query) if row.kind == "moved"]
    assert [row[1] for row in found] == [3]
    assert "可能已被移动" in found[0][2]
