"""Lines on pins: what a wild contact costs is bounded where it comes in, and how it stands in the end is known."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from gpiozero import Device

from zhendao.device.inputs import gpio
from zhendao.device.inputs.gpio import WILD_S, GpioLines
from zhendao.device.inputs.lines import Edge, Line
from zhendao.simulators.pins.board import Board

PATIENCE_S = 180


class Told:
    """What was posted."""

    def __init__(self) -> None:
        self.edges: list[Edge] = []
        self.news = threading.Condition()

    def post(self, edge: Edge) -> None:
        with self.news:
            self.edges.append(edge)
            self.news.notify_all()

    def wait(self, good: Callable[[], object]) -> None:
        with self.news:
            assert self.news.wait_for(good, PATIENCE_S), self.edges[-5:]


@pytest.fixture
def board() -> Iterator[Board]:
    before, found = Device.pin_factory, Board(lambda *_: None)
    Device.pin_factory = found
    yield found
    found.reset()
    Device.pin_factory = before


def test_a_sensor_tells_how_it_is_at_the_start_and_a_button_only_if_it_is_pressed(board: Board) -> None:
    del board
    told = Told()
    lines = GpioLines(told.post, [Line("button", 5), Line("door", 6, tells_rest=True)], time.monotonic_ns)
    lines.start()
    told.wait(lambda: told.edges)
    lines.stop()
    assert [(edge.line, edge.active) for edge in told.edges] == [("door", False)]


def test_a_line_that_is_wilder_than_wild_is_let_go_of_and_found_as_it_stands_in_the_end(board: Board) -> None:
    told, made = Told(), 0
    lines = GpioLines(told.post, [Line("door", 6), Line("sos", 5)], time.monotonic_ns)
    lines.start()
    began = time.monotonic()
    while time.monotonic() - began < 3 * WILD_S:
        board.contact(6, closed=made % 2 == 0)
        made += 1
    board.contact(5, closed=True)
    told.wait(lambda: any(edge.line == "sos" and edge.active for edge in told.edges))
    board.contact(6, closed=True)
    told.wait(lambda: [edge for edge in told.edges if edge.line == "door"][-1].active)
    seen = sum(1 + edge.skipped for edge in told.edges)
    lines.stop()
    assert seen < made / 2, "it was not listened to for most of the time"


@pytest.mark.parametrize("looked_for", ["when_activated", "_fire_events"])
def test_an_edge_that_is_told_while_its_pin_is_let_go_of_ends_nobody(
    board: Board, monkeypatch: pytest.MonkeyPatch, looked_for: str
) -> None:
    told = Told()
    lines = GpioLines(told.post, [Line("door", 6), Line("sos", 5)], time.monotonic_ns)
    lines.start()
    with monkeypatch.context() as patch:
        patch.setattr(gpio.DigitalInputDevice, looked_for, None if looked_for != "when_activated" else gone())
        board.contact(6, closed=True)
    board.contact(5, closed=True)
    told.wait(lambda: any(edge.line == "sos" and edge.active for edge in told.edges))
    lines.stop()


def gone() -> property:
    """Return an attribute that is there at the first look and gone at the second."""
    looks = iter([print])
    return property(lambda _: next(looks, None))


def test_a_pin_that_cannot_be_opened_again_keeps_no_other_from_being_heard(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, made = Told(), 0
    lines = GpioLines(told.post, [Line("door", 6), Line("sos", 5)], time.monotonic_ns)
    lines.start()
    opened, real = threading.Event(), gpio.DigitalInputDevice

    def refused(number: int, **more: bool) -> object:
        opened.set()
        if number == 6:
            raise OSError("the pins' library has errors of its own")
        return real(number, **more)

    monkeypatch.setattr(gpio, "DigitalInputDevice", refused)
    while not opened.is_set():
        board.contact(6, closed=made % 2 == 0)
        made += 1
    board.contact(5, closed=True)
    told.wait(lambda: any(edge.line == "sos" and edge.active for edge in told.edges))
    monkeypatch.setattr(gpio, "DigitalInputDevice", real)
    board.contact(6, closed=True)
    told.wait(lambda: [edge for edge in told.edges if edge.line == "door"][-1].active)
    lines.stop()


def test_pins_that_cannot_be_opened_are_an_error_of_ours(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    del board

    def refused(*_: object, **__: object) -> None:
        raise OSError("busy")

    monkeypatch.setattr(gpio, "DigitalInputDevice", refused)
    with pytest.raises(gpio.LinesError, match="busy"):
        GpioLines(lambda _edge: None, [Line("sos", 5)], time.monotonic_ns).start()
