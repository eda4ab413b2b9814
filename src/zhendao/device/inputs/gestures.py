"""What presses of the buttons mean: called, held on, rated, two together, jammed. Pure; time is an argument.

Promise: one press is one call, as soon as it is longer than a brush; a button that jams or storms is told once, and
calls for nobody. What the outer rating buttons are together is meant silently and beside what an ordinary press means:
whoever watches sees the same. rules: SOS, INCIDENT.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhendao.device.inputs.contact import Contact
from zhendao.device.inputs.settings import BAD, GOOD, RATING, SOS, ButtonsTable, button_lines, incident_button

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from zhendao.device.inputs.lines import Edge

SETTLE_NS = 15_000_000
"""So long after a moment the edges that came before it have arrived (`gpio.REST_S`, and the loop)."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """The call button was pressed at ``at_ns``, no brush."""

    at_ns: int


@dataclass(frozen=True, slots=True)
class HeldOn:
    """``button`` has been held, since ``since_ns``, for as long as its gesture asks."""

    button: str
    since_ns: int
    at_ns: int


@dataclass(frozen=True, slots=True)
class Rated:
    """The rating button ``button`` was pressed and let go, and meant nothing else."""

    button: str
    at_ns: int


@dataclass(frozen=True, slots=True)
class Together:
    """The outer rating buttons are held together: the silent gesture ``gesture`` (`Duress.gesture`)."""

    at_ns: int
    gesture: int = 1


@dataclass(frozen=True, slots=True)
class Condition:
    """``button`` itself: jammed, storming, or well again (neither)."""

    button: str
    jammed: bool
    storming: bool


Meant = Pressed | HeldOn | Rated | Together | Condition


@dataclass(slots=True)
class _Button:
    contact: Contact
    since_ns: int = 0
    jammed: bool = False
    told: tuple[bool, bool] = (False, False)
    held_told: bool = False


class Gestures:
    """The buttons of one terminal. ``jammed``: those that were found jammed before a restart."""

    def __init__(self, table: ButtonsTable, jammed: Iterable[str] = ()) -> None:
        self._table = table
        self._incident = incident_button(table)
        brush_ns = table.brush_ms * 1_000_000
        self._buttons = {line.name: _Button(Contact(brush_ns)) for line in button_lines(table)}
        for name in jammed:
            if name in self._buttons:
                self._buttons[name].jammed, self._buttons[name].told = True, (True, False)
        self._hand: list[str] = []
        self._hand_used = self._hand_together = False
        self._now_ns = 0

    def edge(self, edge: Edge) -> list[Meant]:
        """Take in an edge; return what time and the edge have made clear."""
        button = self._buttons[edge.line]
        at_ns = max(edge.mono_ns, self._now_ns)
        if edge.skipped:
            button.contact.skip(at_ns)
        meant = self._until(at_ns)
        button.contact.edge(closed=edge.active, at_ns=at_ns, skipped=edge.skipped)
        return [*meant, *self._condition(edge.line)]

    def tick(self, now_ns: int) -> list[Meant]:
        """Return what has become clear by ``now_ns``, less `SETTLE_NS`."""
        return self._until(now_ns - SETTLE_NS)

    def due_ns(self) -> int | None:
        """Return when `tick` is wanted next, None if only an edge matters."""
        due = min((at for at, _ in self._coming()), default=None)
        return None if due is None else due + SETTLE_NS

    # -- time

    def _until(self, now_ns: int) -> list[Meant]:
        """Let time pass up to ``now_ns``: everything that is due on the way, in its order."""
        meant: list[Meant] = []
        while (due := min(self._coming(), key=lambda one: one[0], default=None)) is not None and due[0] <= now_ns:
            self._now_ns = max(self._now_ns, due[0])
            meant += due[1](self._now_ns)
        self._now_ns = max(self._now_ns, now_ns)
        for one in self._buttons.values():
            one.contact.advance(self._now_ns)
        return meant

    def _coming(self) -> list[tuple[int, Callable[[int], list[Meant]]]]:
        coming: list[tuple[int, Callable[[int], list[Meant]]]] = []
        for name, one in self._buttons.items():
            if (flips := one.contact.flips_ns()) is not None:
                coming.append((flips, lambda now, name=name: self._flip(name, now)))  # type: ignore[misc]
            if (calm := one.contact.calm_ns()) is not None:
                coming.append((calm, lambda now, name=name: self._calm(name)))  # type: ignore[misc]  # noqa: ARG005
            if one.contact.pressed and not one.jammed:
                coming.append((one.since_ns + _ns(self._table.stuck_s), lambda now, name=name: self._jam(name)))  # type: ignore[misc]  # noqa: ARG005
                if (hold := self._hold_ns(name)) is not None and not one.held_told:
                    coming.append((one.since_ns + hold, lambda now, name=name: self._hold(name, now)))  # type: ignore[misc]
        if (together := self._together_ns()) is not None:
            coming.append((together, self._meet))
        return coming

    # -- what falls due

    def _flip(self, name: str, now_ns: int) -> list[Meant]:
        one = self._buttons[name]
        one.contact.advance(now_ns)
        if one.contact.pressed:
            one.since_ns, one.held_told = now_ns - self._table.brush_ms * 1_000_000, False
            if one.jammed:
                return []
            if name in RATING:
                self._hand.append(name)
            return [Pressed(one.since_ns)] if name == SOS else []
        one.jammed = False
        return [*self._let_go(name, now_ns), *self._condition(name)]

    def _jam(self, name: str) -> list[Meant]:
        self._buttons[name].jammed = True
        if name in self._hand:
            self._hand.remove(name)
            if not self._hand:
                self._hand_used = self._hand_together = False
        return self._condition(name)

    def _calm(self, name: str) -> list[Meant]:
        self._buttons[name].contact.storm_ns = None
        return self._condition(name)

    def _hold_ns(self, name: str) -> int | None:
        """Return for how long ``name`` is to be held to mean more than a press; None where it cannot now."""
        if name == self._incident:
            alone = name not in RATING or len(self._hand) == 1
            return _ns(self._table.incident_s) if alone else None
        return _ns(self._table.mistake_s) if name == SOS else None

    def _hold(self, name: str, now_ns: int) -> list[Meant]:
        one = self._buttons[name]
        one.held_told = True
        self._hand_used |= name in self._hand
        return [HeldOn(name, one.since_ns, now_ns)]

    def _together_ns(self) -> int | None:
        if not self._table.duress_s or self._hand_together or not {GOOD, BAD} <= set(self._hand):
            return None
        if not all(self._buttons[name].contact.pressed for name in (GOOD, BAD)):
            return None
        return max(self._buttons[name].since_ns for name in (GOOD, BAD)) + _ns(self._table.duress_s)

    def _meet(self, now_ns: int) -> list[Meant]:
        self._hand_together = True
        return [Together(now_ns)]

    def _let_go(self, name: str, now_ns: int) -> list[Meant]:
        """Return the rating that a hand meant once it has let go of every rating button: the first that it pressed."""
        if name not in self._hand or any(self._buttons[one].contact.pressed for one in self._hand):
            return []
        first, used = self._hand[0], self._hand_used
        self._hand, self._hand_used, self._hand_together = [], False, False
        return [] if used else [Rated(first, now_ns)]

    def _condition(self, name: str) -> list[Meant]:
        one = self._buttons[name]
        now = (one.jammed, one.contact.storm_ns is not None)
        if one.told == now:
            return []
        one.told = now
        return [Condition(name, *now)]


def _ns(seconds: float) -> int:
    return int(seconds * 1_000_000_000)
