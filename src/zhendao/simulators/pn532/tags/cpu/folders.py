"""What a CPU card keeps: folders (DF), their keys and their transparent files, and the security status they ask for.

A right is one byte XY, as PBOC-like systems have it: it is met while Y <= security status <= X, so F0 is always and
0F (X < Y) never. Everything here can be said as JSON, and made from it again.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

ANY, NEVER = 0xF0, 0x0F
TYPE_ENCRYPT, TYPE_LINE, TYPE_OUTSIDE = 0x34, 0x36, 0x39
"""Key types: INTERNAL AUTHENTICATE, secure writing ("line protection"), EXTERNAL AUTHENTICATE."""
KEY_TYPES = (TYPE_ENCRYPT, TYPE_LINE, TYPE_OUTSIDE)
MOST_KEYS, MOST_FILES, MOST_FOLDERS = 16, 16, 4
MOST_BYTES = 8192


def met(right: int, status: int) -> bool:
    """Tell whether a security status meets a right."""
    return right & 0x0F <= status <= right >> 4


@dataclass(slots=True)
class Key:
    """One key; ``tries`` are left of ``most`` before it is blocked. ``status``: what EXTERNAL AUTHENTICATE gives."""

    type: int
    use: int
    change: int
    status: int
    most: int
    tries: int
    value: bytes = field(repr=False)

    def kept(self) -> dict[str, Any]:
        """Return the key as JSON can say it."""
        return {**asdict(self), "value": self.value.hex()}

    @classmethod
    def made(cls, kept: Mapping[str, Any]) -> Self:
        """Return the key that was kept."""
        return cls(**{**kept, "value": bytes.fromhex(kept["value"])})


@dataclass(slots=True)
class File:
    """A transparent file; ``secured``: it is written with a MAC only."""

    read: int
    write: int
    secured: bool
    content: bytearray

    def kept(self) -> dict[str, Any]:
        """Return the file as JSON can say it."""
        return {"read": self.read, "write": self.write, "secured": self.secured, "content": self.content.hex()}

    @classmethod
    def made(cls, kept: Mapping[str, Any]) -> Self:
        """Return the file that was kept."""
        return cls(kept["read"], kept["write"], kept["secured"], bytearray.fromhex(kept["content"]))


@dataclass(slots=True)
class Folder:
    """A dedicated file with its name (AID); ``create`` and ``erase`` are the rights to make files and to empty it."""

    name: bytes
    create: int = ANY
    erase: int = ANY
    add_key: int = NEVER
    """The right to add keys; a folder without a key file takes none."""
    keys: dict[int, Key] = field(default_factory=dict)
    files: dict[int, File] = field(default_factory=dict)
    """By short identifier."""

    def line_key(self) -> Key | None:
        """Return the key of secure writing, if this folder has one."""
        return next((key for key in self.keys.values() if key.type == TYPE_LINE), None)

    def kept(self) -> dict[str, Any]:
        """Return the folder as JSON can say it."""
        return {
            "name": self.name.hex(),
            "create": self.create,
            "erase": self.erase,
            "add_key": self.add_key,
            "keys": {str(number): key.kept() for number, key in self.keys.items()},
            "files": {str(number): file.kept() for number, file in self.files.items()},
        }

    @classmethod
    def made(cls, kept: Mapping[str, Any]) -> Self:
        """Return the folder that was kept."""
        return cls(
            bytes.fromhex(kept["name"]),
            kept["create"],
            kept["erase"],
            kept["add_key"],
            {int(number): Key.made(key) for number, key in kept["keys"].items()},
            {int(number): File.made(file) for number, file in kept["files"].items()},
        )


def blank(transport: bytes) -> list[Folder]:
    """Return the folders of a card as it is delivered: the master folder, with the transport key as its key 0."""
    key = Key(TYPE_OUTSIDE, ANY, 0xFF, 0x0F, 15, 15, transport)
    return [Folder(b"1PAY.SYS.DDF01", create=0xFF, erase=0xFF, add_key=0xFF, keys={0: key})]
