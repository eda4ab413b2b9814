"""``[[report]]`` in gateway.toml: which report is made at which times of the day, of what, and where it is put.

Promise: what cannot be made (a picture of a list, names of a report that names nobody) is told as a line of its own
before anything is opened. rule: DAILY-RANK (several times a day)
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from zhendao.command.kinds import BadValueError, Choice, Integer, Switch, Words
from zhendao.protocol.wording import Text

NAMES: Final = (
    "daily-rank", "daily-detail", "record-list", "roster", "per-10k", "hours", "pay-hours", "anomalies", "cases",
    "overdue", "terminals", "trend", "meal-count", "meal-points", "meal-coverage", "meal-uncovered", "meal-dead",
    "meal-backfill", "meal-findings", "reminders",
)  # fmt: skip
DRAWN: Final = frozenset({"daily-rank", "trend"})
"""Those of which there is a picture."""
NAMING: Final = frozenset({
    "daily-detail", "record-list", "roster", "pay-hours", "overdue", "meal-dead", "meal-backfill", "reminders",
})  # fmt: skip
"""Those that name people."""
OF_DAYS: Final = frozenset({
    "record-list", "hours", "pay-hours", "anomalies", "cases", "trend", "meal-count", "meal-points", "meal-dead",
    "meal-backfill", "meal-findings",
})  # fmt: skip
"""Those of several days."""
FORMS: Final = ("xlsx", "csv", "json", "svg", "png")
_PICTURES: Final = frozenset({"svg", "png"})
_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True)
class Times:
    """A list of times of the day."""

    def take(self, value: Any, folder: Path) -> tuple[str, ...]:
        """Return the times in their order, each once."""
        del folder
        if (
            not isinstance(value, list)
            or not value
            or not all(isinstance(one, str) and _TIME.fullmatch(one) for one in value)
        ):
            raise BadValueError(
                Text('须是时刻的列表，如 ["10:30", "16:00"]', 'must be a list of times, such as ["10:30", "16:00"]')
            )
        return tuple(sorted(set(value)))


@dataclass(frozen=True)
class Forms:
    """A list of kinds of files."""

    def take(self, value: Any, folder: Path) -> tuple[str, ...]:
        """Return the kinds, each once."""
        del folder
        if not isinstance(value, list) or not value or not all(one in FORMS for one in value):
            words = ", ".join(FORMS)
            raise BadValueError(Text(f'须是列表，可用 {words}，如 ["xlsx"]', f'must be a list of {words}: ["xlsx"]'))
        return tuple(dict.fromkeys(value))


@dataclass(frozen=True)
class ReportTable:
    """One report, made at each of ``times`` (of the city's zone) in all ``forms`` into ``folder``.

    ``day``: of the day itself up to then, or of the whole day before. ``days``: of so many days up to that one (none:
    as the report has it where nothing is asked). ``keep_days``: older files of it are deleted (none: never).
    ``catch_up_h``: what was missed is made up for, so long after.
    """

    name: Annotated[str, Choice(*NAMES)]
    times: Annotated[tuple[str, ...], Times()]
    folder: Path
    forms: Annotated[tuple[str, ...], Forms()] = ("xlsx",)
    region: Annotated[str | None, Words(64)] = None
    day: Annotated[str, Choice("today", "yesterday")] = "today"
    days: Annotated[int | None, Integer(1, 366)] = None
    unmasked: Annotated[bool, Switch()] = False
    keep_days: Annotated[int | None, Integer(1, 3_660)] = None
    catch_up_h: Annotated[int, Integer(0, 8_760)] = 48


def problems_of(tables: Sequence[ReportTable], path: Path) -> list[Text]:
    """Return what is wrong between the keys of the tables, one line each."""
    found = []
    for number, table in enumerate(tables, 1):
        said = []
        if table.name not in DRAWN and set(table.forms) & _PICTURES:
            said.append(Text(f"forms：{table.name} 没有图", f"forms: there is no picture of {table.name}"))
        if table.unmasked and table.name not in NAMING:
            said.append(Text(f"unmasked：{table.name} 不列姓名", f"unmasked: {table.name} names nobody"))
        if table.days is not None and table.name not in OF_DAYS:
            said.append(Text(f"days：{table.name} 是一日之报表", f"days: {table.name} is of a day"))
        where = f"{path}: [[report]] {number}: "
        found += [Text(where + one.zh, where + one.en) for one in said]
    return found
