"""The event: what a terminal witnessed, when, by which clock (docs/protocol.md section 3).

`encode_event` gives the plaintext that is sealed; `decode_event` takes any bytes and gives an `Event` or raises
`MalformedError`. Encoding what was decoded gives the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zhendao.protocol import cbor
from zhendao.protocol.bodies import KIND_OF, SHAPES, Body, Unknown
from zhendao.protocol.compiled import Slot, reader
from zhendao.protocol.errors import MalformedError
from zhendao.protocol.fields import SINT, UINT, Int, OneOf, exactly
from zhendao.protocol.limits import MAX_EVENT_BYTES
from zhendao.protocol.shapes import from_map, to_map
from zhendao.protocol.vocabulary import ClockSource

_ID = exactly(16)
_SEQ = Int(1, UINT.high)
_SOURCE = OneOf(ClockSource)
_REQUIRED = frozenset({1, 2, 3, 4, 5, 6, 7, 9, 10, 11})
_BOUND = 8


@dataclass(frozen=True, slots=True)
class Event:
    """One raw fact. ``wall_ms`` is UTC as the terminal had it; ``mono_ns`` orders events of one ``boot_id``."""

    device: bytes
    epoch: bytes
    seq: int
    boot_id: bytes
    mono_ns: int
    wall_ms: int
    clock_source: ClockSource
    clock_bound_ms: int | None
    kind: int
    version: int
    body: Body


def kind_and_version(body: Body) -> tuple[int, int]:
    """Return the kind and version that ``body`` is sent as; an `Unknown` body has none of its own."""
    try:
        return KIND_OF[type(body)]
    except KeyError:
        raise MalformedError("kind", f"{type(body).__name__} is no body of an event") from None


def encode_event(event: Event) -> bytes:
    """Return the deterministic CBOR of ``event``, at most 16,384 bytes."""
    shape = SHAPES.get((event.kind, event.version))
    if isinstance(event.body, Unknown):
        if shape is not None:
            raise MalformedError("kind", "a known kind with an unknown body")
        body = cbor.decode(event.body.cbor, MAX_EVENT_BYTES)
        if not isinstance(body, dict):
            raise MalformedError("field", "a body is a map")
    elif type(event.body) is shape:
        body = to_map(event.body)
    else:
        raise MalformedError("kind", "kind, version and body do not belong together")
    found: dict[int, Any] = {
        1: _ID.to_raw(event.device),
        2: _ID.to_raw(event.epoch),
        3: _SEQ.to_raw(event.seq),
        4: _ID.to_raw(event.boot_id),
        5: UINT.to_raw(event.mono_ns),
        6: SINT.to_raw(event.wall_ms),
        7: _SOURCE.to_raw(event.clock_source),
    }
    if event.clock_bound_ms is not None:
        found[_BOUND] = UINT.to_raw(event.clock_bound_ms)
    found |= {9: UINT.to_raw(event.kind), 10: UINT.to_raw(event.version), 11: body}
    encoded = cbor.encode(found)
    if len(encoded) > MAX_EVENT_BYTES:
        raise MalformedError("length", f"an event of {len(encoded)} bytes is longer than {MAX_EVENT_BYTES}")
    return encoded


def decode_event(data: bytes) -> Event:
    """Return the event that ``data`` holds; a kind or version not known here becomes an `Unknown` body."""
    head = _read_head(cbor.decode(data, MAX_EVENT_BYTES))
    kind, version, body = head[8:]
    shape = SHAPES.get((kind, version))
    values = [*head[:-1], Unknown(cbor.encode(body)) if shape is None else from_map(shape, body)]
    return Event(*values)


class _Body:
    """The map of a body, as it comes."""

    @staticmethod
    def from_raw(raw: Any) -> Any:
        if not isinstance(raw, dict):
            raise MalformedError("field", "a body is a map")
        return raw

    to_raw = to_plain = from_plain = from_raw


_HEAD = (
    Slot("device", 1, _ID, optional=False),
    Slot("epoch", 2, _ID, optional=False),
    Slot("seq", 3, _SEQ, optional=False),
    Slot("boot_id", 4, _ID, optional=False),
    Slot("mono_ns", 5, UINT, optional=False),
    Slot("wall_ms", 6, SINT, optional=False),
    Slot("clock_source", 7, _SOURCE, optional=False),
    Slot("clock_bound_ms", _BOUND, UINT, optional=True),
    Slot("kind", 9, UINT, optional=False),
    Slot("version", 10, UINT, optional=False),
    Slot("body", 11, _Body(), optional=False),
)


def _head(**values: Any) -> tuple[Any, ...]:
    return tuple(values.values())


def _declared_head(raw: Any) -> tuple[Any, ...]:
    """Read what stands around a body as it is declared, field by field."""
    if not isinstance(raw, dict):
        raise MalformedError("field", "an event is a map")
    if raw.keys() - {_BOUND} != _REQUIRED:
        raise MalformedError("key", "an event has keys missing or too many")
    return tuple(slot.of.from_raw(raw[slot.key]) if slot.key in raw else None for slot in _HEAD)


_read_head = reader(_head, _HEAD, _declared_head)
