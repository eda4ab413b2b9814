"""Words that are put together when they are said: a time of day, how long ago, a code digit by digit, a count.

Pure. Promise: each is shown as text and said in pieces whose names are these functions' own; `pieces` names every piece
there can be, so that all of them are there to be played. A time is the terminal's local one, by 24 hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from zhendao.protocol.wording import Language, Text

_DAY = 24 * 60
_MOST_DIGITS = 12
MOST = 999
"""A count above it is said and shown as this many: a person wants to know whether it is few or many."""

_ZH = "零一二三四五六七八九"
_CODE_ZH = "零幺二三四五六七八九"
_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """Minutes since local midnight, 0 to 1439. Raises ValueError."""

    minutes: int

    def __post_init__(self) -> None:
        if not 0 <= self.minutes < _DAY:
            raise ValueError("a time of day has 0 to 1439 minutes")

    def text(self, language: Language) -> str:  # noqa: ARG002 - one in both
        """Return it as shown: ``9:02``."""
        return f"{self.minutes // 60}:{self.minutes % 60:02}"

    def pieces(self, language: Language) -> tuple[str, ...]:
        """Return the names of the pieces that say it."""
        hour, minute = divmod(self.minutes, 60)
        if language == "en" and minute == 0:
            return ("midnight",) if hour == 0 else (f"hour-{hour}", "o-clock" if hour <= 12 else "hundred")  # noqa: PLR2004 - by 24 hours
        return f"hour-{hour}", f"minute-{minute}"


@dataclass(frozen=True, slots=True)
class Digits:
    """A code, said digit by digit: 1 to 12 of 0-9. Raises ValueError."""

    code: str

    def __post_init__(self) -> None:
        if not (1 <= len(self.code) <= _MOST_DIGITS and self.code.isascii() and self.code.isdigit()):
            raise ValueError("a code has 1 to 12 digits")

    def text(self, language: Language) -> str:  # noqa: ARG002 - one in both
        """Return it as shown, in groups of three: ``123 456``."""
        return " ".join(self.code[at : at + 3] for at in range(0, len(self.code), 3))

    def pieces(self, language: Language) -> tuple[str, ...]:  # noqa: ARG002 - named alike in both
        """Return the names of the pieces that say it."""
        return tuple(f"digit-{one}" for one in self.code)


@dataclass(frozen=True, slots=True)
class Count:
    """How many; in Chinese before a measure word (两, not 二). Raises ValueError if negative."""

    number: int

    def __post_init__(self) -> None:
        if self.number < 0:
            raise ValueError("a count is not negative")

    def text(self, language: Language) -> str:  # noqa: ARG002 - one in both
        """Return it as shown."""
        return str(self.number) if self.number <= MOST else f"{MOST}+"

    def pieces(self, language: Language) -> tuple[str, ...]:
        """Return the names of the pieces that say it."""
        number = min(self.number, MOST)
        return _count_zh(number) if language == "zh" else _count_en(number)


@dataclass(frozen=True, slots=True)
class Ago:
    """How many minutes ago, for a terminal that cannot say the time of day. Raises ValueError if negative."""

    minutes: int

    def __post_init__(self) -> None:
        if self.minutes < 0:
            raise ValueError("nothing was done in the future")

    def text(self, language: Language) -> str:
        """Return it as shown."""
        if self.minutes == 0:
            return Text("刚才", "just now").in_(language)
        return f"{Count(self.minutes).text(language)} {Text('分钟前', 'min ago').in_(language)}"

    def pieces(self, language: Language) -> tuple[str, ...]:
        """Return the names of the pieces that say it."""
        if self.minutes == 0:
            return ("just-now",)
        one = language == "en" and self.minutes == 1
        return *Count(self.minutes).pieces(language), "minute-ago" if one else "minutes-ago"


Word: TypeAlias = TimeOfDay | Digits | Count | Ago


def spoken_pieces(language: Language) -> dict[str, str]:
    """Return every piece there is by its name, and how it is written for whoever speaks it."""
    zh = language == "zh"
    hours = {f"hour-{one}": f"{_number_zh(one, measured=True)}点" if zh else _number_en(one) for one in range(24)}
    minutes = {f"minute-{one}": _minute_zh(one) if zh else _minute_en(one) for one in range(60)}
    digits = {f"digit-{one}": _CODE_ZH[one] if zh else _ONES[one] for one in range(10)}
    if zh:
        counts = {f"count-{one}": _ZH[one] for one in range(10)} | {"count-two": "两"}
        counts |= {f"tens-{one}": "十" if one == 1 else f"{_ZH[one]}十" for one in range(1, 10)}
        counts |= {"teens": "一十"} | {f"hundreds-{one}": f"{_ZH[one]}百" for one in range(1, 10)}
        return hours | minutes | digits | counts | {"minutes-ago": "分钟前", "just-now": "刚才"}
    del minutes["minute-0"]
    counts = {f"count-{number}": word for number, word in enumerate(_ONES)}
    counts |= {f"tens-{one}": _TENS[one] for one in range(2, 10)} | {"and": "and"}
    counts |= {f"hundreds-{one}": f"{_ONES[one]} hundred" for one in range(1, 10)}
    ago = {"minute-ago": "minute ago", "minutes-ago": "minutes ago", "just-now": "just now"}
    return (
        hours | minutes | digits | counts | ago | {"o-clock": "o'clock", "hundred": "hundred", "midnight": "midnight"}
    )


def shown(text: Text, said: tuple[Word, ...], language: Language) -> str:
    """Return ``text`` with the words after it, as page and console show them."""
    words = Text("，", ", ").in_(language).join(one.text(language) for one in said)
    return f"{text.in_(language)}{Text('：', ': ').in_(language)}{words}" if said else text.in_(language)


def _count_zh(number: int) -> tuple[str, ...]:
    if number < 10:  # noqa: PLR2004 - ten
        return ("count-two",) if number == 2 else (f"count-{number}",)  # noqa: PLR2004 - 两
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    found = [f"hundreds-{hundreds}"] if hundreds else []
    if tens:
        found.append("teens" if hundreds and tens == 1 else f"tens-{tens}")
    elif ones and hundreds:
        found.append("count-0")
    return (*found, f"count-{ones}") if ones else tuple(found)


def _count_en(number: int) -> tuple[str, ...]:
    hundreds, rest = divmod(number, 100)
    found = [f"hundreds-{hundreds}"] if hundreds else []
    if hundreds and rest:
        found.append("and")
    if rest >= len(_ONES):
        tens, ones = divmod(rest, 10)
        found.append(f"tens-{tens}")
        rest = ones
        if not ones:
            return tuple(found)
    return (*found, f"count-{rest}") if rest or not hundreds else tuple(found)


def _number_zh(number: int, *, measured: bool = False) -> str:
    if number < 10:  # noqa: PLR2004 - ten
        return "两" if measured and number == 2 else _ZH[number]  # noqa: PLR2004 - 两
    tens, ones = divmod(number, 10)
    return f"{'' if tens == 1 else _ZH[tens]}十{_ZH[ones] if ones else ''}"


def _minute_zh(minute: int) -> str:
    if minute == 0:
        return "整"
    return f"零{_ZH[minute]}分" if minute < 10 else _number_zh(minute)  # noqa: PLR2004 - ten


def _number_en(number: int) -> str:
    if number < len(_ONES):
        return _ONES[number]
    tens, ones = divmod(number, 10)
    return f"{_TENS[tens]} {_ONES[ones]}" if ones else _TENS[tens]


def _minute_en(minute: int) -> str:
    return f"oh {_ONES[minute]}" if minute < 10 else _number_en(minute)  # noqa: PLR2004 - ten
