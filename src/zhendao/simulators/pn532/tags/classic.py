"""MIFARE Classic 1K as far as a terminal uses it: a uid. Every command is met with silence, as without a key."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zhendao.simulators.pn532.air import Reply


@dataclass(frozen=True, slots=True)
class MifareClassic:
    """ATQA 0004, SAK 08; 4-byte uid."""

    uid: bytes
    atqa: bytes = b"\x00\x04"
    sak: int = 0x08
    ats: bytes | None = None

    def reset(self) -> None:
        """Keep no state: there is none."""

    def exchange(self, frame: bytes) -> Reply:
        """Stay silent: without authentication this card answers nothing."""
        del frame
        return None

    def memory(self) -> bytes:
        """Return nothing: what it holds is behind its keys."""
        return b""

    def kept(self) -> dict[str, Any]:
        """Return nothing that changes."""
        return {"memory": ""}

    def tear(self, before: Mapping[str, Any]) -> None:
        """Nothing was written."""
