"""A failing story is made small: tried on made-up failures, of which the smallest story is known."""

from collections.abc import Callable
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from zhendao.simulators.world.shrinking import simpler
from zhendao.simulators.world.shrinking.shrink import shrink
from zhendao.simulators.world.story.arguments import DAY, HOUR, Whole
from zhendao.simulators.world.story.kinds import KINDS
from zhendao.simulators.world.story.story import SETTINGS, Act, Story, act, check

FAULTS = ("power-cut", "link-cut", "disk-full", "clock-step", "kill")


@st.composite
def acts(draw: st.DrawFn) -> Act:
    at_ms = draw(st.integers(0, 8 * DAY))
    if draw(st.booleans()):
        return act(
            at_ms,
            f"caregiver {draw(st.integers(0, 3))}",
            "visit",
            terminal=draw(st.integers(0, 3)),
            slip=draw(st.sampled_from(["none", "double-tap"])),
        )
    kind = draw(st.sampled_from(FAULTS))
    given_ = {"for_ms": draw(st.integers(1, HOUR))} if "for_ms" in KINDS[kind].arguments else {}
    return act(at_ms, f"terminal {draw(st.integers(0, 3))}", kind, **given_)


stories = st.builds(
    lambda several, seed: Story(seed, 4, 10).with_acts(several), st.lists(acts(), max_size=25), st.integers(0, 99)
)


def with_kinds(*kinds: str) -> Callable[[Story], bool]:
    def fails(story: Story) -> bool:
        check(story)
        there = {one.kind for one in story.acts}
        return all(kind in there for kind in kinds)

    return fails


@given(stories, st.lists(st.sampled_from(FAULTS), min_size=1, max_size=3, unique=True))
@settings(max_examples=60)
def test_of_many_acts_only_those_are_left_that_it_takes(story: Story, wanted: list[str]) -> None:
    fails = with_kinds(*wanted)
    if not fails(story):
        return
    found = shrink(story, fails, most_runs=5000)
    assert found.finished
    assert fails(found.story)
    assert sorted(one.kind for one in found.story.acts) == sorted(wanted)
    assert found.story.terminals == 1
    assert found.story.days == 1
    assert all(one.arguments == {n: a.plain for n, a in one.of.arguments.items()} for one in found.story.acts)
    assert all(one.at_ms % HOUR == 0 for one in found.story.acts)


@given(stories)
@settings(max_examples=20)
def test_the_same_story_comes_to_the_same_one_in_no_more_runs_than_allowed(story: Story) -> None:
    ran: list[Story] = []

    def fails(one: Story) -> bool:
        ran.append(one)
        return sum(act_.number("for_ms") > 1000 for act_ in one.acts if "for_ms" in act_.arguments) >= 2

    if not fails(story):
        return
    ran.clear()
    first = shrink(story, fails, most_runs=30)
    assert first.runs == len(ran) <= 30
    assert first == shrink(story, fails, most_runs=30)
    assert fails(first.story)


def test_it_stops_when_told_to_and_says_so() -> None:
    story = Story(1, 4, 10).with_acts([act(n * HOUR, "terminal 0", "power-cut") for n in range(20)])
    answers = iter([False, False, True])
    found = shrink(story, lambda _: True, enough=lambda: next(answers))
    assert (found.runs, found.finished) == (2, False)


def test_a_failure_that_needs_a_length_keeps_that_length() -> None:
    story = Story(1, 2, 9).with_acts([act(3 * DAY + 7, "terminal 1", "link-cut", for_ms=2 * HOUR + 12_345)])

    def fails(one: Story) -> bool:
        return any(each.number("for_ms") >= 5_000_000 for each in one.acts)

    found = shrink(story, fails).story
    (left,) = found.acts
    assert (found.terminals, found.days, left.at_ms, left.who) == (1, 1, 0, "terminal 0")
    assert 5_000_000 <= left.number("for_ms") < 7_212_345


@given(stories)
def test_every_candidate_is_a_whole_story_and_a_simpler_one(story: Story) -> None:
    for one in [*simpler.fewer_terminals(story), *simpler.fewer_days(story), *simpler.plainer_settings(story)]:
        check(one)
        assert one != story
        assert (one.terminals, one.days, len(one.acts)) <= (story.terminals, story.days, len(story.acts))
    for one in story.acts:
        for other in simpler.plainer(one):
            assert other != one
            assert other.at_ms <= one.at_ms
            for name, argument in other.of.arguments.items():
                argument.take(other.arguments[name], name)


def test_settings_become_plain() -> None:
    given_ = {n: a.least if isinstance(a, Whole) else a.choices[-1] for n, a in SETTINGS.items()}
    story = replace(Story(1, 1, 1), settings=given_)
    found = shrink(story, lambda one: one.settings["rtc"] == 0)
    assert found.story.settings == {**{n: a.plain for n, a in SETTINGS.items()}, "rtc": 0}
