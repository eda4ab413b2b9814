"""Valid days, and what was done together, stand in the store as `judge` has them, whatever comes late."""

from datetime import date, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from samples.hamlet import facts_of
from samples.site import NOW_MS, TENANT, Authority, Site, Terminal
from samples.taps import HOUR_NS, check
from zhendao.gateway.judging.judge import Judge, Judged
from zhendao.gateway.judging.share import TogetherTable
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.current import snapshot
from zhendao.gateway.registry.loading import load
from zhendao.gateway.surveys import attendance, pieces
from zhendao.gateway.surveys.attendance import Place
from zhendao.protocol.bodies import Undo
from zhendao.protocol.vocabulary import Direction

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
LONG, EVERY = 12 * HOUR_MS, 12 * HOUR_MS + 600_000
BEGAN = NOW_MS - 9 * DAY_MS
ALWAYS = date(2000, 1, 1), date(2100, 1, 1)


@pytest.fixture
def couple(tmp_path: Path, authority: Authority) -> tuple[Site, Terminal, Terminal]:
    """A gateway that knows one caregiver, and a couple with a terminal each in one home."""
    site = Site(tmp_path, authority, together=TogetherTable(40))
    both = authority.terminal(), authority.terminal()
    folder = tmp_path / "registry"
    folder.mkdir()
    rows = "".join(f"{line.device.hex()},home,P1,E{at},,2026-01-01\n" for at, line in enumerate(both))
    for name, text in {
        "places": "place_id,lat_e7,lon_e7,datum,radius_m,accuracy_m,valid_from\nP1,31,121,WGS-84,60,5,2026-01-01\n",
        "elders": "elder_id,name,place_id,valid_from\nE0,王秀兰,P1,2026-01-01\nE1,王建国,P1,2026-01-01\n",
        "caregivers": "caregiver_id,name,valid_from\nC1,李婉,2026-01-01\n",
        "tokens": f"token_id,uid,role,holder_id,valid_from\n,{b'card-one'.hex()},caregiver,C1,2026-01-01\n",
        "terminals": f"device,placement,place_id,elder_id,door_token,valid_from\n{rows}",
    }.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    load(site.store, Book(site.key), folder, zone=timezone(timedelta(hours=8)), tenant=TENANT)
    return site, *both


def stay(line: Terminal, begin_ms: int) -> None:
    for direction, at_ms in ((Direction.IN, begin_ms), (Direction.OUT, begin_ms + LONG)):
        opened_by = None if direction is Direction.IN else len(line.items)
        line.add(check(direction, opened_by), wall_ms=at_ms, mono_ns=HOUR_NS + (at_ms - BEGAN) * 10**6)


def by_judge(site: Site, now_ms: int) -> Judged:
    measures = site.measures()
    with site.store.reading() as connection:
        judge = Judge(
            snapshot(connection, Book(site.key)), measures.policy, measures.clock_ms, valid=measures.valid_rule,
            share_percent=measures.together.share_percent,
        )  # fmt: skip
        for fact in facts_of(connection, site):
            judge.take(fact)
    return judge.judged(now_ms)


def kept(site: Site) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    with site.store.reading() as connection:
        days = attendance.days_kept(connection, *ALWAYS, None, None, 1_000)
        done = pieces.kept(connection, None, None, (None, None), None, 1_000)
    return [one.as_json() for one in days], [{n: v for n, v in one.items() if n != "of"} for one in done]


def same(site: Site, now_ms: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    site.settle(now_ms)
    found, expected = kept(site), by_judge(site, now_ms)
    assert found[0] == [one.as_json() for one in expected.days]
    assert sorted(found[1], key=str) == sorted((one.as_json() for one in expected.together), key=str)
    return found


def test_work_that_hangs_together_over_days_is_one_piece_when_the_link_between_comes_late(
    couple: tuple[Site, Terminal, Terminal],
) -> None:
    site, first, second = couple
    for at in range(12):
        stay(first, BEGAN + at * EVERY)
        stay(second, BEGAN + at * EVERY + LONG // 2)
    site.take(first.message(1, 25))
    site.take(second.message(1, 13), second.message(16, 25))  # the seventh stay is still to come
    days, done = same(site, NOW_MS)
    assert [len(one["visits"]) for one in sorted(done, key=lambda one: one["begin_ms"])] == [13, 10]
    site.take(second.message(14, 15), now_ms=NOW_MS + 1)
    again, whole = same(site, NOW_MS + 1)
    assert [len(one["visits"]) for one in whole] == [24]
    assert sum(one["checks"] for one in again) == sum(one["checks"] for one in days) + 2 == 48
    site.store.close()


def test_a_check_that_is_taken_back_takes_its_day_with_it(couple: tuple[Site, Terminal, Terminal]) -> None:
    site, line, _ = couple
    stay(line, BEGAN)
    line.add(check(Direction.IN), wall_ms=BEGAN + 2 * DAY_MS, mono_ns=50 * HOUR_NS)
    site.take(line.message(1, 4))
    days, _ = same(site, NOW_MS)
    undo = Undo(4, check(Direction.IN).caregiver, 51 * HOUR_NS)
    line.add(undo, wall_ms=BEGAN + 2 * DAY_MS + 5, mono_ns=51 * HOUR_NS)
    site.take(line.message(5, 5))
    left, _ = same(site, NOW_MS + 1)
    assert left == days[:-1]
    site.store.close()


def test_pages_of_days_and_of_caregivers_miss_nothing(couple: tuple[Site, Terminal, Terminal]) -> None:
    site, line, _ = couple
    for at in range(5):
        stay(line, BEGAN + at * DAY_MS)
    site.take(line.message(1, 11))
    site.settle(NOW_MS)
    with site.store.reading() as connection:
        whole = attendance.days_kept(connection, *ALWAYS, None, None, 100)
        paged, after = [], None
        while page := attendance.days_kept(connection, *ALWAYS, "C1", after, 2):
            paged += page
            after = Place(page[-1].caregiver_id, page[-1].day)
        assert attendance.days_of_some(connection, *ALWAYS, None, None, 1) == whole
        assert attendance.days_of_some(connection, *ALWAYS, None, "C1", 1) == []
        assert attendance.days_kept(connection, whole[1].day, whole[2].day, None, None, 9) == whole[1:3]
    assert paged == whole
    assert len(whole) >= 5
    site.store.close()


def test_whole_weeks_and_months_are_those_that_a_span_touches() -> None:
    span = date(2026, 12, 30), date(2027, 1, 2)
    assert attendance.whole(*span, months=False) == (date(2026, 12, 28), date(2027, 1, 3))
    assert attendance.whole(*span, months=True) == (date(2026, 12, 1), date(2027, 1, 31))
    assert attendance.whole(date(2024, 2, 29), date(2024, 2, 29), months=True)[1] == date(2024, 2, 29)
