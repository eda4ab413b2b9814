"""A card that stays on the reader asks for its own times of today. Pure.

The gestures of a card, in one table; each is counted from when it was laid down, and comes once in a holding:

    at once         the check, or *already recorded* with its time
    times_hold_ns   its times of today here, and the receipt of the last of them
    undo_hold_ns    only where the same card made a check within the last minute, and was taken away since: the
                    terminal asks whether it is to be taken back (`undo`)

A silent call by a card that is held still longer is no business of the taps (`calls`).

Promise: nothing is told of a card but to whoever holds it there now: another token on the reader, the card's leaving or
a reader that is down ends the holding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zhendao.protocol.bodies import TokenRead


class Holding:
    """At most one card at a time. ``after_ns``: how long it must lie there; 0: it is never told."""

    def __init__(self, after_ns: int) -> None:
        self._after_ns = after_ns
        self._lying: TokenRead | None = None

    def laid(self, card: TokenRead) -> None:
        """Note that a caregiver's card was laid on the reader."""
        self._lying = card if self._after_ns else None

    def gone(self, uid: bytes) -> None:
        """Note that a token left the reader."""
        if self._lying is not None and self._lying.uid == uid:
            self._lying = None

    def forget(self) -> None:
        """End the holding: nobody sees whether the card still lies there, or another token does."""
        self._lying = None

    def tick(self, now_ns: int) -> TokenRead | None:
        """Return the card that has asked by now, once."""
        due_ns, card = self.due_ns(), self._lying
        if due_ns is None or now_ns < due_ns:
            return None
        self._lying = None
        return card

    def due_ns(self) -> int | None:
        """Return when `tick` has something to do."""
        return None if self._lying is None else self._lying.mono_ns + self._after_ns
