"""A platform's answer over HTTP as it may be read: never unpacked, up to a bound, its words cut and printable.

Promise: a small answer that unpacks to any size costs nothing (nobody asked for it packed, so it is none); the wait
that a platform asks for is kept in both forms, a date by the platform's own clock and not by ours.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

from zhendao.gateway.forward.errors import LinkError
from zhendao.gateway.forward.record import printable

UNPACKED: Final = {"Accept-Encoding": "identity"}
"""What a request says, so that its answer comes as it is."""
_DAY_S: Final = 86_400
_DIGITS: Final = 5
_MOST_WORDS: Final = 200


async def body_of(response: httpx.Response, most: int) -> bytes:
    """Return the body of ``response``, at most ``most`` bytes. Raises `LinkError`."""
    packed = response.headers.get("Content-Encoding", "")
    if packed.strip().lower() not in {"", "identity"}:
        raise LinkError(f"HTTP {response.status_code}, packed as {printable(packed, 40)}, which was not asked for")
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > most:
            raise LinkError(f"the answer is longer than {most} bytes")
    return bytes(body)


def no_answer(status: int, headers: Mapping[str, str], body: bytes) -> LinkError:
    """Return the error that says ``status`` in the platform's own words, and for how long it asks to be left alone."""
    words = " ".join(printable(body[: 4 * _MOST_WORDS].decode("utf-8", "replace"), _MOST_WORDS).split())
    return LinkError(f"HTTP {status} {words}".strip(), asked_ms(headers))


def asked_ms(headers: Mapping[str, str]) -> int:
    """Return the wait of ``Retry-After`` in ms, a day at most; 0 for none, and for a date without the platform's own.

    Whose clock is wrong does not matter: a date is held against the ``Date`` of the same answer.
    """
    said = headers.get("Retry-After", "").strip()
    if said.isascii() and said.isdigit():
        return 1000 * (min(int(said), _DAY_S) if len(said) <= _DIGITS else _DAY_S)
    until, now = _date(said), _date(headers.get("Date", ""))
    if until is None or now is None:
        return 0
    return int(1000 * min(max((until - now).total_seconds(), 0), _DAY_S))


def _date(said: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(said)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
