"""Where batches leave and acknowledgements arrive: `uplink` decides, the journal's thread builds, the link carries.

Promise: nothing from the broker is believed but what the gateway vouches for: an acknowledgement under the MAC key of a
start of this process, a command signed for this start. Everything else is counted and dropped.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from zhendao.device.errors import JournalDamagedError, JournalError
from zhendao.device.feedback.given import Given
from zhendao.device.feedback.moments import Moment
from zhendao.device.journal.entries import Grade, Settled
from zhendao.device.link.lane import CallLane
from zhendao.protocol.ack import Ack, open_ack
from zhendao.protocol.command import RESEND, open_command, read_resend
from zhendao.protocol.down import LaterAnswer, MacedAck, MacedLive, SignedCommand, split_down
from zhendao.protocol.errors import CryptoError, ProtocolError
from zhendao.protocol.vocabulary import BootReason

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from zhendao.device.clock.kernel import Clock
    from zhendao.device.clock.stamp import Stamp
    from zhendao.device.feedback.given import Feedback
    from zhendao.device.identity.values import Identity
    from zhendao.device.journal.recorder import Recorded
    from zhendao.device.link.uplink import Uplink
    from zhendao.device.notices import Notices
    from zhendao.device.scribe import Scribe
    from zhendao.protocol.command import Command
    from zhendao.protocol.topics import Channel

_FRESH_NS = 60_000_000_000
"""After a minute the caregiver has gone: "sent" and "accepted" are no longer for her."""
_REMEMBERED = 4096
_UNCONFIRMED = 32
"""So many messages without the broker's receipt, and the link is begun anew: it would keep all of them in memory."""
_KEY_RESTS_NS = 60_000_000_000
"""So long events go one by one after the key has not signed a batch: a dead chip may take its time to say nothing."""


