"""A history is told in words and drawn: nothing that happened is left out, and one history gives the same bytes."""

import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples.history import BREACHES, NOTES, STORY
from zhendao.device.feedback.moments import Moment, Signal
from zhendao.protocol.wording import Language
from zhendao.simulators.world.judge import notes as noting
from zhendao.simulators.world.reports import Acknowledged, Attempted, Effective, Faulted, Gauge, Sent
from zhendao.simulators.world.story.kinds import KINDS
from zhendao.simulators.world.telling.lane import FAMILIES, SHAPES
from zhendao.simulators.world.telling.picture import picture
from zhendao.simulators.world.telling.scale import Scale
from zhendao.simulators.world.telling.timeline import timeline
from zhendao.simulators.world.telling.words import SIGNALS, say, signal_of
from zhendao.simulators.world.trace import Note, Trace

SVG = "{http://www.w3.org/2000/svg}"
LANGUAGES: list[Language] = ["zh", "en"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_stands_in_it_once_and_in_order(language: Language) -> None:
    lines = list(timeline(STORY, NOTES, BREACHES, language, every=True))
    told = [found for line in lines if (found := re.match(r"  (\d\d:\d\d:\d\d\.\d{3})  (\w+(?: \d)?) ", line))]
    assert [one[1] for one in told] == sorted(one[1] for one in told)
    repeated = sum(int(found[1]) - 1 for line in lines if (found := re.search(r"×(\d+) → \d\d:", line)))
    begins = len(STORY.acts)
    ends = sum(one.of.is_fault and "within_ms" not in one.arguments for one in STORY.acts)
    assert len(told) + repeated == len(NOTES) + begins + ends + len(BREACHES)
    for one in STORY.acts:
        assert any(one.explain(language).partition(": ")[2] in line for line in lines)


def test_what_only_says_that_all_goes_well_is_left_out() -> None:
    assert len(list(timeline(STORY, NOTES, BREACHES, "en"))) < len(
        list(timeline(STORY, NOTES, BREACHES, "en", every=True))
    )


def test_the_breach_stands_out_and_is_told_at_the_head() -> None:
    lines = list(timeline(STORY, NOTES, BREACHES, "en"))
    assert lines[1] == "broken: no-false-good-signal"
    place = next(n for n, line in enumerate(lines) if "✗✗" in line)
    assert set(lines[place - 1]) == set(lines[place + 1]) == {"─"}
    assert list(timeline(STORY, NOTES, [], "en"))[1] == "every invariant held"


def test_days_are_local_days() -> None:
    late = [
        Note(16 * 3600 * 1_000_000_000 - 1, "gateway", "stops", {}),
        Note(16 * 3600 * 1_000_000_000, "gateway", "starts", {}),
    ]
    lines = list(timeline(replace(STORY, acts=()), late, [], "en"))
    assert lines[3:] == [
        "2026-11-22 Sunday",
        "  23:59:59.999  gateway     stops",
        "",
        "2026-11-23 Monday",
        "  00:00:00.000  gateway     starts",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_note_of_a_kind_that_nobody_foresaw_is_shown_as_it_stands(language: Language) -> None:
    assert say("something new", {"n": 3}, language) == "something new n=3"
    assert "leaves" in say("leaves", {}, "en"), "a fact that is missing breaks nothing"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_picture_is_a_drawing_with_a_lane_a_bar_and_a_sign_for_each(language: Language) -> None:
    drawn = picture(STORY, NOTES, BREACHES, language)
    assert drawn == picture(STORY, NOTES, BREACHES, language)
    root = ET.fromstring(drawn)  # noqa: S314 - our own
    texts = Counter(one.text for one in root.iter(f"{SVG}text"))
    for who in ("terminal 0", "terminal 1", "broker", "gateway", "platform"):
        assert texts[who] == 1
    titles = [one.text for one in root.iter(f"{SVG}title")]
    for one in STORY.acts:
        assert one.explain(language) in titles
    for note in NOTES:
        if signal_of(note.what) not in {None, Signal.SENT, Signal.ACCEPTED}:  # those two are the lines of deliveries
            assert say(note.what, note.facts, language) in titles
    width, height = float(root.get("width", "")), float(root.get("height", ""))
    for one in root.iter(f"{SVG}rect"):
        assert 0 <= float(one.get("x", "0")) <= width
        assert 0 <= float(one.get("y", "0")) <= height


def test_nothing_is_told_by_colour_alone() -> None:
    assert {kind.family for kind in KINDS.values()} == set(FAMILIES)
    assert len({form for _, form in SHAPES.values()}) == len(SHAPES)
    assert len(set(SIGNALS.values())) == len(SIGNALS)
    assert all(signal_of(moment.value) in SHAPES for moment in Moment)


@given(st.lists(st.integers(0, 10**16), max_size=50), st.lists(st.integers(0, 10**16), min_size=2, max_size=20))
def test_later_is_never_further_left(moments: list[int], asked: list[int]) -> None:
    scale = Scale(moments, 100, 500, 2000)
    xs = [scale.x(at_ns) for at_ns in sorted(asked)]
    assert all(a <= b for a, b in pairwise(xs))
    assert all(99 <= x <= 100 + scale.width + 1 for x in xs)
    ticks = scale.ticks(90)
    assert all(scale.x(b) - scale.x(a) >= 90 for a, b in pairwise(ticks))


def test_what_a_trace_keeps_of_the_reports() -> None:
    trace = Trace()
    epoch, head = b"\xab" * 16, b"h" * 32
    for report in (
        Sent(1, "terminal 0", 0, epoch, 1, 2, 500),
        Acknowledged(2, 0, epoch, 1, 2, head, 0, committed=True),
        Attempted(4, "terminal 0", 0, ok=False),
        Effective(5, "event", f"{'d' * 32}/{epoch.hex()}/2/{head.hex()}", 1),
        Faulted(6, "link-cut", "terminal 0", 9),
        Gauge(7, "terminal 0", "flights", 1),
    ):
        noting.note(trace, report)
    told = [(one.who, one.what) for one in trace.last()]
    assert told == [
        ("terminal 0", "sends"),
        ("gateway", "acknowledges"),
        ("terminal 0", "does not connect"),
        ("platform", "effective"),
        ("terminal 0", "fault"),
    ]
    for one in trace.last():
        assert "{" not in say(one.what, one.facts, "en") + say(one.what, one.facts, "zh")
