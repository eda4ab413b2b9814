"""A few homes, an office, and a gateway: what a story needs to happen, on a clock that the story tells.

Every fact goes two ways: as a signed message into a gateway's store, and as a line of JSON to `judge`.
"""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timezone
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import select

from samples.line import SOME_DAY_MS
from samples.site import TENANT, Authority, Site, Terminal
from samples.storied.words import CHINA, STORIES
from samples.taps import token
from samples.witnessed import line_of
from zhendao.gateway.cases.errors import CaseError
from zhendao.gateway.cases.values import Case
from zhendao.gateway.ingest.steady import Now
from zhendao.gateway.judging.facts import fact_of, read_facts
from zhendao.gateway.judging.judge import Judge
from zhendao.gateway.judging.writing import written
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.exporting import export
from zhendao.gateway.registry.loading import load, read_registry
from zhendao.gateway.store.conclusions import visits
from zhendao.gateway.visits.drawing import policy_of
from zhendao.protocol.bodies import Body, Boot, Check, Fix, Health
from zhendao.protocol.position import moved_by
from zhendao.protocol.vocabulary import (
    BootReason,
    CheckFlag,
    ClockSource,
    Constellation,
    Datum,
    Direction,
    FixSign,
    Mounting,
    PartState,
    Placement,
    Role,
)

ZONE = timezone(CHINA)
REGISTRY = STORIES / "登记"
ON_THE_WAY_MS = 2_000
"""So long it takes until the gateway has what a terminal recorded."""
GOOD_FIX_DM = 80
HOUR_MS = 3_600_000
REPORT_MS = 900_000
"""A terminal says so often how it is."""


@dataclass
class Home:
    """An elder's home and its terminal; ``sent`` events of its journal are on their way or there."""

    line: Terminal
    elder: str
    spot: tuple[int, int]
    began_ms: int
    online: bool = True
    powered: bool = True
    source: ClockSource = ClockSource.GNSS
    sent: int = 0
    open: dict[str, int] = field(default_factory=dict)
    read: dict[str, Check] = field(default_factory=dict)


