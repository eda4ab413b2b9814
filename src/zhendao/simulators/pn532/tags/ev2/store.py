"""What a card with EV2 messaging keeps: keys with their failure counters, files with their settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

FACTORY = bytes(16)
DELAY_FROM = 50
"""So many failures in a row, and the card lets a reader wait (AN12196 section 6.4)."""
MOST_DELAY = 255
FAILURES, FORGIVEN = 1000, 10
"""In all: so many lock the key for good; each success takes so many back."""


@dataclass(slots=True)
class CardKey:
    """One application key. ``in_row``, ``total``: failures; ``spent``: refusals that were owed and are paid."""

    value: bytes = field(default=FACTORY, repr=False)
    version: int = 0
    in_row: int = 0
    total: int = 0
    spent: int = 0

    @property
    def locked(self) -> bool:
        """Nobody can authenticate with it any more."""
        return self.total >= FAILURES

    def delays(self) -> bool:
        """Tell whether this attempt is refused, and note that a part of the delay is spent."""
        owed = min(self.in_row - DELAY_FROM + 1, MOST_DELAY)
        if self.spent >= owed:
            return False
        self.spent += 1
        return True

    def failed(self) -> None:
        """Note a failure."""
        self.in_row, self.total, self.spent = self.in_row + 1, self.total + 1, 0

    def succeeded(self) -> None:
        """Note a success."""
        self.in_row, self.total, self.spent = 0, max(0, self.total - FORGIVEN), 0

    def kept(self) -> dict[str, Any]:
        """Return the key as JSON can say it."""
        counts = {"in_row": self.in_row, "total": self.total, "spent": self.spent}
        return {"value": self.value.hex(), "version": self.version, **counts}

    @classmethod
    def made(cls, kept: Mapping[str, Any]) -> Self:
        """Return the key that was kept."""
        return cls(**{**kept, "value": bytes.fromhex(kept["value"])})


@dataclass(slots=True)
class CardFile:
    """A standard data file; ``settings`` as ChangeFileSettings takes them."""

    content: bytearray
    settings: bytes
    counter: int = 0
    """Reads with mirrors so far (SDMReadCtr)."""

    def kept(self) -> dict[str, Any]:
        """Return the file as JSON can say it."""
        return {"content": self.content.hex(), "settings": self.settings.hex(), "counter": self.counter}

    @classmethod
    def made(cls, kept: Mapping[str, Any]) -> Self:
        """Return the file that was kept."""
        return cls(bytearray.fromhex(kept["content"]), bytes.fromhex(kept["settings"]), kept["counter"])
