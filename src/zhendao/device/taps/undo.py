"""The gesture that takes a check back, with nothing but the card. Pure.

Within a minute of the check: hold the card to the reader again and leave it there for four seconds (the terminal asks),
take it away, hold it there once more (confirmed). Each step is on record: the second holding is a `tap` *repeated*,
the third an `undo` that names the check. A card that is merely left lying after its check asks for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto

from zhendao.device.feedback.moments import Moment


class _Step(Enum):
    HELD = auto()
    ASKED = auto()
    AWAY = auto()


@dataclass(frozen=True, slots=True)
class _Wish:
    uid: bytes
    target: int
    visit_key: bytes
    since_ns: int
    deadline_ns: int
    step: _Step


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The check ``target`` is to be taken back."""

    target: int
    visit_key: bytes


class Undo:
    """At most one wish at a time: whoever holds another token to the reader ends it."""

    def __init__(self, hold_ns: int, window_ns: int) -> None:
        self._hold_ns = hold_ns
        self._window_ns = window_ns
        self._wish: _Wish | None = None

    def held_again(self, uid: bytes, target: int, visit_key: bytes, checked_ns: int, now_ns: int) -> None:
        """Note that the card of check ``target`` (made at ``checked_ns``) is on the reader again."""
        deadline = checked_ns + self._window_ns
        if now_ns + self._hold_ns < deadline:
            self._wish = _Wish(uid, target, visit_key, now_ns, deadline, _Step.HELD)

    def presented(self, uid: bytes, now_ns: int) -> Confirmed | None:
        """Return the undo that the token just held to the reader confirms, if it confirms one."""
        wish, self._wish = self._wish, None
        if wish is None or wish.uid != uid or wish.step is not _Step.AWAY or now_ns > wish.deadline_ns:
            return None
        return Confirmed(wish.target, wish.visit_key)

    def gone(self, uid: bytes) -> None:
        """Note that a token left the reader."""
        wish = self._wish
        if wish is not None and wish.uid == uid:
            self._wish = replace(wish, step=_Step.AWAY) if wish.step is _Step.ASKED else None

    def forget(self) -> None:
        """End the wish: the reader is down, nobody sees whether the card still lies there."""
        self._wish = None

    def lapse(self) -> Moment | None:
        """End the wish, and return what is to be shown to whoever was asked."""
        wish, self._wish = self._wish, None
        return Moment.UNDO_LAPSED if wish is not None and wish.step is not _Step.HELD else None

    def tick(self, now_ns: int) -> Moment | None:
        """Return what is to be shown because time has passed."""
        wish = self._wish
        if wish is None:
            return None
        if now_ns > wish.deadline_ns:
            self._wish = None
            return Moment.UNDO_LAPSED if wish.step is not _Step.HELD else None
        if wish.step is _Step.HELD and now_ns - wish.since_ns >= self._hold_ns:
            self._wish = replace(wish, step=_Step.ASKED)
            return Moment.UNDO_ASKED
        return None

    def due_ns(self) -> int | None:
        """Return when `tick` has something to do, None if nothing is waiting."""
        wish = self._wish
        if wish is None:
            return None
        return wish.since_ns + self._hold_ns if wish.step is _Step.HELD else wish.deadline_ns + 1
