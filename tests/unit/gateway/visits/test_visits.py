"""Visits concluded from real messages: whatever the order of arrival, the same visits; late facts re-open them."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from samples.site import NOW_MS, Authority, Site, Terminal
from samples.taps import HOUR_NS, check, day, token
from zhendao.gateway.forward import outbox
from zhendao.gateway.store.conclusions import visits
from zhendao.gateway.store.facts import events, findings
from zhendao.gateway.visits.conclude import BACKLOG
from zhendao.protocol.bodies import Clock, Previous, Undo
from zhendao.protocol.vocabulary import BootReason, ClockReason, ClockSource, Direction, Role


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


def test_a_backlog_is_acknowledged_before_it_is_judged_and_judged_when_nothing_comes(
    site: Site, authority: Authority
) -> None:
    line = authority.terminal()
    for hour in range(BACKLOG + 8):
        line.add(check(Direction.IN if hour % 2 == 0 else Direction.OUT), mono_ns=(hour + 1) * HOUR_NS)
    last = len(line.items)
    outcome = site.take(line.message(1, last - 2))
    assert site.acks(line, outcome)[0].held_seq == last - 2
    assert concluded(site) == []
    site.take(line.message(last - 1, last - 1))
    assert concluded(site) == []  # one alone waits behind what its lane waits for: no visit is drawn that is not one
    site.store.close()
    site.open()
    assert site.pipeline.watch(NOW_MS).conclusions > 0
    assert len(concluded(site)) == (BACKLOG + 8) // 2
    assert {one["state"] for one in concluded(site)[:-1]} == {"closed"}
    assert {one["revision"] for one in concluded(site)} == {1}
    site.take(line.message(last, last))
    assert concluded(site)[-1]["state"] == "closed"
    assert site.settle() == 0


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


def test_a_late_check_in_names_the_visit_anew_and_the_old_name_points_to_it(site: Site, authority: Authority) -> None:
    line = authority.terminal()
    line.add(check(Direction.IN))
    line.add(check(Direction.OUT, 2))
    site.take(line.message(1, 1))
    site.take(line.message(3, 3))
    (alone,) = concluded(site)
    assert "no_in" in flags(alone)
    site.take(line.message(2, 2))
    (whole,) = concluded(site)
    assert whole["visit_id"] != alone["visit_id"]
    with site.store.reading() as connection:
        rows = connection.execute(select(visits.c.record).where(visits.c.state == "withdrawn")).scalars()
        assert [row["successor"] for row in rows] == [whole["visit_id"]]


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


def boot(line: Terminal, name: int) -> None:
    line.start()
    line.boot_id = bytes([name]) * 16


def anchor(line: Terminal, wall_ms: int, mono_ns: int = HOUR_NS, source: ClockSource = ClockSource.NTP) -> None:
    line.add(Clock(ClockReason.ANCHOR, wall_ms, 100, source, mono_ns), mono_ns=mono_ns, wall_ms=wall_ms, source=source)


def unset(line: Terminal, direction: Direction, mono_ns: int, opened_by: int | None = None) -> None:
    line.add(check(direction, opened_by), mono_ns=mono_ns, wall_ms=7, source=ClockSource.UNSET)


DAY = 86_400_000


def test_a_boot_without_a_time_lies_between_its_neighbours_and_its_durations_are_exact(
    site: Site, authority: Authority
) -> None:
    line = authority.terminal()
    anchor(line, NOW_MS)
    boot(line, 1)
    unset(line, Direction.IN, HOUR_NS)
    unset(line, Direction.OUT, 3 * HOUR_NS, 4)
    site.take(line.message(1, 5), now_ms=NOW_MS + 9 * DAY)
    (visit,) = concluded(site)
    assert (visit["duration_s"], visit["duration_bound_ms"]) == (7200, 0)
    assert "clock_unset" in flags(visit), "for somebody to look at"
    begin = visit["in"]
    assert begin["method"] == "neighbours"
    assert begin["at_ms"] - begin["bound_ms"] == pytest.approx(NOW_MS + HOUR_NS // 10**6, abs=1000)
    assert begin["at_ms"] + begin["bound_ms"] == pytest.approx(NOW_MS + 9 * DAY, abs=11_000), "the arrival"
    boot(line, 2)
    anchor(line, NOW_MS + DAY)
    site.take(line.message(6, 7, 1, 3), now_ms=NOW_MS + 9 * DAY)
    (visit,) = concluded(site)
    begin = visit["in"]
    assert begin["at_ms"] + begin["bound_ms"] == pytest.approx(NOW_MS + DAY - 3_600_000, abs=1000), "the next boot"
    assert (visit["duration_s"], visit["duration_bound_ms"], begin["raw_ms"]) == (7200, 0, 7)


def test_a_terminal_that_never_had_a_time_is_bounded_by_its_arrival_alone(site: Site, authority: Authority) -> None:
    line = authority.terminal()
    unset(line, Direction.IN, HOUR_NS)
    unset(line, Direction.OUT, 2 * HOUR_NS, 2)
    site.take(line.message(1, 3))
    (visit,) = concluded(site)
    assert visit["duration_s"] == 3600
    assert {"clock_unset"} <= flags(visit)
    assert (visit["in"]["method"], visit["in"]["bound_ms"], visit["in"]["not_before_ms"]) == ("none", None, None)
    assert visit["in"]["not_after_ms"] == NOW_MS + 10_000


def test_a_new_journal_is_bounded_by_the_one_that_it_names(site: Site, authority: Authority) -> None:
    old = authority.terminal()
    anchor(old, NOW_MS)
    new = authority.terminal(
        device=old.device,
        key=old.key,
        boot_id=bytes([1]) * 16,
        boot_reason=BootReason.JOURNAL_DAMAGED,
        previous=Previous(old.epoch, 2, old.heads[2]),
    )
    unset(new, Direction.IN, HOUR_NS)
    site.take(new.message(1, 2), now_ms=NOW_MS + DAY)
    assert concluded(site)[0]["in"]["method"] == "none"
    site.take(old.message(1, 2), now_ms=NOW_MS + DAY)
    (visit,) = concluded(site)
    assert visit["in"]["method"] == "neighbours"
    assert visit["in"]["not_before_ms"] == pytest.approx(NOW_MS + 3_600_000, abs=1000)


def test_across_boots_a_duration_is_bounded(site: Site, authority: Authority) -> None:
    """The power fails during the visit, and the clock comes back by the network an hour later."""
    line = authority.terminal()
    line.add(check(Direction.IN), mono_ns=HOUR_NS, wall_ms=NOW_MS)
    boot(line, 1)
    unset(line, Direction.OUT, HOUR_NS, 2)
    anchor(line, NOW_MS + 3 * 3_600_000, 2 * HOUR_NS)
    site.take(line.message(1, 5), now_ms=NOW_MS + DAY)
    (visit,) = concluded(site)
    assert visit["duration_s"] == 7200
    assert 100 < visit["duration_bound_ms"] < 1000
    assert not {"clock_unset", "duration_unknown"} & flags(visit)


def test_a_time_after_its_arrival_is_in_dispute(site: Site, authority: Authority) -> None:
    line = authority.terminal()
    line.add(check(Direction.IN), mono_ns=HOUR_NS, wall_ms=NOW_MS + DAY)
    site.take(line.message(1, 2))
    (visit,) = concluded(site)
    assert "clock_disputed" in flags(visit)
    assert visit["in"]["at_ms"] - visit["in"]["bound_ms"] <= NOW_MS + 10_000, "both are within the bound"


def test_yesterdays_sky_after_a_reboot_puts_its_boot_in_dispute_and_nothing_before(
    site: Site, authority: Authority
) -> None:
    line = authority.terminal()
    line.add(check(Direction.IN), mono_ns=HOUR_NS, wall_ms=NOW_MS - 7_200_000)
    line.add(check(Direction.OUT, 2), mono_ns=2 * HOUR_NS, wall_ms=NOW_MS - 3_600_000)
    anchor(line, NOW_MS - 3_600_000, 2 * HOUR_NS)
    boot(line, 1)
    anchor(line, NOW_MS - DAY, source=ClockSource.GNSS)
    line.add(check(Direction.IN), mono_ns=2 * HOUR_NS, wall_ms=NOW_MS - DAY + 3_600_000)
    site.take(line.message(1, 7), now_ms=NOW_MS + 4 * 3_600_000)
    before, after = concluded(site)
    assert "clock_disputed" not in flags(before)
    assert "clock_disputed" in flags(after)
    assert after["in"]["at_ms"] + after["in"]["bound_ms"] >= NOW_MS
    with site.store.reading() as connection:
        query = select(findings.c.kind, findings.c.en).where(findings.c.healed_ms.is_(None))
        (found,) = connection.execute(query).all()
    assert found.kind == "clock_disputed"
    assert "may be forged" in found.en


@pytest.mark.parametrize("order", [(1, 2, 3, 4), (4, 3, 2, 1)])
def test_a_lie_that_the_terminal_found_out_later_puts_what_it_dated_in_dispute(
    site: Site, authority: Authority, order: tuple[int, ...]
) -> None:
    """Forged NTP from the start of a boot, three hours ahead; then the gateway is heard, and says what time it is."""
    line = authority.terminal()
    lie_ms = 3 * 3_600_000
    anchor(line, NOW_MS + lie_ms)
    line.add(check(Direction.IN), mono_ns=2 * HOUR_NS, wall_ms=NOW_MS + lie_ms + 3_600_000, source=ClockSource.NTP)
    told = (NOW_MS + 7_200_000, 5_000, ClockSource.HOLDOVER, 3 * HOUR_NS)
    truth = Clock(ClockReason.SOURCES_DISAGREE, *told, step_ms=lie_ms)
    line.add(truth, mono_ns=3 * HOUR_NS, wall_ms=NOW_MS + 7_200_000, source=ClockSource.HOLDOVER)
    for seq in order:
        site.take(line.message(seq, seq, 1), now_ms=NOW_MS + DAY)
    (visit,) = concluded(site)
    assert "clock_disputed" in flags(visit)
    begin = visit["in"]
    assert begin["at_ms"] - begin["bound_ms"] <= NOW_MS + 3_600_000 <= begin["at_ms"] + begin["bound_ms"], "the truth"
    with site.store.reading() as connection:
        assert connection.execute(select(findings.c.kind)).scalars().all() == ["clock_divided"]


@pytest.mark.parametrize("at_once", [True, False])
def test_a_vague_time_between_a_lie_and_the_truth_hides_neither_from_the_other(
    site: Site, authority: Authority, *, at_once: bool
) -> None:
    """Twenty seconds ahead by a liar; then a time so vague that it agrees with liar and truth; then the truth."""
    line, lie_ms = authority.terminal(), 20_000
    anchor(line, NOW_MS + lie_ms)
    line.add(check(Direction.IN), mono_ns=2 * HOUR_NS, wall_ms=NOW_MS + lie_ms + 3_600_000, source=ClockSource.NTP)
    wall_ms = NOW_MS + 7_200_000 + lie_ms // 2
    vague = Clock(ClockReason.SOURCES_DISAGREE, wall_ms, 15_000, ClockSource.HOLDOVER, 3 * HOUR_NS, step_ms=lie_ms)
    line.add(vague, mono_ns=3 * HOUR_NS, wall_ms=wall_ms, source=ClockSource.HOLDOVER)
    if not at_once:
        site.take(line.message(1, 4), now_ms=NOW_MS + DAY)
    anchor(line, NOW_MS + 3 * 3_600_000, 4 * HOUR_NS)
    site.take(line.message(1, 5) if at_once else line.message(5, 5, 1), now_ms=NOW_MS + DAY)
    begin = concluded(site)[0]["in"]
    assert begin["at_ms"] - begin["bound_ms"] <= NOW_MS + 3_600_000 <= begin["at_ms"] + begin["bound_ms"], "the truth"


def test_a_receiver_of_1999_beside_good_ntp_is_a_finding_and_no_flag(site: Site, authority: Authority) -> None:
    line = authority.terminal()
    anchor(line, NOW_MS)
    told = Clock(ClockReason.SOURCES_DISAGREE, NOW_MS, 100, ClockSource.NTP, HOUR_NS, step_ms=1024 * 7 * DAY)
    line.add(told, mono_ns=HOUR_NS, wall_ms=NOW_MS, source=ClockSource.NTP)
    line.add(check(Direction.IN), mono_ns=HOUR_NS, wall_ms=NOW_MS, source=ClockSource.NTP)
    site.take(line.message(1, 4), now_ms=NOW_MS + DAY)
    assert "clock_disputed" not in flags(concluded(site)[0])
    with site.store.reading() as connection:
        assert connection.execute(select(findings.c.kind)).scalars().all() == ["clock_divided"]


def test_raw_facts_are_not_touched_by_redating(site: Site, authority: Authority) -> None:
    line = authority.terminal()
    unset(line, Direction.IN, HOUR_NS)
    site.take(line.message(1, 2))

    def raw() -> list[Any]:
        with site.store.reading() as connection:
            return list(connection.execute(select(events).where(events.c.seq <= 2).order_by(events.c.seq)).all())

    before = raw()
    anchor(line, NOW_MS + 3_600_000, 2 * HOUR_NS)
    site.take(line.message(3, 3), now_ms=NOW_MS + DAY)
    assert concluded(site)[0]["revision"] == 2
    assert raw() == before
