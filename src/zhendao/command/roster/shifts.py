"""Cells that say when somebody is on duty and for where: days of the week, hours that may cross midnight, regions.

Promise: as `cells`: a value or a `CellError` that says how to mend it. What spreadsheets make of ``1-5`` (a date) and
of ``8:00`` (a time) is refused or understood, never guessed.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Final

from zhendao.command.roster.cells import Cell, CellError, plain
from zhendao.protocol.wording import Language, Text

EVERY_DAY: Final = 0b111_1111
ALL_DAY: Final = "00:00-24:00"
DAY_MIN: Final = 24 * 60

_ZH: Final = "一二三四五六日"
_EN: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SETS: Final = {
    "每天": EVERY_DAY, "每日": EVERY_DAY, "全周": EVERY_DAY, "daily": EVERY_DAY, "every day": EVERY_DAY,
    "工作日": 0b001_1111, "weekdays": 0b001_1111,
    "周末": 0b110_0000, "weekend": 0b110_0000,
}  # fmt: skip
_DAYS: Final = re.compile(r"(?:[1-7](?:-[1-7])?[ ,]*)+")
_CLOCK: Final = r"([01]?[0-9]|2[0-4]):([0-5][0-9])"
_HOURS: Final = re.compile(rf"{_CLOCK}\s*-\s*{_CLOCK}")


def _wrong(cell: Cell, what: Text, cure: Text) -> CellError:
    shown = plain(cell)[:40]
    return CellError(Text(f"'{shown}' {what.zh}", f"'{shown}' {what.en}"), cure)


@dataclass(frozen=True, slots=True)
class Days:
    """Days of the week (``一至五``, ``周六、周日``, ``Mon-Fri``, ``每天``), kept as bits: 1 is Monday, 64 Sunday."""

    def take(self, cell: Cell, zone: tzinfo) -> int:
        """Return the bits; a range may cross the end of the week."""
        del zone
        text = plain(cell).lower()
        if isinstance(cell, datetime | date | time | timedelta | float):
            text = ""  # 1-5 was turned into the fifth of January
        if text in _SETS:
            return _SETS[text]
        for word in ("星期", "礼拜", "周"):
            text = text.replace(word, "")
        for n, (zh, en) in enumerate(zip(_ZH, _EN, strict=True), 1):
            text = text.replace(en.lower(), str(n)).replace(zh, str(n))
        text = re.sub(r"[、，；;/]", ",", text.replace("天", "7"))
        text = re.sub(r"\s*[至到~～–-]\s*", "-", text)
        if not _DAYS.fullmatch(text):
            raise _wrong(
                cell,
                Text("不是星期", "names no days of the week"),
                Text("例如 一至五、周六日、每天（单元格设为文本）", "for example Mon-Fri, Sat Sun, daily (as text)"),
            )
        bits = 0
        for first, last in re.findall(r"([1-7])(?:-([1-7]))?", text):
            begin, end = int(first), int(last or first)
            for day in range(begin, end + 1 if end >= begin else end + 8):
                bits |= 1 << (day - 1) % 7
        return bits

    def word(self, value: int, language: Language) -> str:
        """Return the days as a person writes them, and as `take` reads them."""
        if value == EVERY_DAY:
            return "每天" if language == "zh" else "daily"
        names, between = (_ZH, "、") if language == "zh" else (_EN, " ")
        return between.join(name for n, name in enumerate(names) if value >> n & 1)


@dataclass(frozen=True, slots=True)
class Hours:
    """From one time of day to another (``08:00-20:00``), across midnight where the end is the earlier; ``全天``."""

    def take(self, cell: Cell, zone: tzinfo) -> str:
        """Return ``HH:MM-HH:MM`` with two digits each; the whole day is ``00:00-24:00``."""
        del zone
        text = plain(cell).lower().replace("：", ":")
        if text in {"全天", "24小时", "all day", "24h"}:
            return ALL_DAY
        text = re.sub(r"\s*[至到~～–-]\s*(?:次日|翌日|next day)?\s*", "-", text)
        found = _HOURS.fullmatch(text)
        if found is not None:
            begin, end = (int(found[n]) * 60 + int(found[n + 1]) for n in (1, 3))
            if (begin, end) == (0, DAY_MIN) or (begin < DAY_MIN and end <= DAY_MIN and begin != end % DAY_MIN):
                return f"{begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}"
        raise _wrong(
            cell,
            Text("不是时段", "is no span of hours"),
            Text("例如 08:00-20:00、22:00-06:00、全天", "for example 08:00-20:00, 22:00-06:00, all day"),
        )


@dataclass(frozen=True, slots=True)
class Names:
    """Several names with a comma between them (``徐家汇，天平``), kept as ``徐家汇、天平``; ``全部`` is none at all."""

    longest: int = 200

    def take(self, cell: Cell, zone: tzinfo) -> str | None:
        """Return the names in the order given, each once; None for all there are."""
        del zone
        text = plain(cell)
        if text.lower() in {"全部", "所有", "all", "*"}:
            return None
        names = list(dict.fromkeys(one.strip() for one in re.split(r"[、,，；;]", text) if one.strip()))
        kept = "、".join(names)
        if not names or len(kept) > self.longest or not kept.isprintable():
            raise _wrong(
                cell,
                Text(f"不是 {self.longest} 字以内的名称", f"are no names of {self.longest} characters together"),
                Text("用顿号或逗号分开，全部则填“全部”", "put commas between them, or write all"),
            )
        return kept


@lru_cache(4096)
def minutes(hours: str) -> tuple[int, int]:
    """Return begin and end of hours as `Hours` keeps them, in minutes of the day; the end may be the smaller."""
    begin, end = ((int(one[:2]) * 60 + int(one[3:])) for one in hours.split("-"))
    return begin, end


def within(minute: int, weekday: int, days: int | None, hours: str | None) -> bool:
    """Return whether the local ``minute`` of the day on ``weekday`` (0 Monday) is in hours that begin on ``days``.

    Of hours across midnight the part after it belongs to the day on which they began. None: every day, all day.
    """
    on, (begin, end) = EVERY_DAY if days is None else days, minutes(hours or ALL_DAY)
    if begin < end:
        return begin <= minute < end and bool(on >> weekday & 1)
    if minute >= begin:
        return bool(on >> weekday & 1)
    return minute < end and bool(on >> (weekday - 1) % 7 & 1)
