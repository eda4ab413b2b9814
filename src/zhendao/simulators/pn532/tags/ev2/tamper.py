"""The loop of a TagTamper tag (NT4H2421Tx sections 9.3.5 and 11.9.1): measured, and once open, open for ever."""

from dataclasses import asdict, dataclass
from typing import Any

from zhendao.protocol.cards.file_settings import FREE, NOBODY

CLOSED, OPEN, INVALID = b"C", b"O", b"I"


@dataclass(slots=True)
class Loop:
    """``torn``: how it is now, which nobody knows before it is measured; ``ever``: it was found open once."""

    enabled: bool = False
    working: bool = False
    """Switched on, and powered anew since."""
    torn: bool = False
    ever: bool = False
    reader: int = FREE
    """Who may ask GetTTStatus."""

    def configured(self, data: bytes, keys: int) -> bool:
        """Take the two bytes of SetConfiguration's option 07, for a card with ``keys`` keys; False: refused."""
        if data[0] & ~1 or not (data[1] < keys or data[1] in {FREE, NOBODY}):
            return False
        self.enabled = self.enabled or bool(data[0])
        self.reader = data[1]
        return True

    def powered(self) -> None:
        """The field was off."""
        self.working = self.enabled

    def boot(self) -> None:
        """Measure at a command, as long as it was never found open."""
        if self.working and self.torn:
            self.ever = True

    def measured(self) -> bytes:
        """Return the permanent status and that of now, two ASCII characters."""
        if not self.working:
            return INVALID * 2
        self.boot()
        return (OPEN if self.ever else CLOSED) + (OPEN if self.torn else CLOSED)

    def kept(self) -> dict[str, Any]:
        """Return it as JSON can say it."""
        return asdict(self)
