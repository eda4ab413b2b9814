"""A story: what a file may say, what it says wrongly, and that it is read back as it was written."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.simulators.world.story.arguments import DAY, HOUR, Argument, Kind, StoryError, Whole
from zhendao.simulators.world.story.kinds import FAULTS, KINDS
from zhendao.simulators.world.story.story import SETTINGS, Act, Story, act, check, clock_text
from zhendao.simulators.world.story.storyfile import as_text, clock_ms, digest, from_json, read, to_json, write

TERMINALS, DAYS = 5, 4


def _values(argument: Argument) -> st.SearchStrategy[int | str]:
    return (
        st.integers(argument.least, argument.most) if isinstance(argument, Whole) else st.sampled_from(argument.choices)
    )


@st.composite
def acts(draw: st.DrawFn) -> Act:
    kind: Kind = draw(st.sampled_from(list(KINDS.values())))
    whom = draw(st.sampled_from(kind.whom))
    who = f"{whom} {draw(st.integers(0, TERMINALS - 1))}" if whom in {"terminal", "caregiver"} else whom
    arguments = {name: draw(_values(argument)) for name, argument in kind.arguments.items()}
    for name in {"terminal", "number"} & arguments.keys():
        arguments[name] = draw(st.integers(0, TERMINALS - 1))
    for name, most in (("for_ms", HOUR), ("within_ms", HOUR)):
        if name in arguments:
            arguments[name] = min(int(arguments[name]), most)
    return act(draw(st.integers(0, (DAYS - 1) * DAY)), who, kind.name, **arguments)


@st.composite
def stories(draw: st.DrawFn) -> Story:
    settings = {name: draw(_values(argument)) for name, argument in SETTINGS.items()}
    seed = draw(st.integers(0, 2**63 - 1))
    return Story(seed, TERMINALS, DAYS, "hand", settings=settings).with_acts(draw(st.lists(acts(), max_size=12)))


@given(stories())
def test_a_story_is_read_back_as_it_was_written(story: Story) -> None:
    assert check(story) is story
    assert from_json(json.loads(json.dumps(to_json(story)))) == story
    assert from_json(json.loads(as_text(story))) == story
    assert digest(from_json(to_json(story))) == digest(story)


@given(st.integers(0, 99_999 * DAY + DAY - 1))
def test_a_time_is_read_back_as_it_was_written(at_ms: int) -> None:
    assert clock_ms(clock_text(at_ms)) == at_ms


@given(st.lists(acts(), max_size=8))
def test_the_order_in_which_acts_are_given_says_nothing(given_acts: list[Act]) -> None:
    other = sorted(given_acts, key=repr, reverse=True)
    story = Story(1, TERMINALS, DAYS)
    assert story.with_acts(given_acts) == story.with_acts(other)


def test_what_is_left_out_is_plain(tmp_path: Path) -> None:
    file = tmp_path / "story.json"
    file.write_text(
        '{"zhendao-story": 1, "seed": 7, "terminals": 2, "days": 1, "acts": ['
        '{"at": "0 08:30:00.250", "who": "terminal 1", "kind": "power-cut"}]}',
        "utf-8",
    )
    story = read(file)
    assert story.acts == (Act(8 * HOUR + 30 * 60_000 + 250, "terminal 1", "power-cut", {"for_ms": 30_000}),)
    assert story.number("delay_ms") == 80
    write(story, file)
    assert read(file) == story


GOOD = {"at": "0 08:30:00.000", "who": "terminal 1", "kind": "power-cut", "for_ms": 5}


@pytest.mark.parametrize(
    ("change", "where", "said"),
    [
        ({"kind": "power-cuts"}, "power-cuts", "no kind"),
        ({"who": "terminal 2"}, "power-cut", "0 to 1"),
        ({"who": "terminal"}, "power-cut", "terminal N"),
        ({"who": "terminal 01"}, "power-cut", "terminal N"),
        ({"who": "gateway"}, "power-cut", "terminal N"),
        ({"who": 3}, "acts[0]", "words"),
        ({"for_ms": 0}, "for_ms", "from 1"),
        ({"for_ms": True}, "for_ms", "from 1"),
        ({"for_ms": 1.5}, "for_ms", "from 1"),
        ({"for_ms": 25 * HOUR}, "power-cut", "between 0 and 0 18:00:00.000"),
        ({"lasts": 4}, "power-cut", "no argument 'lasts'"),
        ({"at": "0 8:30:00.000"}, "acts[0]", "HH:MM:SS"),
        ({"at": "0 24:00:00.000"}, "acts[0]", "HH:MM:SS"),
        ({"at": "0 18:00:00.001"}, "power-cut", "between"),
        ({"at": 30600000}, "acts[0]", "HH:MM:SS"),
        ({"kind": "gateway-kill", "who": "gateway", "when": "later", "for_ms": 5}, "when", "one of idle"),
        ({"kind": "visit", "who": "caregiver 0", "terminal": 2, "for_ms": 5}, "visit", "no argument 'for_ms'"),
        ({"kind": "hold", "token": "foreign-door", "number": 2}, "hold", "0 to 1"),
    ],
)
def test_a_wrong_act_is_told_with_its_place(change: dict[str, object], where: str, said: str) -> None:
    value = {"zhendao-story": 1, "seed": 7, "terminals": 2, "days": 1, "acts": [{**GOOD, **change}]}
    with pytest.raises(StoryError) as caught:
        from_json(value)
    assert where in caught.value.where
    assert said in caught.value.explain("en")
    assert "故事有误" in caught.value.explain("zh")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"terminals": 0}, "terminals"),
        ({"terminals": "2"}, "terminals"),
        ({"days": 4001}, "days"),
        ({"seed": -1}, "seed"),
        ({"zhendao-story": 2}, "version 1"),
        ({"settings": {"colour": 1}}, "may hold"),
        ({"settings": {"rtc": 1001}}, "0 to 1000"),
        ({"acts": {}}, "array"),
        ({"acts": [[]]}, "object"),
        ({"profile": 1}, "word"),
        ({"quiet_s": 86_401}, "quiet_s"),
        ({"more": 1}, "does not know more"),
    ],
)
def test_a_wrong_story_is_told(change: dict[str, object], said: str) -> None:
    with pytest.raises(StoryError, match=said):
        from_json({"zhendao-story": 1, "seed": 7, "terminals": 2, "days": 1, "acts": [], **change})


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda v: (
            st.lists(v)
            | st.dictionaries(
                st.sampled_from(["acts", "seed", "days", "terminals", "zhendao-story", "at", "who", "kind"]), v
            )
        ),
    )
)
def test_whatever_a_file_holds_ends_as_a_story_or_as_an_error_of_ours(value: object) -> None:
    with suppress(StoryError):
        from_json(value)


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoryError, match="cannot be read"):
        read(tmp_path / "none.json")
    (tmp_path / "text.json").write_text("seed: 7", "utf-8")
    with pytest.raises(StoryError, match="no JSON"):
        read(tmp_path / "text.json")


def test_every_fault_that_lasts_says_for_how_long() -> None:
    at_once = {kind.name for kind in FAULTS if "for_ms" not in kind.arguments}
    assert at_once == {"disk-rot", "clock-step", "link-reset"}


def test_every_kind_has_words_in_both_languages() -> None:
    for kind in KINDS.values():
        assert kind.text.zh != kind.text.en
        for whom in kind.whom:
            who = f"{whom} 0" if whom in {"terminal", "caregiver"} else whom
            one = act(0, who, kind.name)
            assert kind.text.zh in one.explain("zh")
            assert kind.text.en in one.explain("en")
