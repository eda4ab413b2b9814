"""What a small screen shows of an installation: 40 columns by 15 lines hold it, Chinese or English. Pure.

Lines are made here and written elsewhere; colour is the writer's. A mark stands before each step: done, left, failed,
now, not yet.
"""

from __future__ import annotations

import textwrap
import unicodedata
from typing import TYPE_CHECKING

from zhendao.protocol.wording import Text
from zhendao.provisioning.guide.journey import Outcome

if TYPE_CHECKING:
    from zhendao.protocol.wording import Language
    from zhendao.provisioning.guide.journey import Journey, Step

COLUMNS = 40
_MARKS = {
    Outcome.OPEN: "·",
    Outcome.BEGUN: ">",
    Outcome.DONE: "√",
    Outcome.LEFT: "-",
    Outcome.FAILED: "×",
}
_MINUTE_S = 60


def overview(journey: Journey, language: Language) -> list[str]:
    """Return one line for each step, and how long it took."""
    current = journey.next
    lines = []
    for number, step in enumerate(journey.steps, 1):
        stand = journey.stand(step.name)
        here = current is not None and step.name == current.name and stand.outcome is not Outcome.FAILED
        mark = ">" if here else _MARKS[stand.outcome]
        took = _took(stand.seconds) if stand.outcome is Outcome.DONE else ""
        left = f"{mark} {number} {step.title.in_(language)}"
        lines.append(left + " " * max(1, COLUMNS - width(left) - len(took)) + took if took else left)
    return lines


def heading(journey: Journey, step: Step, language: Language) -> list[str]:
    """Return what stands above a step: its number, its title, and why it is asked for."""
    number = next(at for at, one in enumerate(journey.steps, 1) if one.name == step.name)
    head = f"[{number}/{len(journey.steps)}] {step.title.in_(language)}"
    return [head, *wrapped(step.why.in_(language))]


def finished(journey: Journey, language: Language) -> list[str]:
    """Return what is shown when all is done."""
    left = [step.title.in_(language) for step in journey.steps if journey.stand(step.name).outcome is Outcome.LEFT]
    said = Text(f"已完成，用时 {_took(journey.seconds)}", f"done, in {_took(journey.seconds)}").in_(language)
    if not left:
        return [said]
    comma = "、" if language == "zh" else ", "
    return [said, *wrapped(Text(f"未做：{comma.join(left)}", f"left out: {comma.join(left)}").in_(language))]


def wrapped(text: str) -> list[str]:
    """Return ``text`` in lines of at most `COLUMNS` columns; a wide character takes two."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        if all(width(letter) == 1 for letter in paragraph):
            lines += textwrap.wrap(paragraph, COLUMNS) or [""]
            continue
        line = ""
        for letter in paragraph:
            if width(line + letter) > COLUMNS:
                lines.append(line)
                line = ""
            line += letter
        lines.append(line)
    return lines


def width(text: str) -> int:
    """Return how many columns ``text`` takes."""
    return sum(map(_columns, text))


def _columns(letter: str) -> int:
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 0 if unicodedata.combining(letter) else 1


def _took(seconds: int) -> str:
    return f"{seconds // _MINUTE_S}:{seconds % _MINUTE_S:02}"
