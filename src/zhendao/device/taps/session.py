"""The tap session: tokens and time in, what to record and to show out. Pure; time is an argument.

Two tokens in one act make a check, in either order within the pairing window (rule: TWO-TOKENS); at a station the
card alone (rule: STATION). Whatever makes no check is recorded with its reason (promise: flag, don't block). Visits
change only when the caller reports that a record is in the journal (`committed`): a check that could not be stored
leaves no trace in the guard, so the next tap makes it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhendao.device.feedback.moments import Moment
from zhendao.device.meals.taps import MealTaps
from zhendao.device.taps.decisions import (
    Decision,
    ElderCard,
    MakeCheck,
    MakeMeal,
    MakeTamper,
    MakeTap,
    MakeUndo,
    Record,
    Seen,
    SessionSettings,
    Show,
    TellPrivacy,
    TellTimes,
)
from zhendao.device.taps.holding import Holding
from zhendao.device.taps.strength import record_alone
from zhendao.device.taps.tagwatch import TagWatch
from zhendao.device.taps.undo import Undo
from zhendao.device.taps.visits import Visit, Visits
from zhendao.device.taps.wall import WallDoor
from zhendao.protocol.vocabulary import CheckFlag, Placement, Role, TamperCause, TapReason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zhendao.protocol.bodies import TokenRead

_REFUSED = {
    TapReason.FOREIGN: Moment.FOREIGN,
    TapReason.UNREADABLE: Moment.UNREADABLE,
    TapReason.FORGED: Moment.FORGED,
    TapReason.BLOCKLISTED: Moment.BLOCKLISTED,
}

_CARDS = frozenset({Role.CAREGIVER, Role.UNKNOWN})
"""What may be a caregiver's card: one that says so, or one that says nothing (by its uid, the gateway may know her)."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """The first of two tokens. ``traced``: its tap is on record already (a repeated one)."""

    seen: Seen
    traced: bool = False


