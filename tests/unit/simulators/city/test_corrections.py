"""What people of a city correct afterwards: `judge` takes it, and what was approved says what was."""

import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from zhendao.gateway.judging.corrections import read_corrections
from zhendao.gateway.judging.facts import read_facts
from zhendao.gateway.judging.judge import Judge, Judged
from zhendao.gateway.judging.policy import PolicyFile
from zhendao.gateway.registry.loading import read_registry
from zhendao.simulators.city.rates import Mistake, Rates
from zhendao.simulators.city.running import Run
from zhendao.simulators.city.scale import Scale
from zhendao.simulators.city.visits import MIN_MS
from zhendao.simulators.city.writing import write_city

FORGETFUL = Rates(
    caregivers=0, forgotten_out=150, forgotten_in=150, corrected=900, wrong_door=0, power_cuts=0, dead_readers=0
)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("city")
    write_city(Run(61, Scale("village", 3, 24, 240, 1), 2, FORGETFUL), folder)
    return folder


def judged(city: Path, *, corrected: bool) -> Judged:
    judge = Judge(read_registry(city / "registry", ZoneInfo("Asia/Shanghai"), "xuhui"), PolicyFile().policy(), 10_000)
    with (city / "events.jsonl").open("rb") as lines:
        for fact in read_facts(lines):
            judge.take(fact)
    if corrected:
        judge.correct(read_corrections((city / "corrections.jsonl").read_bytes().splitlines(keepends=True)))
    return judge.judged()


def told(city: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (city / "corrections.jsonl").read_bytes().splitlines()]


def test_each_is_of_a_visit_as_it_was_witnessed_and_the_truth_names_it(city: Path) -> None:
    visits = {one.visit_id.hex(): one for one in judged(city, corrected=False).visits}
    truth = {one["correction"]: one for one in json.loads((city / "truth.json").read_bytes())["visits"]}
    several = told(city)
    assert len(several) > 10
    assert {one["state"] for one in several} > {"approved"}
    assert [one["number"] for one in several] == list(range(1, len(several) + 1))
    for one in several:
        seen = visits[one["visit_id"]]
        assert one["seen"] == {"begin_ms": seen.begin_ms, "end_ms": seen.end_ms}
        mistakes = {Mistake.FORGOTTEN_OUT, Mistake.FORGOTTEN_IN} & set(truth[one["number"]]["mistakes"])
        assert {"no_check_out": Mistake.FORGOTTEN_OUT, "no_check_in": Mistake.FORGOTTEN_IN}[one["reason"]] in mistakes


def test_judged_with_them_what_was_approved_is_said_and_nothing_is_missing_there(city: Path) -> None:
    before, after = judged(city, corrected=False), judged(city, corrected=True)
    approved = {one["visit_id"]: one for one in told(city) if one["state"] == "approved"}
    truth = {one["correction"]: one for one in json.loads((city / "truth.json").read_bytes())["visits"]}
    lacking = [{one.visit_id.hex() for one in found.findings if one.kind == "no_out" and one.visit_id}
               for found in (before, after)]  # fmt: skip
    assert lacking[0] - lacking[1] == approved.keys()
    visits = {one.visit_id.hex(): one for one in after.visits}
    for name, one in approved.items():
        was, said = truth[one["number"]], visits[name]
        assert said.begin_ms is not None
        assert said.end_ms is not None
        assert abs(said.begin_ms - was["from_ms"]) <= 4 * MIN_MS
        assert abs(said.end_ms - was["to_ms"]) <= 4 * MIN_MS
