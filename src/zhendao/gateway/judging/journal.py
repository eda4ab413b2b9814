"""What one terminal told, in memory: its checks dated and put in order, as the store's readers do it. Pure.

Promise: the same facts give the same lanes, in whatever order they came. When a check was is found as docs/gateway.md
says ("When it was"); in a journal with two histories what lies before and after goes by number alone, for the facts of
`judge` carry no chain.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from zhendao.gateway.ingest.epochs import StartFact, epoch_order
from zhendao.gateway.judging.facts import COUNTED, Fact, is_kept, is_move
from zhendao.gateway.judging.running_times import alone_at, dark_between
from zhendao.gateway.judging.told import Told, epochs_of
from zhendao.gateway.meals.values import MealFact, signed_id
from zhendao.gateway.visits.divided import contradict
from zhendao.gateway.visits.drawing import LaneFacts
from zhendao.gateway.visits.moments import Anchor, Moment, Window, dated, told_time, too_early_ms, well_dated, window_of
from zhendao.gateway.visits.nearest import Nearest
from zhendao.gateway.visits.opinions import Opinion
from zhendao.gateway.visits.pairing import CheckFact
from zhendao.protocol.bodies import Boot, Check, Clock, Meal, Previous, Rating, Tamper, Undo
from zhendao.protocol.event import Event
from zhendao.protocol.vocabulary import ClockReason, ClockSource

_FEW: Final = 8
"""So many times of a boot are looked at as they are."""


@dataclass(frozen=True, slots=True)
class _Trusted:
    """A trusted time, with its boot and when it came."""

    seq: int
    anchor: Anchor
    boot_id: bytes
    received_ms: int


@dataclass(slots=True)
class _Times:
    """All that a terminal told of its time."""

    trusted: dict[bytes, list[_Trusted]] = field(default_factory=dict)
    """Trusted times of each epoch, in order; ``seqs`` are their numbers."""
    seqs: dict[bytes, list[int]] = field(default_factory=dict)
    told: dict[bytes, list[Anchor]] = field(default_factory=dict)
    """What each boot told, of whatever worth, in the order of the journal."""
    nearest: dict[bytes, Nearest] = field(default_factory=dict)
    """The same, looked up by the monotonic clock; made when all is heard."""
    divided: set[bytes] = field(default_factory=set)
    disputed: set[bytes] = field(default_factory=set)
    named: dict[bytes, tuple[bytes, int]] = field(default_factory=dict)
    """The epoch, and its last number, that each epoch names as the one before."""

    def hear(self, fact: Fact, body: Clock) -> None:
        """Note what a clock event says."""
        event = fact.event
        if (told := told_time(event, fact.received_ms)) is not None:
            self.told.setdefault(event.boot_id, []).append(told)
        if body.reason is ClockReason.SOURCES_DISAGREE:
            self.divided.add(event.boot_id)
        if well_dated(event):
            anchor = Anchor(event.mono_ns, event.wall_ms, event.clock_bound_ms or 0)
            found = _Trusted(event.seq, anchor, event.boot_id, fact.received_ms)
            self.trusted.setdefault(event.epoch, []).append(found)
            self.seqs.setdefault(event.epoch, []).append(event.seq)

    def near(self, event: Event) -> Sequence[Anchor]:
        """Return what the boot of ``event`` told, as far as it can say when that was; all where the boot is divided."""
        boot_id = event.boot_id
        told = self.told.get(boot_id, ())
        if len(told) <= _FEW or boot_id in self.divided:
            return told
        nearest = self.nearest.get(boot_id)
        if nearest is None:
            nearest = self.nearest[boot_id] = Nearest(told)
        return nearest.of(event.mono_ns)

    def follow(self, epoch: bytes, previous: Previous) -> None:
        """Note which journal the first event of ``epoch`` names as the one before."""
        if previous.epoch != epoch:
            self.named.setdefault(epoch, (previous.epoch, previous.seq))


class Journal:
    """The facts of the terminal ``device``. ``clock_ms``: how far the gateway's own clock may be off."""

    def __init__(self, device: bytes, clock_ms: int) -> None:
        self._device, self._clock_ms = device, clock_ms
        self._facts: dict[tuple[bytes, int], tuple[Fact, ...]] = {}
        """What is held of each (epoch, seq): one, or several that contradict each other, in order of ``h``."""
        self._others: set[tuple[bytes, int, int]] = set()
        self._heard = array("q")
        self._ran: dict[bytes, tuple[int, int]] = {}
        """The last trusted time of each boot: by the monotonic clock (ns), and UTC ms."""
        self._checked = False

    def __len__(self) -> int:
        """Return how many events there are."""
        return sum(map(len, self._facts.values())) + len(self._others)

    def take(self, fact: Fact) -> bool:
        """Take ``fact``; tell whether visits may change by it."""
        event = fact.event
        if well_dated(event):
            self._heard.append(event.wall_ms)
            at = event.mono_ns, event.wall_ms
            self._ran[event.boot_id] = max(self._ran.get(event.boot_id, at), at)
        if not is_kept(event.body):
            # A number of 64 bits instead of the event: it tells whether it is the same one that came again.
            self._others.add((event.epoch, event.seq, hash((event, fact.named))))
            return False
        self._checked = self._checked or isinstance(event.body, Check)
        place = event.epoch, event.seq
        several = self._facts.get(place)
        if several is None:
            self._facts[place] = (fact,)
            return isinstance(event.body, COUNTED)
        before = next((one for one in several if one.tells_the_same(fact)), None)
        if before is not None and not fact.goes_before(before):
            return False
        others = (one for one in several if one is not before)
        self._facts[place] = tuple(sorted((*others, fact), key=lambda one: one.h))
        # Under a name that somebody forged there may have been another event.
        return isinstance(event.body, COUNTED) or (before is not None and isinstance(before.event.body, COUNTED))

    def _held(self) -> Iterator[Fact]:
        """Return what is held, place by place; whoever puts it in the order of places keeps that of ``h`` in each."""
        return chain.from_iterable(self._facts.values())

    def told(self) -> Told:
        """Return what the terminal told of itself."""
        facts = list(self._held())
        events = [one.event for one in facts]
        events.sort(key=lambda one: (one.epoch, one.seq))
        numbers = [(one.epoch, one.seq) for one in events]
        numbers += ((epoch, seq) for epoch, seq, _ in self._others)
        heard = tuple(sorted(set(self._heard)))
        return Told(
            epochs_of(numbers),
            tuple(_starts(facts)),
            tuple((event, event.body) for event in events if isinstance(event.body, Tamper)),
            tuple(event for event in events if is_move(event.body)),
            heard,
            dark_between(events, {boot_id: wall_ms for boot_id, (_, wall_ms) in self._ran.items()}, heard),
            alone_at(events),
        )

    def lanes(self) -> dict[bytes, LaneFacts]:
        """Return what there is of each card, by its number (uid)."""
        if not self._checked:  # so it is of three terminals in four: nobody was there that day
            return {}
        facts = self._in_order()
        times = self._times(facts)
        checks: dict[bytes, list[CheckFact]] = {}
        undone: dict[bytes, set[tuple[bytes, int]]] = {}
        about: dict[tuple[bytes, int], list[Opinion]] = {}
        for fact in facts:
            event, body = fact.event, fact.event.body
            if isinstance(body, Check):
                moment = self._moment(fact, times)
                checks.setdefault(body.caregiver.uid, []).append(
                    CheckFact(
                        self._device, event.epoch, event.seq, fact.h, moment, body, fact.received_ms, fact.evidence
                    )
                )
            elif isinstance(body, Undo):
                undone.setdefault(body.caregiver.uid, set()).add((event.epoch, body.target))
            elif isinstance(body, Rating) and body.refers_to is not None and body.refers_to < event.seq:
                about.setdefault((event.epoch, body.refers_to), []).append(Opinion.of(event, body, fact.h))
        return {
            uid: LaneFacts(tuple(several), frozenset(undone.get(uid, ())), _said(several, about))
            for uid, several in checks.items()
        }

    def meals(self) -> list[MealFact]:
        """Return the meals that were signed, each with when it was, or else when it came."""
        several = [(fact, fact.event.body) for fact in self._held() if isinstance(fact.event.body, Meal)]
        times = self._times(self._in_order()) if several else _Times()
        found = []
        for fact, body in several:
            event, moment = fact.event, self._moment(fact, times)
            name = signed_id(self._device, event.epoch, event.seq, fact.h)
            at_ms = moment.wall_ms if moment.known else fact.received_ms
            found.append(MealFact(name, self._device, at_ms, body, moment.known, moment.disputed))
        return found

    def _in_order(self) -> list[Fact]:
        """Return what is held, in the order of the journals."""
        facts = list(self._held())
        order = {epoch: place for place, epoch in enumerate(epoch_order(_starts(facts)))}
        facts.sort(key=lambda f: (order.get(f.event.epoch, len(order)), f.event.epoch, f.event.seq))
        return facts

    def _times(self, facts: Iterable[Fact]) -> _Times:
        times = _Times()
        for fact in facts:
            body = fact.event.body
            if isinstance(body, Clock):
                times.hear(fact, body)
            elif isinstance(body, Boot) and fact.event.seq == 1 and body.previous is not None:
                times.follow(fact.event.epoch, body.previous)
        of_boot: dict[bytes, list[Anchor]] = {}
        for several in times.trusted.values():
            for one in several:
                of_boot.setdefault(one.boot_id, []).append(one.anchor)
        times.divided |= {boot_id for boot_id, told in of_boot.items() if contradict(told)}
        for epoch, several in times.trusted.items():
            first: dict[bytes, Anchor | None] = {}
            for one in several:
                if one.boot_id not in first:
                    first[one.boot_id] = _before(times, epoch, one.boot_id, one.seq)
                if self._cannot_be(one, first[one.boot_id]):
                    times.disputed.add(one.boot_id)
        return times

    def _cannot_be(self, one: _Trusted, before: Anchor | None) -> bool:
        """Tell whether a trusted time lies after its arrival, or before that of an earlier boot."""
        if one.anchor.wall_ms - one.anchor.bound_ms - one.received_ms - self._clock_ms > 0:
            return True
        return before is not None and too_early_ms(before, one.anchor) > 0

    def _moment(self, fact: Fact, times: _Times) -> Moment:
        event = fact.event
        latest_ms = fact.received_ms + self._clock_ms
        divided = event.boot_id in times.divided
        told = times.near(event)
        moment = dated(event, told, Window(not_after_ms=latest_ms), doubtful=divided)
        if moment.known and not moment.disputed and event.boot_id not in times.disputed:
            return moment
        before, after = _before(times, event.epoch, event.boot_id, event.seq), _after(times, event)
        return dated(event, told, window_of(event, before, after, latest_ms), doubtful=divided)


