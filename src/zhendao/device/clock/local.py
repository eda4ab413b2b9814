"""The local day and the local time of day: of a moment in UTC and a time zone. Pure.

China has had one zone and no summer time since 1991, so its own zone needs no table on the disk; every other is looked
up by its name in the system's. Days are numbered as `datetime.date` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING, Any

from zhendao.command.kinds import BadValueError
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from pathlib import Path

CHINA = "Asia/Shanghai"
_CHINA = timezone(timedelta(hours=8), "UTC+8")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MS = 250_000_000_000_000
"""In the year 9892: whatever a clock says after it is no time."""


def zone(name: str) -> tzinfo:
    """Return the time zone called ``name`` (``Asia/Shanghai``). Raises ValueError where there is none of that name."""
    if name == CHINA:
        return _CHINA
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 - loaded where it is needed

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(f"no time zone {name!r}") from error


@dataclass(frozen=True)
class TimeZone:
    """The name of a time zone, as a setting."""

    def take(self, value: Any, folder: Path) -> str:
        """Return the name."""
        del folder
        try:
            zone(str(value))
        except ValueError:
            raise BadValueError(
                Text(f"须是时区名，例如 {CHINA}", f"must be the name of a time zone, such as {CHINA}")
            ) from None
        return str(value)


def local(ms: int, where: tzinfo) -> datetime:
    """Return the local time at ``ms`` (UTC ms; what lies outside of 1970 to 9892 is taken to its edge)."""
    return (_EPOCH + timedelta(milliseconds=min(max(ms, 0), _LAST_MS))).astimezone(where)


def day_of(ms: int, where: tzinfo) -> int:
    """Return the number of the local day at ``ms`` (UTC ms)."""
    return local(ms, where).toordinal()


def minute_of(ms: int, where: tzinfo) -> int:
    """Return the minutes since local midnight at ``ms`` (UTC ms), 0 to 1439, as a clock on the wall shows them."""
    now = local(ms, where)
    return now.hour * 60 + now.minute
