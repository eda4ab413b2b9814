"""How a frozen dataclass becomes a CBOR map with integer keys, a JSON object, and back.

Each field of a wire value is declared once, by `wire(key, type)`; key, bounds, wire form and JSON form all
come from that line. Raises `MalformedError` for everything that the declaration does not allow.
"""

from __future__ import annotations

from dataclasses import Field, dataclass, field, fields
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


_NEVER = object()


def wire(key: int, of: WireType, *, since: Any = _NEVER) -> Any:
    """Declare a field that is always there.

    ``since`` is the value that it stands for in bodies of a version before it came; such a version is a subclass that
    names the keys that it does not have in ``LATER``.
    """
    metadata = {_KEY: key, _TYPE: of, _OPTIONAL: False}
    return field(metadata=metadata) if since is _NEVER else field(default=since, kw_only=True, metadata=metadata)


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
            for one in on_wire(shape)
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


def on_wire(shape: type[Any]) -> list[Field[Any]]:
    """Return the fields that ``shape`` carries: all that are declared, but those of a later version."""
    later: frozenset[int] = getattr(shape, "LATER", frozenset())
    return [one for one in fields(shape) if one.metadata[_KEY] not in later]


def _inside(of: WireType) -> Inside | None:
    if not isinstance(of, Part):
        return None
    plan = _plan(of.shape)
    return Inside(of.shape, plan.read, plan.show)


def to_map(value: Any) -> dict[int, Any]:
    """Return the CBOR map of a wire value, checking every field; what its version cannot say is refused."""
    found: dict[int, Any] = {}
    _refuse_later(value)
    for slot in _plan(type(value)).slots:
        one = getattr(value, slot.name)
        if one is None and slot.optional:
            continue
        found[slot.key] = slot.of.to_raw(one)
    return found


def _refuse_later(value: Any) -> None:
    later = getattr(type(value), "LATER", None)
    if later and any(getattr(value, one.name) != one.default for one in fields(value) if one.metadata[_KEY] in later):
        raise MalformedError("field", f"{type(value).__name__} cannot say what came in a later version")


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
    found: T = _taker(shape)(plain)
    return found


_TAKERS: dict[type[Any], Callable[[Any], Any]] = {}


def _taker(shape: type[Any]) -> Callable[[Any], Any]:
    made = _TAKERS.get(shape)
    if made is None:
        from zhendao.protocol.taking import taker  # noqa: PLC0415 - whoever takes no JSON need not load it

        made = _TAKERS[shape] = taker(shape, _plan(shape).slots, partial(taken_as_declared, shape), _taker)
    return made


def taken_as_declared(shape: type[T], plain: Any) -> T:
    """Take an object as it is declared, field by field; `from_object` comes here where its quick way does not do."""
    if not plain.keys() <= _plan(shape).names:
        raise MalformedError("key", f"{shape.__name__} has a name that it does not know")
    found: dict[str, Any] = {}
    for slot in _plan(shape).slots:
        if slot.name in plain:
            found[slot.name] = slot.of.from_plain(plain[slot.name])
        elif not slot.optional:
            raise MalformedError("missing", f"{shape.__name__} lacks {slot.name}")
    return shape(**found)
