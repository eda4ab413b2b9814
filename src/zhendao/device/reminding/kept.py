"""What is kept of plan and reminders over a restart: one small file in the data folder, cards by their pseudonyms.

Promise: it is the old one or the new one after a power cut at any byte; one that has rotted counts as none, and the
gateway sends the plan again at the next start.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zhendao.device.files import put, read
from zhendao.device.reminding.due import Planned
from zhendao.protocol import cbor
from zhendao.protocol.errors import MalformedError
from zhendao.protocol.plan import MOST_VISITS

if TYPE_CHECKING:
    from pathlib import Path

    from zhendao.device.files import Files

NAME = "plan"
MOST_BYTES = 8_192
MOST_REMINDED = 64
_KEY_BYTES = 16


@dataclass(frozen=True, slots=True)
class Kept:
    """The plan from ``from_ms`` to ``to_ms`` (UTC ms), and the visits that were reminded, each with its check-in."""

    from_ms: int = 0
    to_ms: int = 0
    plan: tuple[Planned, ...] = ()
    reminded: dict[bytes, int] = field(default_factory=dict)

    def encode(self) -> bytes:
        """Return the bytes of the file; of the visits that were reminded the newest `MOST_REMINDED`."""
        plan: list[cbor.Value] = [[one.caregiver, one.begin_ms, one.end_ms] for one in self.plan]
        reminded: list[cbor.Value] = [[key, seq] for key, seq in list(self.reminded.items())[-MOST_REMINDED:]]
        return cbor.encode([1, self.from_ms, self.to_ms, plan, reminded])

    @staticmethod
    def decode(data: bytes) -> Kept:
        """Return what ``data`` holds; raises `MalformedError`."""
        match cbor.decode(data, MOST_BYTES):
            case [1, int() as from_ms, int() as to_ms, [*plan], [*reminded]]:
                if len(plan) <= MOST_VISITS and len(reminded) <= MOST_REMINDED:
                    marks = dict(_mark(one) for one in reminded)
                    return Kept(from_ms, to_ms, tuple(_planned(one) for one in plan), marks)
        raise MalformedError("plan", "no plan that was kept")


def _planned(raw: object) -> Planned:
    match raw:
        case [bytes() as caregiver, int() as begin_ms, int() as end_ms] if len(caregiver) == _KEY_BYTES:
            return Planned(caregiver, begin_ms, end_ms)
    raise MalformedError("plan", "no planned visit")


def _mark(raw: object) -> tuple[bytes, int]:
    match raw:
        case [bytes() as key, int() as seq] if len(key) == _KEY_BYTES:
            return key, seq
    raise MalformedError("plan", "no visit that was reminded")


def recall(folder: Path, files: Files) -> Kept:
    """Return what is kept in ``folder``, nothing where it cannot be read."""
    try:
        return Kept.decode(read(files, folder / NAME, MOST_BYTES))
    except (OSError, MalformedError):
        return Kept()


def keep(folder: Path, what: Kept, files: Files) -> None:
    """Keep ``what`` in ``folder``. Raises `OSError`."""
    put(files, folder / NAME, what.encode())
