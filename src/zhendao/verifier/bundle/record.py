"""The record of a visit as a bundle tells it: JSON that may say anything, read into what the steps can rely on. Pure.

Promise: any bytes end as a record whose fields have the types and ranges that are named here, or as a
`MalformedError`; fields that are not named are left as they are. promise 9
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from zhendao.protocol.errors import MalformedError

if TYPE_CHECKING:
    from collections.abc import Callable

_LAST_MS: Final = 32_503_680_000_000
"""The year 3000, UTC ms: no time of a record is later."""
_LONGEST: Final = 2**53


def record_of(text: bytes) -> dict[str, Any]:
    """Return the record in ``text``. Raises `MalformedError` naming the field that is not as it should be."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MalformedError("json", "a record is not JSON") from error
    record = _object(found, "record")
    for name in ("visit_id", "state"):
        _want(record, name, _is_text)
    for name in ("device", "elder_id", "caregiver_id", "place_id", "service"):
        _want(record, name, _or_none(_is_text))
    _want(record, "duration_s", _or_none(_is_length))
    flags = record.get("flags", [])
    if not isinstance(flags, list) or not all(isinstance(one, dict) and _is_text(one.get("flag")) for one in flags):
        raise MalformedError("record", "flags")
    for name in ("in", "out"):
        if record.get(name) is not None:
            _check_side(_object(record[name], name))
    if record.get("correction") is not None:
        _check_correction(_object(record["correction"], "correction"))
    return record


def _check_side(side: dict[str, Any]) -> None:
    for name in ("epoch", "h", "method"):
        _want(side, name, _is_text)
    _want(side, "seq", _is_length)
    _want(side, "at_ms", _is_time)
    _want(side, "bound_ms", _or_none(_is_length))


def _check_correction(told: dict[str, Any]) -> None:
    _want(told, "number", _is_length)
    _want(told, "counts", lambda one: isinstance(one, bool))
    _want(told, "reason", _is_text)
    for name in ("begin_ms", "end_ms"):
        _want(told, name, _or_none(_is_time))
    if told["counts"]:
        _want(_object(told.get("witnessed"), "witnessed"), "duration_s", _or_none(_is_length))


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise MalformedError("record", name)
    return value


def _want(within: dict[str, Any], name: str, right: Callable[[Any], bool]) -> None:
    if not right(within.get(name)):
        raise MalformedError("record", name)


def _or_none(right: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda one: one is None or right(one)


def _is_text(one: Any) -> bool:
    return isinstance(one, str)


def _is_length(one: Any) -> bool:
    return type(one) is int and 0 <= one <= _LONGEST


def _is_time(one: Any) -> bool:
    return type(one) is int and 0 <= one < _LAST_MS
