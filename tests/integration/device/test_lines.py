"""Lines on pins: what a wild contact costs is bounded where it comes in, and how it stands in the end is known."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory, MockPin

from zhendao.device.inputs.gpio import WILD_S, GpioLines
from zhendao.device.inputs.lines import Edge, Line

PATIENCE_S = 20


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
def board() -> Iterator[MockFactory]:
    before, Device.pin_factory = Device.pin_factory, MockFactory()
    yield Device.pin_factory
    Device.pin_factory.reset()
    Device.pin_factory = before


def test_a_sensor_tells_how_it_is_at_the_start_and_a_button_only_if_it_is_pressed(board: MockFactory) -> None:
    del board
    told = Told()
    lines = GpioLines(told.post, [Line("button", 5), Line("door", 6, tells_rest=True)], time.monotonic_ns)
    lines.start()
    told.wait(lambda: told.edges)
    lines.stop()
    assert [(edge.line, edge.active) for edge in told.edges] == [("door", False)]


def test_a_line_that_is_wilder_than_wild_is_let_go_of_and_found_as_it_stands_in_the_end(board: MockFactory) -> None:
    told, made = Told(), 0
    lines = GpioLines(told.post, [Line("door", 6), Line("sos", 5)], time.monotonic_ns)
    lines.start()
    pin: MockPin = board.pin(6)
    began = time.monotonic()
    while time.monotonic() - began < 3 * WILD_S:
        pin.drive_low() if made % 2 == 0 else pin.drive_high()
        made += 1
    board.pin(5).drive_low()
    told.wait(lambda: any(edge.line == "sos" and edge.active for edge in told.edges))
    pin.drive_low()
    told.wait(lambda: [edge for edge in told.edges if edge.line == "door"][-1].active)
    seen = sum(1 + edge.skipped for edge in told.edges)
    lines.stop()
    assert seen < made / 2, "it was not listened to for most of the time"
