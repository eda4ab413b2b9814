"""A day as a person writes it down: time, what is done, and in both languages what that is for whoever reads.

    09:02:00  hold door 1 | 王护士先刷门牌 | the caregiver holds the door tag there
Empty lines and lines that begin with # say nothing. Times are local, and never go back.
"""

from dataclasses import dataclass
from pathlib import Path

from zhendao.protocol.wording import Text

_S = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Act:
    """Something that is done ``at_ns`` after local midnight; ``said`` is for people, empty where it goes without."""

    at_ns: int
    words: tuple[str, ...]
    said: Text


def read(file: Path) -> list[Act]:
    """Return the acts of ``file``. Raises ValueError with the line."""
    found: list[Act] = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            done, zh, en = (part.strip() for part in line.split("|"))
            time, *words = done.split()
            hours, minutes, seconds = time.split(":")
            at_ns = int((int(hours) * 3600 + int(minutes) * 60 + float(seconds)) * _S)
        except ValueError as error:
            raise ValueError(f"{file.name} line {number}: {line}") from error
        if not words or (found and at_ns < found[-1].at_ns):
            raise ValueError(f"{file.name} line {number}: nothing is done, or too early: {line}")
        found.append(Act(at_ns, tuple(words), Text(zh, en)))
    return found
