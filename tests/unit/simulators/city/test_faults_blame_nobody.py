"""A city in which everybody does everything right, and much fails: no finding asks a person. rule: SAME-DAY.

Made by `zhendao-sim city`, judged by the code of `judge`: what asked a person here would be a fault of ours that does.
"""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from zhendao.gateway.judging.blame import Blame
from zhendao.gateway.judging.facts import read_facts
from zhendao.gateway.judging.judge import Judge
from zhendao.gateway.judging.policy import PolicyFile
from zhendao.gateway.registry.loading import read_registry
from zhendao.simulators.city.rates import Rates
from zhendao.simulators.city.running import Run
from zhendao.simulators.city.scale import Scale
from zhendao.simulators.city.writing import write_city

AT_HOMES = Scale("homes", 3, 30, 300, 2)
HONEST_AND_NEAT = (
    "caregivers", "forgotten_out", "forgotten_in", "double_tap", "wrong_order", "taken_back", "lone_card",
    "strange_card", "tapped_thrice", "other_card", "wrong_door", "no_card", "left_early", "stayed_long", "late",
    "extra_visits", "sick_days", "gnss_drift",
)  # fmt: skip
FAULTS = replace(
    Rates(power_cuts=900, clock_lost=500, dead_links=300, street_outages=500, dead_readers=100, jammed_streets=500,
          platform_outages=500, broker_outages=500, gateway_outages=500,
          lying_time=700),
    **dict.fromkeys(HONEST_AND_NEAT, 0),
)  # fmt: skip


def test_whatever_fails_nobody_at_the_door_is_asked_about_it(tmp_path: Path) -> None:
    write_city(Run(4, AT_HOMES, 2, FAULTS), tmp_path)
    truth = json.loads((tmp_path / "truth.json").read_bytes())
    judge = Judge(
        read_registry(tmp_path / "registry", ZoneInfo("Asia/Shanghai"), "xuhui"), PolicyFile().policy(), 10_000
    )
    with (tmp_path / "events.jsonl").open("rb") as lines:
        for fact in read_facts(lines):
            judge.take(fact)
    findings = judge.judged().findings
    assert sum("not_witnessed" in visit["mistakes"] for visit in truth["visits"]) > 20
    caused = Counter(one.kind for one in findings if one.fault is not None)
    assert caused["no_out"] > 10
    # an elder's word is none of ours
    assert Counter(one.kind for one in findings if one.blames is Blame.PERSON and one.kind != "low_rating") == {}
    assert "missed" not in {one.kind for one in findings}
