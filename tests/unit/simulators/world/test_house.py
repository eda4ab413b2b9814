"""The gateway of a world: killed at any place, its store full or busy, its platform down: nothing lost or doubled."""

from collections import Counter, deque
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from samples.site import NOW_MS, TENANT, Authority, Terminal
from samples.taps import check
from zhendao.gateway.assembly import Credentials
from zhendao.gateway.ingest.session import Message, Outgoing
from zhendao.protocol.bodies import Sensor, Sos
from zhendao.protocol.vocabulary import Direction, SensorClass
from zhendao.simulators.world.engine.chance import Chance
from zhendao.simulators.world.engine.clockwork import Clockwork
from zhendao.simulators.world.house.acts import FAMILIES, HouseActs
from zhendao.simulators.world.house.house import House, Household
from zhendao.simulators.world.house.platform import Platform
from zhendao.simulators.world.reports import Acknowledged, Effective, Faulted, GatewayOpened, Report
from zhendao.simulators.world.story.kinds import KINDS
from zhendao.simulators.world.story.story import act
from zhendao.simulators.world.trace import Trace

SECOND = 10**9
HOUR = 3_600 * SECOND
PLACES = [*(("statement", n) for n in (1, 2, 5, 9, 12, 99)), ("acknowledge", 0), ("publish", 0)]


class Way:
    """A broker that keeps what was not acknowledged, and delivers it again to whoever connects."""

    def __init__(self) -> None:
        self.waiting: deque[Message] = deque()
        self.kept: dict[int, Message] = {}
        self.published: list[Outgoing] = []
        self.waits: Callable[[], None] | None = None

    def open(self, waits: Callable[[], None]) -> None:
        self.waits = waits
        self.waiting.extend(self.kept.values())
        if self.waiting:
            waits()

    def cut(self) -> None:
        self.waits = None
        self.waiting.clear()

    close = cut

    def deliver(self, message: Message) -> None:
        kept = Message(message.topic, message.payload, len(self.kept) + 1)
        self.kept[kept.mid] = kept
        if self.waits is not None:
            self.waiting.append(kept)
            self.waits()

    def taken(self, messages: Iterable[Message]) -> None:
        pass

    def take_back(self, messages: Iterable[Message]) -> None:
        self.waiting.extendleft(reversed(list(messages)))

    def acknowledge(self, messages: Iterable[Message]) -> None:
        for one in messages:
            del self.kept[one.mid]

    def publish(self, outgoing: Iterable[Outgoing]) -> None:
        self.published += outgoing


class Bottle:
    def __init__(self, authority: Authority, line: Terminal, seed: int = 1) -> None:
        self.clockwork, self.way, self.told = Clockwork(), Way(), list[Report]()
        chance = Chance(seed, "world")
        self.platform = Platform(self.clockwork, chance.child("platform"), "platform", self.told.append)
        signing = authority.suite.new_signing_key()
        credentials = Credentials(
            TENANT, authority.trust.check, {authority.suite.id: authority.wrap}, signing, bytes(32)
        )
        self.house = House(
            self.clockwork, chance.child("gateway"), Household(credentials, NOW_MS, bytes(32)), self.way,
            [self.platform], {line.device: 0}, Trace(), self.told.append,
        )  # fmt: skip
        self.house.start()

    def run(self, ns: int) -> None:
        self.clockwork.run(self.clockwork.now_ns + ns)

    def heard(self, kind: type[Any]) -> list[Any]:
        return [one for one in self.told if isinstance(one, kind)]

    def rows(self, table: str) -> int:
        count: int = self.house.database.query(f"SELECT count(*) FROM {table}")[0][0]  # noqa: S608 - a test's own words
        return count


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def visit(line: Terminal) -> None:
    line.add(check(Direction.IN), mono_ns=HOUR)
    line.add(check(Direction.OUT, 2), mono_ns=2 * HOUR)


