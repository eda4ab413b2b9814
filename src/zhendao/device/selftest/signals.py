"""The self-test's lights and sounds: given as in service, and asked of whoever stands there."""

from __future__ import annotations

import select
import sys
from typing import TYPE_CHECKING

from zhendao.device.feedback.given import Given
from zhendao.device.feedback.moments import TABLE, Moment
from zhendao.device.pins import pins
from zhendao.device.selftest.results import Outcome, Result, passed, trouble
from zhendao.protocol.wording import Text
from zhendao.readers.thread import boottime_ns

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.device.config import FeedbackTable
    from zhendao.device.feedback.given import Feedback
    from zhendao.protocol.wording import Language

ASKED = {
    Moment.CHECKED_IN: Text("绿灯亮，并有一声长响？", "a green light, and one long tone?"),
    Moment.NOT_RECORDED: Text("红灯亮，并有三声短响？", "a red light, and three short tones?"),
}
ANSWER_S = 120.0
"""So long a person has to answer; then nobody is there."""
_YES = {"y", "yes", "是", "shi", "1"}


def given(feedback: Feedback, answer: Callable[[Text], bool | None]) -> Result:
    """Give each signal and ask for it; ``answer`` returns None where nobody is there to answer."""
    missed = []
    for moment, question in ASKED.items():
        feedback.give(Given(moment, boottime_ns()))
        said = answer(question)
        if said is None:
            return trouble("signals", "signals-unasked", Outcome.SKIPPED)
        if not said:
            missed.append(TABLE[moment].signal.value)
    if missed:
        return trouble("signals", "signals-missed", detail=", ".join(missed))
    return passed("signals", Text("灯与蜂鸣均已确认", "light and buzzer were seen and heard"))


def asking(choice: str, language: Language) -> Callable[[Text], bool | None]:
    """Return how to answer: ``yes`` or ``no`` for all, ``skip`` for none, ``ask`` the person at the keyboard."""
    if choice in {"yes", "no"}:
        return lambda _question: choice == "yes"
    if choice == "skip" or not sys.stdin.isatty():
        return lambda _question: None

    def ask(question: Text) -> bool | None:
        sys.stderr.write(f"{question.in_(language)} [{Text('是 y / 否 n', 'y / n').in_(language)}] ")
        sys.stderr.flush()
        if not select.select([sys.stdin], [], [], ANSWER_S)[0]:
            return None
        said = sys.stdin.readline()
        return said.strip().lower() in _YES if said else None

    return ask


class _Spoken:
    """Signals of a terminal without pins: told in words."""

    def __init__(self, say: Callable[[Text], None]) -> None:
        self._say = say

    def give(self, given: Given) -> None:
        self._say(TABLE[given.moment].text)

    def close(self) -> None:
        """Nothing is held."""


def feedback(table: FeedbackTable, say: Callable[[Text], None]) -> Feedback:
    """Return the signals that ``[feedback]`` names. Raises `PinsError`."""
    return _Spoken(say) if table.kind == "console" else pins(table)
