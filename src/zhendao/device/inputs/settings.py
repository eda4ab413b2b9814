"""The tables ``[buttons]`` and ``[calls]``: which buttons there are, what counts as which gesture, what is told when.

Pins are BCM numbers; no button is there unless it is named.
Every time is a default to be tried with those who will press (docs/terminal.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from zhendao.command.kinds import Choice, Integer, Number
from zhendao.device.inputs.lines import Line
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SOS, GOOD, MIDDLE, BAD, INCIDENT = "sos", "good", "middle", "bad", "incident"
"""The buttons, as their lines are named."""
RATING = (GOOD, MIDDLE, BAD)
"""The three by which an elder rates, in their order from one side to the other."""
_PIN = Integer(0, 63)


@dataclass(frozen=True)
class ButtonsTable:
    """Pins and times.

    Attributes:
        sos: the pin of the call button.
        good: with ``middle`` and ``bad``: the pins of the three rating buttons, the outer two of which are the duress
            gesture when they are held together.
        incident: the pin of the button that reports an incident when it is held; may be that of a rating button.
        wired: ``ground``: a closed contact draws the pin to ground (pulled up inside); ``supply``: to 3.3 V.
        brush_ms: what is shorter is no press.
        repeat_s: presses of the call button within so long are one call.
        mistake_s: held so long, after the call was made, the call button says that it was a mistake.
        incident_s: held so long, the incident button reports.
        duress_s: held together so long, the outer rating buttons call silently; 0: they do not.
        duress_card_s: a card that is held so long and then taken away calls silently; 0: it does not.
        stuck_s: pressed for so long, a button is taken to be jammed.
    """

    sos: Annotated[int | None, _PIN] = None
    good: Annotated[int | None, _PIN] = None
    middle: Annotated[int | None, _PIN] = None
    bad: Annotated[int | None, _PIN] = None
    incident: Annotated[int | None, _PIN] = None
    wired: Annotated[str, Choice("ground", "supply")] = "ground"
    brush_ms: Annotated[int, Integer(20, 500)] = 60
    repeat_s: Annotated[float, Number(0, 600)] = 30
    mistake_s: Annotated[float, Number(2, 30)] = 5
    incident_s: Annotated[float, Number(0.5, 10)] = 2
    duress_s: Annotated[float, Number(0, 10)] = 2
    duress_card_s: Annotated[float, Number(0, 30)] = 0
    stuck_s: Annotated[float, Number(10, 3600)] = 30


@dataclass(frozen=True)
class CallsTable:
    """How long nothing is said before it is said that nobody has answered, and how it goes on.

    Attributes:
        offline_s: so long after a call the gateway may be silent until the elder is told that it does not answer.
        nobody_s: so long nobody may have taken a call that has arrived until the elder is told so.
        rarest_s: each time that it is told again it takes twice as long, up to so long.
        follow_h: so long a call is followed that nobody ends.
    """

    offline_s: Annotated[float, Number(1, 600)] = 10
    nobody_s: Annotated[float, Number(5, 3600)] = 60
    rarest_s: Annotated[float, Number(30, 86_400)] = 900
    follow_h: Annotated[float, Number(0.1, 168)] = 24


def button_lines(table: ButtonsTable) -> tuple[Line, ...]:
    """Return the lines of the buttons that there are; one that has two uses is there once, by the first of them."""
    found: dict[int, Line] = {}
    for line in _lines(table):
        found.setdefault(line.pin, line)
    return tuple(found.values())


def _lines(table: ButtonsTable) -> Iterator[Line]:
    for name in (SOS, *RATING, INCIDENT):
        pin = getattr(table, name)
        if pin is not None:
            yield Line(name, pin, table.wired == "ground")


def incident_button(table: ButtonsTable) -> str | None:
    """Return the name of the line that reports an incident, None if none does."""
    if table.incident is None:
        return None
    return next(line.name for line in button_lines(table) if line.pin == table.incident)


def of_buttons(file: str, table: ButtonsTable, taken: Iterable[int]) -> list[Text]:
    """Return the pins of ``table`` that cannot be meant; ``taken``: pins that have another use."""
    used, found = set(taken), list[Text]()
    for name in (SOS, *RATING):
        pin = getattr(table, name)
        if pin is not None and pin in used:
            found.append(
                Text(
                    f"{file}: [buttons] {name}: 引脚已有他用：{pin}",
                    f"{file}: [buttons] {name}: pin has another use: {pin}",
                )
            )
        used |= set() if pin is None else {pin}
    shared = {getattr(table, name) for name in RATING}
    if table.incident is not None and table.incident in used - shared:
        where, pin = f"{file}: [buttons] incident", table.incident
        found.append(
            Text(f"{where}: 只能与评价键共用引脚：{pin}", f"{where}: may share the pin of a rating button only: {pin}")
        )
    return found
