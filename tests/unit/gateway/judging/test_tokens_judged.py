"""Weak token, replayed counter, clone: what is found of tokens, and that honest readings say nothing."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samples.taps import check
from samples.witnessed import ANNA, DAY_S, HOUR_S, Witness, known
from zhendao.gateway.config import VisitsTable
from zhendao.gateway.judging.blame import Blame
from zhendao.gateway.judging.detectors import DETECTORS, SURVEYS, readings
from zhendao.gateway.judging.findings import Finding
from zhendao.gateway.judging.judge import Judge
from zhendao.gateway.tokens.counters import Limits, Reading, judge
from zhendao.gateway.visits.drawing import least_of, policy_of
from zhendao.protocol.vocabulary import ClockSource, Direction, Placement

KINDS = {"weak_token", "replayed", "cloned", "tamper"}
ALIKE = settings(max_examples=200, derandomize=True)


def found(*homes: Witness, least: str = "signed") -> list[Finding]:
    table = VisitsTable(least_strength=least)
    detectors = [one for one in DETECTORS if one.kind in KINDS]
    surveys = [one for one in SURVEYS if one.kind in KINDS]
    judge = Judge(known(), policy_of(table, least_of(table)), 10_000, detectors, surveys=surveys)
    for home in homes:
        for fact in home.facts:
            judge.take(fact)
    return list(judge.judged().findings)


def kinds(*homes: Witness, least: str = "signed") -> list[str]:
    return [one.kind for one in found(*homes, least=least)]


def proof(counter: int | None, *findings: str, proved: str = "dynamic", fresh: bool = False) -> dict[str, Any]:
    return {"door": {"proved": proved, "findings": list(findings), "counter": counter, "fresh": fresh}}


def visits(*counters: int, **more: Any) -> Witness:
    """Return visits whose checks, an hour apart, show these counts of the door tag."""
    home = Witness(**more)
    for at, counter in enumerate(counters):
        if at % 2:
            home.leave(at * HOUR_S, at, evidence=proof(counter))
        else:
            home.come(at * HOUR_S, evidence=proof(counter))
    return home


def test_counters_that_rise_say_nothing_however_they_come() -> None:
    home = visits(3, 4, 9, 10)
    Random(3).shuffle(home.facts)
    assert kinds(home) == []


def test_a_count_below_one_that_was_read_before_is_a_replay_of_that_visit() -> None:
    (one,) = found(visits(3, 40, 9, 41))
    assert (one.kind, one.measured, one.expected, one.off_by) == ("replayed", 9, 41, 32)
    assert one.subject == ("door", b"door".hex())
    assert one.text.zh == "门牌的计数为 9，此前已读到 40，至少应为 41，低 32"
    assert one.text.en == "the counter of the door tag is 9; 40 was read before, so it should be 41 at least: 32 lower"


def test_where_the_clock_leaves_the_order_open_nothing_is_said() -> None:
    first = visits(40, 41)
    second = Witness(device=b"o" * 16, boot_id=b"o" * 16)
    second.come(2 * HOUR_S, evidence=proof(9), source=ClockSource.UNSET)
    assert kinds(first, second) == []


def test_a_lower_count_at_another_terminal_later_by_both_clocks_is_a_replay() -> None:
    second = Witness(device=b"o" * 16, boot_id=b"o" * 16)
    second.come(2 * HOUR_S, evidence=proof(9))
    (one,) = found(visits(40, 41), second)
    assert (one.kind, one.measured, one.expected) == ("replayed", 9, 42)


def test_a_count_at_two_terminals_is_a_copy() -> None:
    first, second = visits(3, 4), visits(4, 5, device=b"o" * 16, boot_id=b"o" * 16, epoch=b"p" * 16)
    assert kinds(first, second) == ["cloned", "cloned"]


def test_what_the_evidence_showed_is_told_with_its_sentence() -> None:
    home = Witness()
    home.come(0, evidence=proof(None, "token_weaker", proved="uid"))
    home.leave(HOUR_S, 1, evidence=proof(None, "token_weaker", proved="uid"))
    weak, one = found(home)
    assert (one.kind, one.measured, one.expected) == ("cloned", 1, 0)
    assert "可能是复制品" in one.text.zh
    assert (weak.kind, weak.measured, weak.expected, weak.off_by) == ("weak_token", 0, 1, 1)
    assert weak.text.zh == "门牌在 1 次服务中只证明了仅卡号，至少应为签名记录，低 1 级"


def card_and_door(*weaker: str) -> dict[str, Any]:
    """Return evidence of a check in which those that are named showed less than they can prove."""
    return {
        part: {"proved": "uid", "findings": ["token_weaker"] if part in weaker else [], "counter": None, "fresh": False}
        for part in ("door", "card")
    }


@pytest.mark.parametrize(
    ("weaker", "placement", "asks"),
    [
        (("card", "door"), Placement.HOME, Blame.EQUIPMENT),
        (("card", "door"), Placement.CARRIED, Blame.PERSON),
        (("card",), Placement.HOME, Blame.PERSON),
        (("door",), Placement.HOME, Blame.PERSON),
    ],
)
def test_a_reader_that_reads_less_of_both_is_asked_about_and_nobody_else(
    weaker: tuple[str, ...], placement: Placement, asks: Blame
) -> None:
    home = Witness()
    home.add(replace(check(Direction.IN), placement=placement), 0, evidence=card_and_door(*weaker))
    copies = [one for one in found(home) if one.kind == "cloned"]
    assert [one.blames for one in copies] == [asks] * len(weaker)


def test_an_answer_that_was_collected_before_is_a_replay() -> None:
    home = Witness()
    home.come(0, evidence=proof(None, "token_stale"))
    assert kinds(home) == ["replayed"]


@pytest.mark.parametrize(("least", "count"), [("uid", 0), ("signed", 0), ("dynamic", 2)])
def test_how_much_a_token_must_prove_is_the_policys(least: str, count: int) -> None:
    home = Witness()
    home.leave(HOUR_S, home.come(0))
    assert kinds(home, least=least) == ["weak_token"] * count


def test_a_weak_token_is_told_once_for_all_its_visits_and_of_no_visit() -> None:
    home = Witness()
    for day in range(3):
        home.leave(day * DAY_S + HOUR_S, home.come(day * DAY_S))
    card, door = found(home, least="dynamic")
    assert {one.visit_id for one in (door, card)} == {None}
    assert (card.subject, door.subject) == (("card", ANNA.hex()), ("door", b"door".hex()))
    assert "3 visits" in door.text.en


@pytest.mark.parametrize("said", ["token_slow", "token_undated", "token_unproved", "token_expired"])
def test_what_is_no_sign_of_a_copy_is_not_told_as_one(said: str) -> None:
    home = Witness()
    home.come(0, evidence=proof(None, said))
    assert kinds(home) == []


def test_an_opened_tag_is_told_of_its_visit() -> None:
    home = Witness()
    home.come(0, ANNA, evidence=proof(None, "token_opened"))
    (one,) = found(home)
    assert (one.kind, one.measured) == ("tamper", 1)
    assert one.visit_id is not None


READINGS = st.lists(
    st.builds(
        Reading, device=st.sampled_from([b"a", b"b"]), epoch=st.just(b"e"), seq=st.integers(1, 6), h=st.just(b""),
        part=st.just(0), boot_id=st.sampled_from([b"1", b"2"]), mono_ns=st.integers(0, 6), counter=st.integers(1, 6),
        fresh=st.booleans(), challenge=st.none(), earliest_ms=st.none() | st.integers(0, 12),
        latest_ms=st.integers(3, 14),
    ),
    max_size=5,
)  # fmt: skip


@ALIKE
@given(READINGS.map(lambda several: [one for one in several if (one.earliest_ms or 0) <= one.latest_ms]))
def test_a_tag_in_order_has_no_two_readings_that_contradict_each_other(several: list[Reading]) -> None:
    if readings.in_order(several):
        for one in several:
            others = [other for other in several if other is not one]
            assert not {str(word) for word in judge(one, others, Limits(99, 99, 0))}


def test_a_month_of_readings_in_order_is_seen_to_be_in_order() -> None:
    many = [
        Reading(b"a", b"e", at, b"", 0, b"1", at, at, fresh=False, challenge=None, earliest_ms=at * 9, latest_ms=at * 9)
        for at in range(1, 500)
    ]
    assert readings.in_order(many)
    assert not readings.in_order([*many, many[3]])


@pytest.mark.parametrize(("earliest_ms", "in_order"), [(4, True), (5, False)])
def test_one_millisecond_of_certainty_is_certainty(earliest_ms: int, in_order: bool) -> None:  # noqa: FBT001 - a case
    def read(device: bytes, counter: int, *when: int) -> Reading:
        one = Reading(
            device, b"e", 1, b"", 0, b"1", 0, counter, fresh=False, challenge=None, earliest_ms=0, latest_ms=9
        )
        return replace(one, earliest_ms=when[0], latest_ms=when[1])

    assert readings.in_order([read(b"a", 8, 3, 4), read(b"b", 7, earliest_ms, 9)]) is in_order
