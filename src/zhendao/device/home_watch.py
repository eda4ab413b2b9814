"""Whether a fixed terminal still stands where it was surveyed: asked at each check, by the fix of that check.

Promise: nothing is asked of the receiver between checks, a carried terminal is not watched, and nothing is blocked.
What is recorded is a `fix` event: once after a survey, when the terminal is found moved, and when it is found back;
false alarms come at the rate of ``[home] false_alarm_ppm`` (`protocol.home`). rule: LOCATION
"""

from __future__ import annotations

import contextlib
import math
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from zhendao.device.site import memory
from zhendao.protocol.bodies import Check, Fix, PositionWatch
from zhendao.protocol.home import Answer, Home, Seen, judge
from zhendao.protocol.vocabulary import Constellation, Datum, FixSign, Placement, WatchReason
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from zhendao.device.config import HomeTable
    from zhendao.device.identity.values import Identity
    from zhendao.device.journal.folder import DataFolder
    from zhendao.device.journal.recorder import Recorded
    from zhendao.device.notices import Notices
    from zhendao.device.taps.visits import Visit
    from zhendao.protocol.bodies import Body

    Changes = Callable[[int], Mapping[bytes, Visit | None]]

_PPM = 1_000_000
MOVED = Text(
    "终端可能已被移动：定位与安装时的位置不符", "this terminal may have been moved: it is not where it was surveyed"
)
BACK = Text("终端又在安装时的位置", "this terminal is where it was surveyed again")


class HomeWatch:
    """Of one terminal. ``record`` journals a body, ``also`` does something on the disk's thread, ``errand`` goes on."""

    def __init__(
        self,
        who: Identity,
        table: HomeTable,
        folder: DataFolder,
        also: Callable[[Callable[[], None]], Awaitable[None]],
        record: Callable[..., Awaitable[Recorded]],
        notices: Notices,
        errand: Callable[[], Awaitable[None]],
    ) -> None:
        self._table, self._folder, self._also = table, folder, also
        self._record, self._notices, self._errand = record, notices, errand
        fixed = who.placement is not Placement.CARRIED
        self._known = memory.recall(folder.path, folder.files) if fixed else None
        self._recent: deque[Seen] = deque(maxlen=table.fixes)
        self._owed: deque[tuple[PositionWatch, Text | None]] = deque(maxlen=4)
        if self._known is not None and not self._known.told:
            self._owed.append((PositionWatch(fix=surveyed(self._known.home), reason=WatchReason.SURVEY), None))

    async def keep(self, body: Body, changes: Changes | None = None) -> Recorded:
        """Journal ``body`` as ``record`` does; of a check, think about its fix. Raises `JournalError`."""
        done = await self._record(body, changes)
        if isinstance(body, Check) and body.fix is not None:
            self._saw(body.fix)
        return done

    async def look(self) -> None:
        """Record what is owed, then do the errand. Raises `JournalError`."""
        while self._owed and self._known is not None:
            body, text = self._owed[0]
            await self._record(body)
            self._owed.popleft()
            if text is not None:
                self._notices.say("home", text)
            self._known = replace(self._known, told=True, moved=_moved(body, self._known.moved))
            await self._also(self._remember)
        await self._errand()

    def _saw(self, fix: Fix) -> None:
        """Judge the newest fixes; owe an event where the answer is another one than before."""
        if self._known is None or fix.datum is not Datum.WGS84 or FixSign.SIMULATOR in fix.signs:
            return
        self._recent.append(Seen(fix.lat_e7, fix.lon_e7, fix.hacc95_dm / 10))
        answer = judge(self._known.home, self._recent, self._table.false_alarm_ppm / _PPM).answer
        moved = self._owed[-1][0].reason is WatchReason.MOVED if self._owed else self._known.moved
        if answer is Answer.MOVED and not moved:
            self._owed.append((PositionWatch(fix=fix, reason=WatchReason.MOVED), MOVED))
        elif answer is Answer.HERE and moved:
            self._owed.append((PositionWatch(fix=fix, reason=WatchReason.WATCH), BACK))

    def _remember(self) -> None:
        if self._known is not None:
            with contextlib.suppress(OSError):  # a full disk: it is told once more at the next start
                memory.keep(self._folder.path, self._known, self._folder.files)


def surveyed(home: Home) -> Fix:
    """Return the place of a survey as a fix: what it does not know of single satellites is 0."""
    ellipse = home.error.ellipse()
    sigma = home.error.ellipse(1.0)
    return Fix(
        lat_e7=home.lat_e7,
        lon_e7=home.lon_e7,
        datum=Datum.WGS84,
        hacc95_dm=_decimetres(ellipse.major_m),
        age_ms=0,
        epochs=home.samples,
        sats=0,
        hdop_centi=0,
        cn0_deci=None,
        constellations=Constellation(0),
        signs=FixSign(0),
        sigma_major_dm=_decimetres(sigma.major_m),
        sigma_minor_dm=_decimetres(sigma.minor_m),
        orientation_deg=sigma.orientation_deg,
        gnss_ms=None,
    )


def _moved(told: PositionWatch, before: bool) -> bool:  # noqa: FBT001 - what was known
    return before if told.reason is WatchReason.SURVEY else told.reason is WatchReason.MOVED


def _decimetres(metres: float) -> int:
    """Round upwards: a stated error is never less than what is known."""
    return math.ceil(round(metres * 10, 6))
