"""What a cell of a registry table may hold, whether it came from a CSV file or from a spreadsheet.

Promise: a cell ends as a value or as a `CellError` that says how to mend it; nothing is guessed. Spreadsheets turn
numbers and dates into their own types, so each kind takes those too, where no digit can have been lost.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from zhendao.protocol.wording import Language, Text

Cell = str | int | float | bool | datetime | date | time | timedelta | None


class CellError(ValueError):
    """A cell is not of its column's kind."""

    def __init__(self, what: Text, cure: Text) -> None:
        super().__init__(what.en)
        self.what = what
        self.cure = cure


class Kind(Protocol):
    """What the cells of a column are."""

    def take(self, cell: Cell, zone: tzinfo) -> Any:
        """Return the value of a cell that is not empty; local times are of ``zone``. Raises `CellError`."""
        ...


def plain(cell: Cell) -> str:
    """Return what a person sees in the cell, without blanks around it; an empty cell is an empty text."""
    if isinstance(cell, str):
        return cell.strip()
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _shown(cell: Cell) -> str:
    text = plain(cell)
    return repr(text if len(text) <= 40 else text[:40] + "…")  # noqa: PLR2004 - what fits on a line


_TIMES = (datetime, date, time, timedelta)
_EXACT = 10**15
"""From here on a spreadsheet that takes digits for a number has lost the last ones."""


@dataclass(frozen=True, slots=True)
class Words:
    """A text of 1 to ``longest`` printable characters."""

    longest: int = 64

    def take(self, cell: Cell, zone: tzinfo) -> str:
        """Return the text."""
        del zone
        text = plain(cell)
        if isinstance(cell, int | float) and abs(cell) >= _EXACT:
            raise CellError(
                Text(
                    f"{_shown(cell)} 成了数字，末几位已丢失", f"{_shown(cell)} became a number and lost its last digits"
                ),
                Text("请把单元格设为文本后重新填写", "format the cell as text and enter it again"),
            )
        if len(text) > self.longest or not text.isprintable() or isinstance(cell, _TIMES):
            raise CellError(
                Text(
                    f"{_shown(cell)} 不是 {self.longest} 字以内的文字", f"{_shown(cell)} is no text of {self.longest}"
                ),
                Text("请把单元格设为文本并缩短", "format the cell as text and shorten it"),
            )
        return text


@dataclass(frozen=True, slots=True)
class Hex:
    """Bytes in hexadecimal, from ``low`` to ``high`` of them; blanks, colons and hyphens between them are allowed."""

    low: int
    high: int

    def take(self, cell: Cell, zone: tzinfo) -> bytes:
        """Return the bytes."""
        del zone
        if isinstance(cell, str):
            digits = cell if cell.isalnum() else re.sub(r"[\s:-]", "", cell)
            if re.fullmatch(r"(?:[0-9a-fA-F]{2})+", digits) and self.low <= len(digits) // 2 <= self.high:
                return bytes.fromhex(digits)
            cure = Text(
                f"应为 {2 * self.low} 到 {2 * self.high} 位十六进制数",
                f"write {2 * self.low} to {2 * self.high} hex digits",
            )
        else:
            # As a number it has lost leading zeros, and 04E1 became 40.
            cure = Text("请把单元格设为文本后重新填写", "format the cell as text and enter it again")
        raise CellError(Text(f"{_shown(cell)} 不是编号", f"{_shown(cell)} is no such number"), cure)


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from ``low`` to ``high``."""

    low: int
    high: int

    def take(self, cell: Cell, zone: tzinfo) -> int:
        """Return the number."""
        del zone
        text = "" if isinstance(cell, bool) else plain(cell)
        if not re.fullmatch(r"-?[0-9]{1,12}", text) or not self.low <= int(text) <= self.high:
            raise CellError(
                Text(f"{_shown(cell)} 不是可用的整数", f"{_shown(cell)} is no usable whole number"),
                Text(f"请填 {self.low} 到 {self.high}", f"write {self.low} to {self.high}"),
            )
        return int(text)


@dataclass(frozen=True, slots=True)
class Degrees:
    """Decimal degrees up to ±``most``, kept as degrees × 10^7."""

    most: int

    def take(self, cell: Cell, zone: tzinfo) -> int:
        """Return degrees × 10^7."""
        del zone
        try:
            # repr of a float gives the shortest digits that mean it: what the person typed.
            degrees = Decimal(repr(cell) if isinstance(cell, float) else plain(cell))
        except InvalidOperation:
            degrees = Decimal("NaN")
        if isinstance(cell, bool) or not degrees.is_finite() or abs(degrees) > self.most:
            raise CellError(
                Text(f"{_shown(cell)} 不是度数", f"{_shown(cell)} is no angle in degrees"),
                Text(f"请填十进制度数，±{self.most} 以内", f"write decimal degrees within ±{self.most}"),
            )
        return int((degrees * 10_000_000).to_integral_value())


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words, in either language; ``words`` gives the value of each."""

    words: dict[str, Any]

    def take(self, cell: Cell, zone: tzinfo) -> Any:
        """Return the value of the word."""
        del zone
        text = plain(cell).lower()
        if text not in self.words:
            words = "、".join(self.words)
            raise CellError(
                Text(f"{_shown(cell)} 不在可选之列", f"{_shown(cell)} is not one of the words"),
                Text(f"可填：{words}", f"use one of: {words}"),
            )
        return self.words[text]

    def word(self, value: Any, language: Language) -> str:
        """Return the word for a value out of the store; of each value the English word comes first, then the other."""
        words = [word for word, one in self.words.items() if one == value]
        chinese = language == "zh" and len(words) > 1 and not words[1].isascii()
        return words[1 if chinese else 0]


