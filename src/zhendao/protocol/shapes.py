"""How a frozen dataclass becomes a CBOR map with integer keys, a JSON object, and back.

Each field of a wire value is declared once, by `wire(key, type)`; key, bounds, wire form and JSON form all
come from that line. Raises `MalformedError` for everything that the declaration does not allow.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from zhendao.protocol.compiled import Inside, Slot, reader, shower
from zhendao.protocol.errors import MalformedError
from zhendao.protocol.fields import refuse

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.protocol.fields import WireType

T = TypeVar("T")


@dataclass(frozen=True)
class Part:
    """A map of its own, declared as a dataclass of wire fields."""

    shape: type[Any]

    def to_raw(self, value: Any) -> dict[int, Any]:
        """Return the map."""
        if not isinstance(value, self.shape):
            raise refuse(self.shape.__name__, value)
        return to_map(value)

    def from_raw(self, raw: Any) -> Any:
        """Return the value that the map stands for."""
        return from_map(self.shape, raw)

    def to_plain(self, value: Any) -> dict[str, Any]:
        """Return the JSON object."""
        return to_object(value)

    def from_plain(self, plain: Any) -> Any:
        """Return the value that the JSON object stands for."""
        return from_object(self.shape, plain)


_KEY, _TYPE, _OPTIONAL = "wire-key", "wire-type", "wire-optional"


def wire(key: int, of: WireType) -> Any:
    """Declare a field that is always there."""
    return field(metadata={_KEY: key, _TYPE: of, _OPTIONAL: False})


def maybe(key: int, of: WireType) -> Any:
    """Declare a field that may be absent: None in Python, left out on the wire and in JSON."""
    return field(default=None, kw_only=True, metadata={_KEY: key, _TYPE: of, _OPTIONAL: True})


@dataclass(frozen=True, slots=True)
class _Plan:
    slots: tuple[Slot, ...]
    keys: frozenset[int]
    names: frozenset[str]
    read: Callable[[Any], Any]
    show: Callable[[Any], dict[str, Any]]


_PLANS: dict[type[Any], _Plan] = {}


def _plan(shape: type[Any]) -> _Plan:
    plan = _PLANS.get(shape)
    if plan is None:
        slots = tuple(
            Slot(
                one.name, one.metadata[_KEY], one.metadata[_TYPE], one.metadata[_OPTIONAL], _inside(one.metadata[_TYPE])
            )
            for one in fields(shape)
        )
        plan = _Plan(
            slots,
            frozenset(slot.key for slot in slots),
            frozenset(slot.name for slot in slots),
            reader(shape, slots, partial(declared_map, shape)),
            shower(slots, declared_object),
        )
        _PLANS[shape] = plan
    return plan


def _inside(of: WireType) -> Inside | None:
    if not isinstance(of, Part):
        return None
    plan = _plan(of.shape)
    return Inside(of.shape, plan.read, plan.show)


def to_map(value: Any) -> dict[int, Any]:
    """Return the CBOR map of a wire value, checking every field."""
    found: dict[int, Any] = {}
    for slot in _plan(type(value)).slots:
        one = getattr(value, slot.name)
        if one is None and slot.optional:
            continue
        found[slot.key] = slot.of.to_raw(one)
    return found


def from_map(shape: type[T], raw: Any) -> T:
    """Return the ``shape`` that a CBOR map stands for; unknown and missing keys are refused."""
    if not isinstance(raw, dict):
        raise refuse("map", raw)
    found: T = _plan(shape).read(raw)
    return found


def declared_map(shape: type[T], raw: Any) -> T:
    """Read a map as it is declared, field by field; `from_map` comes here where its quick way does not take it."""
    if not raw.keys() <= _plan(shape).keys:
        raise MalformedError("key", f"{shape.__name__} has a key that it does not know")
    found: dict[str, Any] = {}
    for slot in _plan(shape).slots:
        if slot.key in raw:
            found[slot.name] = slot.of.from_raw(raw[slot.key])
        elif not slot.optional:
            raise MalformedError("missing", f"{shape.__name__} lacks {slot.name}")
    return shape(**found)


def to_object(value: Any) -> dict[str, Any]:
    """Return the JSON object of a wire value."""
    return _plan(type(value)).show(value)


def declared_object(value: Any) -> dict[str, Any]:
    """Show a value as it is declared, field by field; `to_object` comes here where its quick way does not take it."""
    return {
        slot.name: slot.of.to_plain(getattr(value, slot.name))
        for slot in _plan(type(value)).slots
        if not (slot.optional and getattr(value, slot.name) is None)
    }


def from_object(shape: type[T], plain: Any) -> T:
    """Return the ``shape`` that a JSON object stands for; unknown and missing names are refused."""
    if not isinstance(plain, dict):
        raise refuse("object", plain)
    if not plain.keys() <= _plan(shape).names:
        raise MalformedError("key", f"{shape.__name__} has a name that it does not know")
    found: dict[str, Any] = {}
    for slot in _plan(shape).slots:
        if slot.name in plain:
            found[slot.name] = slot.of.from_plain(plain[slot.name])
        elif not slot.optional:
            raise MalformedError("missing", f"{shape.__name__} lacks {slot.name}")
    return shape(**found)
