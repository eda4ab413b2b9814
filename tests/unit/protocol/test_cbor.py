"""The strict decoder: any bytes end as a value or as a MalformedError, and a value has one encoding only."""

import contextlib
from enum import IntEnum

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from zhendao.protocol import cbor
from zhendao.protocol.errors import MalformedError

uints = st.integers(0, 2**64 - 1)
scalars = st.none() | st.booleans() | st.integers(-(2**64), 2**64 - 1) | st.binary() | st.text()
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(uints, inner), max_leaves=30)


def depth(value: object) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max((depth(item) for item in inner), default=0)


@given(values.filter(lambda value: depth(value) <= 8))
def test_what_is_encoded_decodes_to_itself(value: object) -> None:
    assert cbor.decode(cbor.encode(value), 1 << 20) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_malformed(data: bytes) -> None:
    try:
        value = cbor.decode(data, 1 << 20)
    except MalformedError:
        return
    assert cbor.encode(value) == data


@given(values.filter(lambda value: depth(value) <= 8), st.data())
def test_a_changed_encoding_is_another_value_or_malformed(value: object, data: st.DataObject) -> None:
    good = bytearray(cbor.encode(value))
    position = data.draw(st.integers(0, len(good) - 1))
    good[position] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(MalformedError):
        assert cbor.encode(cbor.decode(bytes(good), 1 << 20)) == bytes(good)


def test_map_keys_stand_in_the_order_of_their_encoding() -> None:
    assert cbor.encode({300: 0, 24: 0, 2: 0}).hex() == "a30200181800" + "19012c00"


def test_enumerations_are_their_numbers() -> None:
    number = IntEnum("number", {"SEVEN": 7})
    assert cbor.encode({1: number.SEVEN}) == cbor.encode({1: 7})


@pytest.mark.parametrize(
    ("hex_", "reason"),
    [
        ("", "not-cbor"),
        ("1801", "not-canonical"),  # 1 in two bytes
        ("190001", "not-canonical"),
        ("580141", "not-canonical"),  # length in two bytes
        ("0000", "not-canonical"),  # something after the item
        ("9f01ff", "not-cbor"),  # indefinite array
        ("5f4101ff", "not-cbor"),  # indefinite bytes
        ("a201000100", "not-cbor"),  # key twice
        ("a202000100", "not-canonical"),  # keys out of order
        ("a16161" + "01", "key"),  # text key
        ("a12001", "key"),  # negative key
        ("a1f501", "key"),  # true as key
        ("a1810101", "key"),  # array as key
        ("f97e00", "type"),  # NaN
        ("fb3ff0000000000000", "type"),  # 1.0
        ("f7", "type"),  # undefined
        ("e0", "type"),  # simple value 0
        ("61ff", "not-cbor"),  # no UTF-8
        ("c11a00000000", "not-cbor"),  # tag: a date
        ("c249010000000000000000", "not-cbor"),  # tag: a big number
        ("c4821a3fffffff01", "not-cbor"),  # tag: 1e1073741823
        ("d81c81d81d00", "not-cbor"),  # tags: a list in itself
        ("d9d9f701", "not-cbor"),  # tag: self-described
        ("d90fff01", "not-cbor"),  # a tag nobody knows
        ("81" * 9 + "00", "nesting"),
        ("81" * 5000 + "00", "not-cbor"),
        ("9bffffffffffffffff", "not-cbor"),
        ("5b7fffffffffffffff", "not-cbor"),
        ("bb7fffffffffffffff", "not-cbor"),
    ],
)
def test_what_is_not_the_wires_form_is_refused(hex_: str, reason: str) -> None:
    with pytest.raises(MalformedError) as caught:
        cbor.decode(bytes.fromhex(hex_), 1 << 20)
    assert caught.value.reason in {reason, "not-cbor"}


def test_eight_levels_are_enough_and_nine_too_many() -> None:
    eight = bytes.fromhex("81" * 8 + "00")
    assert cbor.encode(cbor.decode(eight, 100)) == eight
    with pytest.raises(MalformedError):
        cbor.decode(bytes.fromhex("81" * 9 + "00"), 100)


def test_a_bound_is_a_bound() -> None:
    assert cbor.decode(bytes.fromhex("4101"), 2) == b"\x01"
    with pytest.raises(MalformedError) as caught:
        cbor.decode(bytes.fromhex("4101"), 1)
    assert caught.value.reason == "too-long"


@pytest.mark.parametrize("value", [1.5, {"a": 1}, {-1: 1}, {True: 1}, 2**64, -(2**64) - 1, "\ud800", object(), {1}])
def test_what_the_wire_has_no_place_for_is_not_encoded(value: object) -> None:
    with pytest.raises(MalformedError):
        cbor.encode(value)


@given(st.integers(0, 2**64 - 1))
@example(23)
@example(24)
@example(255)
@example(256)
@example(65_535)
@example(65_536)
@example(2**32 - 1)
@example(2**32)
def test_a_number_by_itself_is_encoded_as_anywhere(number: int) -> None:
    assert cbor.uint(number) == cbor.encode(number)
