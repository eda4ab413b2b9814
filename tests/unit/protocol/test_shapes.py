"""The functions that are written from the declarations take and refuse, and show, exactly what the declarations say."""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from samples.events import any_events, events_of
from zhendao.protocol import cbor
from zhendao.protocol.bodies import KIND_OF, SHAPES, Check, Unknown
from zhendao.protocol.errors import MalformedError
from zhendao.protocol.event import Event, decode_event, encode_event
from zhendao.protocol.shapes import (
    declared_map,
    declared_object,
    from_map,
    from_object,
    taken_as_declared,
    to_map,
    to_object,
)

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**64), 2**64),
    st.floats(),
    st.binary(max_size=40),
    st.text(max_size=210),
    st.lists(st.integers(-1, 2**64), max_size=18),
    st.dictionaries(st.integers(0, 20) | st.booleans(), st.integers(0, 3) | st.binary(max_size=20), max_size=4),
)


def outcome(read: Any, shape: type[Any], raw: Any) -> Any:
    try:
        return read(shape, raw)
    except MalformedError as error:
        return error.reason, error.detail


@given(event=any_events().filter(lambda one: not isinstance(one.body, Unknown)), data=st.data())
def test_both_ways_say_the_same_of_every_map(event: Event, data: st.DataObject) -> None:
    raw = to_map(event.body)
    assert from_map(type(event.body), raw) == declared_map(type(event.body), raw) == event.body
    inside = raw
    while data.draw(st.booleans()) and (parts := [one for one in inside.values() if isinstance(one, dict)]):
        inside = data.draw(st.sampled_from(parts))
    key = data.draw(st.sampled_from([*inside, 0, 16, True, "1", 1.0]))
    if data.draw(st.booleans()) and key in inside:
        del inside[key]
    else:
        inside[key] = data.draw(JUNK)
    assert outcome(from_map, type(event.body), raw) == outcome(declared_map, type(event.body), raw)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=lambda shape: shape.__name__)
@given(raw=JUNK)
def test_both_ways_say_the_same_of_anything_else(shape: type[Any], raw: Any) -> None:
    if isinstance(raw, dict):
        assert outcome(from_map, shape, raw) == outcome(declared_map, shape, raw)
    else:
        with pytest.raises(MalformedError, match="map wanted"):
            from_map(shape, raw)


PLAIN_JUNK = st.one_of(
    JUNK.filter(lambda one: not isinstance(one, bytes | dict)),
    st.sampled_from(["", "0" * 32, "A" * 32, "0 " * 16, "ab" * 600, "١" * 32, "first", "FIRST", "ntp"]),
    st.lists(st.sampled_from(["late", "no_fix", "gps", "beidou", "", "GPS"]), max_size=4),
    st.lists(st.lists(st.integers(), max_size=1), min_size=1, max_size=2),
    st.dictionaries(st.sampled_from(["seq", "epoch", "uid", "bound_ms"]), st.integers(0, 3), max_size=2),
)


@given(event=any_events().filter(lambda one: not isinstance(one.body, Unknown)), data=st.data())
def test_both_ways_say_the_same_of_every_object(event: Event, data: st.DataObject) -> None:
    shape, plain = type(event.body), to_object(event.body)
    assert repr(from_object(shape, plain)) == repr(taken_as_declared(shape, plain)) == repr(event.body)
    inside = plain
    while data.draw(st.booleans()) and (parts := [one for one in inside.values() if isinstance(one, dict)]):
        inside = data.draw(st.sampled_from(parts))
    name = data.draw(st.sampled_from([*inside, "detail", "nobody"]))
    if data.draw(st.booleans()) and name in inside:
        del inside[name]
    else:
        inside[name] = data.draw(PLAIN_JUNK)
    assert outcome(from_object, shape, plain) == outcome(taken_as_declared, shape, plain)


@given(any_events().filter(lambda one: not isinstance(one.body, Unknown)))
def test_both_ways_show_the_same(event: Event) -> None:
    shown = to_object(event.body)
    assert shown == declared_object(event.body)
    assert list(shown) == list(declared_object(event.body))


@given(events_of(*KIND_OF[Check]))
def test_a_value_out_of_bounds_is_not_shown(event: Event) -> None:
    object.__setattr__(event.body, "opened_by", -1)
    with pytest.raises(MalformedError):
        to_object(event.body)


@given(any_events())
def test_types_that_come_back_are_the_declared_ones(event: Event) -> None:
    again = decode_event(encode_event(event))
    assert repr(again.body) == repr(event.body)


@given(st.recursive(JUNK, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.integers(0, 9), inner)))
def test_the_quick_look_at_cbor_takes_nothing_that_the_thorough_one_refuses(value: Any) -> None:
    assume("18446744073709551616" not in repr(value))  # no bytes decode to a whole number beyond 64 bits
    if cbor.certainly_good(value, 0):
        cbor.check(value, 0, ordered=True)
