"""Every way in which a tap makes no check, driven to what whoever tapped is told: the bad signal, never silence."""

import asyncio
import queue
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from samples.desk import Terminal
from zhendao.device import tap_queue
from zhendao.device.clock.kernel import KernelClock
from zhendao.device.errors import JournalFullError, JournalWriteError, SigningError
from zhendao.device.feedback.losses import TOLD, Loss
from zhendao.device.feedback.moments import TABLE, Moment, Signal
from zhendao.device.tap_queue import TapQueue
from zhendao.protocol.suite import INTL
from zhendao.protocol.vocabulary import Kind, Role, TapReason, Technology
from zhendao.readers.errors import ReaderGoneError
from zhendao.readers.reader import Reader, Target
from zhendao.readers.thread import ReaderThread
from zhendao.readers.values import Departure, Posting, Presence, ReaderState, Refusal, RefusalReason

DOOR, CARD = b"\x04door12", b"\x04card12"
_GOOD = {Signal.RECORDED, Signal.REMARKED, Signal.SENT, Signal.ACCEPTED}
_NOW = KernelClock().mono_ns


def test_each_loss_has_its_moment_and_each_is_bad() -> None:
    assert set(TOLD) == set(Loss)
    assert {TABLE[moment].signal for moment in TOLD.values()} == {Signal.BAD}
    shown = {moment for moment in Moment if TABLE[moment].signal is Signal.BAD}
    assert shown - set(TOLD.values()) == {Moment.OFF_WALL}, "a terminal off its wall is no tap"


def test_whatever_the_reader_refuses_is_a_loss() -> None:
    losses = {
        RefusalReason.RANDOM_UID: Loss.RANDOM_UID,
        RefusalReason.LEFT_EARLY: Loss.LEFT_EARLY,
        RefusalReason.STOPPED: Loss.STOPPED_READING,
        RefusalReason.READER_FAILED: Loss.READER_FAILED_READING,
        RefusalReason.UNREADABLE: Loss.NOT_READ,
        RefusalReason.UNSUPPORTED: Loss.UNSUPPORTED,
    }
    assert set(losses) == set(RefusalReason)
    assert {TOLD[loss] for loss in losses.values()} == {Moment.UNREADABLE}


async def _pair(terminal: Terminal, failing: Exception) -> None:
    await terminal.tap(Role.DOOR, DOOR)
    terminal.failing = failing
    await terminal.tap(Role.CAREGIVER, CARD)


async def _journal_full(terminal: Terminal) -> None:
    await _pair(terminal, JournalFullError(Path("/data")))


async def _journal_error(terminal: Terminal) -> None:
    await _pair(terminal, JournalWriteError("disk I/O error"))


async def _key_silent(terminal: Terminal) -> None:
    await _pair(terminal, SigningError("no answer"))


async def _unforeseen(terminal: Terminal) -> None:
    with pytest.raises(ZeroDivisionError):
        await _pair(terminal, ZeroDivisionError())


async def _left_early(terminal: Terminal) -> None:
    await terminal.desk.take(Refusal(RefusalReason.LEFT_EARLY, _NOW()))


async def _random_uid(terminal: Terminal) -> None:
    await terminal.desk.take(Refusal(RefusalReason.RANDOM_UID, _NOW()))


async def _reader_failed(terminal: Terminal) -> None:
    await terminal.desk.take(ReaderState(up=True, reason="", text=None, mono_ns=_NOW()))
    await terminal.tap(Role.DOOR, DOOR)
    terminal.failing = JournalFullError(Path("/data"))  # a reader that is down is told, journal or not
    error = ReaderGoneError("x")
    await terminal.desk.take(ReaderState(up=False, reason=error.code, text=error.explained(), mono_ns=_NOW()))


async def _forged(terminal: Terminal) -> None:
    await terminal.desk.take(terminal.presence(Role.CAREGIVER, CARD, of=b"\x04other1"))


async def _foreign(terminal: Terminal) -> None:
    await terminal.desk.take(terminal.presence(Role.CAREGIVER, CARD, INTL.new_signing_key()))


async def _blocklisted(terminal: Terminal) -> None:
    terminal.blocked.add(CARD[:4] * 4)  # its token id
    await terminal.tap(Role.DOOR, DOOR)
    await terminal.tap(Role.CAREGIVER, CARD)


