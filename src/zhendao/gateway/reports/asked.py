"""What is asked of a report, on a command line, over HTTP or by a schedule: of which moment, of whom, and how."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for: a day (``date``, up to ``at``) or days (``first`` to ``last``), of whom, and how.

    Dates are YYYY-MM-DD, times HH:MM; ``by`` is "day" or "week"; ``roster`` is a list to compare with; None is whatever
    is usual.
    """

    date: str | None = None
    at: str | None = None
    first: str | None = None
    last: str | None = None
    region: str | None = None
    name: str | None = None
    organisation: str | None = None
    type: str | None = None
    page: int = 1
    page_size: int | None = None
    roster: Path | None = None
    unmasked: bool = False
    by: str = "day"
