"""Edges at the bound: whatever a line does, what is posted stays small, and nothing of it is forgotten."""

from hypothesis import given, settings
from hypothesis import strategies as st

from zhendao.device.inputs.lines import SINGLY, Edge, Gathered
from zhendao.device.inputs.settings import (
    BAD,
    GOOD,
    INCIDENT,
    SOS,
    ButtonsTable,
    button_lines,
    incident_button,
    of_buttons,
)


@settings(max_examples=30, derandomize=True)
@given(st.integers(0, 3000))
def test_a_storm_is_a_few_edges_and_a_number(count: int) -> None:
    gathered = Gathered()
    for at in range(count):
        gathered.add(Edge("sos", at % 2 == 0, at))
    taken = gathered.take()
    assert len(taken) == min(count, SINGLY + 1)
    assert len(taken) + sum(edge.skipped for edge in taken) == count
    if taken:
        assert (taken[-1].mono_ns, taken[-1].active) == (count - 1, (count - 1) % 2 == 0), "where it stands now"
    assert gathered.take() == []


def test_a_button_with_two_uses_is_one_line() -> None:
    table = ButtonsTable(sos=5, good=6, middle=13, bad=19, incident=13)
    assert [line.pin for line in button_lines(table)] == [5, 6, 13, 19]
    assert incident_button(table) == "middle"
    assert incident_button(ButtonsTable(incident=20)) == INCIDENT
    assert incident_button(ButtonsTable(sos=5)) is None
    assert {line.name for line in button_lines(table)} >= {SOS, GOOD, BAD}
    assert not button_lines(ButtonsTable())
    assert not button_lines(ButtonsTable(sos=5, wired="supply"))[0].pull_up


def test_a_pin_that_is_used_twice_is_told() -> None:
    assert not of_buttons("f", ButtonsTable(sos=5, good=6, middle=13, bad=19, incident=13), (17, 27, 22))
    assert not of_buttons("f", ButtonsTable(incident=5), ())
    assert [one.en for one in of_buttons("f", ButtonsTable(sos=17, good=5, bad=5), (17,))] == [
        "f: [buttons] sos: pin has another use: 17",
        "f: [buttons] bad: pin has another use: 5",
    ]
    assert len(of_buttons("f", ButtonsTable(sos=5, incident=5), ())) == 1
    assert len(of_buttons("f", ButtonsTable(incident=17), (17,))) == 1
