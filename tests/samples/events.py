"""Hypothesis strategies for every event that the wire can carry, built from the declarations themselves."""

from typing import Any

from hypothesis import strategies as st

from zhendao.protocol import cbor
from zhendao.protocol.bodies import SHAPES, Unknown
from zhendao.protocol.event import Event
from zhendao.protocol.fields import I64, U64, Bytes, Int, OneOf, Sequence, SetOf, Truth, Words
from zhendao.protocol.health import Counter
from zhendao.protocol.shapes import Part, on_wire
from zhendao.protocol.vocabulary import ClockSource

IDS = st.binary(min_size=16, max_size=16)
UINTS = st.integers(0, U64)
WORDS = st.characters(exclude_categories=("Cs",))


def values_of(kind: Any) -> st.SearchStrategy[Any]:  # noqa: PLR0911 - one return for each wire type
    """Return a strategy for what a field of this wire type may hold."""
    match kind:
        case Int(low, high):
            return st.integers(low, high)
        case Bytes(low, high):
            return st.binary(min_size=low, max_size=min(high, low + 40))
        case Words(high):
            return st.text(WORDS, max_size=high)
        case Truth():
            return st.booleans()
        case OneOf(words):
            return st.sampled_from(list(words))
        case SetOf(words):
            return st.integers(0, sum(words)).map(words)
        case Part(shape):
            return bodies_of(shape)
        case Sequence(of, high):
            return st.lists(values_of(of), max_size=min(high, 4)).map(tuple)
        case _:
            names = st.lists(st.text(WORDS, max_size=32), unique=True, max_size=5).map(sorted)
            return names.flatmap(lambda found: st.tuples(*(st.builds(Counter, st.just(name), UINTS) for name in found)))


def bodies_of(shape: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for one body or part."""
    wanted = {}
    for one in on_wire(shape):
        strategy = values_of(one.metadata["wire-type"])
        wanted[one.name] = st.none() | strategy if one.metadata["wire-optional"] else strategy
    return st.builds(shape, **wanted)


def events_of(kind: int, version: int) -> st.SearchStrategy[Event]:
    """Return a strategy for events of one known kind."""
    return _events(st.just(kind), st.just(version), bodies_of(SHAPES[kind, version]))


def unknown_events() -> st.SearchStrategy[Event]:
    """Return a strategy for events of kinds and versions of a later release."""
    bodies = st.dictionaries(st.integers(0, 40), st.integers(-I64, I64) | st.binary(max_size=20), max_size=4)
    later = st.tuples(st.integers(0, 200), st.integers(2, 9)) | st.tuples(st.integers(16, U64), st.just(1))
    return later.filter(lambda pair: pair not in SHAPES).flatmap(
        lambda pair: _events(st.just(pair[0]), st.just(pair[1]), bodies.map(lambda body: Unknown(cbor.encode(body))))
    )


def _events(kind: Any, version: Any, body: Any) -> st.SearchStrategy[Event]:
    return st.builds(
        Event,
        device=IDS,
        epoch=IDS,
        seq=st.integers(1, U64),
        boot_id=IDS,
        mono_ns=UINTS,
        wall_ms=st.integers(-I64 - 1, I64),
        clock_source=st.sampled_from(list(ClockSource)),
        clock_bound_ms=st.none() | UINTS,
        kind=kind,
        version=version,
        body=body,
    )


def any_events() -> st.SearchStrategy[Event]:
    """Return a strategy for all events."""
    return st.one_of([events_of(*pair) for pair in SHAPES] + [unknown_events()])
