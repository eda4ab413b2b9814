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
_SOURCE = OneOf(ClockSource)
_BODY = Bytes(1, MAX_EVENT_BYTES)
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
    if shape is None:
        body = plain["body"]
        if not isinstance(body, dict) or body.keys() != {"cbor"}:
            raise MalformedError("key", "an unknown body has cbor")
        made: Any = Unknown(_BODY.from_plain(body["cbor"]))
    else:
        made = from_object(shape, plain["body"])
    return Event(
        device=_ID.from_plain(plain["device"]),
        epoch=_ID.from_plain(plain["epoch"]),
        seq=Int(1, UINT.high).from_plain(plain["seq"]),
        boot_id=_ID.from_plain(plain["boot_id"]),
        mono_ns=UINT.from_plain(plain["mono_ns"]),
        wall_ms=SINT.from_plain(plain["wall_ms"]),
        clock_source=ClockSource(_SOURCE.from_plain(clock["source"])),
        clock_bound_ms=None if clock["bound_ms"] is None else UINT.from_plain(clock["bound_ms"]),
        kind=kind,
        version=version,
        body=made,
    )


def _kind(plain: object) -> int:
    if isinstance(plain, str):
        return int(OneOf(Kind).from_plain(plain))
    number = UINT.from_plain(plain)
    if number in Kind.__members__.values():
        raise MalformedError("enum", "a known kind goes by its name")
    return number
