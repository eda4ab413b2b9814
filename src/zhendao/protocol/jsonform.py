"""The one JSON form of a decoded event (docs/protocol.md section 3): for the API, exports and judgement.

Bytes are lower-case hex, enumerations names, bit sets lists of names, integers integers; it converts back
without loss.
"""

from __future__ import annotations

from typing import Any

from zhendao.protocol.bodies import SHAPES, Unknown
from zhendao.protocol.errors import MalformedError
from zhendao.protocol.event import Event
from zhendao.protocol.fields import SINT, UINT, Bytes, Int, OneOf, exactly
from zhendao.protocol.limits import MAX_EVENT_BYTES
from zhendao.protocol.shapes import from_object, to_object
from zhendao.protocol.vocabulary import ClockSource, Kind

_ID = exactly(16)
_SEQ = Int(1, UINT.high)
_SOURCE = OneOf(ClockSource)
_BODY = Bytes(1, MAX_EVENT_BYTES)
_SOURCES = {one.name.lower(): one for one in ClockSource}
_KINDS = {one.name.lower(): int(one) for one in Kind}
_NAMES = frozenset({"device", "epoch", "seq", "boot_id", "mono_ns", "wall_ms", "clock", "kind", "version", "body"})


def kind_name(kind: int) -> str | int:
    """Return the name of a kind, or its number where it has none here."""
    return Kind(kind).name.lower() if kind in Kind.__members__.values() else kind


def event_to_json(event: Event) -> dict[str, Any]:
    """Return the JSON object of ``event``."""
    body = event.body
    return {
        "device": event.device.hex(),
        "epoch": event.epoch.hex(),
        "seq": event.seq,
        "boot_id": event.boot_id.hex(),
        "mono_ns": event.mono_ns,
        "wall_ms": event.wall_ms,
        "clock": {"source": _SOURCE.to_plain(event.clock_source), "bound_ms": event.clock_bound_ms},
        "kind": kind_name(event.kind),
        "version": event.version,
        "body": {"cbor": body.cbor.hex()} if isinstance(body, Unknown) else to_object(body),
    }


def event_from_json(plain: object) -> Event:
    """Return the event that a JSON object stands for; raises `MalformedError` for anything else."""
    if not isinstance(plain, dict) or plain.keys() != _NAMES:
        raise MalformedError("key", "an event has names missing or too many")
    clock = plain["clock"]
    if not isinstance(clock, dict) or clock.keys() != {"source", "bound_ms"}:
        raise MalformedError("key", "a clock has source and bound_ms")
    kind, version = _kind(plain["kind"]), UINT.from_plain(plain["version"])
    shape = SHAPES.get((kind, version))
    made = _unknown(plain["body"]) if shape is None else from_object(shape, plain["body"])
    bound_ms = clock["bound_ms"]
    return Event(
        _ID.from_plain(plain["device"]),
        _ID.from_plain(plain["epoch"]),
        _SEQ.from_plain(plain["seq"]),
        _ID.from_plain(plain["boot_id"]),
        UINT.from_plain(plain["mono_ns"]),
        SINT.from_plain(plain["wall_ms"]),
        _source(clock["source"]),
        None if bound_ms is None else UINT.from_plain(bound_ms),
        kind,
        version,
        made,
    )


def _unknown(plain: object) -> Unknown:
    if not isinstance(plain, dict) or plain.keys() != {"cbor"}:
        raise MalformedError("key", "an unknown body has cbor")
    return Unknown(_BODY.from_plain(plain["cbor"]))


def _source(plain: object) -> ClockSource:
    known = _SOURCES.get(plain) if type(plain) is str else None
    return ClockSource(_SOURCE.from_plain(plain)) if known is None else known


def _kind(plain: object) -> int:
    if isinstance(plain, str):
        known = _KINDS.get(plain)
        return int(OneOf(Kind).from_plain(plain)) if known is None else known
    number = UINT.from_plain(plain)
    if number in Kind.__members__.values():
        raise MalformedError("enum", "a known kind goes by its name")
    return number
