"""What is drawn from a seed: the same again, and nothing that a lane cannot have."""

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.simulators.soak import plan
from zhendao.simulators.soak.plan import Kind, faults
from zhendao.simulators.soak.town import caregivers, town

LANES = [
    ("gateway", plan.GATEWAY),
    ("broker", plan.BROKER),
    ("platform", plan.PLATFORM),
    ("h01", (*plan.HOME, plan.SMALL_DISK, plan.CLOCK)),
]


@pytest.mark.parametrize(("lane", "spells"), LANES)
@given(seed=st.integers(0, 2**32))
def test_a_seed_gives_the_same_faults_again_within_their_bounds(
    lane: str, spells: tuple[plan.Spell, ...], seed: int
) -> None:
    drawn = list(islice(faults(seed, lane, spells), 40))
    assert drawn == list(islice(faults(seed, lane, spells), 40))
    allowed = {one.kind: one for one in spells}
    for fault in drawn:
        assert allowed[fault.kind].shortest_s <= fault.lasts_s <= allowed[fault.kind].longest_s
        assert fault.rest_s >= 3
        assert 0 <= fault.dice < 1


def test_lanes_and_seeds_differ() -> None:
    def kinds(seed: int, lane: str) -> list[Kind]:
        return [one.kind for one in islice(faults(seed, lane, plan.HOME), 20)]

    assert kinds(1, "h01") != kinds(1, "h02")
    assert kinds(1, "h01") != kinds(2, "h01")


@pytest.mark.parametrize(("lane", "spells"), LANES)
def test_every_fault_of_a_lane_comes(lane: str, spells: tuple[plan.Spell, ...]) -> None:
    assert {one.kind for one in islice(faults(0, lane, spells), 400)} == {one.kind for one in spells}


def test_no_card_and_no_place_is_there_twice() -> None:
    days = town(99)
    cards = [step.caregiver for day in days for step in day.steps]  # type: ignore[union-attr]
    assert len({one.uid for one in cards}) == len({one.key for one in cards}) == 2 * 99
    assert all(len(bytes.fromhex(one.uid)) == 7 for one in cards)
    assert len({day.home.spot for day in days}) == len({day.home.key for day in days}) == 99
    assert all(len(day.home.key) <= 6 for day in days), "a door tag's uid is made of it"
    assert caregivers(days[0]) == ("c010", "c011")
