"""A world, put together: story in, history out. Everything in it is the real code on simulated surroundings.

Promise: a history follows from its story (and the suite) alone. Whatever part of it fails in a way that no code took
care of is a breach too, and nothing is left running when `run` returns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.device.feedback.moments import TABLE
from zhendao.gateway.assembly import Credentials
from zhendao.protocol.suite import INTL, SM, standing_in
from zhendao.protocol.wording import Text
from zhendao.readers.token_record import token_message
from zhendao.simulators.world.box.acts import FAMILIES as BOX_FAMILIES
from zhendao.simulators.world.box.acts import BoxActs
from zhendao.simulators.world.box.box import Outside
from zhendao.simulators.world.box.field import Tag
from zhendao.simulators.world.box.making import Making
from zhendao.simulators.world.box.settings import DAY_S
from zhendao.simulators.world.engine.authority import TENANT, Authority
from zhendao.simulators.world.engine.chance import Chance
from zhendao.simulators.world.engine.clockwork import Clockwork
from zhendao.simulators.world.engine.manners import heard, seldom_swept
from zhendao.simulators.world.engine.sealings import WatchedStandIn
from zhendao.simulators.world.history import History
from zhendao.simulators.world.house.acts import FAMILIES as HOUSE_FAMILIES
from zhendao.simulators.world.house.acts import HouseActs
from zhendao.simulators.world.house.house import House, Household
from zhendao.simulators.world.house.manner import manner_of
from zhendao.simulators.world.house.platform import Platform
from zhendao.simulators.world.house.registry import TownRegistry
from zhendao.simulators.world.invariants.invariant import Breach
from zhendao.simulators.world.judge.bookkeeping import Bookkeeper
from zhendao.simulators.world.judge.met import Met
from zhendao.simulators.world.judge.notes import note
from zhendao.simulators.world.judge.oracle import INVARIANTS, Oracle
from zhendao.simulators.world.net.broker import Broker
from zhendao.simulators.world.net.gateway_way import GatewayWay
from zhendao.simulators.world.net.line import LineSettings, TerminalLine
from zhendao.simulators.world.net.network import Network
from zhendao.simulators.world.net.troubles import LinkTroubles
from zhendao.simulators.world.people.people import Town, record_of
from zhendao.simulators.world.people.visiting import Visiting
from zhendao.simulators.world.people.visitor import Heard
from zhendao.simulators.world.reports import Attempted, Faulted, Knocked, sent
from zhendao.simulators.world.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.device.feedback.given import Given
    from zhendao.protocol.suite import Suite
    from zhendao.simulators.world.box.box import Box
    from zhendao.simulators.world.invariants.invariant import Invariant
    from zhendao.simulators.world.people.people import Tag as PersonsTag
    from zhendao.simulators.world.reports import Report
    from zhendao.simulators.world.story.story import Act, Story

MS = 1_000_000
SUITES = ("stand-in", "intl", "sm")
_SHORT_DAYS = 7
"""In a world of so many days terminals report of themselves each day, in a longer one each week."""
_CERTIFIED_MS = 90 * 86_400_000
"""The broker has its certificate since so long before the story begins."""
_MOST_BREACHES = 1000
"""A world that goes wrong in itself after so many of them is given up."""
_STEP_NS = 86_400_000 * MS
"""How much of a history passes between two looks at how far it is."""


def run(
    story: Story,
    suite: str = "stand-in",
    trace: Trace | None = None,
    progress: Callable[[int], None] | None = None,
    invariants: tuple[type[Invariant], ...] = INVARIANTS,
) -> History:
    """Let ``story`` happen; ``progress`` is told the days that have passed.

    ``suite``: one of `SUITES`; ``trace`` takes the notes.
    """
    clockwork, oracle = Clockwork(), Oracle(invariants)
    reals: dict[str, Suite] = {"intl": INTL, "sm": SM}
    chosen = reals.get(suite) or WatchedStandIn(Chance(story.seed, "suite"), clockwork, oracle.tell)
    with standing_in(chosen):
        world = World(story, chosen, clockwork, oracle, trace if trace is not None else Trace())
        with heard(world.told), seldom_swept():
            try:
                return world.run(progress)
            finally:
                world.end()


def _nobody(_given: Given) -> None:
    """Nobody stands before a clone."""


class World:
    """One world, from its beginning to its end."""

    def __init__(self, story: Story, suite: Suite, clockwork: Clockwork, oracle: Oracle, trace: Trace) -> None:
        self.story, self.trace, self.clockwork, self.oracle = story, trace, clockwork, oracle
        self.met = Met()
        self.authority = Authority(Chance(story.seed, "authority"), suite)
        self.town = Town(story)
        self.devices = {self.authority.device(n): n for n in range(story.terminals)}
        self.network = Network(self.clockwork, Chance(story.seed, "network"))
        self.broker = Broker(self.network, Chance(story.seed, "broker"))
        self.platform = Platform(self.clockwork, Chance(story.seed, "platform"), "platform", self.tell)
        self._manner = manner_of(story)
        self.house = self._house(suite)
        self.visiting = Visiting(self.clockwork, story, self.town, self, trace)
        self._tags: dict[str, Tag] = {}
        making = Making(story, self._line, self._outside)
        self.boxes = [self._box(making, n) for n in range(story.terminals)]
        self.acts = BoxActs(self.clockwork, Chance(story.seed, "acts"), self.boxes, self.tell, making.clone)
        self._links = LinkTroubles(self.network, self.broker)
        self._houses = HouseActs(self.clockwork, self.house, [self.platform], self.tell)

    # -- making

    def _house(self, suite: Suite) -> House:
        keyring, seed = self.authority.keyring, self.story.seed
        credentials = Credentials(
            TENANT,
            keyring.trust.check,
            {suite.id: keyring.unwrapping_key},
            keyring.signing_key,
            keyring.certificate.id,
            prover=self.authority.prover(),
        )
        household = Household(credentials, self.story.start_ms, Chance(seed, "store key").bytes(32), self._manner)
        way = GatewayWay(self.network, Chance(seed, "gateway/link"), TENANT)
        chance = Chance(seed, "gateway")
        return House(self.clockwork, chance, household, way, [self.platform], self.devices, self.trace, self.tell)

    def _line(self, name: str) -> TerminalLine:
        number = int(name.split()[1])
        chance = Chance(self.story.seed, f"{name}/line")
        self.network.slow(name, chance.between(0, self.story.number("delay_ms")) * MS)
        settings = LineSettings(
            TENANT,
            self.authority.device(number),
            valid_from_ms=self.story.start_ms - _CERTIFIED_MS,
            attempted=lambda ok: self.tell(Attempted(self.clockwork.now_ns, name, number, ok)),
            knocked=lambda: self.tell(Knocked(self.clockwork.now_ns, name)),
            published=lambda message: self.tell(sent(self.clockwork.now_ns, name, number, message)),
        )
        return TerminalLine(self.network, chance, name, settings)

    def _outside(self, name: str, number: int, chance: Chance) -> Outside:
        heard = self._hears(number) if name == f"terminal {number}" else _nobody
        reports_s = DAY_S if self.story.days <= _SHORT_DAYS else 7 * DAY_S
        return Outside(self.clockwork, chance, self.trace, self.tell, heard, self.told, reports_s=reports_s)

    def _box(self, making: Making, number: int) -> Box:
        home = self.town.homes[number]
        door = home.door.token_id if home.needs_door else None
        who = self.authority.identity(number, home.placement, home.mounting, door)
        return making.box(number, who, home)

    # -- what is told

    def tell(self, report: Report) -> None:
        """Take a report to the judge and into the trace."""
        note(self.trace, report)
        self.met.tell(report)
        self.oracle.tell(report)

    def told(self, what: str, error: BaseException) -> None:
        """Take an error that no code of a process took care of: that is a breach."""
        who = what.partition(" run ")[0]
        text = Text(f"无人处理的错误：{what}：{error!r}", f"an error that nobody took care of: {what}: {error!r}")
        self.oracle.breaches.append(Breach("no-error-unhandled", self.clockwork.now_ns, who, text))

    def _hears(self, number: int) -> Callable[[Given], None]:
        def heard(given: Given) -> None:
            event = (given.epoch, given.seq) if given.epoch is not None and given.seq is not None else None
            self.visiting.heard(number, Heard(TABLE[given.moment].signal.value, given.moment.value, event))

        return heard

    # -- tags before readers

    def put(self, terminal: int, tag: PersonsTag, person: str) -> None:
        """Take in that ``person`` holds ``tag`` to the reader of ``terminal`` from now on."""
        self.boxes[terminal].hold(self._tag(tag), person)

    def take(self, terminal: int, tag: PersonsTag) -> None:
        """Take in that it is taken away."""
        self.boxes[terminal].take(self._tag(tag))

    def _tag(self, tag: PersonsTag) -> Tag:
        found = self._tags.get(tag.name + tag.issuer)
        if found is None:
            key = self.authority.issuer(foreign=tag.issuer == "other")
            record = record_of(tag, key, self.story.start_ms // 1000)
            found = Tag(tag.uid, token_message(record) if record is not None else None)
            self._tags[tag.name + tag.issuer] = found
        return found

    # -- the history

    def run(self, progress: Callable[[int], None] | None) -> History:
        """Let everything happen."""
        story, clockwork = self.story, self.clockwork
        self._begin()
        for day in range(1, story.days + 1):
            self._live(day * _STEP_NS)
            if progress is not None:
                progress(day)
        keeper = Bookkeeper(
            self.house.database,
            self.house.store_key,
            self._manner,
            self.authority.prover(),
            self.devices,
            story.start_ms,
        )
        books = keeper.read(clockwork.now_ns, [*self.boxes, *(one for one in self.acts.clones if one.powered)])
        self.oracle.end(books)
        self.met.end(books)
        return History(
            story,
            self.trace.digest,
            self.trace.notes,
            self.met.counts,
            clockwork.happened,
            tuple(self.oracle.breaches),
            books,
        )

    def _live(self, until_ns: int) -> None:
        """Let everything happen up to ``until_ns``; what goes wrong in the world itself is a breach, and it goes on."""
        while True:
            try:
                self.clockwork.run(until_ns)
            except BaseException as error:  # the end of a process that reached the world is one too
                self.told("world", error)
                if isinstance(error, KeyboardInterrupt) or len(self.oracle.breaches) >= _MOST_BREACHES:
                    raise
            else:
                return

    def _begin(self) -> None:
        self.broker.start()
        self.house.load(TownRegistry(self.town, tuple(self.devices), TENANT, self.story.start_ms))
        self.house.start()
        for box in self.boxes:
            box.plug_in()
        self.acts.prepare(self.story.acts)
        for act in self.story.acts:
            if act.of.is_fault:
                self.clockwork.at(act.at_ms * MS, self._befalls(act))
        self.visiting.begin()

    def _befalls(self, act: Act) -> Callable[[], None]:
        family = act.of.family
        if family in BOX_FAMILIES:
            return lambda: self.acts.do(act)
        if family in HOUSE_FAMILIES:
            return lambda: self._houses.do(act)

        def begin() -> None:
            now_ns = self.clockwork.now_ns
            self.tell(Faulted(now_ns, act.kind, act.who, now_ns + (act.end_ms - act.at_ms) * MS))
            self._links.befall(act)

        return begin

    def end(self) -> None:
        """Leave nothing running, and nothing open."""
        for box in (*self.boxes, *self.acts.clones):
            box.vanish()
        self.house.database.end()
