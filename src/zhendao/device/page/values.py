"""What a page is, whoever draws it: a shape, words in both languages, a tone, and the bars above and below.

Promise: whatever is said is said by words; shape, place and tone say it again. No two states have the same shape and
tone, so nobody needs to tell colours apart. Values only.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zhendao.protocol.wording import Text


class Shape(StrEnum):
    """The large sign at the left, each with an outline of its own."""

    READY = "ready"
    """A ring, open: nothing is the matter."""
    CARD = "card"
    """A card and an arrow."""
    DOOR = "door"
    """A door tag and an arrow."""
    IN = "in"
    """An arrow into a doorway."""
    OUT = "out"
    """An arrow out of a doorway."""
    REMARK = "remark"
    """A sheet with an exclamation mark."""
    AGAIN = "again"
    """A tick in a circle: it is there already."""
    UNDO = "undo"
    """An arrow that turns back."""
    CROSS = "cross"
    """An X: nothing was made."""
    SENT = "sent"
    """An arrow upwards."""
    ACCEPTED = "accepted"
    """A double tick."""
    OFFLINE = "offline"
    """A cloud, struck out."""
    NO_READER = "no-reader"
    """A card, struck out."""
    NO_TERMINAL = "no-terminal"
    """A box, struck out."""
    BELL = "bell"
    """A bell that rings: calling."""
    BELL_SENT = "bell-sent"
    """A bell in a ring: the call has arrived."""
    PERSON = "person"
    """A person: somebody has it."""
    HOURGLASS = "hourglass"
    """Nobody yet."""
    PHONE = "phone"
    """A receiver: dial yourself."""
    INCIDENT = "incident"
    """A triangle with an exclamation mark."""
    DRILL = "drill"
    """A square within a dashed frame: an exercise."""
    MEAL = "meal"
    """A bowl with steam above it."""
    LOCK = "lock"
    """A lock, open: tampered with."""
    PLUG = "plug"
    """A plug: mains."""
    BATTERY = "battery"
    """A battery, nearly empty."""
    SENSOR = "sensor"
    """Waves from a point, struck out."""
    BUTTON = "button"
    """A button that is held down."""
    SHIELD = "shield"
    """A shield: privacy."""
    CLOCK = "clock"
    """A clock face: times."""
    NUMBER = "number"
    """A slip with lines: a receipt."""
    STARS = "stars"
    """Three faces in a row: an opinion."""


class Tone(StrEnum):
    """How it is coloured, which says again what words and shape say."""

    CALM = "calm"
    GOOD = "good"
    ASK = "ask"
    WARN = "warn"
    BAD = "bad"
    CALL = "call"


@dataclass(frozen=True, slots=True)
class Note:
    """A line of the bars: a shape and a word."""

    shape: Shape
    text: Text
    tone: Tone = Tone.WARN


@dataclass(frozen=True, slots=True)
class Page:
    """One picture.

    Attributes:
        state: a stable word for it.
        shape: the large sign.
        tone: its colour.
        head: the one thing to read, a few characters.
        big: a time of day or a number, drawn as large as the head; None where there is none.
        lines: what else is to be read, at most three.
        clock: the time of day ``H:MM``; None where the terminal does not know it.
        link: how it stands between the terminal and the gateway.
        notes: what is the matter beside it, the most important first; the rest is counted in ``more``.
        more: how many notes found no room.
        night: whether it is dimmed.
    """

    state: str
    shape: Shape
    tone: Tone
    head: Text
    big: Text | None = None
    lines: tuple[Text, ...] = ()
    clock: str | None = None
    link: Note | None = None
    notes: tuple[Note, ...] = ()
    more: int = 0
    night: bool = False
