"""The bodies of the `health` event, versions 1 and 2 (docs/protocol.md section 3): how a terminal says it is.

Version 1 is read for ever and sent no more. Units are in the names: ``_s`` seconds, ``_kib`` 1024 bytes, ``_dc`` tenths
of a degree Celsius.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zhendao.protocol.errors import MalformedError
from zhendao.protocol.fields import SINT, UINT, OneOf, SetOf, Words
from zhendao.protocol.shapes import maybe, wire
from zhendao.protocol.vocabulary import Concern, HealthReason, PartState

_PAIR = 2
_MOST_COUNTERS = 32


@dataclass(frozen=True, slots=True)
class Counter:
    """A named count."""

    name: str
    count: int


class _Counters:
    """An array of ``[name, count]`` in order of name, at most 32; an object in JSON."""

    def to_raw(self, value: Any) -> list[list[Any]]:
        return [[Words(32).to_raw(one.name), UINT.to_raw(one.count)] for one in self._checked(value)]

    def from_raw(self, raw: Any) -> tuple[Counter, ...]:
        if not isinstance(raw, list):
            raise MalformedError("field", "counters are an array")
        found = []
        for pair in raw:
            if not (isinstance(pair, list) and len(pair) == _PAIR):
                raise MalformedError("field", "a counter is a pair of name and count")
            found.append(Counter(Words(32).from_raw(pair[0]), UINT.from_raw(pair[1])))
        return self._checked(tuple(found))

    def to_plain(self, value: Any) -> dict[str, int]:
        return {one.name: one.count for one in self._checked(value)}

    def from_plain(self, plain: Any) -> tuple[Counter, ...]:
        if not isinstance(plain, dict):
            raise MalformedError("field", "counters are an object")
        return self._checked(
            tuple(Counter(Words(32).from_raw(name), UINT.from_raw(count)) for name, count in sorted(plain.items()))
        )

    @staticmethod
    def _checked(value: tuple[Counter, ...]) -> tuple[Counter, ...]:
        names = [one.name for one in value]
        if names != sorted(set(names)) or len(names) > _MOST_COUNTERS:
            raise MalformedError("field", "counters doubled, out of order, or too many")
        return value


@dataclass(frozen=True, slots=True)
class Health:
    """How the terminal is."""

    uptime_s: int = wire(1, UINT)
    disk_free_kib: int = wire(2, UINT)
    reader: PartState = wire(3, OneOf(PartState))
    gnss: PartState = wire(4, OneOf(PartState))
    unacknowledged: int = wire(5, UINT)
    temperature_dc: int | None = maybe(6, SINT)
    software: str = wire(7, Words(64))
    counters: tuple[Counter, ...] = wire(8, _Counters())


@dataclass(frozen=True, slots=True)
class HealthReport:
    """How the terminal is, version 2: what moved it to say so, what is the matter, and the figures."""

    reason: HealthReason = wire(1, OneOf(HealthReason))
    concerns: Concern = wire(2, SetOf(Concern))
    uptime_s: int = wire(3, UINT)
    machine_up_s: int = wire(4, UINT)
    disk_free_kib: int = wire(5, UINT)
    written_kib: int | None = maybe(6, UINT)
    memory_kib: int | None = maybe(7, UINT)
    memory_free_kib: int | None = maybe(8, UINT)
    temperature_dc: int | None = maybe(9, SINT)
    throttled: int | None = maybe(10, UINT)
    reader: PartState = wire(11, OneOf(PartState))
    gnss: PartState = wire(12, OneOf(PartState))
    unacknowledged: int = wire(13, UINT)
    journal_kib: int = wire(14, UINT)
    software: str = wire(15, Words(64))
    wire_version: int = wire(16, UINT)
    schema_version: int = wire(17, UINT)
    kernel: str = wire(18, Words(64))
    model: str | None = maybe(19, Words(64))
    counters: tuple[Counter, ...] = wire(20, _Counters())