def _starts(facts: Iterable[Fact]) -> list[StartFact]:
    """Return the starts among ``facts``, by epoch and number; their ``h`` is left empty, nobody here asks for it."""
    found = []
    for fact in facts:
        event, body = fact.event, fact.event.body
        if isinstance(body, Boot):
            named = body.previous
            wall_ms = fact.received_ms if event.clock_source is ClockSource.UNSET else event.wall_ms
            found.append(
                StartFact(
                    event.epoch, event.seq, b"", int(body.reason), named.epoch if named else None,
                    named.seq if named else None, wall_ms, fact.received_ms,
                )
            )  # fmt: skip
    return sorted(found, key=lambda one: (one.epoch, one.start))


def _before(times: _Times, epoch: bytes, boot_id: bytes, seq: int) -> Anchor | None:
    """Return the last trusted time of another boot before event ``seq``, in its journal or in the one before."""
    found = _last(times, epoch, boot_id, bisect_left(times.seqs.get(epoch, ()), seq))
    if found is None and epoch in times.named:
        older, knew = times.named[epoch]
        found = _last(times, older, boot_id, bisect_right(times.seqs.get(older, ()), knew))
    return found


def _last(times: _Times, epoch: bytes, but: bytes, end: int) -> Anchor | None:
    several = times.trusted.get(epoch, ())
    return next((several[at].anchor for at in range(end - 1, -1, -1) if several[at].boot_id != but), None)


def _after(times: _Times, event: Event) -> Anchor | None:
    """Return the first trusted time of another boot after ``event`` in its journal."""
    start = bisect_right(times.seqs.get(event.epoch, ()), event.seq)
    several = times.trusted.get(event.epoch, ())
    return next((one.anchor for one in several[start:] if one.boot_id != event.boot_id), None)


def _said(checks: Iterable[CheckFact], about: dict[tuple[bytes, int], list[Opinion]]) -> tuple[Opinion, ...]:
    if not about:
        return ()
    places = dict.fromkeys((one.epoch, one.seq) for one in checks)
    found = [opinion for place in places for opinion in about.get(place, ())]
    return tuple(sorted(found, key=lambda one: (one.seq, one.h)))