async def _lapsed(terminal: Terminal) -> None:
    assert terminal.desk.due_ns() is not None
    while (due := terminal.desk.due_ns()) is not None:
        terminal.now.mono = due
        await terminal.desk.tick()


async def _too_many(terminal: Terminal) -> None:
    taps = TapQueue(terminal.desk, Counter(), terminal.now, most=2)
    for _ in range(3):
        taps.said(terminal.presence(Role.DOOR, DOOR))


async def _stopped_pairing(terminal: Terminal) -> None:
    taps = TapQueue(terminal.desk, Counter(), terminal.now)
    taps.said(terminal.presence(Role.DOOR, DOOR))
    await taps.finish()


class Slow:
    """A reader that is reading a card when it is told to stop."""

    port = "slow"

    def __init__(self) -> None:
        self.reading, self.cancelled = queue.Queue[str](), queue.Queue[str]()

    def sense(self) -> tuple[Target, ...]:
        return (Target(1, CARD, 0x0044, 0x00),)

    def read_pages(self, target: Target, page: int) -> bytes:
        del target, page
        self.reading.put("reading")
        self.cancelled.get(timeout=120)
        raise ReaderGoneError(self.port)

    def cancel(self) -> None:
        self.cancelled.put("cancelled")

    def take_rtts(self) -> tuple[int, ...]:
        return ()

    def rest(self) -> None: ...
    def check(self) -> None: ...
    def close(self) -> None: ...


async def _stopped_reading(terminal: Terminal) -> None:
    posted: queue.Queue[Posting] = queue.Queue()
    slow = Slow()

    def opened(_port: str, hold: Callable[[Reader], None]) -> Reader:
        hold(slow)  # type: ignore[arg-type]  # nothing is written in this test
        return slow  # type: ignore[return-value]  # as above

    thread = ReaderThread("slow", posted.put, opener=opened)
    thread.start()
    await asyncio.to_thread(slow.reading.get, timeout=120)
    assert thread.stop()
    taps = TapQueue(terminal.desk, Counter(), terminal.now)
    while not posted.empty():
        taps.said(posted.get())
    await taps.finish()


async def _not_read(terminal: Terminal) -> None:
    await terminal.desk.take(Refusal(RefusalReason.UNREADABLE, _NOW()))


async def _unsupported(terminal: Terminal) -> None:
    await terminal.desk.take(Refusal(RefusalReason.UNSUPPORTED, _NOW()))


async def _reader_failed_reading(terminal: Terminal) -> None:
    """It fails while it reads, and cannot be opened again: first the tap is refused, then the reader is down."""
    posted: queue.Queue[Posting] = queue.Queue()
    slow, opens = Slow(), 0

    def opened(_port: str, hold: Callable[[Reader], None]) -> Reader:
        nonlocal opens
        opens += 1
        if opens > 1:
            raise ReaderGoneError("slow")
        hold(slow)  # type: ignore[arg-type]  # nothing is written in this test
        return slow  # type: ignore[return-value]  # as above

    thread = ReaderThread("slow", posted.put, opener=opened)
    thread.start()
    await asyncio.to_thread(slow.reading.get, timeout=120)
    slow.cancel()
    told = [await asyncio.to_thread(posted.get, timeout=120) for _ in range(2)]
    assert thread.stop()
    refusal, state = told
    assert isinstance(state, ReaderState)
    assert not state.up
    await terminal.desk.take(refusal)
    await terminal.desk.take(state)