_UNITS = {
    "s": 1, "sec": 1, "秒": 1,
    "min": 60, "m": 60, "分": 60, "分钟": 60,
    "h": 3600, "小时": 3600, "时": 3600,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time with its unit (``60min``, ``60分钟``, ``90s``, ``2小时``), kept in seconds, at most 7 days."""

    most_s: int = 7 * 86_400

    def take(self, cell: Cell, zone: tzinfo) -> int:
        """Return seconds."""
        del zone
        found = re.fullmatch(r"([0-9]{1,9})\s*(\D+)", plain(cell).lower())
        seconds = int(found[1]) * _UNITS.get(found[2].strip(), -1) if found else -1
        if not 0 <= seconds <= self.most_s:
            raise CellError(
                Text(f"{_shown(cell)} 不是带单位的时长", f"{_shown(cell)} is no length of time with its unit"),
                Text("例如 60分钟、90秒、2小时", "for example 60min, 90s, 2h"),
            )
        return seconds


@dataclass(frozen=True, slots=True)
class Moment:
    """A date, or a date with a time, kept as UTC ms; with ``end`` a bare date is the last day that still counts."""

    end: bool = False

    def take(self, cell: Cell, zone: tzinfo) -> int:
        """Return UTC ms; a time without an offset is local time of ``zone``."""
        try:
            moment, bare = _moment(cell)
            if bare and self.end:
                moment += timedelta(days=1)
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=zone)
            return (moment - _EPOCH) // timedelta(milliseconds=1)
        except (ValueError, OverflowError) as error:
            raise CellError(
                Text(f"{_shown(cell)} 不是日期或时间", f"{_shown(cell)} is no date and no time"),
                Text("例如 2026-11-01 或 2026-11-01 08:30", "for example 2026-11-01 or 2026-11-01 08:30"),
            ) from error


@dataclass(frozen=True, slots=True)
class Day:
    """A date of the calendar, wherever that is: kept as ``YYYY-MM-DD``."""

    def take(self, cell: Cell, zone: tzinfo) -> str:
        """Return the date."""
        del zone
        try:
            found = _moment(cell)
        except (ValueError, OverflowError):
            found = None
        if found is None or not found[1]:
            raise CellError(
                Text(f"{_shown(cell)} 不是日期", f"{_shown(cell)} is no date"),
                Text("例如 2026-11-01", "for example 2026-11-01"),
            )
        return found[0].date().isoformat()


_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def _moment(cell: Cell) -> tuple[datetime, bool]:
    """Return the moment, and whether it was given as a bare date."""
    if isinstance(cell, datetime):
        # A spreadsheet keeps a date as midnight.
        return cell, cell.time() == time() and cell.tzinfo is None
    if isinstance(cell, date):
        return datetime.combine(cell, time()), True
    text = plain(cell).replace("/", "-").replace("年", "-").replace("月", "-").replace("日", "")
    found = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](.+))?", text)
    if not isinstance(cell, str) or found is None:
        raise ValueError(text)
    day = date(int(found[1]), int(found[2]), int(found[3]))
    if found[4] is None:
        return datetime.combine(day, time()), True
    return datetime.fromisoformat(f"{day.isoformat()}T{found[4].strip()}"), False