class World:
    """All that a story changes, and all that the office can look at."""

    def __init__(self, folder: Path, authority: Authority, elders: Iterable[str], day: int) -> None:
        self.folder, self.day, self.now_ms = folder, day, day - HOUR_MS
        self.site = Site(folder, authority)
        self.registry = read_registry(REGISTRY, ZONE, TENANT)
        self.lines: list[bytes] = []
        self.refused: CaseError | None = None
        self.language = "zh"
        self.view: Any = None
        self.views: dict[str, Any] = {}
        self.table: list[list[str]] = []
        self._loads = 0
        self.homes = {elder: self._home(authority, elder) for elder in sorted(elders)}

    def _home(self, authority: Authority, elder: str) -> Home:
        device = bytes.fromhex("e" + elder[1:]) * 16
        where = self.registry.elder(elder, self.day)
        place = self.registry.place(where.place_id, self.day) if where is not None and where.place_id else None
        assert place is not None
        home = Home(authority.terminal(device=device), elder, (place.lat_e7, place.lon_e7), SOME_DAY_MS)
        self._deliver(home)
        return home

    # -- time

    def at(self, seconds: int) -> int:
        """Have it be so many seconds after midnight of the story's day; time only goes on."""
        now_ms = self.day + seconds * 1000
        assert now_ms >= self.now_ms, "a story is told in the order of time"
        for home in self.homes.values():
            self._report(home, now_ms)
        self.now_ms = now_ms
        self.site.settle(now_ms)
        return now_ms

    # -- terminals

    def record(self, home: Home, body: Body) -> int:
        """Have a terminal record ``body`` now; return its number."""
        assert home.powered, "a terminal without power records nothing"
        known = home.source is not ClockSource.UNSET
        home.line.add(
            body,
            mono_ns=(self.now_ms - home.began_ms) * 10**6,
            wall_ms=self.now_ms if known else 0,
            source=home.source,
        )
        if home.online:
            self._deliver(home)
        return len(home.line.items)

    def _report(self, home: Home, now_ms: int) -> None:
        """Have a terminal say how it is, as it does regularly: the last time of those that lie behind it by now."""
        last_ms = max(home.line.events[-1].wall_ms, home.began_ms)
        at_ms = now_ms - (now_ms - self.day) % REPORT_MS - 1
        if home.powered and at_ms > max(last_ms, self.now_ms):
            self.now_ms = at_ms
            self.record(home, Health(1, 1 << 20, PartState.WELL, PartState.WELL, 0, software="test", counters=()))

    def start(self, home: Home, source: ClockSource) -> None:
        """Have a terminal start, with power back, and with the time or without."""
        line = home.line
        home.began_ms, home.source, home.powered = self.now_ms - 1000, source, True
        line.boot_id = self.now_ms.to_bytes(16, "big")
        line.starts.append(line._fresh_keys())
        self.record(
            home,
            Boot(bytes(16), BootReason.START, software="test", placement=Placement.HOME, mounting=Mounting.CRADLE),
        )

    def connect(self, home: Home) -> None:
        """Have a home be online again: what waited comes."""
        home.online = True
        self._deliver(home)

    def _deliver(self, home: Home) -> None:
        first, last, line = home.sent + 1, len(home.line.items), home.line
        if last < first:
            return
        received_ms = self.now_ms + ON_THE_WAY_MS
        self.site.take(line.message(first, last, line.starts[-1].start), now_ms=received_ms)
        for seq in range(first, last + 1):
            self.lines.append(line_of(fact_of(line.events[seq - 1], received_ms, h=line.heads[seq])))
        home.sent = last

    def fix(self, home: Home, off_m: int = 0, error_m: int | None = None) -> Fix:
        """Return a fix so many metres north of the home."""
        lat, lon = moved_by(home.spot, 0, off_m)
        error_dm = GOOD_FIX_DM if error_m is None else error_m * 10
        return Fix(
            lat, lon, Datum.WGS84, error_dm, 500, 20, 14, 90, constellations=Constellation.BEIDOU, signs=FixSign(0)
        )

    def check(
        self, home: Home, who: str, direction: Direction, fix: Fix | None, door: str | None = None, cards: str = "c"
    ) -> int:
        """Have door tag and card be read at a home; ``door``: the elder whose door tag it is, this one's otherwise.

        ``cards``: c, or b for the second card of a caregiver.
        """
        tag = bytes.fromhex("d" + (door or home.elder)[1:]) * 16
        card = bytes.fromhex(cards + who[1:]) * 16
        body = Check(
            door=replace(token(Role.DOOR, tag[:7]), token_id=tag),
            caregiver=replace(token(Role.CAREGIVER, card[:7]), token_id=card),
            fix=fix,
            direction=direction,
            placement=Placement.HOME,
            mounting=Mounting.CRADLE,
            opened_by=home.open.get(who) if direction is Direction.OUT else None,
            flags=CheckFlag(0),
        )
        seq = self.record(home, body)
        home.read[who] = body
        if cards != "c":
            return seq
        if direction is Direction.IN:
            home.open[who] = seq
        else:
            home.open.pop(who, None)
        return seq

    # -- the office

    def register(self, table: str, rows: list[list[str]]) -> None:
        """Load a table of the registry into the gateway; `judge` gets what the gateway then exports."""
        self._loads += 1
        folder, out = self.folder / f"load-{self._loads}", self.folder / f"registry-{self._loads}"
        folder.mkdir()
        (folder / f"{table}.csv").write_text("".join(",".join(row) + "\n" for row in rows), "utf-8")
        book = Book(self.site.key)
        load(self.site.store, book, folder, zone=ZONE, tenant=TENANT)
        export(self.site.store, book, out, by="office")
        self.registry = read_registry(out, ZONE, TENANT)

    def act(self, doing: Any) -> None:
        """Do what a person does about a case, as the thread that ingests does it; a refusal is kept to be told."""
        self.refused = None
        try:
            with self.site.store.writing() as connection:
                doing(connection, Now(self.now_ms, self.now_ms))
        except CaseError as error:
            self.refused = error
        self.site.settle(self.now_ms)

    @property
    def clerk(self) -> Any:
        """What people's acts on cases are made by."""
        return self.site.pipeline.clerk

    def cases(self) -> list[Case]:
        """Return all cases in the order of the queue."""
        with self.site.store.reading() as connection:
            return list(self.clerk.casing.book.queue(connection, waiting=False, most=100))

    def stored(self) -> dict[str, dict[str, Any]]:
        """Return the visits of the gateway's store."""
        with self.site.store.reading() as connection:
            rows = connection.execute(select(visits.c.record).where(visits.c.state != "withdrawn")).scalars()
            return {record["visit_id"]: record for record in rows}

    def judged(self) -> dict[str, Any]:
        """Return what `judge` writes of the facts so far, as of now."""
        judge = Judge(self.registry, policy_of(self.site.table), self.site.table.clock_s * 1000)
        with self.site.store.reading() as connection:
            judge.correct(self.clerk.casing.corrections(connection))
        for fact in read_facts(self.lines):
            judge.take(fact)
        return dict(orjson.loads(b"".join(written(judge.judged(self.now_ms)))))


def prepared(folder: Path, authority: Authority) -> Path:
    """Make the store that every story begins with: the registry is loaded. Return its file."""
    site = Site(folder, authority)
    load(site.store, Book(site.key), REGISTRY, zone=ZONE, tenant=TENANT)
    site.store.close()
    return folder / "gateway.db"


def copied(store: Path, folder: Path) -> None:
    """Have ``folder`` begin with a copy of the prepared ``store``."""
    for one in store.parent.glob("gateway.db*"):
        shutil.copy(one, folder / one.name)
