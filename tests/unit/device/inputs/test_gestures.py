"""Presses and what they mean: what is a call, what is none, and that no hand, knock or fault makes more of it."""

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhendao.device.inputs.gestures import Condition, Gestures, HeldOn, Meant, Pressed, Rated, Together
from zhendao.device.inputs.lines import Edge
from zhendao.device.inputs.settings import ButtonsTable

MS = 1_000_000
BEGIN = 1_000_000 * MS
TABLE = ButtonsTable(sos=5, good=6, middle=13, bad=19, incident=13)


def closed(line: str, *spans: tuple[float, float]) -> list[Edge]:
    """Return the edges of a contact that is closed in each of ``spans`` (ms)."""
    return [
        Edge(line, active, BEGIN + int(at * MS))
        for span in spans
        for at, active in zip(span, (True, False), strict=True)
    ]


def play(edges: Iterable[Edge], until_ms: float, gestures: Gestures | None = None, step_ms: int = 5) -> list[Meant]:
    """Return what ``edges`` mean, with a tick whenever one is due, as the loop does, up to ``until_ms``."""
    gestures = gestures or Gestures(TABLE)
    meant: list[Meant] = []
    waiting = sorted(edges, key=lambda one: one.mono_ns)
    for now in range(BEGIN, BEGIN + int(until_ms * MS), step_ms * MS):
        while waiting and waiting[0].mono_ns <= now:
            meant += gestures.edge(waiting.pop(0))
        due = gestures.due_ns()
        if due is not None and due <= now:
            meant += gestures.tick(now)
    assert not waiting, "played to the end"
    return meant


def kinds(meant: Sequence[Meant]) -> list[type]:
    return [type(one) for one in meant]


def bouncing(line: str, begin: float, end: float) -> list[Edge]:
    """Return a press whose contact bounces for ten milliseconds when it closes and when it opens."""
    spans = [(begin + at, begin + at + 1) for at in range(0, 10, 2)]
    return closed(line, *spans, (begin + 10, end), *((end + at, end + at + 1) for at in range(1, 10, 2)))


ACCIDENTS: dict[str, list[Edge]] = {
    "a sleeve that brushes it": closed("sos", (0, 40)),
    "just too short": closed("sos", (0, 59)),
    "a knock at the case": closed("sos", *((at, at + 2) for at in range(0, 100, 12))),
    "the terminal falls": closed("sos", (0, 15), (40, 50), (70, 78), (90, 92)),
    "a cleaning cloth": closed("sos", *((at, at + 35) for at in range(0, 2000, 200))),
    "a finger that slides over it": closed("sos", (0, 20), (25, 45)),
    "a spark on the line": closed("sos", (0, 0.1)),
    "hum of the mains": closed("sos", *((at, at + 4) for at in range(0, 3000, 20))),
}


@pytest.mark.parametrize("name", ACCIDENTS)
def test_an_accident_calls_nobody(name: str) -> None:
    assert not [one for one in play(ACCIDENTS[name], 4000) if isinstance(one, Pressed)]


CALLS: dict[str, list[Edge]] = {
    "a short press": closed("sos", (0, 70)),
    "a firm press": closed("sos", (0, 400)),
    "a contact that bounces": bouncing("sos", 0, 150),
    "a hand that trembles": closed("sos", (0, 90), (110, 200), (215, 300), (320, 430)),
    "a worn contact that never closes cleanly": closed("sos", *((at, at + 7) for at in range(0, 500, 10))),
    "somebody leans on it": closed("sos", (0, 20_000)),
    "it jams": closed("sos", (0, 50_000)),
}


@pytest.mark.parametrize("name", CALLS)
def test_one_press_is_one_call(name: str) -> None:
    meant = play(CALLS[name], 60_000, step_ms=20)
    assert kinds(meant).count(Pressed) == 1, meant


def test_a_call_is_made_as_soon_as_it_is_no_brush() -> None:
    gestures = Gestures(TABLE)
    gestures.edge(closed("sos", (0, 1))[0])
    due = gestures.due_ns()
    assert due is not None
    assert due - BEGIN <= 80 * MS
    assert gestures.tick(due) == [Pressed(BEGIN)]


def test_a_jammed_button_is_one_call_and_one_fault_and_is_told_when_it_is_well() -> None:
    gestures = Gestures(TABLE)
    meant = play(closed("sos", (0, 600_000)), 700_000, gestures, step_ms=50)
    assert kinds(meant) == [Pressed, HeldOn, Condition, Condition]
    assert meant[2:] == [Condition("sos", jammed=True, storming=False), Condition("sos", jammed=False, storming=False)]


