"""However facts arrive at a gateway, and whatever people do meanwhile, it comes to the same in the end (promise 4).

The facts of six visits come in any order, in any batches, some of them twice; in between the registry is put right,
an outage is entered, a correction is approved, and another one approved and withdrawn. What stands at the end is what
stands when all of it comes one after the other, and what `judge` says of the same facts.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from samples.registered import CHINA, register
from samples.site import NOW_MS, TENANT, Authority, Site, Terminal
from samples.taps import check
from zhendao.gateway.cases.outages import Outage
from zhendao.gateway.cases.values import Act
from zhendao.gateway.ingest.steady import Now
from zhendao.gateway.judging.facts import Fact, fact_of
from zhendao.gateway.judging.judge import Judge
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.current import snapshot
from zhendao.gateway.registry.loading import load
from zhendao.gateway.store.conclusions import visits
from zhendao.gateway.visits.drawing import policy_of
from zhendao.protocol.bodies import Rating, Undo
from zhendao.protocol.vocabulary import Direction

MINUTE, HOUR = 60_000, 3_600_000
BEGAN_MS = NOW_MS - 12 * HOUR
LATER_MS = NOW_MS + HOUR
CARDS = ("c1" * 16, "c2" * 16)


def told(line: Terminal, body: Any, minutes: int) -> int:
    at_ms = BEGAN_MS + minutes * MINUTE
    return line.add(body, wall_ms=at_ms, mono_ns=(minutes * 60 + 10) * 10**9).seq


def home(authority: Authority, card: bytes) -> Terminal:
    """Return a day of a home: a visit too short, one taken back, one without an end, one as it should be."""
    line = authority.terminal()
    came = told(line, check(Direction.IN, card=card), 0)
    told(line, check(Direction.OUT, came, card), 20)
    told(line, Rating(0, 3, refers_to=came), 21)
    wrong = told(line, check(Direction.IN, card=card), 60)
    told(line, Undo(wrong, check(Direction.IN, card=card).caregiver, 61 * 60 * 10**9), 61)
    told(line, check(Direction.IN, card=card), 120)
    again = told(line, check(Direction.IN, card=card), 300)
    told(line, check(Direction.OUT, again, card), 371)
    return line


class Town:
    """Two homes, the store that every gateway begins with, and what came of it when all went in order."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority()
        self.folder = folder
        self.lines = [home(self.authority, bytes([one]) * 7) for one in (1, 2)]
        site = Site(folder, self.authority)
        for number, line in enumerate(self.lines, 1):
            register(site, line.device, str(number), card=CARDS[number - 1])
        self.cards(site, folder, "cards")
        site.store.close()

    def cards(self, site: Site, folder: Path, name: str) -> None:
        """Say whose cards they are."""
        rows = "".join(f",{bytes([one]).hex() * 7},caregiver,C{one},2026-01-01\n" for one in (1, 2))
        self.load(site, folder / name, "tokens", f"token_id,uid,role,holder_id,valid_from\n{rows}")

    @staticmethod
    def load(site: Site, folder: Path, table: str, text: str) -> None:
        folder.mkdir()
        (folder / f"{table}.csv").write_text(text, "utf-8")
        load(site.store, Book(site.key), folder, zone=CHINA, tenant=TENANT)

    def site(self, folder: Path) -> Site:
        for one in self.folder.glob("gateway.db*"):
            shutil.copy(one, folder / one.name)
        return Site(folder, self.authority)

    def facts(self) -> list[Fact]:
        return [fact_of(event, NOW_MS, h=line.heads[event.seq]) for line in self.lines for event in line.events]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return Town(tmp_path_factory.mktemp("town"))


class Gateway:
    """A gateway of the town, and what people do there."""

    def __init__(self, town: Town, folder: Path) -> None:
        self.town, self.folder, self.site = town, folder, town.site(folder)
        clerk = self.site.pipeline.clerk
        assert clerk is not None
        self.clerk = clerk

    def take(self, *stretches: tuple[int, int, int]) -> None:
        """Take one group of messages, each a stretch of a journal."""
        lines = self.town.lines
        self.site.take(*(lines[at].message(first, last, 1) for at, first, last in stretches), now_ms=NOW_MS)

    def act(self, doing: Callable[[Any, Now], Any]) -> Any:
        with self.site.store.writing() as connection:
            return doing(connection, Now(NOW_MS, NOW_MS))

    def shorter(self) -> None:
        """The service may be shorter than was registered: 15 minutes."""
        text = "code,min_duration,max_duration,valid_from\n助洁,15min,90min,2026-01-01\n"
        self.town.load(self.site, self.folder / "services", "services", text)

    def outage(self) -> None:
        """The first home's terminal was down for an hour, when somebody should have checked out."""
        begin = BEGAN_MS + 150 * MINUTE
        self.act(self.clerk.outage(Outage("terminal", begin, begin + HOUR, self.town.lines[0].device), "王芳"))

    def correct(self) -> None:
        """Two corrections of what was witnessed whole: one stands, one is withdrawn."""
        for at, keep in ((0, True), (1, False)):
            times = (None, BEGAN_MS + 70 * MINUTE)
            one = self.act(self.clerk.propose(self.first(at), times, "check_out_broken", "老人确认", "", f"李婉{at}"))
            self.act(self.clerk.answer(one.number, Act.APPROVED, "", "王芳"))
            if not keep:
                self.act(self.clerk.answer(one.number, Act.WITHDRAWN, "", "王芳"))

    def first(self, at: int) -> bytes:
        """Return the id of the first visit in home ``at``."""
        line = self.town.lines[at]
        with self.site.store.reading() as connection:
            rows = connection.execute(select(visits.c.id, visits.c.seq).where(visits.c.device == line.device))
            return next(bytes(row.id) for row in rows if row.seq == 2)

    def outcome(self) -> dict[str, Any]:
        """Return what stands: visits, and the cases that wait, by visit."""
        self.site.settle(LATER_MS)
        with self.site.store.reading() as connection:
            rows = connection.execute(select(visits.c.record).where(visits.c.state != "withdrawn")).scalars()
            queue = self.clerk.casing.book.queue(connection, waiting=True, most=100)
            cases = {one.visit_id.hex(): (sorted(one.kinds), one.explained, sorted(one.explains)) for one in queue}
            return {"visits": {one["visit_id"]: one for one in rows}, "cases": cases}

    def judged(self, facts: list[Fact]) -> Iterator[Any]:
        """Return what `judge` says of ``facts`` with this registry and these corrections, a part at a time."""
        with self.site.store.reading() as connection:
            judge = Judge(
                snapshot(connection, Book(self.site.key)), policy_of(self.site.table), self.site.table.clock_s * 1000
            )
            judge.correct(self.clerk.casing.corrections(connection))
        for fact in facts:
            judge.take(fact)
        return iter([judge.judged(LATER_MS)])