class Shipping:
    """One terminal's traffic.

    ``publish`` returns the number by which the broker's receipt will name a message; ``relink`` begins the link anew.
    """

    def __init__(
        self,
        who: Identity,
        scribe: Scribe,
        uplink: Uplink,
        feedback: Feedback,
        publish: Callable[[bytes, Channel], int | None],
        relink: Callable[[], None],
        stamp: Callable[[], Stamp],
        clock: Clock,
        notices: Notices,
    ) -> None:
        self._who, self._scribe, self._uplink = who, scribe, uplink
        self._feedback, self._publish, self._relink = feedback, publish, relink
        self._stamp, self._clock, self._notices = stamp, clock, notices
        self._lane = CallLane(uplink.settings.call_again_ns)
        self._mids: dict[int, bytes] = {}
        self._told: dict[tuple[bytes, int], int] = {}
        self._command = (b"", 0)
        self._alone_until_ns = 0
        self.counters: Counter[str] = Counter()
        self.on_live: Callable[[MacedLive], None] | None = None
        """Told what the gateway says to a card; may raise `ProtocolError`."""
        self.beacon: bytes | None = None
        """The latest of the gateway's beacons, from its acknowledgements; read on any thread."""
        self.on_new_epoch: Callable[[Recorded], Awaitable[None]] | None = None
        self.on_answer: Callable[[list[tuple[bytes, int, int]], int], None] | None = None
        """Told what an answer newly settles, and the gateway's time in it (UTC ms)."""
        self.on_committed: Callable[[bytes, int, int], None] | None = None
        """Told which events the gateway has newly committed."""
        self.on_command: dict[int, Callable[[Command], Awaitable[None]]] = {RESEND: self._resend}
        """What is done about a command, by its kind; it was signed for this start, and is heard once."""
        self.on_later_answer: Callable[[bytes], Awaitable[None]] | None = None
        """Told of bytes that say to be a later answer of the authority; nothing of them has been checked."""

    def waiting(self) -> dict[str, int]:
        """Return how many batches are under way, how many the gateway put off, and of how many checks is to be told."""
        under_way, put_off = self._uplink.waiting
        return {"flights": under_way, "held": put_off, "told": len(self._told)}

    def recorded(self, one: Recorded, *, signalled: bool) -> None:
        """Note a new event; ``signalled``: a person was told, and is told when it is sent and accepted."""
        if one.start is not None:
            self._uplink.new_start()
        self._uplink.appended(one.epoch, one.seq, urgent=one.grade is Grade.URGENT)
        if signalled:
            if len(self._told) >= _REMEMBERED:
                del self._told[next(iter(self._told))]
            self._told[one.epoch, one.seq] = self._clock.mono_ns()

    def up(self) -> None:
        """Take in that the link is there."""
        self._mids.clear()
        self._lane.connected(self._clock.mono_ns())
        self._uplink.connected()

    def down(self) -> None:
        """Take in that the link is gone."""
        self._mids.clear()
        self._lane.disconnected(self._clock.mono_ns())
        self._uplink.disconnected()

    def due_ns(self) -> int | None:
        """Return when `pump` may have something to do."""
        return min((at for at in (self._uplink.due_ns(), self._lane.due_ns()) if at is not None), default=None)

    async def pump(self) -> None:
        """Send what may be sent now."""
        uplink = self._uplink
        if len(self._mids) >= _UNCONFIRMED or uplink.stalled(self._clock.mono_ns()):
            self.down()
            self.counters["broker-mute"] += 1
            self._relink()
            return
        self._send_again()
        while (want := uplink.next(self._clock.mono_ns())) is not None:
            start = self._scribe.standing.start
            if self._clock.mono_ns() < self._alone_until_ns:
                want = replace(want, last=want.first)
            try:
                made = await self._scribe.parcel(
                    want,
                    uplink.batch_bytes,
                    uplink.has_boot,
                    with_start=start is not None and not uplink.start_known,
                    with_certificate=uplink.certificate_due,
                )
            except JournalDamagedError as error:
                self._notices.say("journal", error.what)
                made = None
            except JournalError as error:  # it cannot be read now: nothing is taken for gone
                self._notices.say("journal", error.what)
                return
            if made is None:
                self.counters["absent"] += 1
                uplink.absent(want.epoch, want.first)
                continue
            if made.unsigned is not None:
                self._notices.say("key", made.unsigned)
                self._alone_until_ns = self._clock.mono_ns() + _KEY_RESTS_NS
            if not self._put(made.digest, made.message, self._lane.channels() if want.urgent else ("up",)):
                return
            now_ns = self._clock.mono_ns()
            uplink.sent(want, made.last, made.digest, now_ns, len(made.message))
            if want.urgent:
                self._lane.sent(made.digest, made.message, now_ns)
            self.counters["batches"] += 1

    def _send_again(self) -> None:
        """Send calls that are late on their other way too."""
        while (again := self._lane.again(self._clock.mono_ns(), self._uplink.under_way)) is not None:
            if not self._put(again.digest, again.message, (again.channel,)):
                return
            self._lane.sent_again(again)
            self.counters["calls-again"] += 1

    def _put(self, digest: bytes, message: bytes, channels: tuple[Channel, ...]) -> bool:
        """Give the link a message for each of ``channels``; return whether it took all."""
        for channel in channels:
            mid = self._publish(message, channel)
            if mid is None:
                return False
            self._mids[mid] = digest
        return True

    def confirmed(self, mid: int) -> None:
        """Take in the broker's receipt."""
        digest = self._mids.pop(mid, None)
        flight = self._uplink.received(digest, self._clock.mono_ns()) if digest is not None else None
        if flight is not None:
            self._tell(Moment.SENT, flight.epoch, flight.first, flight.last)

    async def received(self, message: bytes) -> None:
        """Take in a message to this terminal; whatever it is, nothing but a counter comes of what is not good."""
        try:
            found = split_down(message)
            if isinstance(found, MacedAck):
                await self._acknowledged(self._open_ack(found))
            elif isinstance(found, LaterAnswer):
                self.counters["answers-later"] += 1
                if self.on_later_answer is not None:
                    await self.on_later_answer(found.answer)
            elif isinstance(found, MacedLive):
                self.counters["answers-live"] += 1
                if self.on_live is not None:
                    self.on_live(found)
            else:
                await self._ordered(found)
        except ProtocolError as error:
            self.counters[f"down-{error.reason}"[:32]] += 1

    def _open_ack(self, found: MacedAck) -> Ack:
        standing = self._scribe.standing
        starts = [one for one in (standing.start, standing.before) if one is not None]
        for start in starts[:-1]:
            try:
                return open_ack(self._who.suite, start.keys.mac_key, found)
            except CryptoError:
                continue
        if not starts:
            raise CryptoError("mac", "no start of this process is recorded yet")
        return open_ack(self._who.suite, starts[-1].keys.mac_key, found)

    async def _acknowledged(self, ack: Ack) -> None:
        standing = self._scribe.standing
        if ack.device != self._who.device:
            raise CryptoError("device", "an acknowledgement to another terminal")
        wanted = [(ack.epoch, one.last) for one in ack.ranges] + [(ack.epoch, ack.held_seq)]
        heads = await self._scribe.heads(wanted)
        current_key = standing.start is not None and ack.key == (standing.start.keys.epoch, standing.start.keys.start)
        outcome = self._uplink.answered(
            ack,
            standing.epoch,
            lambda epoch, seq: heads.get((epoch, seq)),
            self._clock.mono_ns(),
            current_key=current_key,
        )
        self._lane.answered(self._uplink.under_way)
        self.counters["acknowledgements"] += 1
        self.beacon = ack.beacon
        if outcome.doubtful:
            self.counters["ack-doubtful"] += outcome.doubtful
        if outcome.settled:
            if self.on_answer is not None:
                self.on_answer([(epoch, first, last) for epoch, first, last, _ in outcome.settled], ack.beacon_ms)
            await self._scribe.settle(outcome.settled)
        for epoch, first, last, state in outcome.settled:
            self.counters[f"events-{state.name.lower()}"] += last - first + 1
            if state is Settled.COMMITTED:
                self._tell(Moment.ACCEPTED, epoch, first, last)
                if self.on_committed is not None:
                    self.on_committed(epoch, first, last)
        if outcome.diverged is not None and self.on_new_epoch is not None:
            self.counters["new-epochs"] += 1
            await self.on_new_epoch(
                await self._scribe.new_epoch(BootReason.HEAD_MISMATCH, outcome.diverged, self._stamp())
            )

    async def _ordered(self, found: SignedCommand) -> None:
        command = open_command(self._who.gateway, found)
        start, stamp = self._scribe.standing.start, self._stamp()
        if start is None or (command.device, command.boot_nonce) != (self._who.device, start.nonce):
            raise CryptoError("command", "a command for another start")
        known, number = self._command
        if known == start.nonce and command.number <= number:
            raise CryptoError("command", "a command heard before")
        if stamp.trusted and command.expires_ms is not None and stamp.earliest_ms > command.expires_ms:
            raise CryptoError("command-late", "a command past its time")
        self._command = (start.nonce, command.number)
        carry_out = self.on_command.get(command.kind)
        if carry_out is None:
            self.counters["commands-unknown"] += 1
            return
        await carry_out(command)

    async def _resend(self, command: Command) -> None:
        self.counters["commands-resend"] += 1
        epoch, first, last = read_resend(command.body)
        ours = self._uplink.resend(epoch, first, last)
        if ours is not None:
            await self._scribe.unsettle(epoch, *ours)

    def _tell(self, moment: Moment, epoch: bytes, first: int, last: int) -> None:
        now = self._clock.mono_ns()
        about = [key for key in self._told if key[0] == epoch and first <= key[1] <= last]
        for key in sorted(about):
            since = self._told[key] if moment is Moment.SENT else self._told.pop(key)
            self._feedback.give(Given(moment, now, *key, fresh=now - since < _FRESH_NS))
