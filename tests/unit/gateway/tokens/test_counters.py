"""Counters of a tag, over all terminals: no honest life of a tag is ever suspected, no replay is missed."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.gateway.tokens.counters import Limits, Reading, judge, surely_after
from zhendao.gateway.tokens.findings import Finding

LIMITS = Limits(jump_at_most=5, jump_a_day=0, one_reading_ns=60 * 10**9)
HOUR_MS = 3_600_000


def reading(counter: int, at_ms: int, *, terminal: int = 1, fresh: bool = False, bound_ms: int = 50) -> Reading:
    """Return a reading at ``at_ms`` of the true time, by a terminal that knows it to ``bound_ms``."""
    return Reading(
        device=bytes((terminal,)) * 16,
        epoch=bytes((terminal,)) * 16,
        seq=at_ms + 1,
        h=at_ms.to_bytes(32, "big"),
        part=2,
        boot_id=bytes((terminal,)) * 16,
        mono_ns=at_ms * 10**6,
        counter=counter,
        fresh=fresh,
        challenge=bytes(8) + at_ms.to_bytes(8, "big") if fresh else None,
        earliest_ms=at_ms - bound_ms,
        latest_ms=at_ms + bound_ms,
    )


def judged(readings: list[Reading]) -> list[frozenset[Finding]]:
    return [judge(one, [other for other in readings if other is not one], LIMITS) for one in readings]


@dataclass(frozen=True)
class Life:
    """An honest life of one tag: each session raises its counter, terminals tell of times as well as they know them."""

    readings: list[Reading]
    unseen: list[int]


@st.composite
def lives(draw: st.DrawFn, most_unseen: int = 5) -> Life:
    at_ms, counter, readings, unseen = 10 * HOUR_MS, draw(st.integers(0, 1000)), [], []
    for _ in range(draw(st.integers(1, 12))):
        at_ms += draw(st.integers(60_001, 5 * HOUR_MS))
        skipped = draw(st.integers(0, most_unseen))
        counter += 1 + skipped
        unseen.append(skipped)
        terminal, fresh = draw(st.integers(1, 3)), draw(st.booleans())
        one = reading(counter, at_ms, terminal=terminal, fresh=fresh)
        match draw(st.sampled_from(["trusted", "vague", "unset"])):
            case "vague":
                off = draw(st.integers(-HOUR_MS, HOUR_MS))
                one = replace(one, earliest_ms=at_ms + off - HOUR_MS, latest_ms=at_ms + off + HOUR_MS)
            case "unset":  # nothing but when it came, which may be months later
                one = replace(one, earliest_ms=None, latest_ms=at_ms + draw(st.integers(0, 90 * 24)) * HOUR_MS)
        readings.append(one)
    return Life(readings, unseen)


@given(lives())
def test_an_honest_tag_is_never_suspected_whatever_came_late(life: Life) -> None:
    # Judged is the set: a reading that came months later from an offline terminal stands in it like any other.
    assert all(found == frozenset() for found in judged(life.readings))


@given(lives(), st.data())
def test_while_a_reading_has_not_come_yet_nothing_but_a_jump_is_said(life: Life, data: st.DataObject) -> None:
    come = data.draw(st.lists(st.sampled_from(life.readings), unique=True, min_size=1))
    for found in judged(come):
        assert found <= {Finding.ELSEWHERE}


@given(lives(most_unseen=20))
def test_a_jump_is_said_exactly_where_more_was_unseen_than_is_allowed(life: Life) -> None:
    for place, (found, unseen) in enumerate(zip(judged(life.readings), life.unseen, strict=True)):
        assert (Finding.ELSEWHERE in found) == (place > 0 and unseen > LIMITS.jump_at_most)


@given(lives(), st.data())
def test_a_message_that_was_harvested_is_caught_at_the_next_genuine_reading(life: Life, data: st.DataObject) -> None:
    trusted = [replace(r, earliest_ms=r.latest_ms - 1, fresh=False, challenge=None) for r in life.readings]
    genuine = data.draw(st.sampled_from(trusted))
    later_ms = max(one.latest_ms for one in trusted) + HOUR_MS
    # The message had a counter that the tag passed, at a place where nobody of ours was listening; it is played later.
    harvested = reading(max(0, genuine.counter - 1), later_ms, terminal=9)
    [*_, found] = judged([*trusted, harvested])
    assert Finding.REPLAYED in found or Finding.CLONED in found


@given(lives(), st.data(), st.integers(1, 3))
def test_the_same_message_from_two_terminals_is_a_clone(life: Life, data: st.DataObject, terminal: int) -> None:
    played = data.draw(st.sampled_from(life.readings))
    where = bytes((terminal + 10,)) * 16
    copy = replace(played, device=where, epoch=where, boot_id=where, fresh=False, challenge=None)
    *_, found = judged([*life.readings, copy])
    assert Finding.CLONED in found
    there = judge(played, [copy], LIMITS)
    assert there == (frozenset() if played.fresh else {Finding.CLONED})  # what has a challenge of its own is genuine


def test_the_same_message_again_at_one_terminal_is_a_replay_and_the_first_is_not() -> None:
    first, again = reading(7, HOUR_MS), reading(7, 2 * HOUR_MS)
    assert judged([first, again]) == [frozenset(), {Finding.REPLAYED}]
    assert judged([again, first]) == [{Finding.REPLAYED}, frozenset()]


def test_one_reading_in_two_events_is_no_replay() -> None:
    first = reading(7, HOUR_MS)
    assert judged([first, replace(first, seq=first.seq + 1, h=bytes(32))]) == [frozenset(), frozenset()]


def test_two_chips_that_answer_challenges_with_one_counter_are_clones() -> None:
    assert judged([reading(7, HOUR_MS, fresh=True), reading(7, 9 * HOUR_MS, fresh=True)]) == [{Finding.CLONED}] * 2


@pytest.mark.parametrize("came_first", [0, 1])
def test_an_offline_terminal_with_an_earlier_time_is_no_replay(came_first: int) -> None:
    offline, online = reading(4, HOUR_MS, terminal=1), reading(5, 2 * HOUR_MS, terminal=2)
    both = [offline, online]
    assert judged(both[::-1] if came_first else both) == [frozenset(), frozenset()]
    lying = replace(offline, earliest_ms=3 * HOUR_MS, latest_ms=3 * HOUR_MS)
    assert judged([lying, online]) == [{Finding.REPLAYED}, frozenset()]


@given(lives())
def test_after_is_never_said_of_what_was_before(life: Life) -> None:
    for place, one in enumerate(life.readings):
        assert not any(surely_after(one, later) for later in life.readings[place + 1 :])


def test_within_a_boot_readings_are_ordered_by_when_they_were_read_not_by_when_their_events_were_written() -> None:
    # The door tag waits for a card; touched again meanwhile, its second reading is in the earlier event.
    first, second = reading(7, HOUR_MS), reading(8, HOUR_MS + 30_000)
    first, second = replace(first, seq=20), replace(second, seq=19)
    assert judged([first, second]) == [frozenset(), frozenset()]


@pytest.mark.parametrize("days", [0, 1, 14])
def test_a_tag_that_hangs_in_a_readers_field_for_weeks_did_not_jump(days: int) -> None:
    limits = replace(LIMITS, jump_a_day=8)
    first, most = reading(7, HOUR_MS), 5 + 8 * days
    for unseen, found in ((most, frozenset()), (most + 1, {Finding.ELSEWHERE})):
        later = reading(8 + unseen, HOUR_MS + days * 86_400_000, bound_ms=0)
        assert judge(later, [replace(first, earliest_ms=HOUR_MS), reading(3, 0)], limits) == found
    vague = replace(first, earliest_ms=None, latest_ms=HOUR_MS)
    assert judge(reading(8 + most, HOUR_MS + days * 86_400_000), [vague], limits) == frozenset()


def test_of_two_with_one_counter_the_earlier_leaves_more_time() -> None:
    limits = replace(LIMITS, jump_a_day=8)
    both = [reading(7, HOUR_MS, fresh=True), reading(7, HOUR_MS + 2 * 86_400_000, terminal=2, fresh=True)]
    later = reading(8 + 5 + 16, HOUR_MS + 2 * 86_400_000 + 1, terminal=3)
    assert judge(later, both, limits) == judge(later, both[::-1], limits) == frozenset()
