import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples.events import any_events, events_of, unknown_events
from zhendao.protocol import cbor
from zhendao.protocol.bodies import SHAPES
from zhendao.protocol.errors import MalformedError, ProtocolError
from zhendao.protocol.event import decode_event, encode_event
from zhendao.protocol.jsonform import event_from_json, event_to_json


@pytest.mark.parametrize("pair", SHAPES, ids=lambda pair: SHAPES[pair].__name__)
def test_every_kind_comes_back_from_the_wire_and_from_json(pair: tuple[int, int]) -> None:
    @given(events_of(*pair))
    def comes_back(event: object) -> None:
        encoded = encode_event(event)
        assert decode_event(encoded) == event
        assert event_from_json(json.loads(json.dumps(event_to_json(event)))) == event

    comes_back()


@given(unknown_events())
def test_what_a_later_release_sends_is_kept_as_it_is(event: object) -> None:
    encoded = encode_event(event)
    assert encode_event(decode_event(encoded)) == encoded
    assert event_from_json(event_to_json(event)) == event


@given(st.binary(max_size=200))
def test_any_bytes_are_an_event_or_a_protocol_error(data: bytes) -> None:
    try:
        event = decode_event(data)
    except ProtocolError:
        return
    assert encode_event(event) == data


@given(any_events(), st.data())
def test_a_changed_byte_is_another_event_or_a_protocol_error(event: object, data: st.DataObject) -> None:
    encoded = bytearray(encode_event(event))
    place = data.draw(st.integers(0, len(encoded) - 1))
    encoded[place] ^= data.draw(st.integers(1, 255))
    try:
        other = decode_event(bytes(encoded))
    except ProtocolError:
        return
    assert encode_event(other) == bytes(encoded)


@given(any_events(), st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_any_json_in_any_place_is_an_event_or_a_protocol_error(event: object, junk: object) -> None:
    plain = event_to_json(event)
    for name in plain:
        try:
            found = event_from_json({**plain, name: junk})
        except ProtocolError:
            continue
        assert event_to_json(found)[name] == junk


@given(any_events())
def test_missing_and_foreign_keys_are_refused(event: object) -> None:
    raw = cbor.decode(encode_event(event), 20_000)
    for key in (1, 2, 3, 4, 5, 6, 7, 9, 10, 11):
        with pytest.raises(MalformedError):
            decode_event(cbor.encode({other: value for other, value in raw.items() if other != key}))
    with pytest.raises(MalformedError):
        decode_event(cbor.encode({**raw, 12: 0}))


def test_an_event_longer_than_the_bound_is_refused() -> None:
    with pytest.raises(MalformedError, match="bytes"):
        decode_event(bytes(16_385))
