"""What a receiver answers to a step, found in the stream of everything that it says. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from zhendao.device.gnss.setup import ubx
from zhendao.device.gnss.setup.steps import Answer, sentence
from zhendao.device.gnss.splitter import Splitter

if TYPE_CHECKING:
    from zhendao.device.gnss.setup.steps import Step

_OK = sentence("OK").decode().strip()


class Outcome(StrEnum):
    """What became of a step."""

    SENT = "sent"
    """No answer is to be had."""
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    UNANSWERED = "unanswered"


class Replies:
    """Feed it what comes after a step was sent."""

    def __init__(self, step: Step) -> None:
        self._step = step
        self._splitter = Splitter()
        self._frames = bytearray()

    def feed(self, data: bytes) -> Outcome | None:
        """Return the answer to the step, None while there is none."""
        if self._step.answer is Answer.OK:
            return self._sentence(data)
        self._frames += data
        for kind, payload in ubx.found(self._frames):
            if payload == bytes(self._step.key) and kind in {ubx.ACK, ubx.NAK}:
                return Outcome.ACKNOWLEDGED if kind == ubx.ACK else Outcome.REFUSED
        return None

    def _sentence(self, data: bytes) -> Outcome | None:
        for line in self._splitter.feed(data):
            if line == _OK:
                return Outcome.ACKNOWLEDGED
            body = line[1:].partition("*")[0]
            if body.startswith("FAIL") and line == sentence(body).decode().strip():
                return Outcome.REFUSED
        return None
