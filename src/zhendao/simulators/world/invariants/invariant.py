"""What an invariant is: a name, a sentence in each language, and something that watches one history.

It hears reports as they come (cheap: a dictionary or two) and reads the books at the end (thorough). What breaks it is
a `Breach`, told at once, so that a history can stop where it happened. An invariant never acts on the world.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from zhendao.protocol.wording import Text
from zhendao.simulators.world.invariants.books import Books

Handler = Callable[[Any], None]
"""Takes one report, of the type that it is registered for."""


@dataclass(frozen=True, slots=True)
class Breach:
    """An invariant that did not hold: when (ns since the world's start), of whom, and what is so instead."""

    invariant: str
    at_ns: int
    who: str
    text: Text


Told = Callable[[Breach], None]


class Invariant:
    """One invariant, watching one history; ``broken`` is told each breach."""

    name: ClassVar[str]
    says: ClassVar[Text]

    def __init__(self, broken: Told) -> None:
        self._broken = broken

    def handlers(self) -> Mapping[type, Handler]:
        """Return who hears which type of report."""
        return {}

    def end(self, books: Books) -> None:
        """Look at everything once, when the quiet time is over."""

    def broke(self, at_ns: int, who: str, zh: str, en: str) -> None:
        """Tell that it does not hold."""
        self._broken(Breach(self.name, at_ns, who, Text(zh, en)))
