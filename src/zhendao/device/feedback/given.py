"""The interface between what happens and what a person sees and hears: a value given, and whoever shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from zhendao.device.feedback.moment import Moment
    from zhendao.device.feedback.words import Word


@dataclass(frozen=True, slots=True)
class Given:
    """One signal.

    Attributes:
        moment: what has happened.
        mono_ns: when it was given, CLOCK_BOOTTIME.
        epoch: with ``seq``: the event that it is about; None where there is none.
        seq: see ``epoch``.
        seen_ns: when the token that led to it was first seen; None where none did.
        fresh: whether the person is likely to be there still; lights and sounds are for them.
        said: words that belong to it: a time, a code, a count; said and shown after the moment's own, or in them.
    """

    moment: Moment
    mono_ns: int
    epoch: bytes | None = None
    seq: int | None = None
    seen_ns: int | None = None
    fresh: bool = True
    said: tuple[Word, ...] = ()


class Feedback(Protocol):
    """Shows signals. Never raises, never blocks."""

    def give(self, given: Given) -> None:
        """Show one signal now."""
        ...

    def close(self) -> None:
        """Go dark and silent."""
        ...


@runtime_checkable
class Attentive(Protocol):
    """Feedback that ends what is private when the card that it is for is taken away."""

    def left(self) -> None:
        """Take in that a token was taken away. Never raises, never blocks."""
        ...
