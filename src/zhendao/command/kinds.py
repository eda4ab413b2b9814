"""The kinds of value that a settings file can hold: what each accepts, and what it says about what it refuses.

Used as ``Annotated[int, Integer(1, 65535)]`` in the dataclass of a table. A kind turns a TOML value into the value
the product uses, or raises `BadValueError` with words for a person. No kind opens or resolves anything.
"""

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import SplitResult, urlsplit

from zhendao.protocol.wording import Text

PLAIN_SCHEMES = frozenset({"mqtt", "http"})
"""Schemes without TLS: accepted for loopback addresses only."""


class BadValueError(ValueError):
    """A value is not of its kind; ``text`` completes the sentence "KEY ..."."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


def _short(value: Any) -> str:
    """Return how a refused value is shown: on one line, and never a whole table."""
    shown = str(value).lower() if isinstance(value, bool) else repr(value)
    return shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "…"


_SHOWN = 100


class Kind(Protocol):
    """What a value must be."""

    def take(self, value: Any, folder: Path) -> Any:
        """Return the value to use; ``folder`` is that of the settings file. Raises `BadValueError`."""
        ...


@dataclass(frozen=True)
class Words:
    """Any text of 1 to ``longest`` characters, no control characters."""

    longest: int = 1000

    def take(self, value: Any, folder: Path) -> str:
        """Return the text."""
        del folder
        if not isinstance(value, str) or not 1 <= len(value) <= self.longest or not value.isprintable():
            raise BadValueError(
                Text(f"须是 1 到 {self.longest} 个字符的文字", f"must be a text of 1 to {self.longest} characters")
            )
        return value


@dataclass(frozen=True)
class File:
    """A path; a relative one is relative to the folder of the settings file, ``~`` is the home folder."""

    def take(self, value: Any, folder: Path) -> Path:
        """Return the absolute path. Whether anything is there is for the user of the path to see."""
        if not isinstance(value, str) or not value or "\0" in value:
            raise BadValueError(Text("须是路径", "must be a path"))
        try:
            return folder / Path(value).expanduser()
        except RuntimeError:  # ~nobody
            raise BadValueError(Text(f"没有这个用户的主目录：{value}", f"names no home folder: {value}")) from None


@dataclass(frozen=True)
class Integer:
    """A whole number from ``low`` to ``high``, both included."""

    low: int
    high: int

    def take(self, value: Any, folder: Path) -> int:
        """Return the number."""
        del folder
        if not isinstance(value, int) or isinstance(value, bool) or not self.low <= value <= self.high:
            raise BadValueError(
                Text(
                    f"须是 {self.low} 到 {self.high} 的整数，不能是 {_short(value)}",
                    f"must be a whole number from {self.low} to {self.high}, not {_short(value)}",
                )
            )
        return value


@dataclass(frozen=True)
class Number:
    """A number from ``low`` to ``high``, both included; a decimal fraction is allowed."""

    low: float
    high: float

    def take(self, value: Any, folder: Path) -> float:
        """Return the number."""
        del folder
        if not isinstance(value, int | float) or isinstance(value, bool) or not self.low <= value <= self.high:
            raise BadValueError(
                Text(
                    f"须是 {self.low:g} 到 {self.high:g} 的数，不能是 {_short(value)}",
                    f"must be a number from {self.low:g} to {self.high:g}, not {_short(value)}",
                )
            )
        return float(value)


@dataclass(frozen=True)
class Switch:
    """``true`` or ``false``."""

    def take(self, value: Any, folder: Path) -> bool:
        """Return the truth value."""
        del folder
        if not isinstance(value, bool):
            raise BadValueError(
                Text(f"须是 true 或 false，不能是 {_short(value)}", f"must be true or false, not {_short(value)}")
            )
        return value


class TimeOfDay:
    """A time of the local day, ``HH:MM``, kept as minutes since midnight."""

    def take(self, value: Any, folder: Path) -> int:
        """Return the minutes."""
        del folder
        hours, _, minutes = value.partition(":") if isinstance(value, str) else ("", "", "")
        # Two digits each, and 60 minutes an hour: numbers that a name would not make clearer.
        digits = len(hours) == len(minutes) == 2 and (hours + minutes).isdecimal() and value.isascii()  # noqa: PLR2004
        found = int(hours) * 60 + int(minutes) if digits and int(minutes) < 60 else 24 * 60  # noqa: PLR2004
        if found >= 24 * 60:
            raise BadValueError(Text("须是时刻，例如 10:00", "must be a time of day, such as 10:00"))
        return found


class Choice:
    """One of a few words."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def take(self, value: Any, folder: Path) -> str:
        """Return the word."""
        del folder
        if value not in self.words:
            words = ", ".join(self.words)
            raise BadValueError(
                Text(f"须是以下之一：{words}，不能是 {_short(value)}", f"must be one of {words}, not {_short(value)}")
            )
        return str(value)


