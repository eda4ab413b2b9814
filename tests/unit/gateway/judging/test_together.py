"""Two caregivers with one elder, one caregiver with several elders: said, and every visit stays. rule: TIME."""

from typing import Any

import pytest

from samples.witnessed import ANNA, BINA, DEVICE, HOUR_S, MINUTE_S, Witness, known
from zhendao.gateway.config import VisitsTable
from zhendao.gateway.judging.judge import Judge, Judged
from zhendao.gateway.registry.snapshot import Terminal
from zhendao.gateway.visits.drawing import policy_of
from zhendao.protocol.vocabulary import Placement

WIFE, FAR = b"w" * 16, b"f" * 16


def judged(*witnesses: Witness, **more: Any) -> Judged:
    terminals = [
        Terminal(DEVICE, "E-1", "P-1", Placement.HOME, None),
        Terminal(WIFE, "E-2", "P-1", Placement.HOME, None),
        Terminal(FAR, "E-3", "P-3", Placement.HOME, None),
    ]
    judge = Judge(known(terminals=terminals), policy_of(VisitsTable()), 10_000, **more)
    for one in witnesses:
        for fact in one.facts:
            judge.take(fact)
    return judge.judged()


def stay(home: Witness, from_s: int, to_s: int, card: bytes = ANNA) -> None:
    home.leave(to_s, home.come(from_s, card), card)


def kinds(found: Judged) -> list[tuple[str, int]]:
    return [(one.kind, len(one.visits)) for one in found.together]


@pytest.mark.parametrize(("begins_s", "wanted"), [(30 * MINUTE_S, [("double_handed", 2)]), (30 * MINUTE_S + 1, [])])
def test_two_caregivers_with_one_elder_for_half_of_the_time(begins_s: int, wanted: list[tuple[str, int]]) -> None:
    home = Witness()
    stay(home, 0, HOUR_S)
    stay(home, begins_s, begins_s + HOUR_S, BINA)
    found = judged(home)
    assert kinds(found) == wanted
    assert len(found.visits) == 2
    assert kinds(judged(home, share_percent=40)) == [("double_handed", 2)]


def test_one_caregiver_with_a_couple_is_a_group_and_far_from_it_is_none() -> None:
    for device, wanted in ((WIFE, [("group", 2)]), (FAR, [])):
        home, other = Witness(), Witness(device=device)
        stay(home, 0, HOUR_S)
        stay(other, 60, HOUR_S + 60)
        assert kinds(judged(home, other)) == wanted


def test_the_same_caregiver_after_another_visit_is_no_company() -> None:
    home = Witness()
    stay(home, 0, HOUR_S)
    stay(home, HOUR_S + 120, 2 * HOUR_S, BINA)
    stay(home, 5 * HOUR_S, 6 * HOUR_S)
    assert kinds(judged(home)) == []


def test_what_hangs_together_by_a_third_is_one_set() -> None:
    home = Witness()
    stay(home, 0, 3 * HOUR_S)
    stay(home, 60, 75 * MINUTE_S, BINA)
    stay(home, 90 * MINUTE_S, 170 * MINUTE_S, BINA)
    (one,) = judged(home).together
    assert (one.kind, len(one.visits), one.end_ms - one.begin_ms) == ("double_handed", 3, 3 * HOUR_S * 1000)
