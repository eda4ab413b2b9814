"""What the running gateway finds of a city is what `judge` finds of the same facts, whatever came when."""

from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from samples.hamlet import Sent, hamlet
from samples.judged import judged, named, standing
from samples.site import Site
from zhendao.gateway.cases.book import Book
from zhendao.gateway.place.settings import GeofenceTable, LearningTable
from zhendao.gateway.store.conclusions import visits
from zhendao.gateway.surveys import attendance, pieces
from zhendao.gateway.visits.services import ServiceTable
from zhendao.simulators.city.rates import Rates

DAY_MS = 86_400_000
FEW_MINUTES_MS = 600_000


def day_by_day(site: Site, sent: list[Sent]) -> int:
    """Deliver everything as it came, with time for surveys every few minutes; return when all days are over."""
    looked_ms = 0
    for at_ms, message in sent:
        site.take(message, now_ms=at_ms)
        if at_ms - looked_ms > FEW_MINUTES_MS:
            looked_ms = at_ms
            site.settle(at_ms)
    return sent[-1].received_ms + 2 * DAY_MS


def late_and_mixed(site: Site, sent: list[Sent]) -> int:
    """Deliver everything days later in no order, with restarts in between, and once more what had to wait."""
    mixed = list(sent)
    Random(4).shuffle(mixed)
    late_ms = sent[-1].received_ms + 3 * DAY_MS
    for at, one in enumerate([*mixed, *sent]):
        site.take(one.message, now_ms=late_ms + at)
        if at % 50 == 0:
            site.pipeline.watch(late_ms + at)
            site.store.close()
            site.open()
    return late_ms + 2 * len(sent)


STAYING = tuple(ServiceTable(code, max_s=20_000, recheck_s=10_800) for code in ("助餐", "助浴", "助洁", "护理", "巡访"))
OTHER_POLICY = {"services": STAYING, "fence": GeofenceTable(sure_percent=60), "learning": LearningTable(5, 40, 3, 9)}


FAULTS = Rates(
    power_cuts=900, clock_lost=400, dead_readers=150, dead_links=200, forgotten_out=200, other_card=150, lying_time=500
)
"""Much is dark, and nobody is asked about that; of what they forget they are."""
TWO_CARDS = Rates(other_card=300)


@pytest.mark.parametrize(
    ("arrive", "policy"),
    [
        (day_by_day, OTHER_POLICY),
        (late_and_mixed, OTHER_POLICY | {"rates": TWO_CARDS}),
        (day_by_day, {"rates": FAULTS}),
    ],
)
def test_a_gateway_finds_what_judge_finds(tmp_path: Path, arrive: Any, policy: dict[str, Any]) -> None:
    site, sent = hamlet(tmp_path, seed=9, days=3, **policy)
    at_ms = arrive(site, sent)
    site.settle(at_ms)
    expected = judged(site, at_ms)
    found = named([one.as_json() for one in expected.findings])
    assert len({kind for kind, *_ in found}) > 6
    assert standing(site) == found
    assert any("fault" in one for one in found.values()) or policy.get("rates") is not FAULTS
    joined = [one for one in expected.visits if any(flag["flag"] == "other_card" for flag in one.record["flags"])]
    assert joined or "rates" not in policy
    with site.store.reading() as connection:
        records = connection.execute(select(visits.c.record).where(visits.c.state != "withdrawn")).scalars().all()
        cases = {one.visit_id: one.kinds for one in Book(site.key).queue(connection, waiting=True, most=1_000)}
    assert {one["visit_id"]: one for one in records} == {one.visit_id.hex(): one.record for one in expected.visits}
    doubtful: dict[bytes, set[str]] = {}
    for one in expected.findings:
        if one.visit_id is not None and one.base_permille is None:
            doubtful.setdefault(one.visit_id, set()).add(one.kind)
    assert cases == doubtful
    with site.store.reading() as connection:
        days = attendance.days_kept(connection, date(2000, 1, 1), date(2100, 1, 1), None, None, 10_000)
        done = pieces.kept(connection, None, None, (None, None), None, 10_000)
    assert days == list(expected.days)
    for one in done:
        del one["of"]
    assert sorted(done, key=str) == sorted((one.as_json() for one in expected.together), key=str)
    site.store.close()