class Session:
    """All that a terminal knows about the tokens before it. One input at a time, in the order of their times."""

    def __init__(self, device: bytes, settings: SessionSettings, now_ns: int) -> None:
        self._settings = settings
        self._visits = Visits(device, settings.placement, settings.visit_ns, settings.guard_ns)
        self._undo = Undo(settings.undo_hold_ns, settings.undo_ns)
        self._holding, self._elder = Holding(settings.times_hold_ns), Holding(settings.privacy_hold_ns)
        self._wall = WallDoor(settings.own_door, settings.wall_grace_ns, now_ns) if settings.on_wall else None
        self._tags = TagWatch()
        self._meals = MealTaps(settings.meals) if settings.meals is not None else None
        self._door: _Waiting | None = None
        self._card: _Waiting | None = None
        self._reader_down = False

    def restore(self, rows: Iterable[tuple[bytes, Visit]]) -> None:
        """Take over open visits and last checks of before the restart."""
        self._visits.restore(rows)

    def redate(self, rows: Iterable[tuple[bytes, Visit]]) -> None:
        """Take over how old the visits of before the restart are, by a time that is known better now."""
        self._visits.redate(rows)

    @property
    def open_visits(self) -> int:
        """How many visits are open."""
        return self._visits.open_count()

    @property
    def visits(self) -> Visits:
        """Open visits and last checks, for whoever asks what stands; changed here alone."""
        return self._visits

    # -- what happens before the terminal

    def token(self, seen: Seen) -> list[Decision]:
        """Take in a token that was held to the reader."""
        now_ns, role = seen.read.mono_ns, seen.read.role
        behind = self._wall is not None and role is Role.DOOR and seen.refusal is None
        if not behind and not seen.again:
            self._holding.forget()  # whoever lay there has company, before anything is told of it
            self._elder.forget()
        decisions = [*self.tick(now_ns), *self._tags.seen(seen)]
        if self._wall is not None and role is Role.DOOR and seen.refusal is None:
            return [*decisions, *self._wall.seen(seen)]
        if seen.again:
            return decisions
        confirmed = self._undo.presented(seen.read.uid, now_ns)
        eats = self._meals is not None and self._meals.takes(role)
        if seen.refusal is None and role in _CARDS and not eats:
            self._holding.laid(seen.read)
        if seen.refusal is not None:
            decisions.append(MakeTap(seen.read, seen.refusal, None, _REFUSED.get(seen.refusal, Moment.UNKNOWN)))
        elif confirmed is not None:
            self._card = None
            decisions.append(MakeUndo(confirmed.target, seen.read, now_ns, confirmed.visit_key))
        else:
            decisions += self._shown(seen)
        return decisions

    def gone(self, uid: bytes, now_ns: int) -> list[Decision]:
        """Take in that a token left the field."""
        self._holding.gone(uid)
        self._elder.gone(uid)
        decisions = self.tick(now_ns)
        self._undo.gone(uid)
        if self._wall is not None:
            self._wall.gone(uid, now_ns)
        return decisions

    def unreadable(self, now_ns: int) -> list[Decision]:
        """Take in that something was held to the reader and could not be told."""
        return [*self.tick(now_ns), MakeTap(None, TapReason.UNREADABLE, None, Moment.UNREADABLE)]

    def reader(self, *, up: bool, detail: str, now_ns: int) -> list[Decision]:
        """Take in that the reader stopped working, or works again."""
        decisions = self.tick(now_ns)
        if up is not self._reader_down:
            return decisions
        self._reader_down = not up
        self._undo.forget()
        self._holding.forget()
        self._elder.forget()
        if self._wall is not None:
            self._wall.reader_up(now_ns) if up else self._wall.reader_down()
        moment = Moment.READER_UP if up else Moment.READER_DOWN
        return [*decisions, MakeTamper(TamperCause.READER, active=not up, detail=detail or None, moment=moment)]

    def stopping(self, now_ns: int) -> list[Decision]:
        """Take in that the terminal stops: whoever is about to hold the second token there is told that it was none."""
        decisions = self.tick(now_ns)
        if self._door is not None and not self._door.traced:
            decisions.append(self._lone_door(self._door.seen.read))
        if self._card is not None and not self._card.traced:
            decisions.append(_lone_card(self._card.seen.read))
        self._door = self._card = None
        asked = self._undo.lapse()
        return decisions if asked is None else [*decisions, Show(asked)]

    def tick(self, now_ns: int) -> list[Decision]:
        """Return what falls due because time has passed."""
        decisions: list[Decision] = []
        if self._door is not None and self._late(self._door, now_ns):
            if not self._door.traced:
                decisions.append(self._lone_door(self._door.seen.read))
            self._door = None
        if self._card is not None and self._late(self._card, now_ns):
            if not self._card.traced:
                decisions.append(_lone_card(self._card.seen.read))
            self._card = None
        held = self._holding.tick(now_ns)
        if held is not None:
            decisions.append(TellTimes(self._visits.done_by(held)))
        if self._elder.tick(now_ns) is not None:
            decisions.append(TellPrivacy())
        asked = self._undo.tick(now_ns)
        if asked is not None:
            decisions.append(Show(asked))
        if self._wall is not None:
            decisions += self._wall.tick(now_ns)
        return decisions

    def due_ns(self) -> int | None:
        """Return when `tick` is wanted next, None if nothing is waiting."""
        waiting = [one.seen.read.mono_ns + self._settings.pairing_ns + 1 for one in (self._door, self._card) if one]
        others = [self._undo.due_ns(), self._holding.due_ns(), self._elder.due_ns()]
        others.append(self._wall.due_ns() if self._wall is not None else None)
        return min([*waiting, *(one for one in others if one is not None)], default=None)

    def changes(self, made: Record, seq: int) -> dict[bytes, Visit | None]:
        """Return the visit rows as they will be once ``made`` is in the journal as ``seq`` (None: gone)."""
        if isinstance(made, MakeCheck):
            return self._visits.after_check(made, seq)
        if isinstance(made, MakeUndo):
            return self._visits.after_undo(made)
        return {}

    def committed(self, changes: Mapping[bytes, Visit | None]) -> None:
        """Take in that a record and the ``changes`` it makes are in the journal."""
        self._visits.apply(changes)

    def ate(self, made: MakeMeal, seq: int) -> None:
        """Take in that a meal is in the journal as ``seq``."""
        if self._meals is not None and made.token is not None:
            self._meals.made(made.token, seq)

    # -- what it means

    def _shown(self, seen: Seen) -> list[Decision]:
        """Return what a token that may take part makes, by what it is."""
        role, station = seen.read.role, self._settings.placement is Placement.STATION
        if self._meals is not None and self._meals.takes(role):
            if role is Role.ELDER:
                self._elder.laid(seen.read)
            door, self._door = self._door, None
            return self._meals.taken(seen, None if door is None else door.seen.read)
        if role in _CARDS:
            return self._caregiver(seen)
        if role is Role.DOOR and not station:
            return self._door_tag(seen)
        if role is Role.ELDER and not station:
            self._elder.laid(seen.read)
            return [ElderCard(seen.read)]
        return [MakeTap(seen.read, TapReason.LONE, None, Moment.LONE)]

    def _late(self, waiting: _Waiting, now_ns: int) -> bool:
        return now_ns - waiting.seen.read.mono_ns > self._settings.pairing_ns

    def _lone_door(self, door: TokenRead) -> MakeTap:
        return MakeTap(door, TapReason.LONE, None, Moment.LONE)

    def _door_tag(self, seen: Seen) -> list[Decision]:
        card, self._card = self._card, None
        if card is not None:
            brought = self._meals.brought(seen.read, quietly=True) if self._meals is not None else []
            return [*self._pair(seen, card), *brought]
        before, self._door = self._door, _Waiting(seen, traced=self._meals is not None)
        if self._meals is not None:
            return self._meals.brought(seen.read)
        if before is not None and before.seen.read.uid != seen.read.uid:
            return [self._lone_door(before.seen.read), Show(Moment.DOOR_SEEN)]
        return [Show(Moment.DOOR_SEEN)]

    def _caregiver(self, seen: Seen) -> list[Decision]:
        if self._settings.placement is Placement.STATION:
            return self._pair(None, _Waiting(seen))
        if self._wall is not None and (hung := self._wall.take()) is not None:
            return self._pair(hung, _Waiting(seen))
        door, self._door = self._door, None
        if door is not None:
            return self._pair(door.seen, _Waiting(seen))
        return self._card_first(seen)

    def _card_first(self, seen: Seen) -> list[Decision]:
        decisions: list[Decision] = []
        before = self._card
        if before is not None and before.seen.read.uid != seen.read.uid and not before.traced:
            decisions.append(_lone_card(before.seen.read))
        found = self._visits.repeated_by(seen.read, seen.read.mono_ns)
        if found is None:
            self._card = _Waiting(seen)
            return [*decisions, Show(Moment.CARD_SEEN)]
        # She may be asking "did it work?", or be about to hold her card to another door: answer, and wait. What the
        # reading proves is kept for the check that may follow: it counts once.
        self._card = _Waiting(seen, traced=True)
        return [*decisions, self._repeated(record_alone(seen.read), *found)]

    def _repeated(self, card: TokenRead, visit_key: bytes, last: Visit) -> MakeTap:
        self._undo.held_again(card.uid, last.last_seq, visit_key, last.last_ns, card.mono_ns)
        return MakeTap(card, TapReason.REPEATED, last.last_seq, Moment.ALREADY_RECORDED, last.last_ns)

    def _pair(self, door: Seen | None, card: _Waiting) -> list[Decision]:
        caregiver, tag = card.seen.read, door.read if door is not None else None
        now_ns = max(caregiver.mono_ns, tag.mono_ns if tag is not None else 0)
        visit_key, pair_key = self._visits.visit_key(tag, caregiver), self._visits.pair_key(tag, caregiver)
        last = self._visits.repeated(visit_key, pair_key, now_ns)
        if last is not None:
            return [] if card.traced else [self._repeated(caregiver, visit_key, last)]
        direction, opened_by = self._visits.next_direction(visit_key, now_ns)
        flags = card.seen.flags | (door.flags if door is not None else CheckFlag(0))
        own = {None, tag.token_id} if tag is not None else {self._settings.own_door}
        if self._settings.own_door not in own and CheckFlag.DOOR_SPOILED not in flags:
            flags |= CheckFlag.FOREIGN_DOOR
        return [MakeCheck(tag, caregiver, direction, opened_by, flags, visit_key, pair_key)]


def _lone_card(card: TokenRead) -> MakeTap:
    if card.role is Role.UNKNOWN:
        return MakeTap(card, TapReason.UNKNOWN, None, Moment.UNKNOWN)
    return MakeTap(card, TapReason.LONE, None, Moment.LONE)
