"""A fleet that loses its broker, in a whole world: it is spread as it comes back, and one without jitter is seen."""

from collections.abc import Callable

import pytest

from zhendao.device.link.fleet import Fleet
from zhendao.device.link.schedule import CAP_S
from zhendao.device.link.trying import Trying
from zhendao.simulators.world.invariants.spread import Spread
from zhendao.simulators.world.story.story import Story, act
from zhendao.simulators.world.world import run

HOUR = 3_600_000
COUNT = 40


def outages(seed: int) -> Story:
    acts = (
        act(HOUR, "broker", "broker-restart", keeps="saved", for_ms=500),
        act(2 * HOUR, "broker", "broker-restart", keeps="all", for_ms=60_000),
        act(3 * HOUR, "network", "link-cut", how="silent", for_ms=300_000),
        act(4 * HOUR, "network", "link-reset"),
    )
    return Story(seed, COUNT, 1, acts=acts)


def breaches(seed: int) -> list[str]:
    return [one.invariant for one in run(outages(seed), invariants=(Spread,)).breaches]


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.long)])
def test_a_fleet_comes_back_spread_and_without_jitter_it_is_seen(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert breaches(seed) == []
    begin = Trying.__init__

    def without_jitter(self: Trying, _random: Callable[[], float], fleet: Fleet, retry_s: float = CAP_S) -> None:
        begin(self, lambda: 1.0, fleet, retry_s)

    monkeypatch.setattr(Trying, "__init__", without_jitter)
    assert set(breaches(seed)) == {"spread"}
