"""From a seed to a story: pure, the same everywhere, whole, and met by every kind of fault."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhendao.simulators.world.story.kinds import FAULTS, KINDS
from zhendao.simulators.world.story.plan import plan
from zhendao.simulators.world.story.profiles import PROFILES, ProfileError
from zhendao.simulators.world.story.story import Act, Story, check
from zhendao.simulators.world.story.storyfile import digest, from_json, to_json

SEEDS = st.integers(0, 2**63 - 1)
NAMES = st.sampled_from(list(PROFILES))
FEW = settings(max_examples=40, deadline=None)


def test_a_seed_is_the_same_story_everywhere() -> None:
    assert digest(plan(7, 3, 2, "calm")) == "e47f76b58234ec39"
    assert digest(plan(7, 3, 2, "everything")) == "b5612fffbab8edad"


@FEW
@given(SEEDS, st.integers(1, 7), st.integers(1, 5), NAMES)
def test_whatever_is_drawn_is_a_whole_story(seed: int, terminals: int, days: int, name: str) -> None:
    story = plan(seed, terminals, days, name)
    assert check(story) is story
    assert plan(seed, terminals, days, name) == story
    assert from_json(to_json(story)) == story
    assert all(one.end_ms <= story.quiet_from_ms for one in story.acts)


@FEW
@given(SEEDS, st.integers(1, 4), NAMES)
def test_no_fault_begins_at_a_target_before_the_last_of_its_kind_is_over(seed: int, days: int, name: str) -> None:
    lanes: dict[tuple[str, str], list[Act]] = {}
    for one in plan(seed, 4, days, name).acts:
        if one.of.is_fault or one.kind == "visit":
            lanes.setdefault((one.kind, one.who), []).append(one)
    for acts in lanes.values():
        assert all(before.end_ms < after.at_ms for before, after in pairwise(acts))


@FEW
@given(SEEDS, st.integers(1, 6), NAMES)
def test_three_terminals_more_change_nothing_at_the_others(seed: int, terminals: int, name: str) -> None:
    few, more = plan(seed, 3 * terminals, 2, name), plan(seed, 3 * terminals + 3, 2, name)

    def visits(story: Story) -> list[Act]:
        return [one for one in story.acts if one.kind == "visit" and one.number("terminal") < 3 * terminals]

    assert visits(few) == visits(more)
    whose = {f"terminal {n}" for n in range(3 * terminals)}
    faults = [one for one in few.acts if one.of.is_fault and one.who in whose]
    assert faults == [one for one in more.acts if one.of.is_fault and one.who in whose]


def test_calm_life_is_a_visit_a_day() -> None:
    story = plan(1, 1, 365)
    assert {one.kind for one in story.acts} == {"visit"}
    assert len(story.acts) == 365


def test_visits_cross_midnight() -> None:
    day_ms, local_ms = 86_400_000, 8 * 3_600_000
    visits = [one for one in plan(3, 3, 10, "links").acts if one.kind == "visit"]
    assert any((one.at_ms + local_ms) // day_ms != (one.end_ms + local_ms) // day_ms for one in visits)


def test_every_kind_is_drawn_within_a_few_seeds() -> None:
    met = {one.kind for seed in range(30) for one in plan(seed, 3, 3, "everything").acts}
    assert met == set(KINDS)


def test_every_fault_is_in_a_profile_of_its_own_and_in_everything() -> None:
    everything = {spell.kind for spell in PROFILES["everything"].spells}
    apart = {spell.kind for name, mix in PROFILES.items() if name != "everything" for spell in mix.spells}
    assert everything == apart == {kind.name for kind in FAULTS}


def test_seeds_differ_in_what_is_switched_on() -> None:
    mixes = {frozenset(one.kind for one in plan(seed, 2, 3, "everything").acts) for seed in range(20)}
    assert len(mixes) == 20


def test_an_unknown_profile_is_told() -> None:
    with pytest.raises(ProfileError) as caught:
        plan(1, 1, 1, "storms")
    assert "everything" in caught.value.explain("en")
    assert "可用" in caught.value.explain("zh")
