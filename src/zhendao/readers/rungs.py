"""What stands above re-opening on the ladder of one reader: its reset line, its USB adapter. Either may be missing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from zhendao.readers.ladder import Step


class Adapter(Protocol):
    """An adapter that can be switched off and on."""

    def learn(self) -> None:
        """Look up where it is, now that its port is there."""

    def available(self) -> bool:
        """Return True if it can be rebound now."""

    def rebind(self, pause: Callable[[float], bool]) -> None:
        """Switch it off and on; ``pause`` waits seconds, and returns True to end at once. May raise `ReaderError`."""


@dataclass(frozen=True)
class Rungs:
    """``reset`` pulses the reset line and may raise `ReaderError`; None where there is none."""

    reset: Callable[[], None] | None = None
    adapter: Adapter | None = None

    def there(self) -> tuple[Step, ...]:
        """Return the steps that can be taken now, in their order."""
        reset = (Step.RESET,) if self.reset is not None else ()
        rebind = (Step.REBIND,) if self.adapter is not None and self.adapter.available() else ()
        return reset + rebind

    def learn(self) -> None:
        """Take in that the reader is open: its adapter can be found now."""
        if self.adapter is not None:
            self.adapter.learn()

    def take(self, step: Step, pause: Callable[[float], bool]) -> None:
        """Do what ``step`` asks before the reader is opened; most ask nothing. May raise `ReaderError`."""
        if step is Step.RESET and self.reset is not None:
            self.reset()
        elif step is Step.REBIND and self.adapter is not None:
            self.adapter.rebind(pause)
