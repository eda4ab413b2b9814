"""Gap, fork, rollback, tamper: what is found in a terminal's journal, and that a whole one says nothing."""

from dataclasses import replace

import pytest

from samples.witnessed import DAY_S, DEVICE, HOUR_S, Witness, known
from zhendao.gateway.config import VisitsTable
from zhendao.gateway.judging.detectors import SURVEYS
from zhendao.gateway.judging.facts import Fact, fact_of
from zhendao.gateway.judging.findings import Finding
from zhendao.gateway.judging.hints import Hints
from zhendao.gateway.judging.judge import Judge
from zhendao.gateway.visits.drawing import policy_of
from zhendao.protocol.bodies import Boot, Previous, Tamper
from zhendao.protocol.vocabulary import BootReason, Mounting, Placement, TamperCause

OF_JOURNALS = [one for one in SURVEYS if one.kind in {"gap", "fork", "rollback", "tamper"}]


def found(facts: list[Fact], hints: Hints | None = None) -> list[tuple[str, int | None]]:
    return [(one.kind, one.measured) for one in findings(facts, hints)]


def findings(facts: list[Fact], hints: Hints | None = None) -> tuple[Finding, ...]:
    judge = Judge(known(), policy_of(VisitsTable()), 10_000, (), OF_JOURNALS, hints)
    for fact in facts:
        judge.take(fact)
    return judge.judged().findings


def a_day() -> Witness:
    home = Witness()
    home.boot(-HOUR_S, b"b", BootReason.FIRST)
    home.leave(HOUR_S, home.come(0))
    home.leave(5 * HOUR_S, home.come(4 * HOUR_S))
    return home


def restart(epoch: bytes, previous: Previous, reason: BootReason, seq: int) -> Fact:
    home = Witness(epoch=epoch, boot_id=b"r" * 16, began_s=DAY_S)
    body = Boot(
        bytes(16), reason, previous=previous, software="test", placement=Placement.HOME, mounting=Mounting.CRADLE
    )
    return home.add(body, DAY_S, seq=seq)


def test_a_whole_journal_says_nothing_even_when_told_twice() -> None:
    assert found([*a_day().facts, *a_day().facts]) == []


def test_a_journal_that_is_seen_from_its_middle_on_misses_nothing() -> None:
    assert found(a_day().facts[2:]) == []


def test_missing_numbers_are_counted_and_go_when_they_come() -> None:
    home = a_day()
    assert found([home.facts[0], *home.facts[3:]]) == [("gap", 2)]
    (one,) = findings([home.facts[0], *home.facts[3:]])
    assert one.subject == ("terminal", DEVICE.hex())
    assert one.visit_id is None
    assert one.text.zh == "终端日志缺少 2 条记录，应为连续编号、无一缺失"
    assert found(home.facts) == []


def test_so_few_as_the_policy_lets_pass_are_not_told() -> None:
    home = a_day()
    assert found([home.facts[0], *home.facts[3:]], Hints(gap_least=3)) == []


@pytest.mark.parametrize(("knew", "missing"), [(5, []), (9, [("gap", 4)])])
def test_the_next_journal_remembers_the_tail_of_the_one_before(knew: int, missing: list[tuple[str, int]]) -> None:
    home = a_day()
    new = restart(b"n" * 16, Previous(b"e" * 16, knew, bytes(32)), BootReason.JOURNAL_DAMAGED, 1)
    assert found([*home.facts, new]) == missing


def test_two_contents_under_one_number_are_a_fork() -> None:
    home = a_day()
    other = replace(home.facts[2].event, wall_ms=home.facts[2].event.wall_ms + 60_000)
    (one,) = findings([*home.facts, fact_of(other, home.facts[2].received_ms)])
    assert (one.kind, one.measured, one.expected, one.off_by) == ("fork", 1, 0, 1)
    assert "从第 3 条起" in one.text.zh


@pytest.mark.parametrize(("knew", "back"), [(5, []), (6, [("rollback", 1)]), (11, [("rollback", 6)])])
def test_a_start_before_what_it_remembers_is_a_rollback(knew: int, back: list[tuple[str, int]]) -> None:
    home = a_day()
    again = restart(b"e" * 16, Previous(b"e" * 16, knew, bytes(32)), BootReason.START, 6)
    assert found([*home.facts, again]) == back


def test_alarms_are_counted_by_cause_and_their_end_is_none() -> None:
    home = a_day()
    for cause, active in ((TamperCause.CASE, True), (TamperCause.CASE, False), (TamperCause.CASE, True),
                          (TamperCause.OFF_WALL, True)):  # fmt: skip
        home.add(Tamper(cause, active), 6 * HOUR_S)
    case, wall = findings(home.facts)
    assert (case.measured, case.subject[1]) == (2, f"{DEVICE.hex()}/case")
    assert case.text.en == "the terminal raised 2 alarms that its case was opened; there should be none"
    assert (wall.measured, wall.subject[1]) == (1, f"{DEVICE.hex()}/off_wall")
