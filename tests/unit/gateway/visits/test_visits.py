"""Visits concluded from real messages: whatever the order of arrival, the same visits; late facts re-open them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from samples.site import NOW_MS, Authority, Site
from samples.taps import HOUR_NS, check, day, token
from zhendao.gateway.forward import outbox
from zhendao.gateway.store.conclusions import visits
from zhendao.protocol.bodies import Clock, Undo
from zhendao.protocol.vocabulary import ClockReason, ClockSource, Direction, Role


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def site(tmp_path: Path, authority: Authority) -> Iterator[Site]:
    site = Site(tmp_path, authority)
    yield site
    site.store.close()


def concluded(site: Site) -> list[dict[str, Any]]:
    with site.store.reading() as connection:
        rows = connection.execute(select(visits).where(visits.c.state != "withdrawn").order_by(visits.c.seq))
        return [{"revision": row.revision, **row.record} for row in rows]


def flags(visit: dict[str, Any]) -> set[str]:
    return {one["flag"] for one in visit["flags"]}


def test_two_visits_a_day_stay_two(site: Site, authority: Authority) -> None:
    line = authority.terminal()
    day(line)
    site.take(line.message(1, 5))
    found = concluded(site)
    assert [(one["in"]["seq"], one["out"]["seq"], one["duration_s"]) for one in found] == [(2, 3, 3600), (4, 5, 7200)]
    assert {one["state"] for one in found} == {"closed"}
    assert "short" not in flags(found[0])


def test_the_platform_is_owed_each_event_once_and_each_revision(site: Site, authority: Authority) -> None:
    line = authority.terminal()
    day(line)
    for seq in range(1, 6):
        site.take(line.message(seq, seq), line.message(seq, seq))
    with site.store.reading() as connection:
        owed = outbox.waiting(connection, "platform", 100)
        letters = outbox.letters(connection, site.key, [one for one in owed if one.record_type == "visit"])
    assert [one.record_type for one in owed].count("event") == 4
    assert len({(one.record.key, one.record.revision) for one in letters}) == len(letters) == 4
    assert {json.loads(one.payload)["revision"] for one in letters} == {1, 2}


def test_a_late_check_reopens_the_visit_that_it_touches(site: Site, authority: Authority) -> None:
    line = authority.terminal()
    day(line)
    site.take(line.message(1, 2))
    site.take(line.message(4, 5))
    assert [one["out"] and one["out"]["seq"] for one in concluded(site)] == [None, 5]
    site.take(line.message(3, 3))
    found = concluded(site)
    assert [(one["in"]["seq"], one["out"]["seq"], one["revision"]) for one in found] == [
        (2, 3, 3),
        (4, 5, 1),
    ]  # open, without its end, closed


def test_an_undone_check_makes_no_visit(site: Site, authority: Authority) -> None:
    line = authority.terminal()
    line.add(check(Direction.IN))
    site.take(line.message(1, 2))
    assert len(concluded(site)) == 1
    line.add(Undo(2, token(Role.CAREGIVER, b"card-two"), 1))
    site.take(line.message(3, 3))
    assert len(concluded(site)) == 1  # of another card: nobody takes back another's check
    line.add(Undo(2, token(Role.CAREGIVER, b"card-one"), 1))
    site.take(line.message(4, 4))
    assert concluded(site) == []


def test_an_open_visit_is_flagged_when_its_time_is_over(site: Site, authority: Authority) -> None:
    line = authority.terminal()
    line.add(check(Direction.IN))
    site.take(line.message(1, 2))
    (visit,) = concluded(site)
    assert visit["state"] == "open"
    assert "no_out" not in flags(visit)
    site.pipeline.watch(NOW_MS + 9 * 3_600_000)
    (visit,) = concluded(site)
    assert "no_out" in flags(visit)
    assert visit["revision"] == 2
    site.pipeline.watch(NOW_MS + 10 * 3_600_000)
    assert concluded(site) == [visit]


def test_a_trusted_time_redates_the_checks_of_its_boot(site: Site, authority: Authority) -> None:
    line = authority.terminal()
    event = line.add(check(Direction.IN), mono_ns=HOUR_NS, wall_ms=0, source=ClockSource.UNSET)
    site.take(line.message(1, 2))
    assert "clock_unset" in flags(concluded(site)[0])
    line.add(Clock(ClockReason.ANCHOR, NOW_MS, 100, ClockSource.GNSS, 2 * HOUR_NS), mono_ns=2 * HOUR_NS)
    site.take(line.message(3, 3))
    (visit,) = concluded(site)
    assert "clock_unset" not in flags(visit)
    assert visit["in"]["at_ms"] == NOW_MS - 3_600_000
    assert visit["in"]["redated"]
    assert 100 < visit["in"]["bound_ms"] < 1000
    assert event.wall_ms == 0