@pytest.fixture(scope="module")
def in_order(town: Town) -> dict[str, Any]:
    """Return what it comes to when all comes in order, and nobody is in a hurry."""
    with TemporaryDirectory() as folder:
        gateway = Gateway(town, Path(folder))
        for at, line in enumerate(town.lines):
            for seq in range(1, len(line.items) + 1):
                gateway.take((at, seq, seq))
        for act in (gateway.shorter, gateway.outage, gateway.correct):
            act()
        found = gateway.outcome()
        gateway.site.store.close()
    return found


def test_in_order_it_is_what_the_day_was(in_order: dict[str, Any]) -> None:
    kinds = sorted(tuple(found) for found, *_ in in_order["cases"].values())
    assert len(in_order["visits"]) == 6
    assert [one for one in kinds if "no_out" in one] != []
    assert {reason for _, reason, _ in in_order["cases"].values()} == {None, "terminal_down"}
    corrected = [one for one in in_order["visits"].values() if "correction" in one]
    assert [one["duration_s"] for one in corrected] == [70 * 60]


@st.composite
def arrivals(draw: st.DrawFn, lengths: tuple[int, ...]) -> list[tuple[int, int, int]]:
    """Return stretches of journals that hold every event at least once, in any order."""
    found = []
    for at, length in enumerate(lengths):
        cuts = sorted(draw(st.sets(st.integers(2, length))))
        found += [(at, first, last - 1) for first, last in zip([1, *cuts], [*cuts, length + 1], strict=True)]
        first = draw(st.integers(1, length))
        found.append((at, first, draw(st.integers(first, length))))
    return draw(st.permutations(found))


@settings(max_examples=settings.default.max_examples // 10)
@given(st.data())
def test_order_doubling_batching_and_the_hour_of_peoples_acts_change_nothing(
    town: Town, in_order: dict[str, Any], data: st.DataObject
) -> None:
    order = data.draw(arrivals(tuple(len(line.items) for line in town.lines)))
    groups: list[list[tuple[int, int, int]]] = []
    for stretch in order:
        if not groups or data.draw(st.booleans()):
            groups.append([])
        groups[-1].append(stretch)
    with TemporaryDirectory() as folder:
        gateway = Gateway(town, Path(folder))
        acts = [gateway.shorter, gateway.outage, gateway.correct]
        waiting = sorted((data.draw(st.integers(0, len(groups))), at) for at in range(3))
        for step, group in enumerate(groups):
            while waiting and waiting[0][0] == step and _possible(gateway, waiting[0][1], acts):
                acts[waiting.pop(0)[1]]()
            waiting = sorted((max(when, step + 1), at) for when, at in waiting)
            gateway.take(*group)
            if data.draw(st.booleans()):
                gateway.site.settle(NOW_MS)
        for _, at in waiting:
            acts[at]()
        found = gateway.outcome()
        (judged,) = gateway.judged(town.facts())
        gateway.site.store.close()
    assert _plain(found) == _plain(in_order)
    assert {one.visit_id.hex(): one.record for one in judged.visits} == found["visits"]
    kinds = {one.kind for one in gateway.clerk.casing.detectors}
    of = {one.visit_id.hex() for one in judged.findings if one.visit_id is not None and one.kind in kinds}
    assert of == set(found["cases"])


def _possible(gateway: Gateway, at: int, acts: list[Callable[[], None]]) -> bool:
    """Tell whether people can do it yet: a correction is of a visit that they have before them, whole."""
    if acts[at] != gateway.correct:
        return True
    with gateway.site.store.reading() as connection:
        rows = connection.execute(select(visits.c.seq, visits.c.state, visits.c.end_ms)).all()
    return [row.end_ms is not None for row in rows if row.seq == 2 and row.state != "withdrawn"] == [True, True]


def _plain(found: dict[str, Any]) -> bytes:
    return orjson.dumps(found, option=orjson.OPT_SORT_KEYS)
