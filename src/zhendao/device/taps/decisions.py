"""What goes into the tap session and what comes out: frozen values.

In: a token that has been told (`Seen`), its leaving, the passing of time. Out: what to record and what to show.
A moment that belongs to a record is shown only once the record is in the journal (promise: a beep means it is safe).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhendao.device.feedback.moments import Moment
from zhendao.protocol.vocabulary import CheckFlag, Direction, Mounting, Placement, Role, TamperCause, TapReason

if TYPE_CHECKING:
    from zhendao.device.meals.taps import MealManner
    from zhendao.device.taps.done import Done
    from zhendao.protocol.bodies import TokenRead


@dataclass(frozen=True, slots=True)
class Seen:
    """A token that was read and told.

    Attributes:
        read: what it claims and the proof.
        refusal: why it cannot take part in a check; None where it can.
        expired: outside its dates by a time that is trusted: it takes part, flagged.
        opened: its tamper loop is open, or was.
        spoiled: this terminal's door tag, by its uid, which does not show what it held.
        healed: it was spoiled until it was written again just now.
        again: it was there before, and was read anew because another one came.
    """

    read: TokenRead
    refusal: TapReason | None = None
    expired: bool = False
    opened: bool = False
    spoiled: bool = False
    healed: bool = False
    again: bool = False

    @property
    def flags(self) -> CheckFlag:
        """What is odd about it, for the check that it takes part in."""
        found = CheckFlag.TOKEN_EXPIRED if self.expired else CheckFlag(0)
        found |= CheckFlag.TAG_OPENED if self.opened else CheckFlag(0)
        return found | (CheckFlag.DOOR_SPOILED if self.spoiled else CheckFlag(0))


@dataclass(frozen=True, slots=True)
class Show:
    """Give a signal; nothing is recorded."""

    moment: Moment


@dataclass(frozen=True, slots=True)
class TellTimes:
    """Tell whoever holds a card there when it was held there before; nothing is recorded."""

    done: tuple[Done, ...]


@dataclass(frozen=True, slots=True)
class TellPrivacy:
    """Tell the elder, who holds their own card there, what is stored here; nothing is recorded."""


@dataclass(frozen=True, slots=True)
class ElderCard:
    """The elder's own card was held there."""

    card: TokenRead


@dataclass(frozen=True, slots=True)
class MakeCheck:
    """Record a check. ``opened_by`` is the seq of the check-in that this check-out closes, if it is in this epoch."""

    door: TokenRead | None
    caregiver: TokenRead
    direction: Direction
    opened_by: int | None
    flags: CheckFlag
    visit_key: bytes
    pair_key: bytes

    @property
    def moment(self) -> Moment:
        """What is shown once it is recorded: a card that the office must look at says so to whoever holds it."""
        incoming = self.direction is Direction.IN
        if self.caregiver.role is Role.UNKNOWN:
            return Moment.CHECKED_IN_UNKNOWN if incoming else Moment.CHECKED_OUT_UNKNOWN
        if CheckFlag.TOKEN_EXPIRED in self.flags:
            return Moment.CHECKED_IN_EXPIRED if incoming else Moment.CHECKED_OUT_EXPIRED
        return Moment.CHECKED_IN if incoming else Moment.CHECKED_OUT


@dataclass(frozen=True, slots=True)
class MakeTap:
    """Record a token that made no check."""

    token: TokenRead | None
    reason: TapReason
    refers_to: int | None = None
    moment: Moment | None = None
    since_ns: int | None = None
    """When the check that it repeats was made."""


@dataclass(frozen=True, slots=True)
class MakeMeal:
    """Record a meal: the elder's card, the door tag at which it was delivered, or both. ``odd``: see the office."""

    card: TokenRead | None
    door: TokenRead | None = None
    odd: bool = False

    @property
    def token(self) -> TokenRead | None:
        """The token by which the same meal is known again."""
        return self.card or self.door

    @property
    def moment(self) -> Moment:
        """What is shown once it is recorded."""
        if self.card is None:
            return Moment.MEAL_DELIVERED
        return Moment.MEAL_REMARKED if self.odd else Moment.MEAL_RECORDED


@dataclass(frozen=True, slots=True)
class MakeUndo:
    """Record that the check ``target`` is taken back."""

    target: int
    caregiver: TokenRead
    confirmed_ns: int
    visit_key: bytes

    @property
    def moment(self) -> Moment:
        """What is shown once it is recorded."""
        return Moment.UNDONE


@dataclass(frozen=True, slots=True)
class MakeTamper:
    """Record that the terminal left its wall, that its door tag is another one, or that its reader is down."""

    cause: TamperCause
    active: bool
    detail: str | None = None
    moment: Moment | None = None


Record = MakeCheck | MakeTap | MakeUndo | MakeTamper | MakeMeal
Decision = Record | Show | TellTimes | TellPrivacy | ElderCard


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """Thresholds of the tap session; times in nanoseconds of the monotonic clock.

    Attributes:
        placement: home, station or carried.
        mounting: how the door tag of a home is mounted.
        own_door: token id of this terminal's door tag; None where none is bound to it.
        pairing_ns: how long the first of two tokens waits for the other.
        guard_ns: how long the same pair is taken for a double tap.
        undo_ns: from a check to the confirmation of its undo, at most.
        undo_hold_ns: how long a card must lie on the reader to ask for an undo.
        times_hold_ns: how long a card must lie on the reader to hear its times of today; 0: never.
        privacy_hold_ns: how long the elder's card must lie there to hear what is stored here; 0: never.
        wall_grace_ns: how long a wall-mounted door tag may be unseen (a card before it can hide it).
        visit_ns: an older open visit is not closed by a tap; the tap opens a new one.
        meals: how cards become meals here; None where they do not.
    """

    placement: Placement
    mounting: Mounting
    own_door: bytes | None = None
    pairing_ns: int = 20_000_000_000
    guard_ns: int = 120_000_000_000
    undo_ns: int = 60_000_000_000
    undo_hold_ns: int = 4_000_000_000
    times_hold_ns: int = 2_500_000_000
    privacy_hold_ns: int = 3_000_000_000
    wall_grace_ns: int = 8_000_000_000
    visit_ns: int = 16 * 3_600_000_000_000
    meals: MealManner | None = None

    @property
    def on_wall(self) -> bool:
        """Whether the door tag is always in the field."""
        return self.placement is Placement.HOME and self.mounting is Mounting.WALL
