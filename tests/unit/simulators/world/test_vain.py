"""What is left out changes nothing: a fleet comes back as if every attempt in vain had been made; and it is spread."""

from collections.abc import Callable

import pytest

from samples.lines import NS, Lines
from zhendao.device.link.postings import Up
from zhendao.simulators.world.invariants.spread import most_at_once
from zhendao.simulators.world.net import vain

COUNT = 40
Trouble = Callable[[Lines, int], None]


def darken(lines: Lines, change: int) -> None:
    lines.network.darken("broker", change)


def refuse(lines: Lines, change: int) -> None:
    lines.broker.refuse(change)
    if change > 0:
        lines.network.reset("broker")


def unroute(lines: Lines, change: int) -> None:
    for one in lines.terminals:
        lines.network.unroute(one.name, change)


def returns(trouble: Trouble, seed: int, after_s: float = 900) -> tuple[list[float], int]:
    """Return how long after the trouble's end each is back, and most of them in a tenth of a second."""
    lines = Lines(COUNT, seed)
    lines.run(40)
    trouble(lines, 1)
    lines.run(after_s)
    assert not any(one.up for one in lines.terminals)
    ended_ns = lines.clockwork.now_ns
    trouble(lines, -1)
    lines.run(120)
    assert all(one.up for one in lines.terminals)
    back = sorted(one.times(Up)[-1] - ended_ns / NS for one in lines.terminals)
    peak = max(sum(at <= other < at + 0.1 for other in back) for at in back)
    return back, peak


@pytest.mark.parametrize("trouble", [darken, refuse, unroute])
def test_a_fleet_comes_back_the_same_whether_attempts_in_vain_are_made_or_left_out(
    monkeypatch: pytest.MonkeyPatch, trouble: Trouble
) -> None:
    left_out = [returns(trouble, seed) for seed in range(4)]
    monkeypatch.setattr(vain, "ENOUGH", 10**9)
    made = [returns(trouble, seed, 60) for seed in range(4)]
    times = [[at for back, _ in one for at in back] for one in (left_out, made)]
    mean, like = (sum(one) / len(one) for one in times)
    assert mean == pytest.approx(like, rel=0.2)
    assert max(times[0]) <= max(times[1]) + 0.5


@pytest.mark.parametrize("trouble", [darken, refuse])
def test_a_fleet_whose_broker_was_away_does_not_come_back_in_one_moment(trouble: Trouble) -> None:
    assert max(returns(trouble, seed)[1] for seed in range(5)) <= most_at_once(COUNT)


@pytest.mark.parametrize("trouble", [darken, refuse, unroute])
def test_a_day_without_a_link_costs_nothing(trouble: Trouble) -> None:
    lines = Lines(1)
    lines.run(5)
    trouble(lines, 1)
    happened = lines.clockwork.happened
    lines.run(60)
    soon = lines.clockwork.happened
    lines.run(86_400)
    assert lines.clockwork.happened - soon < 100
    assert soon - happened < 400


def test_a_call_for_help_wakes_who_sleeps() -> None:
    lines = Lines(1)
    lines.run(5)
    one = lines.terminals[0]
    lines.network.darken(one.name, 1)
    lines.run(600)
    tried = len(one.tried)
    one.link.hurry()
    lines.run(30)
    assert len(one.tried) > tried
    lines.network.darken(one.name, -1)
    lines.run(3)
    assert one.up
