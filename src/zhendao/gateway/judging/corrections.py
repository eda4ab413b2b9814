"""Corrections of visits on lines of JSON, as the gateway lists them (docs/judge.md). Pure.

Promise: only what was approved counts, in whatever order the lines stand; a line that cannot be read is named by its
number, and nothing is judged without it. rule: EVIDENCE
"""

from collections.abc import Container, Iterable
from typing import Any, Final

import orjson

from zhendao.gateway.errors import GatewayError
from zhendao.gateway.visits.corrected import Correction, Corrections, standing
from zhendao.gateway.visits.moments import can_be
from zhendao.protocol.wording import Text

_STATES: Final = ("proposed", "approved", "refused", "withdrawn")
_ID_BYTES: Final = 16
_FARTHEST_MS: Final = 2**53


class CorrectionsError(GatewayError):
    """A line of corrections cannot be read."""

    code = "corrections"


class _LineError(ValueError):
    """What is wrong with a line."""


def read_corrections(lines: Iterable[bytes]) -> Corrections:
    """Read a line each; empty ones are passed over. Raises `CorrectionsError`."""
    found: dict[int, Correction | None] = {}
    for place, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            number, one = _correction(orjson.loads(line), found)
        except (orjson.JSONDecodeError, _LineError) as error:
            raise CorrectionsError(
                Text(f"第 {place} 行不是一项更正：{error}", f"line {place} is no correction: {error}"),
                Text("格式见 docs/judge.md", "docs/judge.md says what a line holds"),
            ) from error
        found[number] = one
    return standing(one for one in found.values() if one is not None)


def _correction(plain: object, before: Container[int]) -> tuple[int, Correction | None]:
    """Return the number of a line, which is none of those ``before``, and the correction where it counts."""
    if not isinstance(plain, dict):
        raise _LineError("{…}")
    number, state, reason = plain.get("number"), plain.get("state"), plain.get("reason")
    if isinstance(number, bool) or not isinstance(number, int) or not 0 < number <= _FARTHEST_MS:
        raise _LineError("number")
    if number in before:
        raise _LineError("number: twice")
    if state not in _STATES:
        raise _LineError("state")
    if not isinstance(reason, str) or not reason:
        raise _LineError("reason")
    begin_ms, end_ms = _ms(plain, "begin_ms"), _ms(plain, "end_ms")
    if begin_ms is None and end_ms is None:
        raise _LineError("begin_ms, end_ms")
    seen = plain.get("seen")
    if not isinstance(seen, dict):
        raise _LineError("seen")
    witnessed = _ms(seen, "begin_ms"), _ms(seen, "end_ms")
    one = Correction(number, _id(plain.get("visit_id")), begin_ms, end_ms, reason, witnessed)
    return number, one if state == "approved" else None


def _ms(plain: dict[str, Any], name: str) -> int | None:
    value = plain.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not can_be(value):
        raise _LineError(name)
    return value


def _id(plain: object) -> bytes:
    try:
        found = bytes.fromhex(plain) if isinstance(plain, str) else b""
    except ValueError:
        found = b""
    if len(found) != _ID_BYTES:
        raise _LineError("visit_id")
    return found