def test_what_comes_is_stored_acknowledged_and_becomes_effective_once(authority: Authority) -> None:
    line = authority.terminal()
    visit(line)
    bottle = Bottle(authority, line)
    for seq in (1, 2, 3):
        bottle.way.deliver(line.message(seq, seq))
        bottle.run(2 * SECOND)
    assert bottle.way.kept == {}
    assert [(one.first, one.last, one.committed) for one in bottle.heard(Acknowledged)] == [
        (n, n, True) for n in (1, 2, 3)
    ]
    assert [(one.record_type, one.revision) for one in bottle.heard(Effective)] == [
        ("event", 1), ("visit", 1), ("event", 1), ("visit", 2),
    ]  # fmt: skip


@pytest.mark.parametrize(("place", "number"), PLACES)
def test_killed_at_any_place_it_has_everything_once_afterwards(authority: Authority, place: str, number: int) -> None:
    line = authority.terminal()
    visit(line)
    bottle = Bottle(authority, line)
    bottle.way.deliver(line.message(1, 1))
    bottle.run(SECOND)
    if number:
        bottle.house.kill_in_transaction(number)
    else:
        bottle.house.kill_after_commit(acknowledged=place == "publish")
    before = bottle.rows("events")
    bottle.way.deliver(line.message(2, 3))
    bottle.run(SECOND)
    assert not bottle.house.alive
    assert bottle.rows("events") == before + (2 if number == 0 else 0)
    assert len(bottle.way.kept) == (0 if place == "publish" else 1)
    bottle.house.start()
    assert [[one.last for _, one in opened.held] for opened in bottle.heard(GatewayOpened)][-1] == [
        3 if number == 0 else 1
    ]
    bottle.run(5 * SECOND)
    assert bottle.way.kept == {}
    assert bottle.rows("events") == 3
    effective = Counter((one.record_type, one.key, one.revision) for one in bottle.heard(Effective))
    assert len(effective) == 3
    assert set(effective.values()) == {1}
    assert all(one.committed for one in bottle.heard(Acknowledged))


def test_a_full_store_takes_and_acknowledges_nothing_until_there_is_room(authority: Authority) -> None:
    line = authority.terminal()
    bottle = Bottle(authority, line)
    bottle.house.database.troubles.full = True
    bottle.way.deliver(line.message(1, 1))
    bottle.run(30 * SECOND)
    assert (bottle.rows("events"), len(bottle.way.kept), bottle.way.published) == (0, 1, [])
    bottle.house.database.troubles.full = False
    bottle.run(2 * SECOND)
    assert (bottle.rows("events"), len(bottle.way.kept), len(bottle.way.published)) == (1, 0, 1)


def test_a_busy_store_is_tried_again(authority: Authority) -> None:
    line = authority.terminal()
    bottle = Bottle(authority, line)
    bottle.house.database.troubles.refuses = 700
    for _ in range(10):
        line.add(Sos(1, drill=False))
        bottle.way.deliver(line.message(len(line.items), len(line.items), 1))
        bottle.run(30 * SECOND)
    assert (bottle.rows("events"), bottle.way.kept) == (11, {})


def test_a_platform_that_fails_in_every_way_has_everything_once_in_the_end(authority: Authority) -> None:
    line = authority.terminal()
    visit(line)
    bottle = Bottle(authority, line)
    platform = bottle.platform
    platform.errors, platform.puts_off, platform.silent, platform.after_s = 400, 300, 200, 60
    for seq in (1, 2, 3):
        bottle.way.deliver(line.message(seq, seq))
        bottle.run(300 * SECOND)
    platform.down = True
    for _ in range(20):
        line.add(Sos(1, drill=False))
    bottle.way.deliver(line.message(4, 23))
    bottle.run(HOUR)
    assert len(bottle.heard(Effective)) < 24
    platform.down, platform.errors, platform.puts_off, platform.silent = False, 0, 0, 0
    bottle.run(HOUR)
    assert Counter((one.record_type, one.revision) for one in bottle.heard(Effective)) == {
        ("event", 1): 22, ("visit", 1): 1, ("visit", 2): 1,
    }  # fmt: skip
    assert bottle.rows("outbox_answer") == bottle.rows("outbox")


