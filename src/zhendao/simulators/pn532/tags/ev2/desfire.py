"""A card like DESFire EV2, as far as a terminal uses it: our application (90 5A), EV2 authentication, one file.

The file (number 1) holds a token; everybody may read it. Applications are made by whoever delivers the card.
"""

from dataclasses import dataclass, field

from zhendao.protocol.cards.apdu import Status, respond
from zhendao.protocol.cards.diversify import DESFIRE_APPLICATION
from zhendao.simulators.pn532.tags.ev2.card import Ev2Card
from zhendao.simulators.pn532.tags.ev2.filing import FilingCard
from zhendao.simulators.pn532.tags.ev2.refusal import Refused
from zhendao.simulators.pn532.tags.ev2.store import CardFile

TOKEN_FILE = 1
TOKEN_BYTES = 512
_MASTER = bytes(3)
_SELECT = 0x5A
_NO_APPLICATION = 0xA0


def _files() -> dict[int, CardFile]:
    return {TOKEN_FILE: CardFile(bytearray(TOKEN_BYTES), bytes.fromhex("00e0ee"))}


@dataclass(slots=True)
class Desfire(FilingCard):
    """One application with five AES keys."""

    ats: bytes = bytes.fromhex("7577810280")
    files: dict[int, CardFile] = field(default_factory=_files)

    @property
    def version(self) -> tuple[bytes, bytes]:
        """As of an EV2 with 8 KB."""
        return bytes.fromhex("04010112001a05"), bytes.fromhex("04010102011a05")

    def memory(self) -> bytes:
        """Return the token file."""
        return bytes(self.files[TOKEN_FILE].content)

    def special(self, code: int, body: bytes) -> bytes:
        """Answer SelectApplication, which ends an authentication."""
        if code != _SELECT:
            return Ev2Card.special(self, code, body)
        if body not in {_MASTER, DESFIRE_APPLICATION}:
            raise Refused(_NO_APPLICATION)
        self.forget()
        self.inside = body == DESFIRE_APPLICATION
        return respond(status=Status.OK)
