"""One city, made, judged as `zhendao-gateway judge` judges it, and compared: what a worker does.

The judging reads nothing but the registry and the facts that were written for it.
"""

import resource
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from compare import Tally, compare
from truth import read_truth

from zhendao.command.uncollected import uncollected
from zhendao.gateway.judging.commands import judge_by
from zhendao.gateway.judging.facts import read_facts
from zhendao.gateway.judging.policy import read_policy
from zhendao.gateway.registry.commands import DEFAULT_TENANT
from zhendao.gateway.registry.loading import read_registry
from zhendao.simulators.city.rates import HONEST, Rates
from zhendao.simulators.city.running import Run
from zhendao.simulators.city.scale import Scale
from zhendao.simulators.city.writing import write_city


@dataclass(frozen=True, slots=True)
class Order:
    """Which city; ``honest``: nobody cheats in it."""

    seed: int
    scale: Scale
    days: int
    policy: Path | None
    honest: bool = False


@dataclass(slots=True)
class Came:
    """What one city came to; seconds of the processor, and the most memory that its worker had, in MiB."""

    seed: int
    tally: Tally
    made_s: float
    judged_s: float
    memory_mib: int


def work(order: Order) -> Came:
    """Make, judge, compare."""
    with tempfile.TemporaryDirectory(prefix="bench-city-") as name:
        folder = Path(name) / "city"
        begun = time.process_time()
        write_city(Run(order.seed, order.scale, order.days, HONEST if order.honest else Rates()), folder)
        made = time.process_time()
        with uncollected():
            policy = read_policy(order.policy or folder / "policy.toml")
            registry = read_registry(folder / "registry", ZoneInfo("Asia/Shanghai"), DEFAULT_TENANT)
            judge = judge_by(policy, registry)
            heard: dict[str, int] = {}
            with (folder / "events.jsonl").open("rb") as facts:
                for fact in read_facts(facts):
                    judge.take(fact)
                    device = fact.event.device.hex()
                    heard[device] = max(heard.get(device, 0), fact.received_ms)
            judged = judge.judged()
        done = time.process_time()
        tally = compare(read_truth(folder / "truth.json"), judged, registry, heard)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return Came(order.seed, tally, made - begun, done - made, most)
