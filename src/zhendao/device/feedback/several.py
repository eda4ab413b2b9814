"""One signal to all who show it: light and buzzer, voice, page, console.

Promise: each is given every signal and is closed, in the order given; what one of them meets keeps it from none.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from zhendao.device.feedback.given import Attentive

if TYPE_CHECKING:
    from zhendao.device.feedback.given import Feedback, Given


class Several:
    """A `Feedback` made of others: the quickest first."""

    def __init__(self, *feedbacks: Feedback) -> None:
        self._all = feedbacks
        self._attentive = tuple(one for one in feedbacks if isinstance(one, Attentive))

    def give(self, given: Given) -> None:
        """Give it to each."""
        for one in self._all:
            with contextlib.suppress(Exception):  # none of them may: and a tap waits for nobody's bug
                one.give(given)

    def left(self) -> None:
        """Tell each that wants to know it that a token was taken away."""
        for one in self._attentive:
            with contextlib.suppress(Exception):
                one.left()

    def close(self) -> None:
        """Close each."""
        for one in self._all:
            with contextlib.suppress(Exception):
                one.close()
