"""One box of a world by itself, for tests: its people's cards, and a line at whose end everything is acknowledged."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zhendao.device.link.postings import Confirmed, Down, LinkPosting, Received, Up
from zhendao.gateway.keyring import Keyring
from zhendao.protocol.ack import Ack, Range, RangeState, encode_ack
from zhendao.protocol.batch import Batch, decode_batch
from zhendao.protocol.event import Event, decode_event
from zhendao.protocol.proof import heads
from zhendao.protocol.seal import StartKeys, open_sealed, parse_sealed, unwrap_start
from zhendao.protocol.suite import suite_by_id
from zhendao.protocol.vocabulary import Mounting, Placement, Role
from zhendao.protocol.wording import Text
from zhendao.readers.token_record import token_message
from zhendao.simulators.world.box.box import Box, Outside
from zhendao.simulators.world.box.clocks import Fitted, HardwareClock
from zhendao.simulators.world.box.field import Tag
from zhendao.simulators.world.box.reader import HardwareReader
from zhendao.simulators.world.box.receiver import HardwareReceiver, Place
from zhendao.simulators.world.box.run import Hardware
from zhendao.simulators.world.disk.disk import Disk
from zhendao.simulators.world.engine.authority import Authority
from zhendao.simulators.world.engine.chance import Chance
from zhendao.simulators.world.engine.clockwork import Clockwork
from zhendao.simulators.world.engine.standin import StandIn
from zhendao.simulators.world.net.line import Inside
from zhendao.simulators.world.story.story import START_MS
from zhendao.simulators.world.trace import Trace

if TYPE_CHECKING:
    from zhendao.device.feedback.given import Given
    from zhendao.simulators.world.reports import Report

MS, S, MINUTE, HOUR, DAY = 10**6, 10**9, 60 * 10**9, 3600 * 10**9, 86_400 * 10**9
START = MINUTE
"""From the power to a terminal that works, and more."""
_DELAY = 30 * MS


class Far:
    """What is at the far end: opens what comes, keeps it, answers. ``up``: whether there is a way."""

    def __init__(self, clockwork: Clockwork, keyring: Keyring, *, up: bool = True) -> None:
        self._clockwork, self._keyring = clockwork, keyring
        self.up = up
        self.starts: dict[tuple[bytes, int], StartKeys] = {}
        self.newest: dict[bytes, StartKeys] = {}
        self.held: dict[bytes, int] = {}
        self.heads: dict[tuple[bytes, int], bytes] = {}
        self.events: dict[tuple[bytes, int], Event] = {}
        self.links: list[FarLink] = []

    def link(
        self,
        post: Callable[[LinkPosting], None],
        state: Callable[[bool], bytes],
        _alive: Callable[[], None],
        _box: Inside,
    ) -> "FarLink":
        self.links.append(FarLink(self, self._clockwork, post, state))
        return self.links[-1]

    def killed(self) -> None:
        for one in self.links:
            one.alive = False
        self.links.clear()

    def power(self, on: bool) -> None:  # noqa: FBT001 - the port's own
        if not on:
            self.killed()

    def comes(self, *, up: bool) -> None:
        self.up = up
        for one in self.links:
            one.tell(Up() if up else Down(Text("断", "cut")))

    def take(self, message: bytes) -> bytes:
        """Return the answer to a batch."""
        batch = decode_batch(message)
        for one in batch.companions:
            self._take(decode_batch(one))
        self._take(batch)
        suite = suite_by_id(batch.suite_id)
        newest, held = self.newest[batch.epoch], self.held[batch.epoch]
        ack = Ack(
            device=batch.device,
            epoch=batch.epoch,
            key=(newest.epoch, newest.start),
            ranges=(Range(batch.first, batch.last, RangeState.COMMITTED, self.heads[batch.epoch, batch.last]),),
            held_seq=held,
            held_head=self.heads[batch.epoch, held],
            refusals=(),
            beacon=bytes(16),
            beacon_ms=START_MS + self._clockwork.now_ns // MS,
        )
        return encode_ack(suite, newest.mac_key, ack)

    def _take(self, batch: Batch) -> None:
        suite = suite_by_id(batch.suite_id)
        for at, (item, head) in enumerate(zip(batch.items, heads(batch), strict=True)):
            seq = batch.first + at
            assert self.heads.setdefault((batch.epoch, seq), head) == head
            self.held[batch.epoch] = max(seq, self.held.get(batch.epoch, 0))
            found = self._start(batch, item.sealed, seq)
            plain, _ = open_sealed(suite, found, seq, item.sealed)
            self.events[batch.epoch, seq] = decode_event(plain)

    def _start(self, batch: Batch, sealed: bytes, seq: int) -> StartKeys:
        start = parse_sealed(sealed, seq).start
        if start == seq:
            newest = self.newest.get(batch.epoch)
            self.starts[batch.epoch, seq] = made = unwrap_start(
                self._keyring.unwrapping_key, sealed, batch.device, batch.epoch, seq
            )
            self.newest[batch.epoch] = made if newest is None or newest.start < seq else newest
        return self.starts[batch.epoch, start]


class FarLink:
    """The link of one run."""

    def __init__(
        self, far: Far, clockwork: Clockwork, post: Callable[[LinkPosting], None], state: Callable[[bool], bytes]
    ) -> None:
        self._far, self._clockwork, self._post, self._state = far, clockwork, post, state
        self._mid = 0
        self.alive = False

    def start(self) -> None:
        self.alive = True
        if self._far.up:
            self._clockwork.after(_DELAY, lambda: self.tell(Up()))

    def tell(self, posting: LinkPosting) -> None:
        if self.alive:
            if isinstance(posting, Up):
                self._state(True)  # noqa: FBT003 - "online?"
            self._post(posting)

    def publish(self, message: bytes, _channel: str = "up") -> int | None:
        if not self._far.up:
            return None
        self._mid += 1
        mid = self._mid
        self._clockwork.after(_DELAY, lambda: self.tell(Confirmed(mid)))

        def arrive() -> None:
            answer = self._far.take(message)
            self._clockwork.after(_DELAY, lambda: self.tell(Received(answer)))

        self._clockwork.after(_DELAY, arrive)
        return mid

    def drop(self) -> None:
        self.tell(Down(Text("断", "dropped")))
        self._clockwork.after(_DELAY, lambda: self.tell(Up()))

    def refresh(self) -> None:
        self._state(True)  # noqa: FBT003 - "online?"

    def hurry(self) -> None: ...

    def stop(self) -> None:
        self.alive = False


@dataclass
class Boxed:
    """A box, the far end of its line, its people."""

    fitted: Fitted = field(default_factory=Fitted)
    gnss: bool = False
    up: bool = True
    seed: int = 1
    takes_ns: Callable[[], int] | None = None
    mounting: Mounting = Mounting.CRADLE

    def __post_init__(self) -> None:
        self.clockwork = Clockwork()
        chance = Chance(self.seed, "terminal 0")
        self.authority = Authority(Chance(self.seed, "authority"), StandIn(Chance(self.seed, "suite")))
        self.far = Far(self.clockwork, self.authority.keyring, up=self.up)
        self.disk = Disk(chance.child("disk"))
        self.clock = HardwareClock(self.clockwork, chance.child("clock"), self.fitted, START_MS)
        self.reader = HardwareReader(self.clockwork, chance.child("reader"), self.clock.mono_ns)
        place = Place(308_000_000, 1_204_000_000)
        self.receiver = HardwareReceiver(self.clock, chance.child("receiver"), place) if self.gnss else None
        self.given: list[Given] = []
        self.reports: list[Report] = []
        self.errors: list[tuple[str, BaseException]] = []
        self.trace = Trace()
        self.door = self.token(Role.DOOR, b"d")
        self.card = self.token(Role.CAREGIVER, b"c")
        self.box = Box(
            "terminal 0",
            0,
            self.authority.identity(0, Placement.HOME, self.mounting, (b"d" * 16)),
            Hardware(self.clock, self.reader, self.receiver, self.disk, self.far),
            Outside(
                self.clockwork,
                chance,
                self.trace,
                self.reports.append,
                self.given.append,
                lambda what, error: self.errors.append((what, error)),
                self.takes_ns,
            ),
            place,
        )

    def token(self, role: Role, letter: bytes) -> Tag:
        uid = b"\x04" + letter * 6
        return Tag(uid, token_message(self.authority.token(role, letter * 16, uid)))

    def wait(self, ns: int) -> None:
        self.clockwork.run(self.clockwork.now_ns + ns)

    def tap(self, tag: Tag, ns: int = S) -> None:
        self.box.hold(tag, "caregiver 0")
        self.wait(ns)
        self.box.take(tag)
        self.wait(S)

    def check(self) -> list[str]:
        """Hold door tag and card there, one after the other; return the signals."""
        before = len(self.given)
        self.tap(self.door)
        self.tap(self.card)
        return [one.moment.value for one in self.given[before:]]
