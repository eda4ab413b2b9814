"""A home with two terminals at a site: a caregiver with two cards, a colleague with one, and what they do in any order.

Minutes count from `MORNING_MS`. What is done is in a terminal's journal; the gateway has it when it is told.
"""

from datetime import UTC
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import select

from samples.site import TENANT, Authority, Site, Terminal
from samples.stores import new_store
from samples.taps import check, token
from zhendao.gateway.cases.casing import Casing
from zhendao.gateway.cases.settings import CasesTable
from zhendao.gateway.cases.values import Act, State
from zhendao.gateway.ingest.steady import Now
from zhendao.gateway.judging.facts import Fact, fact_of
from zhendao.gateway.judging.judge import Judge, Judged
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.current import snapshot
from zhendao.gateway.registry.loading import load
from zhendao.gateway.store.conclusions import visits
from zhendao.gateway.store.facts import events
from zhendao.gateway.visits.compare import differences
from zhendao.gateway.visits.corrected import standing
from zhendao.gateway.visits.replay import replay
from zhendao.protocol.bodies import Body, Clock, Rating, Undo
from zhendao.protocol.vocabulary import ClockReason, ClockSource, Direction, Role

ANNA, BINA, CARA = b"card-one", b"card-two", b"card-cee"
MORNING_MS = 1_790_035_200_000
MINUTE_MS = 60_000
LATER_MS = MORNING_MS + 3 * 86_400_000
_TABLES = {
    "places": "place_id,lat_e7,lon_e7,datum,radius_m,accuracy_m,valid_from\nP1,31.2,121.4,WGS-84,60,5,2026-01-01\n",
    "elders": "elder_id,name,place_id,valid_from\nE1,王秀兰,P1,2026-01-01\n",
    "caregivers": "caregiver_id,name,valid_from\nC1,李婉,2026-01-01\nC2,赵敏,2026-01-01\n",
    "services": "code,min_duration,max_duration,valid_from\n助洁,30min,90min,2026-01-01\n",
    "schedules": "elder_id,caregiver_id,code,valid_from\nE1,C1,助洁,2026-01-01\n",
}


