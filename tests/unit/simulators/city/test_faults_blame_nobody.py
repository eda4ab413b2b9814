"""A city in which everybody does everything right, and much fails: no finding asks a person. rule: SAME-DAY.

Made by `zhendao-sim city`, judged by the code of `judge`: what asked a person here would be a fault of ours that does.
"""

import json
from collections import Counter
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
FAULTS = Rates(
    caregivers=0, forgotten_out=0, forgotten_in=0, double_tap=0, wrong_order=0, taken_back=0, left_early=0,
    lone_card=0, strange_card=0, tapped_thrice=0, other_card=0, wrong_door=0, no_card=0, extra_visits=0,
    stayed_long=0, late=0, sick_days=0, gnss_drift=0,
    power_cuts=900, clock_lost=500, dead_links=300, street_outages=500, platform_outages=500,
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
