"""The table ``[rating]``: what a button is worth, and how presses are taken (rule: RATING)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from zhendao.command.kinds import BadValueError, Number, Switch
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from pathlib import Path

BUTTONS = 3
MOST = 100


@dataclass(frozen=True)
class Scores:
    """What the three buttons are worth, each 0 to 100."""

    def take(self, value: Any, folder: Path) -> tuple[int, ...]:
        """Return the scores."""
        del folder
        if not isinstance(value, list) or len(value) != BUTTONS or not all(_is_score(one) for one in value):
            raise BadValueError(
                Text(
                    "须是三个 0 到 100 的整数，例如 [100, 60, 0]", "must be three whole numbers 0 to 100: [100, 60, 0]"
                )
            )
        return tuple(value)


def _is_score(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST


@dataclass(frozen=True)
class RatingTable:
    """What the buttons are worth, and times in seconds.

    Attributes:
        scores: of the first, second and third button (assumed: 100, 60, 0).
        gap_s: of presses within so long after one that was recorded the last counts.
        join_s: so long after a press the elder's own card goes with it.
        ask_card: whether the elder is asked for the card after a press.
    """

    scores: Annotated[tuple[int, ...], Scores()] = (100, 60, 0)
    gap_s: Annotated[float, Number(0.5, 60)] = 3
    join_s: Annotated[float, Number(0, 600)] = 60
    ask_card: Annotated[bool, Switch()] = False