class House:
    """The home, and the gateway that hears of it."""

    def __init__(self, folder: Path, terminals: int = 2) -> None:
        self.authority = Authority()
        self.site = Site(folder, self.authority)
        self.lines = [self.authority.terminal() for _ in range(terminals)]
        self._told = [0] * terminals
        self._holders = {ANNA: "C1", BINA: "C1", CARA: "C2"}
        self.now_ms = LATER_MS
        self._load()

    def _load(self) -> None:
        folder = Path(self.site.folder) / f"registry-{self.now_ms}-{len(list(Path(self.site.folder).iterdir()))}"
        folder.mkdir()
        cards = "".join(f",{card.hex()},caregiver,{who},2026-01-01\n" for card, who in self._holders.items())
        boxes = "".join(f"{line.device.hex()},home,P1,E1,2026-01-01\n" for line in self.lines)
        more = {
            "tokens": f"token_id,uid,role,holder_id,valid_from\n{cards}",
            "terminals": f"device,placement,place_id,elder_id,valid_from\n{boxes}",
        }
        for name, text in (_TABLES | more).items():
            (folder / f"{name}.csv").write_text(text, "utf-8")
        load(self.site.store, Book(self.site.key), folder, zone=UTC, tenant=TENANT)

    # -- what happens there

    def add(self, at: int, body: Body, minute: float, **more: Any) -> int:
        """Journal ``body`` at the terminal ``at``; return its number."""
        wall_ms = MORNING_MS + round(minute * MINUTE_MS)
        mono_ns = round((minute + 10_000) * 60 * 10**9)
        return int(self.lines[at].add(body, mono_ns=mono_ns, wall_ms=wall_ms, **more).seq)

    def come(self, minute: float, at: int, card: bytes = ANNA, **more: Any) -> int:
        """Hold ``card`` there: a beginning for the terminal."""
        return self.add(at, check(Direction.IN, card=card), minute, **more)

    def leave(self, minute: float, at: int, card: bytes = ANNA, opened_by: int | None = None, **more: Any) -> int:
        """Hold ``card`` there: an end for the terminal."""
        return self.add(at, check(Direction.OUT, opened_by, card), minute, **more)

    def undo(self, target: int, minute: float, at: int, card: bytes = ANNA) -> int:
        """Take a check back."""
        return self.add(at, Undo(target, token(Role.CAREGIVER, card), 1), minute)

    def rate(self, about: int, minute: float, at: int, score: int) -> int:
        """Press a button for the visit of a check."""
        return self.add(at, Rating(score, 2, refers_to=about), minute)

    def anything(self, random: Random, acts: int) -> None:
        """Do ``acts`` things as they come, within a day and a half: ends and beginnings that fit, and that do not."""
        begun: dict[tuple[int, bytes], int] = {}
        for minute in sorted(random.sample(range(random.choice((400, 2_000))), acts)):
            at, card = random.randrange(len(self.lines)), random.choice((ANNA, ANNA, BINA, CARA))
            source = ClockSource.GNSS if random.random() < 0.9 else ClockSource.UNSET
            what = random.random()
            if what < 0.45:
                begun[at, card] = self.come(minute, at, card, source=source)
            elif what < 0.7:
                self.leave(minute, at, card, source=source)
            elif what < 0.85 and (at, card) in begun:
                self.leave(minute, at, card, begun.pop((at, card)), source=source)
            elif what < 0.92 and begun:
                (there, whose), seq = random.choice(sorted(begun.items()))
                self.undo(seq, minute, there, whose)
            elif begun:
                (there, _), seq = random.choice(sorted(begun.items()))
                self.rate(seq, minute, there, random.choice((0, 100)))
            if random.random() < 0.1:
                told = Clock(ClockReason.ANCHOR, MORNING_MS + minute * MINUTE_MS, 50, ClockSource.GNSS,
                             (minute + 10_000) * 60 * 10**9)  # fmt: skip
                self.add(at, told, minute)

    # -- what the gateway hears

    def tell(self, *which: int) -> None:
        """Send what these terminals have not sent yet, each in one message."""
        for at in which:
            line, first = self.lines[at], self._told[at] + 1
            self._told[at] = len(line.items)
            self.take(line, first, len(line.items))

    def take(self, line: Terminal, first: int, last: int) -> None:
        """Have the gateway take a part of a journal."""
        self.now_ms += 1_000
        self.site.take(line.message(first, last, 1), now_ms=self.now_ms)

    def tell_mixed(self, random: Random) -> None:
        """Send everything in pieces, in no order, some of it twice, with restarts and time between."""
        pieces = []
        for line in self.lines:
            first = 1
            while first <= len(line.items):
                last = min(len(line.items), first + random.choice((0, 0, 1, 4)))
                pieces.append((line, first, last))
                first = last + 1
        pieces += random.sample(pieces, len(pieces) // 4)
        random.shuffle(pieces)
        for line, first, last in pieces:
            self.take(line, first, last)
            if random.random() < 0.3:
                self.settle()
            if random.random() < 0.1:
                self.site.store.close()
                self.site.open()
        self.settle()

    def settle(self) -> None:
        """Give the gateway time for all that waits."""
        self.now_ms += 1_000
        self.site.settle(self.now_ms)

    def holder(self, card: bytes, caregiver: str) -> None:
        """Register ``card`` as that of ``caregiver``, always."""
        self._holders[card] = caregiver
        self._load()

    def correct(self, visit_id: str, begin_min: int) -> None:
        """Have the beginning of a visit corrected, and approved."""
        clerk, now = self.site.pipeline.clerk, Now(self.now_ms, self.now_ms)
        assert clerk is not None
        times = MORNING_MS + begin_min * MINUTE_MS, None
        with self.site.store.writing() as connection:
            one = clerk.propose(bytes.fromhex(visit_id), times, "no_check_in", "老人确认", "", "李婉")(connection, now)
        with self.site.store.writing() as connection:
            clerk.answer(one.number, Act.APPROVED, "", "王芳")(connection, now)
        self.settle()

    def take_back(self, *numbers: int) -> None:
        """Have these corrections withdrawn, one after the other."""
        clerk, now = self.site.pipeline.clerk, Now(self.now_ms, self.now_ms)
        assert clerk is not None
        for number in numbers:
            with self.site.store.writing() as connection:
                clerk.answer(number, Act.WITHDRAWN, "记错了", "王芳")(connection, now)
            self.settle()

    # -- what it concludes

    def stored(self) -> dict[str, Any]:
        """Return the records of its visits, by id."""
        return self._records("withdrawn", there=False)

    def withdrawn(self) -> dict[str, Any]:
        """Return the records of those that went."""
        return self._records("withdrawn", there=True)

    def _records(self, state: str, *, there: bool) -> dict[str, Any]:
        with self.site.store.reading() as connection:
            rows = connection.execute(select(visits.c.record, visits.c.state)).all()
        return {row.record["visit_id"]: row.record for row in rows if (row.state == state) is there}

    def follow(self, record: dict[str, Any]) -> str:
        """Return the id at which the successors of a withdrawn visit end."""
        gone, name = self.withdrawn(), record["successor"]
        while name in gone:
            name = gone[name]["successor"]
        return str(name)

    def site_cases(self) -> list[State]:
        """Return the states of the cases that wait for somebody."""
        clerk = self.site.pipeline.clerk
        assert clerk is not None
        with self.site.store.reading() as connection:
            return [one.state for one in clerk.casing.book.queue(connection, waiting=True, most=100)]

    def facts(self) -> list[Fact]:
        """Return what the gateway has, as facts."""
        told = {
            (one.device, one.epoch, one.seq): (one, line.heads[one.seq]) for line in self.lines for one in line.events
        }
        with self.site.store.reading() as connection:
            rows = connection.execute(select(events.c.device, events.c.epoch, events.c.seq, events.c.received_ms)).all()
        return [fact_of(told[tuple(row[:3])][0], row[3], h=told[tuple(row[:3])][1]) for row in rows]

    def judge(self) -> Judged:
        """Return what `judge` finds in the same facts now."""
        clerk = self.site.pipeline.clerk
        assert clerk is not None
        with self.site.store.reading() as connection:
            judge = Judge(snapshot(connection, Book(self.site.key)), self.site.policy(), self.site.table.clock_s * 1000)
            judge.correct(standing(clerk.casing.corrections(connection).values()))
        for fact in self.facts():
            judge.take(fact)
        return judge.judged(self.now_ms)

    def judged(self) -> dict[str, Any]:
        """Return the records that `judge` makes, by id."""
        return {one.visit_id.hex(): one.record for one in self.judge().visits}

    def judged_with_names(self) -> tuple[dict[str, Any], dict[str, str]]:
        """Return them, and the ids that went with the one that has their check."""
        found = self.judge()
        return (
            {one.visit_id.hex(): one.record for one in found.visits},
            {old.hex(): name.hex() for old, name in found.names.items()},
        )

    def replayed(self) -> list[str]:
        """Return in what the store differs from its own replay."""
        into = new_store(self.site.folder / "again.db")
        with self.site.store.reading() as connection:
            beside = Casing(CasesTable(), self.site.key)
            replay(connection, into, self.site.key, self.site.table, self.now_ms, beside=beside)
            with into.reading() as again:
                found = [str(one) for one in differences(connection, again, self.site.key, self.now_ms)]
        into.close()
        return found
