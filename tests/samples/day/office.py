"""The gateway of a day, in memory: it proves and opens what comes, acknowledges, and says what a person does about it.

It is the `Link` port of the terminal too: up or down, as the script has it.
"""

from collections.abc import Callable

from samples.day.transcript import Transcript
from zhendao.device.identity.values import Identity
from zhendao.device.link.postings import Confirmed, Down, LinkPosting, Received, Up
from zhendao.protocol.ack import Ack, Range, RangeState, encode_ack
from zhendao.protocol.answer import Answer, answer_body
from zhendao.protocol.batch import Batch, decode_batch, decode_companion
from zhendao.protocol.bodies import Body, Boot, Check, Heard, Incident, Rating, Sensor, Sos, Tamper, Tap
from zhendao.protocol.command import ANSWER, Command, sign_command
from zhendao.protocol.event import Event, decode_event
from zhendao.protocol.ledger import genesis
from zhendao.protocol.proof import verify_batch
from zhendao.protocol.seal import StartKeys, open_sealed, parse_sealed, unwrap_start
from zhendao.protocol.vocabulary import AnswerState, Kind, SensorClass
from zhendao.protocol.wording import Text
from zhendao.simulators.world.engine.authority import Authority
from zhendao.simulators.world.engine.clockwork import Clockwork

_MS = 1_000_000


