"""A case is due the same day, escalates, hears both sides, and is decided by people; ours is upheld against nobody."""

import pytest

from zhendao.gateway.cases import life
from zhendao.gateway.cases.codes import REASONS
from zhendao.gateway.cases.errors import NotNowError
from zhendao.gateway.cases.outages import EXPLAINS, NOTHING, Explained, Outage, When, explained
from zhendao.gateway.cases.settings import CasesTable
from zhendao.gateway.cases.values import Act, Case, Decision, Side, State
from zhendao.gateway.judging.detectors import DETECTORS, SURVEYS

HOUR, DAY = 3_600_000, 86_400_000
AT = 1_790_035_200_000
"""08:00 in China."""
MIDNIGHT = AT + 16 * HOUR
TABLE = CasesTable()
VISIT = When(b"d" * 16, AT, None, 2 * HOUR)
DOWN = Explained("terminal_down", frozenset({"no_out"}))


def case(*kinds: str, why: Explained = NOTHING, level: str | None = "red", now_ms: int = AT) -> Case:
    return life.opened(b"v" * 16, VISIT, kinds or ("short",), ("E-1", "C-1", level), why, now_ms, TABLE).case


def both_heard(one: Case) -> Case:
    one = life.heard(one, Side.CAREGIVER, "老人让我早走", "王芳", AT).case
    return life.heard(one, Side.ELDER, "三次未接", "王芳", AT, reached=False).case


def decide(one: Case, how: Decision = Decision.ACKNOWLEDGED, reason: str = "other_time", **more: bool) -> Case:
    return life.decided(one, how, reason, "", "李明", AT + HOUR, **more).case


@pytest.mark.parametrize(
    ("seen_ms", "due_ms"),
    [
        (AT, MIDNIGHT),
        (MIDNIGHT - 4 * HOUR, MIDNIGHT),
        (MIDNIGHT - HOUR, MIDNIGHT + 3 * HOUR),
        (MIDNIGHT, MIDNIGHT + DAY),
    ],
)
def test_it_is_due_the_day_it_could_be_seen_and_never_at_birth(seen_ms: int, due_ms: int) -> None:
    assert life.due_ms(seen_ms, TABLE) == due_ms


def test_what_is_not_answered_in_time_goes_to_the_supervisors_once_and_can_still_be_decided() -> None:
    one = case()
    assert life.overdue(one, MIDNIGHT - 1).case == one
    late = life.overdue(one, MIDNIGHT)
    assert (late.case.state, [entry.act for entry in late.entries]) == (State.ESCALATED, [Act.ESCALATED])
    assert life.overdue(late.case, MIDNIGHT + 1).entries == ()
    assert decide(both_heard(late.case)).state is State.DECIDED


def test_nobodys_word_decides_alone() -> None:
    one = case()
    for heard in (one, life.heard(one, Side.ELDER, "没来", "王芳", AT).case):
        for how in (Decision.ACKNOWLEDGED, Decision.UPHELD):
            with pytest.raises(NotNowError):
                decide(heard, how)
    assert decide(both_heard(one), Decision.UPHELD).decision is Decision.UPHELD


def test_what_an_outage_explains_is_closed_by_its_reason_and_upheld_against_nobody() -> None:
    one = case("no_out", why=DOWN)
    assert one.explained == "terminal_down"
    assert decide(one, reason="terminal_down").state is State.DECIDED
    with pytest.raises(NotNowError):
        decide(one, reason="no_check_out")  # blames a person: both sides first
    with pytest.raises(NotNowError):
        decide(both_heard(one), Decision.UPHELD)
    with pytest.raises(NotNowError):
        decide(case("no_out", "outside", why=DOWN), reason="terminal_down")  # it explains one of the two


def test_fixed_needs_a_correction_and_may_be_said_after_it_cleared_the_case() -> None:
    one = both_heard(case())
    with pytest.raises(NotNowError):
        decide(one, Decision.FIXED)
    cleared = life.renewed(one, (), NOTHING, AT, TABLE).case
    assert cleared.state is State.CLEARED
    fixed = decide(cleared, Decision.FIXED, corrected=True)
    again = life.renewed(fixed, ("short",), NOTHING, AT + DAY, TABLE)  # the correction was withdrawn
    assert (again.case.state, again.case.due_ms, again.case.heard) == (State.OPEN, MIDNIGHT + DAY, frozenset())
    assert [entry.act for entry in again.entries] == [Act.REOPENED]


def test_what_was_decided_is_asked_again_only_for_something_new() -> None:
    one = decide(both_heard(case("short", "outside")))
    assert life.renewed(one, ("short",), NOTHING, AT, TABLE).case.state is State.DECIDED
    assert life.renewed(one, ("short", "no_out"), NOTHING, AT, TABLE).case.state is State.OPEN


def test_several_findings_are_one_case_and_each_change_is_a_line() -> None:
    one = case("short")
    more = life.renewed(one, ("short", "outside"), NOTHING, AT + 1, TABLE)
    assert (more.case.kinds, [(entry.act, entry.said) for entry in more.entries]) == (
        {"short", "outside"}, [(Act.FOUND, "outside short")],
    )  # fmt: skip
    assert life.renewed(more.case, ("outside", "short"), NOTHING, AT + 2, TABLE).entries == ()


def test_care_level_orders_the_queue_then_when_it_is_due() -> None:
    several = [case(level=level, now_ms=at) for level, at in (
        (None, AT), ("green", AT), ("red", AT + DAY), ("orange", AT), ("red", AT),
    )]  # fmt: skip
    queue = sorted(several, key=lambda one: one.place)
    assert [(one.care_level, one.opened_ms) for one in queue] == [
        ("red", AT), ("red", AT + DAY), ("orange", AT), ("green", AT), (None, AT),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("outage", "kinds"),
    [
        (Outage("terminal", AT + HOUR, AT + 3 * HOUR, b"d" * 16), {"no_out"}),
        (Outage("terminal", AT + HOUR, None), {"no_out"}),
        (Outage("terminal", AT + HOUR, None, b"x" * 16), set()),
        (Outage("terminal", AT - 2 * HOUR, AT), set()),
        (Outage("terminal", AT + 2 * HOUR + 1, None), set()),
    ],
    ids=["its own", "of all", "another terminal", "over before", "after the longest visit"],
)
def test_an_outage_explains_exactly_what_it_touched(outage: Outage, kinds: set[str]) -> None:
    assert explained({"no_out", "foreign_door", "short"}, VISIT, [outage]).kinds == kinds


def test_of_several_outages_the_nearest_to_the_terminal_gives_the_reason() -> None:
    several = [Outage(what, AT, None) for what in ("platform", "network", "terminal")]
    assert explained({"no_out"}, VISIT, several).reason == "terminal_down"
    assert explained({"no_out"}, VISIT, several[:2]).reason == "network_down"


def test_every_code_of_sandatas_list_has_an_answer_of_ours() -> None:
    assert {one.sandata for one in REASONS.values()} == {f"{n:02}" for n in range(1, 31)} | {"71"}
    assert all(one.text.zh and one.text.en for one in REASONS.values())


def test_outages_explain_findings_that_there_are() -> None:
    known = {one.kind for one in (*DETECTORS, *SURVEYS)}
    assert all(kinds <= known for kinds in EXPLAINS.values())
