"""What to send next, and what an answer means. Pure: time, randomness and the journal's heads are arguments.

Promise: an event counts as delivered only when the gateway has said so under the key of a start of ours, with our own
head (a broker's receipt is not enough). What is refused is split until the bad one is alone; nothing blocks what comes
after it. Calls for help go first. Nothing is sent twice over a link that still carries it; back-off has jitter and is
capped; a link that is back starts at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from zhendao.device.journal.entries import EpochState, Settled
from zhendao.device.journal.spans import Spans
from zhendao.device.link.pace import Flight, Pace
from zhendao.device.link.tracks import Outcome, Track, Want, diverged, without
from zhendao.protocol.ack import RefusalState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from zhendao.protocol.ack import Ack, Refusal

_SECOND = 1_000_000_000
MOST_HELD = 64
"""So many batches wait to be sent again; then nothing new goes out but calls for help."""
_LACKS = {"certificate-unknown", "boot-unknown", "busy"}
"""Reasons for which the same batch will do; any other may be the fault of one event in it."""


@dataclass(frozen=True, slots=True)
class UplinkSettings:
    """Bounds of what is under way; times in nanoseconds.

    Attributes:
        in_flight: batches sent and not answered, at most (one more for a call for help).
        max_events: events in a batch, at most.
        max_bytes: bytes of a batch, about, at most.
        answer_ns: how long the gateway's answer is waited for, from the broker's receipt on; it doubles.
        silence_ns: longest wait for an answer: what is sent again, the broker has to keep.
        receipt_ns: how long the broker's receipt is waited for; without one the link is begun anew.
        call_receipt_ns: the same where a call waits for it; it doubles, up to ``receipt_ns``.
        call_again_ns: how long a call has on its own way before it goes the way of everything else too (see `lane`).
        cap_ns: longest wait before something is sent again that the gateway has put off.
    """

    in_flight: int = 3
    max_events: int = 1000
    max_bytes: int = 256 * 1024
    answer_ns: int = 10 * _SECOND
    silence_ns: int = 300 * _SECOND
    receipt_ns: int = 60 * _SECOND
    call_receipt_ns: int = 5 * _SECOND
    call_again_ns: int = 2 * _SECOND
    cap_ns: int = 30 * _SECOND


class Uplink:
    """What has been sent, answered, refused. ``random`` gives numbers from 0 to 1."""

    def __init__(self, settings: UplinkSettings, random: Callable[[], float]) -> None:
        self.settings, self._random = settings, random
        self._pace = Pace(settings.in_flight, settings.max_events, settings.max_bytes)
        self._tracks: dict[bytes, Track] = {}
        self._flights: dict[bytes, Flight] = {}
        self._held: list[tuple[int, bytes, int, int]] = []
        self._tries = self._calls_lost = 0
        self._connected = False
        self.certificate_due = True
        """The next batch carries the certificate."""
        self.start_known = False
        """The gateway has answered under the key of the current start."""
        self.boots_due = False
        """The gateway lacked keys: batches carry the `boot` events of all their starts."""

    # -- the journal

    def load(self, epochs: Iterable[EpochState]) -> None:
        """Take over what a journal holds, the oldest epoch first."""
        for one in epochs:
            self._tracks[one.epoch] = Track(one.last, one.settled, list(one.urgent), one.first)

    def appended(self, epoch: bytes, seq: int, *, urgent: bool = False) -> None:
        """Note a new event."""
        track = self._tracks.setdefault(epoch, Track(0, Spans(), [], seq))
        track.last = seq
        if urgent:
            track.urgent.append(seq)

    def new_start(self) -> None:
        """Note that keys were drawn anew: the gateway has to learn them."""
        self.certificate_due, self.start_known = True, False

    def absent(self, epoch: bytes, seq: int) -> None:
        """Note that the journal does not hold event ``seq`` any more: nothing can be sent of it."""
        self._tracks[epoch].settled.add(seq, seq)

    @property
    def unacknowledged(self) -> int:
        """How many events the gateway does not have."""
        return sum(track.last - track.first + 1 - track.settled_count() for track in self._tracks.values())

    @property
    def waiting(self) -> tuple[int, int]:
        """How many batches are under way, and how many wait because the gateway put them off."""
        return len(self._flights), len(self._held)

    @property
    def urgent(self) -> bool:
        """Whether a call for help has not arrived."""
        return any(seq not in track.settled for track in self._tracks.values() for seq in track.urgent)

    # -- the link

    @property
    def batch_bytes(self) -> int:
        """About how many bytes the next batch may have; one event may have more."""
        return self._pace.bytes

    def connected(self) -> None:
        """Note that the link is there: everything unanswered is sent again, from now."""
        self._forget_flights()
        self._pace.begin()
        self._connected, self._tries = True, 0
        self.certificate_due |= not self.start_known  # the batch that carried it may never have arrived

    def disconnected(self) -> None:
        """Note that the link is gone."""
        self._connected = False
        self._forget_flights()

    def stalled(self, now_ns: int) -> bool:
        """Return whether the link has been given something that it does not carry: it has to be begun anew."""
        return any(not one.carried and one.deadline_ns <= now_ns for one in self._flights.values())

    def next(self, now_ns: int) -> Want | None:
        """Return what to send now, None if nothing may be sent."""
        self._expire(now_ns)
        under_way = len(self._flights)
        if not self._connected or under_way > self.settings.in_flight:
            return None
        for epoch, track in self._tracks.items():
            track.urgent = [seq for seq in track.urgent if seq not in track.settled]
            for seq in track.urgent:
                if seq not in track.busy:
                    return Want(epoch, seq, seq, urgent=True)
        if under_way >= self._pace.batches or len(self._held) >= MOST_HELD:
            return None
        for epoch, track in self._tracks.items():
            first = track.free_from(track.first)
            if first <= track.last:
                return Want(epoch, first, track.free_until(first, first + self._pace.events - 1))
        return None

    def sent(self, want: Want, last: int, digest: bytes, now_ns: int, size: int) -> None:
        """Note that events ``want.first``…``last`` went out as the message with this ``digest`` and ``size``."""
        settings, times = self.settings, 1 << min(self._calls_lost, 8)
        wait = min(settings.receipt_ns, settings.call_receipt_ns * times) if want.urgent else settings.receipt_ns
        self._flights[digest] = Flight(want.epoch, want.first, last, size, now_ns, now_ns + wait, urgent=want.urgent)
        self._tracks[want.epoch].busy.add(want.first, last)
        self.certificate_due = False

    def received(self, digest: bytes, now_ns: int) -> Flight | None:
        """Return what the broker has confirmed to have received; it is not delivered by that."""
        flight = self._flights.get(digest)
        if flight is not None and not flight.carried:
            self._pace.carried(flight.size, now_ns - flight.sent_ns)
            self._calls_lost = 0 if flight.urgent else self._calls_lost
            wait = min(self.settings.silence_ns, self.settings.answer_ns * 2 ** min(self._tries, 8))
            deadline = now_ns + wait + int(self._random() * wait / 2)
            self._flights[digest] = replace(flight, carried=True, deadline_ns=deadline)
        return flight

    def under_way(self, digest: bytes) -> bool:
        """Return whether the message with this ``digest`` was sent over this link and is not answered."""
        return digest in self._flights

    def due_ns(self) -> int | None:
        """Return when `next` may have something that it has not now, None if only an event can change that."""
        times = [flight.deadline_ns for flight in self._flights.values()] + [until for until, *_ in self._held]
        return min(times, default=None)

    # -- the gateway's word

    def has_boot(self, epoch: bytes, seq: int) -> bool:
        """Return whether the gateway can be taken to have the keys of the start ``seq``."""
        return not self.boots_due and seq in self._tracks[epoch].settled

    def answered(
        self,
        ack: Ack,
        current: bytes,
        head_of: Callable[[bytes, int], bytes | None],
        now_ns: int,
        *,
        current_key: bool,
    ) -> Outcome:
        """Take in an acknowledgement whose MAC was good; ``current`` is the epoch being written.

        ``current_key``: the MAC is that of the newest start, so the gateway has its `boot` event.
        """
        self.start_known |= current_key
        if ack.ranges:
            self.boots_due, self._tries = False, 0
            self._pace.answered()
        track = self._tracks.get(ack.epoch)
        if track is None:
            return Outcome(doubtful=len(ack.ranges))
        settled: list[tuple[bytes, int, int, Settled]] = []
        doubtful = 0
        for one in ack.ranges:
            new = without(one.first, one.last, track.settled)
            if not new:
                continue  # said again, perhaps of events that have been dropped since
            if one.last > track.last or head_of(ack.epoch, one.last) != one.head:
                doubtful += 1
                continue
            settled += [(ack.epoch, first, last, Settled(one.state)) for first, last in new]
            track.settled.add(one.first, one.last)
            self._land(ack.epoch, now_ns)
        settled += [done for refusal in ack.refusals if (done := self._refused(refusal, now_ns)) is not None]
        parted = diverged(ack, track, head_of) if ack.epoch == current else None
        return Outcome(tuple(settled), parted, doubtful)

    def resend(self, epoch: bytes, first: int, last: int) -> tuple[int, int] | None:
        """Forget that the gateway has these; return the range that it concerns, None if none is ours."""
        track = self._tracks.get(epoch)
        if track is None or first > track.last or last < track.first:
            return None
        first, last = max(first, track.first), min(last, track.last)
        track.settled.remove(first, last)
        return first, last

    # -- inside

    def _refused(self, refusal: Refusal, now_ns: int) -> tuple[bytes, int, int, Settled] | None:
        flight = self._flights.pop(refusal.digest, None)
        if flight is None:
            return None
        track = self._tracks[flight.epoch]
        track.busy.remove(flight.first, flight.last)
        count = flight.last - flight.first + 1
        if count == 1 and refusal.state is RefusalState.QUARANTINED:
            track.settled.add(flight.first, flight.first)
            return flight.epoch, flight.first, flight.first, Settled.QUARANTINED
        if refusal.state is RefusalState.AGAIN or count == 1:
            self.certificate_due |= refusal.reason == "certificate-unknown"
            self.boots_due |= refusal.reason == "boot-unknown"
            self._hold(flight, now_ns)
            if refusal.reason in _LACKS or count == 1:
                return None
        track.halve(flight.first, flight.last, count)
        return None

    def _hold(self, flight: Flight, now_ns: int) -> None:
        """Send it again after a wait: the first time soon, then ever later, with full jitter."""
        self._tries += 1
        wait = min(self.settings.cap_ns, _SECOND * 2 ** min(self._tries, 8) // 2)
        until = now_ns + int(self._random() * wait)
        self._held.append((until, flight.epoch, flight.first, flight.last))
        self._tracks[flight.epoch].busy.add(flight.first, flight.last)

    def _expire(self, now_ns: int) -> None:
        late = [digest for digest, one in self._flights.items() if one.carried and one.deadline_ns <= now_ns]
        for digest in late:
            flight = self._flights.pop(digest)
            self._tracks[flight.epoch].busy.remove(flight.first, flight.last)
        if late:
            self._tries += 1
            self._pace.unanswered()
            self.certificate_due |= not self.start_known
            self.start_known = False  # beside a clone the gateway may take another start for the one that runs
        for until, epoch, first, last in [one for one in self._held if one[0] <= now_ns]:
            self._held.remove((until, epoch, first, last))
            self._tracks[epoch].busy.remove(first, last)

    def _land(self, epoch: bytes, now_ns: int) -> None:
        """End the flights of which everything is settled, and the caps of what has arrived."""
        track = self._tracks[epoch]
        for digest, flight in list(self._flights.items()):
            if flight.epoch == epoch and track.settled.next_missing(flight.first) > flight.last:
                self.received(digest, now_ns)  # an answer is a receipt too
                del self._flights[digest]
                track.busy.remove(flight.first, flight.last)
        track.caps = [cap for cap in track.caps if track.settled.next_missing(cap[0]) <= cap[1]]

    def _forget_flights(self) -> None:
        lost = [one for one in self._flights.values() if not one.carried]
        if lost:
            self._pace.lost()
        self._calls_lost += any(one.urgent for one in lost)
        self._flights.clear()
        self._held.clear()
        for track in self._tracks.values():
            track.busy = Spans()