class Office:
    """Of one terminal; ``start_ms``: UTC ms of the day's beginning."""

    def __init__(
        self, clockwork: Clockwork, authority: Authority, who: Identity, transcript: Transcript, start_ms: int
    ) -> None:
        self._clockwork, self._authority, self._who = clockwork, authority, who
        self._transcript, self._start_ms = transcript, start_ms
        self._verifying = who.suite.verifying_key(who.key.spki)
        self._post: Callable[[LinkPosting], None] | None = None
        self._online = True
        self._up = False
        self._mid = self._number = 0
        self.events: dict[tuple[bytes, int], Event] = {}
        self._heads: dict[tuple[bytes, int], bytes] = {}
        self._keys: dict[tuple[bytes, int], StartKeys] = {}
        self._newest: StartKeys | None = None
        self.call: tuple[bytes, int] | None = None

    # -- the script

    def network(self, *, there: bool) -> None:
        """Let the network be there or not."""
        self._online = there
        if there:
            self._clockwork.after(500 * _MS, self._connect)
        elif self._up:
            self._up = False
            self._say(Down(Text("网络断了", "the network is gone")))

    def answer(self, state: AnswerState, who: str | None = None, minutes: int | None = None) -> None:
        """Say what has become of the newest call."""
        assert self.call is not None, "nobody has called"
        boots = [event.body for event in self.events.values() if isinstance(event.body, Boot)]
        self._number += 1
        body = answer_body(Answer(*self.call, state, who=who, minutes=minutes))
        command = Command(self._who.suite.id, self._who.device, boots[-1].nonce, self._number, ANSWER, body, 0)
        self._down(sign_command(self._authority.keyring.signing_key, self._authority.keyring.certificate.id, command))

    # -- the port

    def link(self, post: Callable[[LinkPosting], None], *_: object) -> "Office":
        """Be the link of a run."""
        self._post, self._up = post, False
        return self

    def start(self) -> None:
        self._clockwork.after(200 * _MS, self._connect)

    def publish(self, message: bytes, channel: str = "up") -> int | None:
        if not self._up:
            return None
        self._mid += 1
        mid = self._mid
        self._clockwork.after(40 * _MS, lambda: self._say(Confirmed(mid)) if self._up else None)
        self._clockwork.after(80 * _MS, lambda: self._take(message, channel) if self._up else None)
        return mid

    def ask(self, _message: bytes) -> bool:
        return False

    def drop(self) -> None:
        if self._up:
            self._up = False
            self._say(Down(Text("重新连接", "connecting anew")))
            self._clockwork.after(500 * _MS, self._connect)

    def refresh(self) -> None:
        """Nobody reads the state."""

    def hurry(self) -> None:
        """It is there as soon as it can be."""

    def stop(self) -> None:
        self._up, self._post = False, None

    # -- inside

    def _connect(self) -> None:
        if self._online and not self._up and self._post is not None:
            self._up = True
            self._say(Up())

    def _say(self, posting: LinkPosting) -> None:
        if self._post is not None:
            self._post(posting)

    def _down(self, message: bytes) -> None:
        self._clockwork.after(40 * _MS, lambda: self._say(Received(message)) if self._up else None)

    def _take(self, message: bytes, channel: str) -> None:
        batch = decode_batch(message)
        for one in batch.companions:
            boot = decode_companion(one, batch)
            self._keep(boot, verify_batch(boot, self._verifying), channel)
        heads = verify_batch(batch, self._verifying)
        self._keep(batch, heads, channel)
        assert self._newest is not None
        end = 0
        while (batch.epoch, end + 1) in self._heads:
            end += 1
        held = self._heads[batch.epoch, end] if end else genesis(self._who.suite, batch.device, batch.epoch)
        ranges = (Range(batch.first, batch.last, RangeState.COMMITTED, heads[-1]),)
        key = (self._newest.epoch, self._newest.start)
        now_ms = self._start_ms + self._clockwork.now_ns // _MS
        ack = Ack(self._who.device, batch.epoch, key, ranges, end, held, (), bytes(16), now_ms)
        self._down(encode_ack(self._who.suite, self._newest.mac_key, ack))

    def _keep(self, batch: Batch, heads: tuple[bytes, ...] | list[bytes], channel: str) -> None:
        suite, who = self._who.suite, self._who
        for index, (item, head) in enumerate(zip(batch.items, heads, strict=True)):
            seq = batch.first + index
            place = (batch.epoch, seq)
            if place in self._heads:
                assert self._heads[place] == head, f"a fork at {seq}"
                continue
            parts = parse_sealed(item.sealed, seq)
            if parts.wraps:
                keyring = self._authority.keyring
                self._newest = unwrap_start(keyring.unwrapping_key, item.sealed, who.device, batch.epoch, seq)
                self._keys[batch.epoch, seq] = self._newest
            plaintext, commitment = open_sealed(suite, self._keys[batch.epoch, parts.start], seq, item.sealed)
            assert commitment == item.commitment
            event = decode_event(plaintext)
            self._heads[place], self.events[place] = head, event
            if _is_call(event.body):
                self.call = place
            self._note(event, channel)

    def _note(self, event: Event, channel: str) -> None:
        name = Kind(event.kind).name.lower()
        more = _said(event.body)
        first = "（先行）" if channel == "sos" else "", " (first)" if channel == "sos" else ""
        text = f"#{event.seq} {name} {more}".rstrip()
        self._transcript.came(self._clockwork.now_ns, Text(f"网关收到 {text}{first[0]}", f"gateway: {text}{first[1]}"))


def _is_call(body: Body) -> bool:
    """Return whether somebody waits for an answer to it."""
    match body:
        case Sensor():
            return body.sensor_class is SensorClass.CALL_CORD and body.value == 1
        case Sos():
            return body.mistake_of is None
    return isinstance(body, Incident)


def _said(body: Body) -> str:
    """Return what of ``body`` a reader of the transcript wants to see."""
    found = ""
    match body:
        case Sensor():
            found = f"{body.sensor}={body.value}, {body.condition.name.lower()}, {body.suppressed} suppressed"
        case Tap():
            found = body.reason.name.lower()
        case Check():
            found = body.direction.name.lower()
        case Rating():
            found = f"{body.score}{', consent' if body.consent else ''}"
        case Heard():
            found = body.state.name.lower()
        case Tamper():
            found = f"{body.cause.name.lower()} {'active' if body.active else 'over'}"
        case Sos() if body.mistake_of is not None:
            found = f"mistake of #{body.mistake_of}"
    return found
