"""What a terminal is set up for."""

from dataclasses import dataclass

from zhendao.protocol.enrolment import Answer
from zhendao.protocol.vocabulary import Mounting, Placement


@dataclass(frozen=True)
class Duty:
    """Where it works and how it hangs; ``door`` is the token_id of the door tag that belongs to it."""

    placement: Placement
    mounting: Mounting
    door: bytes | None = None

    @classmethod
    def of(cls, answer: Answer) -> "Duty":
        """Return the duty that an answer gives."""
        return cls(answer.placement, answer.mounting, answer.door)
