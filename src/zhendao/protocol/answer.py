"""What the gateway answers to a call: the body of command kind 3 (docs/protocol.md section 8).

The elder hears no more than is true: that it arrived, that a person has it, that nobody has it yet. Raises
`MalformedError` for everything that is not an answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zhendao.protocol.fields import UINT, Int, OneOf, Words, exactly
from zhendao.protocol.shapes import from_map, maybe, to_map, wire
from zhendao.protocol.vocabulary import AnswerState

MOST_WHO = 32
"""Characters of a name, at most."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The call ``seq`` of ``epoch`` is in this state; ``who`` has it, and will be there in ``minutes``, if known."""

    epoch: bytes = wire(1, exactly(16))
    seq: int = wire(2, Int(1, UINT.high))
    state: AnswerState = wire(3, OneOf(AnswerState))
    who: str | None = maybe(4, Words(MOST_WHO))
    minutes: int | None = maybe(5, UINT)


def answer_body(answer: Answer) -> dict[int, Any]:
    """Return the body of the command that carries ``answer``."""
    return to_map(answer)


def read_answer(body: dict[int, Any]) -> Answer:
    """Return the answer that a command of kind `ANSWER` carries; raises `MalformedError`."""
    return from_map(Answer, body)
