"""Of which moment and of which days a report is: from what was asked. Pure.

Promise: a report is of a local day up to a moment of it, in minutes; nothing is told of what is still to come. A day
that is over ends at 24:00. rule: DAILY-RANK, DAILY-DETAIL
"""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from zhendao.command.errors import UsageError
from zhendao.gateway.judging.days import local_date
from zhendao.protocol.wording import Text

DAY_MS: Final = 86_400_000
_MINUTE_MS: Final = 60_000
_EPOCH: Final = date(1970, 1, 1)
_TIME: Final = re.compile(r"([01]?[0-9]|2[0-3])[:：]([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class Span:
    """Local days from ``first`` to ``last``: UTC ms from ``from_ms`` to before ``until_ms``, which is in ``last``.

    What holds at its end is what holds at ``at_ms``.
    """

    first: date
    last: date
    from_ms: int
    until_ms: int
    offset_ms: int

    @property
    def at_ms(self) -> int:
        """The last millisecond of it; of a day that has not begun to pass its first."""
        return max(self.from_ms, self.until_ms - 1)

    @property
    def stamp(self) -> str:
        """The moment up to which it goes, as M月D日 HH时MM分; a day that is over ends at 24时00分."""
        minutes = (self.until_ms + self.offset_ms) // _MINUTE_MS
        midnight = day_ms(self.last + timedelta(days=1), self.offset_ms)
        passed = 1_440 if self.until_ms == midnight else minutes % 1_440
        return f"{self.last.month}月{self.last.day}日 {passed // 60:02}时{passed % 60:02}分"

    @property
    def dates(self) -> str:
        """From which day to which moment it goes, both in words."""
        begins = f"{self.first.year}年{self.first.month}月{self.first.day}日"
        year = f"{self.last.year}年" if self.last.year != self.first.year else ""
        return f"{begins} 至 {year}{self.stamp}"

    def clock(self, at_ms: int) -> str:
        """Return a moment (UTC ms) by the local clock."""
        seconds, day = (at_ms + self.offset_ms) // 1000, local_date(at_ms, self.offset_ms)
        return f"{day.isoformat()} {seconds // 3600 % 24:02}:{seconds // 60 % 60:02}"

    def holds(self, at_ms: int | None) -> bool:
        """Return whether a moment (UTC ms) lies in it; what is of no moment does not."""
        return at_ms is not None and self.from_ms <= at_ms < self.until_ms


def day_ms(day: date, offset_ms: int) -> int:
    """Return the beginning (UTC ms) of a local ``day``."""
    return (day - _EPOCH).days * DAY_MS - offset_ms


def day_until(day: str | None, time: str | None, now_ms: int, offset_ms: int) -> Span:
    """Return the local ``day`` (YYYY-MM-DD, None: today) up to ``time`` (HH:MM, None: now, or its end).

    Check-ins at ``time`` itself or later are not in it. Raises `UsageError` for what is no day, or still to come.
    """
    asked = local_date(now_ms, offset_ms) if day is None else _day(day)
    from_ms = day_ms(asked, offset_ms)
    if time is None:
        until_ms = min(from_ms + DAY_MS, now_ms + 1)
    else:
        found = _TIME.fullmatch(time)
        if found is None and time not in {"24:00", "24：00"}:
            raise UsageError(Text(f"{time} 不是时刻", f"{time} is no time of day"), Text("例如 10:30", "such as 10:30"))
        until_ms = from_ms + (DAY_MS if found is None else (int(found[1]) * 60 + int(found[2])) * _MINUTE_MS)
    return _over(Span(asked, asked, from_ms, until_ms, offset_ms), now_ms)


def days_between(first: str | None, last: str | None, now_ms: int, offset_ms: int) -> Span:
    """Return the local days from ``first`` to ``last``, both whole (None: today; of today what there is of it)."""
    today = local_date(now_ms, offset_ms)
    ends = today if last is None else _day(last)
    begins = ends if first is None else _day(first)
    if begins > ends:
        raise _exchanged(begins, ends)
    until_ms = min(day_ms(ends, offset_ms) + DAY_MS, now_ms + 1)
    return _over(Span(begins, ends, day_ms(begins, offset_ms), until_ms, offset_ms), now_ms)


def days_until(first: str | None, last: str | None, time: str | None, now_ms: int, offset_ms: int) -> Span:
    """Return the local days from ``first`` (None: that of the month) up to ``time`` of ``last``, as `day_until`."""
    end = day_until(last, time, now_ms, offset_ms)
    begins = end.last.replace(day=1) if first is None else _day(first)
    if begins > end.last:
        raise _exchanged(begins, end.last)
    return replace(end, first=begins, from_ms=day_ms(begins, offset_ms))


def _exchanged(begins: date, ends: date) -> UsageError:
    return UsageError(
        Text(f"{begins} 在 {ends} 之后", f"{begins} is after {ends}"), Text("调换起止", "exchange the two")
    )


def _over(span: Span, now_ms: int) -> Span:
    if day_ms(span.last, span.offset_ms) > now_ms or span.until_ms > now_ms + 1:
        raise UsageError(
            Text("所问时刻尚未到来", "that moment is still to come"), Text("换一个时刻", "ask for another")
        )
    return span


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            Text(f"{text} 不是日期", f"{text} is no date"), Text("例如 2026-11-01", "such as 2026-11-01")
        ) from error
