"""The small functions that a mapping file may name in ``as``: each takes one value and gives another. Pure.

Promise: a conversion says what kind it takes and gives, so that a chain that cannot work is refused when it is read;
what it cannot convert is a `CannotSayError` with the reason, never a wrong value. rule: MARK-LOCATION (the datum)
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from zhendao.gateway.formats import names
from zhendao.gateway.formats.back import in_datum
from zhendao.gateway.formats.values import Kind, Point
from zhendao.protocol.vocabulary import Datum
from zhendao.protocol.wording import Text


class CannotSayError(Exception):
    """A value that the format has no word for; ``why`` is shown to people."""

    def __init__(self, why: Text) -> None:
        super().__init__(why.en)
        self.why = why


@dataclass(frozen=True, slots=True)
class Around:
    """What conversions may look at beside their value: the platform's time zone, and the mapping's tables of codes."""

    zone: ZoneInfo
    codes: Mapping[str, Mapping[str, str]]


Function = Callable[[Any, tuple[str, ...], Around], Any]
Check = Callable[[tuple[str, ...], Around], Text | None]
"""Tells what is wrong with the words behind a conversion; None: nothing."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """``takes``: kinds; ``gives``: a kind; ``words``: what stands behind it, for people."""

    takes: tuple[Kind, ...]
    gives: Kind
    function: Function
    check: Check
    words: str = ""


DATUMS: Final = {"WGS-84": Datum.WGS84, "CGCS2000": Datum.CGCS2000, "GCJ-02": Datum.GCJ02, "BD-09": Datum.BD09}
_UTC: Final = "%Y-%m-%dT%H:%M:%SZ"
_LOCAL: Final = "%Y-%m-%d %H:%M:%S"
_DIGITS: Final = 15
_SHORTEST, _LONGEST = 8, 52


def moment(value_ms: int, zone: Any) -> datetime:
    """Return the moment in ``zone``, to the second below."""
    return datetime.fromtimestamp(value_ms // 1000, zone)


def _utc(value: int, words: tuple[str, ...], _around: Around) -> str:
    return moment(value, UTC).strftime(" ".join(words) or _UTC)


def _local(value: int, words: tuple[str, ...], around: Around) -> str:
    return moment(value, around.zone).strftime(" ".join(words) or _LOCAL)


def _day(value: str, words: tuple[str, ...], _around: Around) -> str:
    return date.fromisoformat(value).strftime(" ".join(words) or "%Y-%m-%d")


def _degrees(which: int) -> Function:
    def convert(value: Point, words: tuple[str, ...], _around: Around) -> str:
        there = in_datum(value.lat_e7 / 1e7, value.lon_e7 / 1e7, value.datum, DATUMS[words[0]])
        return f"{there[which]:.{int(words[1]) if len(words) > 1 else 6}f}"

    return convert


def _code(value: Any, words: tuple[str, ...], around: Around) -> str:
    said = ("true" if value else "false") if isinstance(value, bool) else str(value)
    table = around.codes[words[0]]
    found = table.get(said, table.get("*"))
    if found is None:
        raise CannotSayError(
            Text(f"代码表 {words[0]} 中没有 {said}", f"the table of codes {words[0]} has no {said}"),
        )
    return found


def _short(value: str, words: tuple[str, ...], _around: Around) -> str:
    return base64.b32encode(bytes.fromhex(value)).decode().rstrip("=")[: int(words[0])]


def _number(value: str, _words: tuple[str, ...], _around: Around) -> int | float:
    try:
        return int(value) if value.lstrip("-").isdigit() else float(value)
    except ValueError:
        raise CannotSayError(Text(f"{value} 不是数字", f"{value} is no number")) from None


def _none(words: tuple[str, ...], _around: Around) -> Text | None:
    return Text("其后不应有参数", "takes no words behind it") if words else None


def _of_time(words: tuple[str, ...], _around: Around) -> Text | None:
    try:
        made = datetime(2026, 11, 23, 12, 34, 56, tzinfo=UTC).strftime(" ".join(words))
    except ValueError:
        made = "%"
    return Text("时间格式无效", "is not a format of time") if "%" in made else None


def _of_datum(words: tuple[str, ...], _around: Around) -> Text | None:
    known = "、".join(DATUMS)
    if not 1 <= len(words) <= 2 or words[0] not in DATUMS:  # noqa: PLR2004 - datum and digits
        return Text(f"其后须写坐标系（{known}）与小数位数", f"needs a datum ({', '.join(DATUMS)}) and digits behind it")
    if len(words) > 1 and not (words[1].isdigit() and int(words[1]) <= _DIGITS):
        return Text(f"小数位数须为 0 至 {_DIGITS}", f"digits are 0 to {_DIGITS}")
    return None


def _of_code(words: tuple[str, ...], around: Around) -> Text | None:
    if len(words) != 1 or words[0] not in around.codes:
        there = ", ".join(around.codes) or "-"
        return Text(f"须写一个代码表，现有：{there}", f"needs the name of a table of codes; there are: {there}")
    return None


def _of_size(words: tuple[str, ...], _around: Around) -> Text | None:
    if len(words) == 1 and words[0].isdigit() and _SHORTEST <= int(words[0]) <= _LONGEST:
        return None
    return Text(f"须写长度 {_SHORTEST} 至 {_LONGEST}", f"needs a length of {_SHORTEST} to {_LONGEST}")


def _of_whole(words: tuple[str, ...], _around: Around) -> Text | None:
    ok = len(words) == 1 and words[0].isdigit() and int(words[0]) > 0
    return None if ok else Text("须写一个正整数", "needs a whole number above 0")


def _of_two(words: tuple[str, ...], _around: Around) -> Text | None:
    ok = len(words) == 2  # noqa: PLR2004 - one word for each
    return None if ok else Text("须写两个词：是与否各一", "needs two words: for yes, and for no")


def _plain(function: Callable[[str], str]) -> Conversion:
    return Conversion((Kind.TEXT,), Kind.TEXT, lambda value, _words, _around: function(value), _none)


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isascii() and c.isdigit())


_M, _T = (Kind.MOMENT,), Kind.TEXT
CONVERSIONS: Final[dict[str, Conversion]] = {
    "utc": Conversion(_M, _T, _utc, _of_time, "[FORMAT]"),
    "local": Conversion(_M, _T, _local, _of_time, "[FORMAT]"),
    "minute": Conversion(_M, Kind.MOMENT, lambda v, _w, _a: v - v % 60_000, _none),
    "day": Conversion((Kind.DAY,), _T, _day, _of_time, "[FORMAT]"),
    "lat": Conversion((Kind.POINT,), _T, _degrees(0), _of_datum, "DATUM [DIGITS]"),
    "lon": Conversion((Kind.POINT,), _T, _degrees(1), _of_datum, "DATUM [DIGITS]"),
    "code": Conversion((_T, Kind.FLAG, Kind.WHOLE), _T, _code, _of_code, "TABLE"),
    "yes": Conversion((Kind.FLAG,), _T, lambda v, w, _a: w[0] if v else w[1], _of_two, "YES NO"),
    "not": Conversion((Kind.FLAG,), Kind.FLAG, lambda v, _w, _a: not v, _none),
    "per": Conversion((Kind.WHOLE,), Kind.WHOLE, lambda v, w, _a: v // int(w[0]), _of_whole, "N"),
    "number": Conversion((_T, Kind.WHOLE), Kind.NUMBER, lambda v, w, a: _number(str(v), w, a), _none),
    "short": Conversion((_T,), _T, _short, _of_size, "N"),
    "cut": Conversion((_T,), _T, lambda v, w, _a: v[: int(w[0])], _of_whole, "N"),
    "digits": _plain(_digits),
    "upper": _plain(str.upper),
    "lower": _plain(str.lower),
    "latin": _plain(names.in_latin),
    "letters": _plain(names.in_letters),
    "family": _plain(lambda name: names.parted(name)[0]),
    "given": _plain(lambda name: names.parted(name)[1]),
    "family-letters": _plain(names.family_in_letters),
    "given-letters": _plain(names.given_in_letters),
}
"""What may stand in ``as``, by its first word."""
