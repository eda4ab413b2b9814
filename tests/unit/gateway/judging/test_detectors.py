"""Each finding says what was measured, what was expected, how far off, and what clears it; else nothing is said."""

from typing import Any

import pytest

from samples.witnessed import ANNA, BINA, HOUR_S, MINUTE_S, MORNING_MS, Witness, known
from zhendao.gateway.config import VisitsTable
from zhendao.gateway.judging.detectors import DETECTORS
from zhendao.gateway.judging.findings import Finding
from zhendao.gateway.judging.judge import Judge
from zhendao.gateway.visits.drawing import policy_of


def found(home: Witness, as_of_s: int | None = None, detectors: Any = DETECTORS) -> tuple[Finding, ...]:
    agreed = home.facts[0].event.body.caregiver.uid == ANNA
    registry = known() if agreed else known(schedules=[])
    judge = Judge(registry, policy_of(VisitsTable(max_s=3 * HOUR_S)), 10_000, detectors)
    for fact in home.facts:
        judge.take(fact)
    return judge.judged(None if as_of_s is None else MORNING_MS + as_of_s * 1000).findings


def visit(lasted_s: int, card: bytes = BINA) -> Witness:
    home = Witness()
    home.come(0, card)
    home.leave(lasted_s, 1, card)
    return home


def measures(one: Finding) -> tuple[str, int | None, int | None, int | None]:
    return one.kind, one.measured, one.expected, one.off_by


def test_a_short_visit_says_by_how_much() -> None:
    (one,) = found(visit(40 * MINUTE_S + 5))
    assert measures(one) == ("short", 2_405, HOUR_S, 1_195)
    assert one.text.zh == "服务时长 40 分 5 秒，下限 60 分，少 19 分 55 秒"
    assert one.text.en == "the service took 40 min 5 s, its minimum is 60 min: 19 min 55 s less"


def test_a_long_visit_says_by_how_much() -> None:
    (one,) = found(visit(3 * HOUR_S + 30))
    assert measures(one) == ("long", 10_830, 10_800, 30)
    assert one.text.zh == "服务时长 3 小时 30 秒，上限 3 小时，多 30 秒"


def test_a_service_has_limits_of_its_own_in_the_finding_too() -> None:
    assert [measures(one) for one in found(visit(20 * MINUTE_S, b"card-one"))] == [("short", 1_200, 1_800, 600)]
    assert found(visit(30 * MINUTE_S, b"card-one")) == ()


def test_a_missing_end_is_found_when_its_time_is_over_and_goes_when_the_end_comes() -> None:
    home = Witness()
    home.come(0)
    assert found(home, 90 * MINUTE_S - 1) == ()
    (one,) = found(home, 91 * MINUTE_S)
    assert measures(one) == ("no_out", 5_460, 5_400, 60)
    home.leave(80 * MINUTE_S, 1)
    assert found(home, 91 * MINUTE_S) == ()


@pytest.mark.parametrize("lasted_s", [HOUR_S, 2 * HOUR_S, 3 * HOUR_S])
def test_nothing_is_said_of_an_honest_visit(lasted_s: int) -> None:
    assert found(visit(lasted_s)) == ()


def test_a_detector_that_is_taken_away_takes_its_findings_along() -> None:
    left = [one for one in DETECTORS if one.kind != "short"]
    assert found(visit(60), detectors=left) == ()


def test_every_detector_has_a_name_of_its_own() -> None:
    assert len({one.kind for one in DETECTORS}) == len(DETECTORS)
