"""A full disk: nothing is acknowledged, nothing is half stored, and it goes on by itself when there is room again."""

from pathlib import Path

import pytest
from sqlalchemy import event, func, select

from samples.site import Authority, Site
from zhendao.gateway.errors import StoreFullError
from zhendao.gateway.store.facts import events
from zhendao.protocol.bodies import Sos


def test_a_full_disk_is_named_and_recovered_from(tmp_path: Path) -> None:
    authority = Authority()
    site = Site(tmp_path, authority)
    room = [0]

    @event.listens_for(site.store.engine, "begin")
    def bound(connection: object) -> None:
        # SQLite's own bound on a file: a write beyond it fails as on a full disk.
        if room[0]:
            connection.exec_driver_sql(f"PRAGMA max_page_count={room[0]}")  # type: ignore[attr-defined]

    line = authority.terminal()
    for number in range(400):
        line.add(Sos(number, drill=True))
    site.take(line.message(1, 1))
    with site.store.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    room[0] = pages + 4
    with pytest.raises(StoreFullError) as full:
        site.take(line.message(2, 401))
    assert "full" in full.value.explain("en")
    room[0] = 1_000_000
    outcome = site.take(line.message(2, 401), line.message(2, 401))
    assert outcome.events == 400
    (ack,) = site.acks(line, outcome)
    assert ack.held_seq == 401
    with site.store.reading() as connection:
        assert connection.execute(select(func.count()).select_from(events)).scalar_one() == 401
    site.store.close()