def test_an_open_visit_is_judged_when_it_has_lasted_too_long_and_nothing_polls(authority: Authority) -> None:
    line = authority.terminal()
    bottle = Bottle(authority, line)
    line.add(check(Direction.IN), mono_ns=200 * SECOND)
    bottle.way.deliver(line.message(1, 1))
    bottle.way.deliver(line.message(2, 2))
    bottle.run(7 * HOUR)
    assert bottle.rows("visit_revisions") == 1
    work = bottle.clockwork.happened
    bottle.run(2 * HOUR)
    assert bottle.rows("visit_revisions") == 2
    assert bottle.clockwork.happened - work < 20


def test_a_gap_is_declared_and_asked_for_when_its_grace_is_over_whatever_the_clock_says(authority: Authority) -> None:
    line = authority.terminal()
    bottle = Bottle(authority, line)
    for _ in range(4):
        line.add(Sensor("door", SensorClass.DOOR_CONTACT, 1, 0))
    bottle.way.deliver(line.message(1, 1))
    bottle.way.deliver(line.message(5, 5))
    bottle.run(60 * SECOND)
    acknowledged = len(bottle.way.published)
    bottle.house.set_clock(86_400_000)
    bottle.run(30 * SECOND)
    assert len(bottle.way.published) == acknowledged
    bottle.run(40 * SECOND)
    assert len(bottle.way.published) == acknowledged + 1


def test_one_seed_gives_one_history(authority: Authority) -> None:
    line = authority.terminal()
    visit(line)

    def history(seed: int) -> list[Report]:
        bottle = Bottle(authority, line, seed)
        bottle.platform.errors = 500
        for seq in (1, 2, 3):
            bottle.way.deliver(line.message(seq, seq))
            bottle.run(300 * SECOND)
        return bottle.told

    assert history(1) == history(1)
    assert history(1) != history(2)


BEFALLS = [kind.name for kind in KINDS.values() if kind.family in FAMILIES]
WHENS = ("idle", "in-transaction", "after-commit", "after-receipt")


@pytest.mark.parametrize(
    ("kind", "more"),
    [(kind, {}) for kind in BEFALLS if kind != "gateway-kill"] + [("gateway-kill", {"when": when}) for when in WHENS],
)
def test_each_act_is_felt_and_is_over_when_it_says(authority: Authority, kind: str, more: dict[str, int | str]) -> None:
    line = authority.terminal()
    visit(line)
    bottle = Bottle(authority, line)
    acts = HouseActs(bottle.clockwork, bottle.house, [bottle.platform], bottle.told.append)
    who = KINDS[kind].whom[0]
    minute_s = 12 if kind.startswith("store") else 60  # a store that takes nothing is tried each second
    acts.do(act(0, who, kind, for_ms=20 * minute_s * 1_000, **more))
    acts.do(act(0, who, kind, for_ms=10 * minute_s * 1_000))
    for seq in (1, 2, 3):
        bottle.way.deliver(line.message(seq, seq))
    bottle.run(15 * minute_s * SECOND)
    assert [one.fault for one in bottle.heard(Faulted)] == [kind, kind]
    if kind == "gateway-clock":
        assert bottle.house.ahead_ms == 3_600_000
    elif kind.startswith("gateway"):
        assert not bottle.house.alive
    else:
        assert len(bottle.heard(Effective)) < 4 or kind == "platform-times-out"
    bottle.run(2 * HOUR)
    assert bottle.house.alive
    assert bottle.house.ahead_ms == 0
    assert bottle.rows("events") == 3
    assert bottle.rows("outbox_answer") == bottle.rows("outbox")
    effective = Counter((one.record_type, one.key, one.revision) for one in bottle.heard(Effective))
    assert sum(effective.values()) == len(effective) >= 3


def test_a_kill_that_finds_no_moment_is_given_up(authority: Authority) -> None:
    line = authority.terminal()
    bottle = Bottle(authority, line)
    acts = HouseActs(bottle.clockwork, bottle.house, [bottle.platform], bottle.told.append)
    acts.do(act(0, "gateway", "gateway-kill", when="in-transaction", within_ms=60_000))
    bottle.run(61 * SECOND)
    bottle.way.deliver(line.message(1, 1))
    bottle.run(10 * SECOND)
    assert bottle.house.alive
    assert bottle.rows("events") == 1