async def _stopped_waiting(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk does not come back within the time that a stop has."""
    monkeypatch.setattr(tap_queue, "STOP_S", 0.05)
    await terminal.tap(Role.DOOR, DOOR)
    never = asyncio.Event()

    async def keep(_body: object, _changes: object) -> None:
        await never.wait()

    terminal.desk._keep = keep  # type: ignore[assignment]  # a disk that hangs
    taps = TapQueue(terminal.desk, Counter(), terminal.now)
    serving = asyncio.create_task(taps.serve())
    taps.said(terminal.presence(Role.CAREGIVER, CARD))
    for _ in range(3):
        await asyncio.sleep(0)
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)
    await taps.finish()


async def _unknown(terminal: Terminal) -> None:
    await terminal.desk.take(Presence(CARD, Technology.ISO14443A, None, (), _NOW()))
    await _lapsed(terminal)


async def _lone(terminal: Terminal) -> None:
    await terminal.tap(Role.DOOR, DOOR)
    await _lapsed(terminal)


async def _wrong_kind(terminal: Terminal) -> None:
    await terminal.tap(Role.ENGINEER, CARD)


Scenario = Callable[[Terminal], Awaitable[None]] | Callable[[Terminal, pytest.MonkeyPatch], Awaitable[None]]
SCENARIOS: dict[Loss, Scenario] = {
    Loss.JOURNAL_FULL: _journal_full,
    Loss.JOURNAL_ERROR: _journal_error,
    Loss.KEY_SILENT: _key_silent,
    Loss.UNFORESEEN: _unforeseen,
    Loss.LEFT_EARLY: _left_early,
    Loss.RANDOM_UID: _random_uid,
    Loss.READER_FAILED: _reader_failed,
    Loss.NOT_READ: _not_read,
    Loss.UNSUPPORTED: _unsupported,
    Loss.READER_FAILED_READING: _reader_failed_reading,
    Loss.FORGED: _forged,
    Loss.FOREIGN: _foreign,
    Loss.BLOCKLISTED: _blocklisted,
    Loss.UNKNOWN: _unknown,
    Loss.LONE: _lone,
    Loss.WRONG_KIND: _wrong_kind,
    Loss.TOO_MANY: _too_many,
    Loss.STOPPED_PAIRING: _stopped_pairing,
    Loss.STOPPED_READING: _stopped_reading,
    Loss.STOPPED_WAITING: _stopped_waiting,
}


@pytest.mark.parametrize("loss", list(Loss))
async def test_every_way_of_not_recording_a_tap_gets_the_bad_signal(
    loss: Loss, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Terminal(tmp_path) as terminal:
        scenario = SCENARIOS[loss]
        arguments = (terminal, monkeypatch) if scenario.__code__.co_argcount > 1 else (terminal,)
        await scenario(*arguments)
        assert TOLD[loss] in terminal.told
        assert not _GOOD & {TABLE[moment].signal for moment in terminal.told}, "nothing good was said"
        assert not [event for event in await terminal.events() if event.kind == Kind.CHECK]


async def test_half_a_pair_at_a_stop_is_on_record(tmp_path: Path) -> None:
    async with Terminal(tmp_path) as terminal:
        await _stopped_pairing(terminal)
        *_, last = await terminal.events()
        assert last.body.reason is TapReason.LONE  # type: ignore[union-attr]  # a tap


async def test_a_tap_under_way_at_a_stop_is_finished_and_told(tmp_path: Path) -> None:
    async with Terminal(tmp_path) as terminal:
        await terminal.tap(Role.DOOR, DOOR)
        slow, keep = asyncio.Event(), terminal.desk._keep

        async def later(body: object, changes: object) -> object:
            await slow.wait()
            return await keep(body, changes)  # type: ignore[arg-type]  # passed through

        terminal.desk._keep = later  # type: ignore[assignment]  # a slow disk
        taps = TapQueue(terminal.desk, Counter(), terminal.now)
        serving = asyncio.create_task(taps.serve())
        taps.said(terminal.presence(Role.CAREGIVER, CARD))
        for _ in range(3):
            await asyncio.sleep(0)
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        asyncio.get_running_loop().call_later(0.05, slow.set)
        await taps.finish()
        assert terminal.told == [Moment.DOOR_SEEN, Moment.CHECKED_IN]


async def test_the_readers_state_is_never_refused_and_nobody_is_told_of_a_departure(tmp_path: Path) -> None:
    async with Terminal(tmp_path) as terminal:
        counters: Counter[str] = Counter()
        taps = TapQueue(terminal.desk, counters, terminal.now, most=0)
        taps.said(Departure(CARD, _NOW()))
        taps.said(ReaderState(up=False, reason="reader-gone", text=None, mono_ns=_NOW()))
        assert terminal.told == []
        await taps.finish()
        assert terminal.told == [Moment.READER_DOWN]
        assert counters == {"taps-dropped": 1}