class Url:
    """A URL of one of ``schemes``. Without TLS (``mqtt``, ``http``) the host must be a loopback address.

    Of a broker (``mqtt``, ``mqtts``) it names host and port, and a user if the broker wants one, but no path. Of a
    web server it names no user: what is shown as the server's name must hold no password.
    """

    def __init__(self, *schemes: str) -> None:
        self.schemes = schemes

    def take(self, value: Any, folder: Path) -> str:
        """Return the URL as written."""
        del folder
        schemes = ", ".join(f"{scheme}://" for scheme in self.schemes)
        refusal = BadValueError(
            Text(f"须是 {schemes} 地址，不能是 {_short(value)}", f"must be a URL of {schemes}, not {_short(value)}")
        )
        parts = _parts(value)
        if parts is None or parts.scheme not in self.schemes:
            raise refusal
        if parts.scheme in {"mqtt", "mqtts", "http", "https"} and not parts.hostname:
            raise refusal
        if parts.scheme in PLAIN_SCHEMES and not is_loopback(parts.hostname or ""):
            raise BadValueError(
                Text(
                    f"未加密的 {parts.scheme}:// 只准用于本机（127.0.0.1、::1、localhost），请用 {parts.scheme}s://",
                    f"plain {parts.scheme}:// is for loopback only (127.0.0.1, ::1, localhost); use {parts.scheme}s://",
                )
            )
        if parts.scheme in {"mqtt", "mqtts"} and (parts.path not in {"", "/"} or parts.query or parts.fragment):
            raise BadValueError(
                Text(
                    f"消息代理的地址只写主机与端口：{parts.scheme}://主机:端口",
                    f"names a broker by host and port alone: {parts.scheme}://HOST:PORT",
                )
            )
        if parts.scheme in {"http", "https"} and "@" in parts.netloc:
            raise BadValueError(Text("不得含用户名或密码", "must hold no user name and no password"))
        return str(value)


def _parts(value: Any) -> SplitResult | None:
    if not isinstance(value, str) or not value.isprintable() or " " in value:
        return None
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return None
    return None if port == 0 or "://" not in value else parts


@dataclass(frozen=True)
class Address:
    """Where a server listens. Port 0 lets the system choose one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Listen:
    """``HOST:PORT`` or ``[IPv6]:PORT``; with ``loopback_only`` the host must be a loopback address."""

    loopback_only: bool = False

    def take(self, value: Any, folder: Path) -> Address:
        """Return the `Address`."""
        del folder
        refusal = BadValueError(
            Text(
                f"须是 主机:端口（如 127.0.0.1:8080），不能是 {_short(value)}",
                f"must be HOST:PORT (127.0.0.1:8080), not {_short(value)}",
            )
        )
        if not isinstance(value, str):
            raise refusal
        host, colon, port = value.rpartition(":")
        bracketed = host.startswith("[") and host.endswith("]")
        host = host[1:-1] if bracketed else host
        if not colon or not host or (":" in host) != bracketed or not port.isascii() or not port.isdigit():
            raise refusal
        if int(port) > 65535:  # noqa: PLR2004 - the highest TCP port
            raise refusal
        if self.loopback_only and not is_loopback(host):
            raise BadValueError(Text(f"只准监听本机地址，不能是 {host}", f"must be a loopback address, not {host}"))
        return Address(host, int(port))


def is_loopback(host: str) -> bool:
    """Return whether ``host`` is this machine by its writing alone: no name is looked up but ``localhost``."""
    if host.lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    # Python 3.13 calls an IPv4 address in IPv6 clothes loopback, older ones do not: one answer, the narrow one.
    mapped = address.version == 6 and address.ipv4_mapped is not None  # noqa: PLR2004 - the version's own number
    return address.is_loopback and not mapped
