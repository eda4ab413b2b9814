"""The edge of the self-test's reader: the real reader thread, door tag and card shown one after the other.

What the terminal makes of a token here is what it makes of it in service: the same reading, the same telling (`tell`).
"""

from __future__ import annotations

import queue
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhendao.device import config
from zhendao.device.clock.kernel import kernel_bound_ms
from zhendao.device.clock.stamp import Stamp
from zhendao.device.selftest import judging
from zhendao.device.selftest.results import Outcome, Result, halves, passed, trouble
from zhendao.device.taps.tokens import tell
from zhendao.protocol.vocabulary import ClockSource, Mounting, Placement
from zhendao.protocol.wording import Text, same
from zhendao.readers.drivers import reader_thread
from zhendao.readers.thread import boottime_ns
from zhendao.readers.values import Presence, ReaderState, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.device.config import NfcTable
    from zhendao.device.identity.values import Identity
    from zhendao.readers.values import Posting

READY_S = 15.0
_ASK_DOOR = Text("请出示门牌……", "hold the door tag to the reader …")
_ASK_CARD = Text("请出示工卡（护理员或工程师）……", "hold a card to the reader: a caregiver's or an engineer's …")
_SKIPPED = Text("读卡器不工作，未测", "not tried: the reader does not work")


def shown(
    table: NfcTable,
    who: Identity,
    blocked: Callable[[bytes], bool],
    wait_s: float,
    say: Callable[[Text], None],
) -> list[Result]:
    """Return what became of reader, door tag and card; each is waited for ``wait_s`` at most.

    ``blocked`` tells whether a token id or a uid is on the terminal's blocklist.
    """
    posted: queue.Queue[Posting] = queue.Queue()
    thread = reader_thread(config.reader_settings(table), posted.put)
    thread.start()
    try:
        return _shown(_Shown(posted, who, blocked, wait_s, say))
    finally:
        thread.stop()


@dataclass(frozen=True, slots=True)
class _Shown:
    posted: queue.Queue[Posting]
    who: Identity
    blocked: Callable[[bytes], bool]
    wait_s: float
    say: Callable[[Text], None]


def _shown(at: _Shown) -> list[Result]:
    reader = _ready(at.posted)
    needs_door = at.who.placement is not Placement.STATION
    if reader.outcome is Outcome.FAILED:
        parts = ["door", "card"] if needs_door else ["card"]
        return [reader, *(Result(part, Outcome.SKIPPED, _SKIPPED) for part in parts)]
    found, door = [reader], None
    if needs_door:
        if at.who.mounting is not Mounting.WALL:
            at.say(_ASK_DOOR)
        door, result = _one(at, "door", None)
        found.append(result)
    at.say(_ASK_CARD)
    return [*found, _one(at, "card", door)[1]]


def _ready(posted: queue.Queue[Posting]) -> Result:
    """Wait until the reader works, or has said that it does not."""
    begun = time.monotonic()
    while (left := begun + READY_S - time.monotonic()) > 0:
        try:
            one = posted.get(timeout=left)
        except queue.Empty:
            break
        if isinstance(one, ReaderState):
            took = round(1000 * (time.monotonic() - begun))
            if one.up:
                return passed("reader", Text("读卡器应答正常", "the reader answers")).took(took)
            return _down("reader", one).took(took)
    return trouble("reader", "reader-unready", seconds=round(READY_S)).took(round(1000 * READY_S))


def _down(part: str, state: ReaderState) -> Result:
    what, cure = halves(state.text or same(state.reason), _CURE)
    return Result(part, Outcome.FAILED, what, cure, state.reason)


_CURE = Text(
    "请检查 [nfc] 的 driver 与 port、接线与供电；zhendao-device doctor 可再查",
    "check driver and port of [nfc], wiring and power; zhendao-device doctor looks again",
)


def _one(at: _Shown, part: str, other: bytes | None) -> tuple[bytes | None, Result]:
    """Return the uid of the token that was shown, and what it is; ``other`` is one that was shown before."""
    begun, unreadable = time.monotonic(), None
    while (left := begun + at.wait_s - time.monotonic()) > 0:
        try:
            one = at.posted.get(timeout=left)
        except queue.Empty:
            break
        if isinstance(one, ReaderState) and not one.up:
            return None, _down(part, one).took(_ms(begun))
        if isinstance(one, Refusal):
            unreadable = one.reason.value  # held badly, perhaps: it may still come
        if isinstance(one, Presence) and one.uid != other:
            seen = tell(one, at.who.suite, at.who.issuers, _stamp(), at.blocked)
            judged = judging.door(seen, at.who.own_door) if part == "door" else judging.card(seen)
            return one.uid, judged.took(_ms(begun))
    if unreadable is not None:
        return None, trouble(part, f"{part}-unreadable", detail=unreadable).took(_ms(begun))
    return None, trouble(part, f"{part}-missing", seconds=round(at.wait_s)).took(_ms(begun))


def _ms(begun: float) -> int:
    return round(1000 * (time.monotonic() - begun))


def _stamp() -> Stamp:
    """Return now; dates of tokens count only where NTP vouches for it."""
    bound_ms = kernel_bound_ms()
    source = ClockSource.UNSET if bound_ms is None else ClockSource.NTP
    return Stamp(bytes(16), boottime_ns(), time.time_ns() // 1_000_000, source, bound_ms)
