"""What a terminal holds, as figures: from its journal, its folder, its settings, and from itself where it runs.

Promise: nothing is said that was not looked up; what cannot be looked up is None. No event is opened: there is no key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zhendao.device.clock.local import zone
from zhendao.device.journal.opening import FILE
from zhendao.device.privacy.eyes import Senses, senses
from zhendao.device.privacy.tally import AT_CHECKS, PLACES, of_today
from zhendao.device.reminding.kept import NAME as PLAN
from zhendao.device.site.memory import FILE as HOME
from zhendao.device.upkeep import books

if TYPE_CHECKING:
    import sqlite3
    from collections import Counter
    from collections.abc import Mapping

    from zhendao.device.config import DeviceSettings


@dataclass(frozen=True, slots=True)
class Holdings:
    """The figures.

    Attributes:
        running: whether the terminal answered.
        today: what it has recorded today, by sort (`tally`); None where it does not run.
        people: records about people since it was started; None where it does not run.
        since_s: for how long it has been counting.
        clock_known: whether it knows which day it is.
        stored: events in the journal, sealed; ``unsent`` of them the gateway has not confirmed.
        rows: small rows beside them: open visits and last checks under pseudonyms, calls that are not settled.
        keep_events: how many confirmed events stay at most, and ``keep_mib`` how many MiB of them.
        aside: damaged journals that were set aside.
        home: whether the place of this home, as surveyed, is kept here.
        door: whether the number of this home's door tag is kept here.
        senses: cameras and microphones.
        plan: whether planned visits are kept here.
    """

    running: bool
    today: Counter[str] | None
    people: int | None
    since_s: int | None
    clock_known: bool
    stored: int
    unsent: int
    rows: int
    keep_events: int
    keep_mib: int
    aside: int
    home: bool
    door: bool
    senses: Senses
    plan: bool = False

    @property
    def places(self) -> int | None:
        """Positions recorded today with a check or a call."""
        return None if self.today is None else sum(self.today[one + PLACES] for one in AT_CHECKS - {"box-places"})

    @property
    def places_between(self) -> int | None:
        """Positions recorded today that are of neither a check, nor a call, nor the box itself."""
        if self.today is None:
            return None
        return sum(n for sort, n in self.today.items() if sort.endswith(PLACES)) - sum(
            self.today[one + PLACES] for one in AT_CHECKS
        )


def look(settings: DeviceSettings, told: Mapping[str, Any] | None) -> Holdings:
    """Look at everything; ``told`` is what the running terminal said. Raises `JournalDamagedError`."""
    folder = settings.terminal.data_dir
    stored = unsent = rows = 0
    if (folder / FILE).exists():
        stored, unsent, rows = books.read(folder / FILE, _counted)
    today, known = None, False
    if told is not None:
        clock = told["clock"]
        known = clock["source"] != "unset"
        today = of_today(told.get("kept", []), clock["wall_ms"] if known else None, zone(settings.terminal.time_zone))
    return Holdings(
        running=told is not None,
        today=today,
        people=None if told is None else int(told["people"]),
        since_s=None if told is None else int(told["up_s"]),
        clock_known=known,
        stored=stored,
        unsent=unsent if told is None else int(told["unacknowledged"]),  # what is confirmed is written down later
        rows=rows,
        keep_events=settings.journal.keep_events,
        keep_mib=settings.journal.keep_mib,
        aside=len(list(folder.glob(books.ASIDE))),
        home=(folder / HOME).exists(),
        door=(folder / DOOR).exists(),
        senses=senses(None if told is None else told.get("pid")),
        plan=(folder / PLAN).exists(),
    )


DOOR = "door.tag"


def _counted(db: sqlite3.Connection) -> tuple[int, int, int]:
    epochs = books.epochs(db)
    (stored,) = db.execute("SELECT count(*) FROM event").fetchone()
    (rows,) = db.execute("SELECT count(*) FROM visit").fetchone()
    return stored, sum(one.unacknowledged for one in epochs), rows
