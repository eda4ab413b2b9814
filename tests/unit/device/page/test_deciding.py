"""Which page is shown: each scene, what goes before what, how long, and what is never shown."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given as generated
from hypothesis import settings
from hypothesis import strategies as st

from samples.page_scenes import NOW, SCENES, VIEW, S, Scene, beat, facts, given, told
from zhendao.device.feedback.moments import TABLE, Moment, Origin
from zhendao.device.page.deciding import SILENT_NS, View, page
from zhendao.device.page.faces import FACES, MARKS
from zhendao.device.page.values import Page, Tone
from zhendao.protocol.wording import same

M = Moment


def _page(*lines: dict[str, Any], after_s: float = 0, **how: Any) -> Page:
    now_ns = NOW + round(after_s * S)
    return page(told(facts(**how), *lines, {"beat": now_ns}), now_ns, VIEW)


def test_every_moment_has_its_face_or_is_a_mark() -> None:
    assert set(FACES) | MARKS == set(Moment)
    assert not set(FACES) & MARKS


def test_every_face_is_a_scene() -> None:
    assert {moment.value for moment in FACES} <= {scene.page().state for scene in SCENES} | {"ready"}


def test_no_two_faces_look_alike_without_colour() -> None:
    heads = [(face.shape, face.head.en, face.lines) for face in FACES.values()]
    assert len(set(heads)) == len(heads)
    tones = {(scene.page().shape, scene.page().tone, scene.page().head.en) for scene in SCENES}
    for one in tones:
        assert not any(one[0] is not other[0] and one[2] == other[2] and one[1] is not other[1] for other in tones) or (
            one[2] in {"Checked in", "Checked out", "Dial 120"}
        )


@pytest.mark.parametrize("scene", SCENES, ids=[scene.name for scene in SCENES])
def test_a_page_says_what_it_says_in_words_of_both_languages(scene: Scene) -> None:
    found = scene.page()
    for text in (found.head, *found.lines, *(note.text for note in found.notes)):
        assert text.zh
        assert text.en
    assert len(found.head.zh) <= 7
    assert len(found.head.en) <= 16
    assert len(found.lines) <= 3


def test_a_check_has_the_page_at_once_and_for_eight_seconds() -> None:
    assert _page(given(M.CHECKED_IN, 0, seq=5)).state == "checked-in"
    assert _page(given(M.CHECKED_IN, 0, seq=5), after_s=7.9).state == "checked-in"
    assert _page(given(M.CHECKED_IN, 0, seq=5), after_s=8.1).state == "ready"


def test_the_time_of_a_check_is_the_terminals_and_none_is_shown_where_it_knows_none() -> None:
    assert _page(given(M.CHECKED_IN, 0, seq=5)).big == same("9:02")
    assert _page(given(M.CHECKED_IN, 181, seq=5), after_s=-175).big == same("8:59")
    unset = _page(given(M.CHECKED_IN, 0, seq=5), at_ms=None)
    assert (unset.big, unset.clock, unset.night) == (None, None, False)


def test_the_way_is_that_of_the_check_that_is_shown() -> None:
    mine = _page(given(M.CHECKED_IN, 1, seq=5), given(M.ACCEPTED, 0.5, seq=5))
    others = _page(given(M.CHECKED_IN, 1, seq=5), given(M.ACCEPTED, 0.5, seq=4))
    assert [one.en for one in mine.lines] == ["the gateway has it"]
    assert others.lines == ()


def test_trouble_does_not_take_the_place_of_a_tap_and_comes_after_it() -> None:
    lines = (given(M.CHECKED_IN, 1, seq=5), given(M.MAINS_LOST, 0))
    first = _page(*lines)
    assert first.state == "checked-in"
    assert [note.text.en for note in first.notes] == ["no mains"]
    later = _page(*lines, after_s=10)
    assert (later.state, [note.text.en for note in later.notes]) == ("ready", ["no mains"])
    assert _page(*lines, given(M.MAINS_BACK, -20), after_s=40).notes == ()


def test_a_call_stands_and_a_tap_is_answered_all_the_same() -> None:
    lines = (given(M.SOS_CALLING, 100), given(M.SOS_ARRIVED, 99))
    assert _page(*lines).state == "sos-arrived"
    tap = (*lines, given(M.CHECKED_OUT, 0, seq=9))
    now = _page(*tap)
    assert (now.state, now.notes[0].text.en) == ("checked-out", "Call arrived")
    assert _page(*tap, after_s=6.1).state == "sos-arrived"
    assert _page(*tap, given(M.SOS_RECEIVED, -1), after_s=2).state == "sos-received"
    assert _page(*lines, after_s=3600).state == "sos-arrived"
    assert _page(*lines, given(M.SOS_RESOLVED, 10)).state == "sos-resolved"
    assert _page(*lines, given(M.SOS_RESOLVED, 10), after_s=61).state == "ready"


def test_a_call_is_not_dimmed() -> None:
    night = next(scene for scene in SCENES if scene.name == "sos-night").page()
    assert (night.night, night.tone) == (False, Tone.CALL)
    assert next(scene for scene in SCENES if scene.name == "ready-night").page().night


def test_a_reader_that_is_down_stands_whatever_the_moments_say() -> None:
    assert _page(reader="down").state == "reader-down"
    assert _page(given(M.READER_DOWN, 9000), reader="down").state == "reader-down"
    assert _page(given(M.READER_DOWN, 9000), given(M.READER_UP, 8000)).state == "ready"
    assert _page(given(M.READER_DOWN, 9000)).state == "ready"


def test_what_is_private_ends_by_itself() -> None:
    lines = (given(M.TIMES_TODAY, 0, "7:30", "9:01"),)
    assert _page(*lines).state == "times-today"
    assert _page(*lines, after_s=15.1).state == "ready"
    assert _page(*lines, {"gone": True}).state == "ready"


def test_what_came_long_after_the_hand_was_gone_is_not_shown_large() -> None:
    stale = given(M.CHECKED_IN, 0, seq=5)
    stale["given"]["fresh"] = False
    assert _page(stale).state == "ready"


def test_a_terminal_that_is_silent_is_said_to_be() -> None:
    known = told(facts(), given(M.CHECKED_IN, 0, seq=5), beat(0))
    assert page(known, NOW + SILENT_NS, VIEW).state == "checked-in"
    assert page(known, NOW + SILENT_NS + 1, VIEW).state == "silent"
    assert page(None, NOW, VIEW).state == "no-terminal"
    assert page(told(), NOW, VIEW).state == "no-terminal"


@pytest.mark.parametrize(
    ("begins", "ends", "minute", "expected"),
    [
        (1320, 360, 1319, False),
        (1320, 360, 1320, True),
        (1320, 360, 0, True),
        (1320, 360, 359, True),
        (1320, 360, 360, False),
        (60, 300, 100, True),
        (60, 300, 0, False),
        (600, 600, 600, False),
    ],
)
def test_the_night(begins: int, ends: int, minute: int, *, expected: bool) -> None:
    assert View(VIEW.zone, begins, ends).is_night(minute) is expected


_MOMENTS = st.lists(
    st.builds(given, st.sampled_from(Moment), st.floats(0, 90_000), st.just("12"), seq=st.integers(1, 3)), max_size=8
)


@settings(max_examples=80)
@generated(_MOMENTS, st.sampled_from([True, False]), st.sampled_from(["well", "down", "absent"]))
def test_whatever_is_told_there_is_a_page_and_a_tap_of_now_is_on_it(
    lines: list[dict[str, Any]], linked: Any, reader: str
) -> None:
    before = _page(*lines, linked=linked, reader=reader)
    assert before.head.zh
    assert len(before.notes) <= 2
    now = _page(*lines, given(M.CHECKED_IN, -0.001, seq=9), linked=linked, reader=reader, after_s=0.002)
    held = {one["given"]["moment"] for one in lines}
    assert now.state == "checked-in" or held & {one.value for one in Moment if TABLE[one].origin is Origin.CALL}
    assert replace(now, big=None).head.en


def test_a_tap_of_now_is_shown_over_every_older_call() -> None:
    for moment in Moment:
        if TABLE[moment].origin is Origin.CALL:
            assert _page(given(moment, 1), given(M.CHECKED_IN, 0, seq=9)).state == "checked-in"


@pytest.mark.parametrize("waiting", [1, 5, 8, 12, 47, 330])
@pytest.mark.parametrize("linked", [True, False])
def test_a_silent_call_is_not_told_by_what_waits(waiting: int, *, linked: bool) -> None:
    """A press that is a silent call too makes two events, an ordinary one makes one."""
    ordinary, silent = (_page(given(M.RATED), linked=linked, waiting=waiting + more) for more in (0, 1))
    assert ordinary == silent
