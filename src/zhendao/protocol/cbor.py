"""CBOR in the one form that the wire allows: deterministic, integer keys, no floats, no tags, at most 8 deep.

Promise: `decode` of any bytes is a value that `encode` turns back into exactly those bytes, or a `MalformedError`.
docs/protocol.md section 1; RFC 8949 section 4.2.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Never, TypeAlias

import cbor2

from zhendao.protocol.errors import MalformedError
from zhendao.protocol.limits import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

_INT_MIN, _INT_END = -(1 << 64), 1 << 64

_UINT_HEADS = {1: b"\x18", 2: b"\x19", 4: b"\x1a", 8: b"\x1b"}
_INT_ONLY = {int}
_SIMPLE = frozenset({int, bytes, str, bool, type(None)})
_NESTED = frozenset({dict, list})

Value: TypeAlias = "int | bytes | str | bool | Sequence[Value] | Mapping[int, Value] | None"


def _refuse_tag(*_: object) -> Never:
    raise ValueError("a tag")


# cbor2 builds decimals, big numbers, cyclic lists and more from tags before anybody can look: all are refused unread.
_NO_TAGS = dict.fromkeys((*range(512), 1004, 43000, 55799), _refuse_tag)


def encode(value: Value) -> bytes:
    """Return the deterministic encoding of ``value``.

    Raises:
        MalformedError: ``value`` holds something that the wire has no place for (float, text key, ninth level …).
    """
    if type(value) in _NESTED and _in_order(value, 0):
        return cbor2.dumps(value)  # what is written shortest, in the order in which it stands, is the canonical form
    check(value, 0)
    return cbor2.dumps(value, canonical=True)


def _in_order(value: Any, depth: int) -> bool:
    """Tell, quickly, whether `check` certainly takes ``value`` and its keys stand in order already."""
    if depth == MAX_DEPTH or (type(value) is dict and not _rising(value)):
        return False
    for one in value.values() if type(value) is dict else value:
        kind = type(one)
        if kind is int:
            good = _INT_MIN <= one < _INT_END
        elif kind in _NESTED:
            good = _in_order(one, depth + 1)
        else:
            good = kind in _SIMPLE and (kind is not str or one.isprintable())
        if not good:
            return False
    return True


def _rising(keys: Iterable[Any]) -> bool:
    """Tell whether ``keys`` are unsigned integers, each greater than the one before."""
    last = -1
    for key in keys:
        if type(key) is not int or key <= last:
            return False
        last = key
    return last < _INT_END


def uint(number: int) -> bytes:
    """Return the encoding of an unsigned integer below 2^64: for headers of which only a number changes."""
    if number < 24:  # noqa: PLR2004 - RFC 8949 section 3: these stand in the first byte
        return bytes((number,))
    size = 1 if number < 1 << 8 else 2 if number < 1 << 16 else 4 if number < 1 << 32 else 8
    return _UINT_HEADS[size] + number.to_bytes(size, "big")


def decode(data: bytes, max_bytes: int) -> Any:
    """Return the value in ``data``: int, bytes, str, bool, None, list, or dict with unsigned integer keys.

    Raises:
        MalformedError: longer than ``max_bytes``, not CBOR, or not in the deterministic form.
    """
    if len(data) > max_bytes:
        raise MalformedError("too-long", f"{len(data)} bytes, at most {max_bytes} are allowed")
    try:
        value = cbor2.loads(
            data,
            tag_hook=_refuse_tag,
            semantic_decoders=_NO_TAGS,
            max_depth=MAX_DEPTH,
            allow_indefinite=False,
            allow_duplicate_keys=False,
        )
    except (cbor2.CBORError, ValueError, TypeError, OverflowError, RecursionError, MemoryError) as error:
        raise MalformedError("not-cbor", "no deterministic CBOR item") from error
    if not certainly_good(value, 0):
        check(value, 0, ordered=True)  # names what is wrong, or takes what is only uncommon
    if cbor2.dumps(value) != data:  # integers and lengths are written shortest; the order of keys was checked
        raise MalformedError("not-canonical", "CBOR, but not in its deterministic form")
    return value


def certainly_good(value: Any, depth: int) -> bool:
    """Tell, quickly, whether a value just decoded is certainly good; `check` says the same of it, and why not.

    Integers from bytes are within 64 bits and texts are UTF-8; what is left are types, keys and depth.
    """
    inside: Collection[Any]
    if type(value) is dict:
        keys = list(value)
        if keys and (set(map(type, keys)) != _INT_ONLY or keys[0] < 0 or keys != sorted(keys)):
            return False
        inside = value.values()
    elif type(value) is list:
        inside = value
    else:
        return type(value) in _SIMPLE
    if depth == MAX_DEPTH:
        return False
    others = set(map(type, inside)) - _SIMPLE
    if not others:
        return True
    if not others <= _NESTED:
        return False
    return all(certainly_good(one, depth + 1) for one in inside if type(one) in _NESTED)


def check(value: object, depth: int, *, ordered: bool = False) -> None:
    """Refuse what is outside the wire's small part of CBOR; True and False count as no integers."""
    if isinstance(value, dict):
        _go_down(depth)
        _check_keys(value, ordered=ordered)
        _check_each(value.values(), depth + 1, ordered=ordered)
    elif isinstance(value, (list, tuple)):  # a union is made anew each time
        _go_down(depth)
        _check_each(value, depth + 1, ordered=ordered)
    elif isinstance(value, str):
        _check_text(value)
    elif isinstance(value, int):
        if not _INT_MIN <= value < _INT_END:
            raise MalformedError("integer-range", "an integer beyond 64 bits")
    elif value is not None and not isinstance(value, bytes):
        raise MalformedError("type", f"{type(value).__name__} has no place on the wire")


def _check_each(values: Iterable[object], depth: int, *, ordered: bool) -> None:
    for value in values:
        # Most values are plain bytes and integers: no call for those.
        kind = type(value)
        if kind is not bytes and (kind is not int or not _INT_MIN <= value < _INT_END):  # type: ignore[operator]
            check(value, depth, ordered=ordered)


def _check_keys(keys: Iterable[object], *, ordered: bool) -> None:
    last = -1
    for key in keys:
        if type(key) is bool or not isinstance(key, int) or not 0 <= key < _INT_END:
            raise MalformedError("key", "a map key that is no unsigned integer")
        if ordered and key <= last:
            raise MalformedError("not-canonical", "map keys out of order")
        last = key


def _go_down(depth: int) -> None:
    if depth == MAX_DEPTH:
        raise MalformedError("nesting", f"more than {MAX_DEPTH} levels")


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise MalformedError("not-utf8", "text with a lone surrogate") from error
