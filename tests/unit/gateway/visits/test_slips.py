"""What a reading too many has parted is joined, no check is lost; the same from any visit on. rule: TWO-TOKENS."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples.taps import check, token
from zhendao.gateway.visits.moments import Moment
from zhendao.gateway.visits.pairing import CheckFact, Limits, Pair, pair
from zhendao.gateway.visits.slips import Lasting, mended
from zhendao.protocol.vocabulary import ClockSource, Direction, Role, Strength

LIMITS = Limits(open_at_most_ms=16 * 3_600_000, doubled_within_ms=60_000)
MINUTE_MS = 60_000
TAPS = st.lists(
    st.tuples(
        st.sampled_from((10, 90, 130, 200, 290, 310, 1_200, 3_000, 5_300, 5_500, 30_000)),
        st.booleans(),  # the terminal remembers what is open
        st.sampled_from((b"door", b"door", b"door", b"other", None)),
        st.sampled_from((b"b", b"b", b"b", b"c")),
    ),
    max_size=14,
)


def facts(taps: list[tuple[int, bool, bytes | None, bytes]]) -> list[CheckFact]:
    """Return a lane as a terminal writes it: out while something is open, unless it has forgotten it."""
    found: list[CheckFact] = []
    at_s, opened = 0, 0
    for seq, (pause_s, remembers, door, boot) in enumerate(taps, 1):
        at_s += pause_s
        direction = Direction.OUT if opened and remembers else Direction.IN
        read = None if door is None else token(Role.DOOR, door)
        body = replace(check(direction, opened if direction is Direction.OUT else None), door=read)
        moment = Moment(boot, at_s * 10**9, at_s * 1000, 50, ClockSource.NTP)
        found.append(CheckFact(bytes(16), b"e", seq, bytes([seq]), moment, body, 0))
        opened = seq if direction is Direction.IN else 0
    return found


def drawn(checks: list[CheckFact], limits: Lasting | None) -> list[Pair]:
    return mended(pair(checks, frozenset(), LIMITS), 5 * MINUTE_MS, lambda *_: limits)


LASTING = st.sampled_from(
    [None, Lasting(30 * MINUTE_MS, 90 * MINUTE_MS, sure=True), Lasting(30 * MINUTE_MS, 90 * MINUTE_MS, sure=False)]
)


@given(TAPS, LASTING)
def test_every_check_is_in_one_visit_and_each_visit_in_order(
    taps: list[tuple[int, bool, bytes | None, bytes]], limits: Lasting | None
) -> None:
    checks = facts(taps)
    visits = drawn(checks, limits)
    held = [one.seq for visit in visits for one in visit.checks]
    assert sorted(held) == [one.seq for one in checks]
    for visit in visits:
        assert visit.first.seq == min(one.seq for one in visit.checks)
        inner = [one.seq for one in (*visit.rechecks, *([visit.last] if visit.last else []))]
        assert inner == sorted(inner)


@given(TAPS, LASTING)
def test_from_any_visit_on_the_same_visits_are_drawn(
    taps: list[tuple[int, bool, bytes | None, bytes]], limits: Lasting | None
) -> None:
    """A store draws a lane again from a visit on: it must not matter from which."""
    checks = facts(taps)
    visits = drawn(checks, limits)
    for at, visit in enumerate(visits):
        assert drawn([one for one in checks if one.seq >= visit.first.seq], limits) == visits[at:]


@given(TAPS, LASTING)
def test_what_comes_says_nothing_of_what_ended_two_visits_before(
    taps: list[tuple[int, bool, bytes | None, bytes]], limits: Lasting | None
) -> None:
    """A store draws again from two visits before what is new."""
    checks = facts(taps)
    before = drawn(checks[:-1], limits)
    assert drawn(checks, limits)[: max(0, len(before) - 2)] == before[: max(0, len(before) - 2)]


def test_slips_are_joined_by_what_the_service_allows() -> None:
    again = facts([(10, True, b"door", b"b"), (1_200, True, b"door", b"b"), (200, True, b"door", b"b"),
                   (1_200, True, b"door", b"b")])  # fmt: skip
    sure, unsure = (Lasting(30 * MINUTE_MS, 90 * MINUTE_MS, sure=one) for one in (True, False))
    enough = Lasting(20 * MINUTE_MS, 90 * MINUTE_MS, sure=False)
    assert [len(drawn(again, one)) for one in (sure, unsure, enough, None)] == [1, 1, 2, 2]
    (whole,) = drawn(again, sure)
    assert ([one.seq for one in whole.rechecks], whole.last) == ([2, 3], again[3])
    assert whole.signs == {"resumed"}


@pytest.mark.parametrize("sign", ["nothing", "another token", "weaker", "a finding"])
def test_a_copy_read_right_after_its_owner_has_gone_makes_a_visit_of_its_own(sign: str) -> None:
    came, went, again = facts([(10, True, b"door", b"b"), (3_000, True, b"door", b"b"), (200, True, b"door", b"b")])
    card = again.body.caregiver
    told = {
        "nothing": again,
        "another token": replace(again, body=replace(again.body, caregiver=replace(card, token_id=bytes(15) + b"x"))),
        "weaker": replace(again, body=replace(again.body, caregiver=replace(card, strength=Strength.UID))),
        "a finding": replace(again, evidence={"card": {"findings": ["weaker"]}}),
    }[sign]
    assert len(drawn([came, went, told], None)) == (1 if sign == "nothing" else 2)


def test_what_is_said_of_a_tag_at_both_checks_parts_nothing() -> None:
    """A carried terminal asks no tag anything: each of its readings may be an old one."""
    undated = {"door": {"findings": ["token_undated"]}}
    checks = facts([(10, True, b"door", b"b"), (3_000, True, b"door", b"b"), (200, True, b"door", b"b")])
    came, went, again = (replace(one, evidence=undated) for one in checks)
    assert len(drawn([came, went, again], None)) == 1
    older = replace(again, evidence={"door": {"findings": ["token_undated", "token_replayed"]}})
    assert len(drawn([came, went, older], None)) == 2
