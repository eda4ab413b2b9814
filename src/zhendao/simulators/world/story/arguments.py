"""What an act says about itself: whole numbers within a range, or one of a few words. The shape of the table of kinds.

Promise: whatever a story file holds ends as a value or as a `StoryError` that names the act, the argument and what
would be right. The first choice of a word and `least` of a number are the plainest: what is left out is that.
"""

from dataclasses import dataclass, field
from types import MappingProxyType

from zhendao.protocol.wording import Text
from zhendao.simulators.errors import SimulatorError

Value = int | str
MS, S, M, PPM, PER_MILLE, PIECES, NTH = "ms", "s", "m", "ppm", "‰", "pieces", "n-th"
SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
TERMINAL, CAREGIVER = "terminal", "caregiver"
GATEWAY, BROKER, PLATFORM, NETWORK = "gateway", "broker", "platform", "network"


class StoryError(SimulatorError):
    """A story is not one: a file, or an act in it, is wrong."""

    code = "simulator-story"
    exit_code = 2

    def __init__(self, where: str, reason: Text, cure: Text | None = None) -> None:
        super().__init__(Text(f"故事有误（{where}）：{reason.zh}", f"the story is wrong ({where}): {reason.en}"), cure)
        self.where = where


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from ``least`` to ``most``, both included, in ``unit``. ``plain``: what it is when left out."""

    text: Text
    unit: str
    least: int
    most: int
    plain: int

    def take(self, value: object, where: str) -> Value:
        """Return the number. Raises `StoryError`."""
        if not isinstance(value, int) or isinstance(value, bool) or not self.least <= value <= self.most:
            raise StoryError(
                where,
                Text(
                    f"须是 {self.least} 到 {self.most} 的整数，不能是 {value!r}",
                    f"must be a whole number from {self.least} to {self.most}, not {value!r}",
                ),
            )
        return value


@dataclass(frozen=True, slots=True)
class Word:
    """One of ``choices``; the first is what it is when left out."""

    text: Text
    choices: tuple[str, ...]

    @property
    def plain(self) -> str:
        """What it is when left out."""
        return self.choices[0]

    def take(self, value: object, where: str) -> Value:
        """Return the word. Raises `StoryError`."""
        if not isinstance(value, str) or value not in self.choices:
            said = ", ".join(self.choices)
            raise StoryError(
                where, Text(f"须是 {said} 之一，不能是 {value!r}", f"must be one of {said}, not {value!r}")
            )
        return value


Argument = Whole | Word


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of act.

    Attributes:
        name: how stories and traces call it.
        text: how a timeline calls it.
        family: what profiles switch on and off together.
        whom: who it may befall or who does it: `terminal` (one of them, "terminal 3"), `caregiver`, `gateway`, …
        arguments: what it says about itself.
    """

    name: str
    text: Text
    family: str
    whom: tuple[str, ...]
    arguments: MappingProxyType[str, Argument] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_fault(self) -> bool:
        """Whether it is done to the system rather than by people who use it."""
        return self.family != PEOPLE


PEOPLE = "people"


def lasting(most: int = DAY * 30, *, plain: int = MINUTE) -> Whole:
    """Return the argument that says for how long: every act that lasts has its end. Milliseconds."""
    return Whole(Text("持续", "for"), MS, 1, most, plain)