def test_a_button_that_was_jammed_before_the_restart_calls_nobody_until_it_was_let_go() -> None:
    later = Gestures(TABLE, ["sos"])
    meant = play(closed("sos", (0, 1000), (2000, 2200)), 3000, later)
    assert meant[0] == Condition("sos", jammed=False, storming=False)
    assert kinds(meant) == [Condition, Pressed]


def test_a_storm_is_one_fault_and_no_call_and_a_hand_in_it_is_heard() -> None:
    storm = closed("sos", *((at * 2, at * 2 + 1.2) for at in range(2500)))
    meant = play(storm, 5500)
    assert kinds(meant) == [Condition]
    assert meant[0] == Condition("sos", jammed=False, storming=True)
    hand = [one for one in storm if not BEGIN + 2000 * MS <= one.mono_ns < BEGIN + 2300 * MS]
    meant = play([*hand, *closed("sos", (2000, 2299))], 5500)
    assert kinds(meant).count(Pressed) == 1


def test_edges_that_were_not_told_singly_count_for_nothing_but_the_fault() -> None:
    gestures = Gestures(TABLE)
    told = [Edge("sos", at % 2 == 0, BEGIN + at * 10 * MS, skipped=9) for at in range(300)]
    meant = play(told, 4000, gestures)
    assert kinds(meant) == [Condition]
    assert kinds(play([], 70_000, gestures, 1000)) == [Condition], "well again after a minute"


def test_a_rating_is_the_button_that_was_let_go() -> None:
    assert play(closed("good", (0, 300)), 1000) == [Rated("good", BEGIN + 360 * MS)]
    assert kinds(play(closed("bad", (0, 5000)), 6000)) == [Rated]


def test_an_incident_is_its_button_held_and_no_rating() -> None:
    meant = play(closed("middle", (0, 2500)), 4000)
    assert meant == [HeldOn("middle", BEGIN, BEGIN + 2000 * MS)]
    assert kinds(play(closed("middle", (0, 1900)), 4000)) == [Rated]


@pytest.mark.parametrize("later", [0, 300, 1500])
def test_duress_is_meant_beside_what_the_same_hand_means_anyway(later: int) -> None:
    meant = play([*closed("good", (0, later + 2400)), *closed("bad", (later, later + 2500))], 6000)
    short = play([*closed("good", (0, 400)), *closed("bad", (min(later, 200), 500))], 6000)
    assert kinds(meant) == [Together, Rated]
    assert kinds(short) == [Rated]
    assert [one.button for one in (*meant, *short) if isinstance(one, Rated)] == ["good", "good"]


def test_all_three_together_report_no_incident() -> None:
    edges = [edge for name in ("good", "middle", "bad") for edge in closed(name, (0, 3000))]
    assert kinds(play(edges, 5000)) == [Together, Rated]
    assert kinds(play(edges, 5000, Gestures(ButtonsTable(good=6, middle=13, bad=19, duress_s=0)))) == [Rated]


SPANS = st.lists(st.tuples(st.integers(1, 400), st.integers(1, 400)), max_size=12)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(SPANS)
def test_whatever_a_hand_does_nothing_is_a_press_without_sixty_milliseconds(spans: list[tuple[int, int]]) -> None:
    at, edges = 0, []
    for on, off in spans:
        edges += closed("sos", (at, at + on))
        at += on + off
    meant = play(edges, at + 1000)
    presses = kinds(meant).count(Pressed)
    assert presses * TABLE.brush_ms <= sum(on for on, _ in spans)
    assert presses <= len(spans)
    assert presses >= sum(on >= TABLE.brush_ms and off > TABLE.brush_ms for on, off in spans) - sum(
        off <= TABLE.brush_ms for _, off in spans
    )


@settings(max_examples=40, derandomize=True, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["sos", "good", "middle", "bad"]), st.booleans(), st.integers(0, 3000), st.integers(0, 99)
        ),
        max_size=40,
    )
)
def test_any_edges_at_all_come_to_an_end(edges: list[tuple[str, bool, int, int]]) -> None:
    gestures, now = Gestures(TABLE), BEGIN
    for line, active, wait, skipped in edges:
        now += wait * MS
        gestures.edge(Edge(line, active, now, skipped))
    for _ in range(200):
        due = gestures.due_ns()
        if due is None:
            break
        gestures.tick(due)
    assert gestures.due_ns() is None


@settings(max_examples=30, derandomize=True, deadline=None)
@given(SPANS, st.integers(1, 60))
def test_a_loop_that_is_late_understands_the_same(spans: list[tuple[int, int]], late: int) -> None:
    at, edges = 0, []
    for on, off in spans:
        edges += closed("sos", (at, at + on))
        at += on + off
    assert play(edges, at + 1000) == play(edges, at + 1000, step_ms=late) or late > 15
    assert kinds(play(edges, at + 1000)).count(Pressed) == kinds(play(edges, at + 1000, step_ms=15)).count(Pressed)
