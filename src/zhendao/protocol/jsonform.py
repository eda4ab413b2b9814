"""The one JSON form of a decoded event (docs/protocol.md section 3): for the API, exports and judgement.

Bytes are lower-case hex, enumerations names, bit sets lists of names, integers integers; it converts back
without loss.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from zhendao.protocol.bodies import SHAPES, Unknown
from zhendao.protocol.compiled import Slot
from zhendao.protocol.errors import MalformedError
from zhendao.protocol.event import Event
from zhendao.protocol.fields import SINT, UINT, Bytes, Int, OneOf, exactly
from zhendao.protocol.limits import MAX_EVENT_BYTES
from zhendao.protocol.shapes import from_object, to_object
from zhendao.protocol.taking import taker
from zhendao.protocol.vocabulary import ClockSource, Kind

if TYPE_CHECKING:
    from collections.abc import Callable

_ID = exactly(16)
_SOURCE = OneOf(ClockSource)
_BODY = Bytes(1, MAX_EVENT_BYTES)
_SOURCES = {one.name.lower(): one for one in ClockSource}
_KINDS = {one.name.lower(): int(one) for one in Kind}
_KIND_NAMES = {number: name for name, number in _KINDS.items()}


def kind_name(kind: int) -> str | int:
    """Return the name of a kind, or its number where it has none here."""
    return _KIND_NAMES.get(kind, kind)


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
    found: Event = _taker()(plain)
    return found


@cache
def _taker() -> Callable[[Any], Any]:
    return taker(_event, _SLOTS, _declared)


def _declared(plain: Any) -> Event:
    """Take an object as it is declared; `event_from_json` comes here where its quick way does not do."""
    if not isinstance(plain, dict) or plain.keys() != _NAMES:
        raise MalformedError("key", "an event has names missing or too many")
    return _event(**{slot.name: slot.of.from_plain(plain[slot.name]) for slot in _SLOTS})


def _event(
    clock: tuple[ClockSource, int | None],
    kind: int,
    version: int,
    body: Any,
    device: bytes,
    epoch: bytes,
    seq: int,
    boot_id: bytes,
    mono_ns: int,
    wall_ms: int,
) -> Event:
    shape = SHAPES.get((kind, version))
    made = _unknown(body) if shape is None else from_object(shape, body)
    return Event(device, epoch, seq, boot_id, mono_ns, wall_ms, *clock, kind, version, made)


def _unknown(plain: object) -> Unknown:
    if not isinstance(plain, dict) or plain.keys() != {"cbor"}:
        raise MalformedError("key", "an unknown body has cbor")
    return Unknown(_BODY.from_plain(plain["cbor"]))


class _OwnClock:
    """Source and bound of an event's own time."""

    @staticmethod
    def from_plain(plain: Any) -> tuple[ClockSource, int | None]:
        if not isinstance(plain, dict) or plain.keys() != {"source", "bound_ms"}:
            raise MalformedError("key", "a clock has source and bound_ms")
        source, bound_ms = plain["source"], plain["bound_ms"]
        known = _SOURCES.get(source) if type(source) is str else None
        return (
            ClockSource(_SOURCE.from_plain(source)) if known is None else known,
            None if bound_ms is None else UINT.from_plain(bound_ms),
        )

    to_raw = from_raw = to_plain = from_plain


class _KindWord:
    """The name of a kind, or the number of one that has no name here."""

    @staticmethod
    def from_plain(plain: Any) -> int:
        if isinstance(plain, str):
            known = _KINDS.get(plain)
            return int(OneOf(Kind).from_plain(plain)) if known is None else known
        number = UINT.from_plain(plain)
        if number in Kind.__members__.values():
            raise MalformedError("enum", "a known kind goes by its name")
        return number

    to_raw = from_raw = to_plain = from_plain


class _Body:
    """What stands for the body: its shape takes it."""

    @staticmethod
    def from_plain(plain: Any) -> Any:
        return plain

    to_raw = from_raw = to_plain = from_plain


_SLOTS = tuple(
    Slot(name, 0, of, optional=False)
    for name, of in (
        ("clock", _OwnClock()),
        ("kind", _KindWord()),
        ("version", UINT),
        ("body", _Body()),
        ("device", _ID),
        ("epoch", _ID),
        ("seq", Int(1, UINT.high)),
        ("boot_id", _ID),
        ("mono_ns", UINT),
        ("wall_ms", SINT),
    )
)
_NAMES = frozenset(slot.name for slot in _SLOTS)
