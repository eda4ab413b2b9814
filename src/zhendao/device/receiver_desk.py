"""What the receiver's thread posts, on the event loop: fixes to the timekeeper, troubles to whoever looks after it.

Promise: nothing that the receiver does stops the terminal; each trouble is told once, not every second. The baud rate
at which it was found is remembered beside the journal, and written when it is another one only.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from zhendao.device.files import HOST, put, read
from zhendao.device.gnss.budget import BudgetSettings
from zhendao.device.gnss.condition import CONCERNS, STATES, Condition
from zhendao.device.gnss.gate import GateSettings, RefusedEpoch
from zhendao.device.gnss.jamming import JammingSettings
from zhendao.device.gnss.listening import ListeningSettings, RateFound, Standing
from zhendao.device.gnss.rate import RATES, RateSettings
from zhendao.device.gnss.receiver import GnssSettings, GoodFix
from zhendao.protocol.vocabulary import Concern, PartState
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zhendao.device.config import GnssTable
    from zhendao.device.files import Files
    from zhendao.device.gnss.serial_source import Posted
    from zhendao.device.notices import Notices
    from zhendao.device.ports import Receiver
    from zhendao.device.timekeeper import Timekeeper

    Make = Callable[[Callable[[Posted], None]], Receiver]

FILE = "gnss.baud"
_LONGEST = 16


class ReceiverDesk:
    """One receiver, or none where ``table`` and ``make`` are None."""

    def __init__(self, table: GnssTable | None, make: Make | None, time: Timekeeper, notices: Notices) -> None:
        self._table, self._make, self._time, self._notices = table, make, time, notices
        self._receiver: Receiver | None = None
        self._condition = Condition.SEARCHING

    def start(self, post: Callable[[Posted], None]) -> None:
        """Begin to read; ``post`` is called on the receiver's thread, and is to bring its value to `take`."""
        if self._make is not None:
            self._receiver = self._make(post)
            self._receiver.start()

    def stop(self) -> None:
        """End within a second."""
        if self._receiver is not None:
            self._receiver.stop()

    def take(self, one: Posted) -> None:
        """Take in what was posted."""
        match one:
            case GoodFix():
                self._time.add_fix(one)
            case RefusedEpoch():
                self._time.note_refused(one)
            case RateFound():
                self._found(one.rate)
            case Standing():
                self._condition = one.condition
                if one.tell is not None:
                    self._notices.say("gnss", one.tell)

    @property
    def state(self) -> PartState:
        """How the receiver is, in the words of the wire."""
        return PartState.ABSENT if self._table is None else STATES[self._condition]

    @property
    def concern(self) -> Concern:
        """What is the matter with the receiver, for the health event."""
        return Concern(0) if self._table is None else CONCERNS.get(self._condition, Concern(0))

    def counters(self) -> dict[str, int]:
        """Return how often the receiver came into each condition since the start, for the health event."""
        if self._receiver is None:
            return {}
        return {f"gnss-{name}": count for name, count in self._receiver.troubles.items()}

    def _found(self, rate: int) -> None:
        table = self._table
        if table is not None and rate != table.baud:
            self._notices.say(
                "gnss-baud",
                Text(
                    f"卫星定位接收机的波特率是 {rate}，不是 [gnss] baud = {table.baud}；已自动改用",
                    f"the GNSS receiver speaks at {rate} baud, not at [gnss] baud = {table.baud}: heard at that",
                ),
            )


def kept(folder: Path, post: Callable[[Posted], None]) -> Callable[[Posted], None]:
    """Return ``post``, but that a rate which was found is remembered first, on the receiver's thread: it waits."""

    def posted(one: Posted) -> None:
        if isinstance(one, RateFound):
            remember(folder, one.rate)
        post(one)

    return posted


def remember(folder: Path, rate: int, files: Files = HOST) -> None:
    """Keep the rate at which the receiver was found, for the next start; nothing is written if it is the old one."""
    if rate != remembered(folder, files):
        with contextlib.suppress(OSError):  # a full disk: it is searched for again
            put(files, folder / FILE, f"{rate}\n".encode())


def listening_settings(table: GnssTable) -> ListeningSettings:
    """Return the thresholds of the receiver's line and of its gate."""
    gate = GateSettings(
        min_satellites=table.min_satellites,
        max_hdop=table.max_hdop,
        min_cn0=table.min_cn0,
        max_speed_mps=table.max_speed,
    )
    return ListeningSettings(
        rate=RateSettings(search=table.find_baud, listen_s=table.listen_s, lost_s=max(table.silence_s, table.listen_s)),
        budget=BudgetSettings(bytes_per_s=table.most_kib_s << 10),
        jamming=JammingSettings(drop=table.jam_drop, within_s=table.jam_s),
        gnss=GnssSettings(gate=gate),
        silence_s=table.silence_s,
    )


def remembered(folder: Path, files: Files = HOST) -> int | None:
    """Return the rate that was found last; None where none was, or the file holds something else."""
    try:
        text = read(files, folder / FILE, _LONGEST).strip()
    except OSError:
        return None
    return int(text) if text.isdigit() and int(text) in RATES else None
