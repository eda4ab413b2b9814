"""The thread with readers that misbehave as no chip is known to: it lives, names it, and climbs the ladder."""

import queue
import threading
import time
from collections.abc import Callable

import pytest

from zhendao.readers import turns as module
from zhendao.readers.errors import NotAPn532Error, ReaderSilentError
from zhendao.readers.reader import Reader, Target
from zhendao.readers.rungs import Rungs
from zhendao.readers.thread import ReaderThread
from zhendao.readers.turns import Opener
from zhendao.readers.upkeep import UpkeepSettings
from zhendao.readers.values import Posting, Presence, ReaderState

thread_pause = threading.Event()
CLASSIC = Target(1, b"\xde\xad\xbe\xef", 0x0004, 0x08)


class Scripted:
    """A reader that raises what it is given, one thing a round, and then senses a card for ever."""

    port = "scripted"

    def __init__(self, *troubles: Exception) -> None:
        self.troubles = list(troubles)
        self.checks = self.closes = 0

    def sense(self) -> tuple[Target, ...]:
        if self.troubles:
            raise self.troubles.pop(0)
        return (CLASSIC,)

    def rest(self) -> None: ...

    def read_pages(self, target: Target, page: int) -> bytes:
        raise NotImplementedError

    def write_page(self, target: Target, page: int, data: bytes) -> None:
        raise NotImplementedError

    def transceive(self, target: Target, apdu: bytes) -> bytes:
        raise NotImplementedError

    def take_rtts(self) -> tuple[int, ...]:
        return ()

    def check(self) -> None:
        self.checks += 1

    def cancel(self) -> None: ...

    def close(self) -> None:
        self.closes += 1


def held(opener: Callable[[], Reader]) -> Opener:
    """Return ``opener`` as the thread calls it."""

    def hold(_: str, made: Callable[[Reader], None]) -> Reader:
        reader = opener()
        made(reader)
        return reader

    return hold


def run(
    opener: Callable[[], Reader],
    count: int,
    reset: Callable[[], None] | None = None,
    upkeep: UpkeepSettings | None = None,
) -> list[Posting]:
    posted: queue.Queue[Posting] = queue.Queue()
    thread = ReaderThread("scripted", posted.put, held(opener), rungs=Rungs(reset), upkeep=upkeep)
    thread.start()
    try:
        return [posted.get(timeout=120) for _ in range(count)]
    finally:
        assert thread.stop()
        assert all(number > 0 for number in thread.failures().values())


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROUND_S", 0.005)
    monkeypatch.setattr("zhendao.readers.ladder.FIRST_WAIT_S", 0.01)


@pytest.mark.parametrize(
    "trouble", [IndexError(), TypeError(), AssertionError(), OSError(5, "x"), ReaderSilentError("x")]
)
def test_whatever_a_driver_raises_the_card_is_read(trouble: Exception) -> None:
    reader = Scripted(trouble)
    presence, state = run(lambda: reader, 2)
    assert isinstance(presence, Presence)
    assert isinstance(state, ReaderState)
    assert state.up
    assert reader.closes == 1


def test_a_reader_that_opens_and_never_works_is_told_and_opened_anew() -> None:
    readers = [Scripted(*[IndexError()] * 9), Scripted(*[IndexError()] * 9), Scripted()]
    opened = iter(readers)
    down, presence, _ = run(lambda: next(opened), 3)
    assert isinstance(down, ReaderState)
    assert (down.up, down.reason) == (False, "reader-garbled")
    assert isinstance(presence, Presence)
    assert [reader.closes for reader in readers] == [1, 1, 1]


def test_down_is_told_once_until_it_is_up_again() -> None:
    outcomes = iter([NotAPn532Error("x")] * 4)

    def opener() -> Reader:
        if (trouble := next(outcomes, None)) is not None:
            raise trouble
        return Scripted()

    down, presence, up = run(opener, 3)
    assert isinstance(down, ReaderState)
    assert (down.up, down.reason) == (False, "reader-not-pn532")
    assert isinstance(presence, Presence)
    assert isinstance(up, ReaderState)
    assert up.up


def test_a_reset_hook_that_fails_ends_nothing() -> None:
    outcomes = iter([NotAPn532Error("x")])

    def opener() -> Reader:
        if (trouble := next(outcomes, None)) is not None:
            raise trouble
        return Scripted()

    def reset() -> None:
        raise RuntimeError

    presence, up = run(opener, 2, reset)
    assert isinstance(presence, Presence)
    assert isinstance(up, ReaderState)


def test_health_is_checked_from_time_to_time() -> None:
    reader = Scripted()
    run(lambda: reader, 2, upkeep=UpkeepSettings(check_ns=0))
    assert reader.checks >= 1


def test_a_planned_reopen_is_no_failure_and_nobody_hears_of_it() -> None:
    readers: list[Scripted] = []

    def opener() -> Reader:
        readers.append(Scripted())
        return readers[-1]

    posted: queue.Queue[Posting] = queue.Queue()
    often = UpkeepSettings(reopen_ns=20_000_000, quiet_ns=0)
    thread = ReaderThread("scripted", posted.put, held(opener), upkeep=often)
    thread.start()
    try:
        assert isinstance(posted.get(timeout=120), Presence)
        assert isinstance(posted.get(timeout=120), ReaderState)
        until = time.monotonic() + 180
        while len(readers) < 4 and time.monotonic() < until:
            thread_pause.wait(0.01)
    finally:
        assert thread.stop()
    assert len(readers) >= 4
    assert posted.empty()
    assert thread.failures() == {}


def test_a_listener_that_raises_ends_nothing() -> None:
    heard: queue.Queue[Posting] = queue.Queue()

    def post(posting: Posting) -> None:
        heard.put(posting)
        raise RuntimeError

    thread = ReaderThread("scripted", post, held(Scripted))
    thread.start()
    assert isinstance(heard.get(timeout=120), Presence)
    assert isinstance(heard.get(timeout=120), ReaderState)
    assert thread.stop()
    assert thread.failures()[module.NOBODY] >= 1
