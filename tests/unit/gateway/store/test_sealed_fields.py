"""Sealed fields: they open in their own place alone, under the key that they name alone. rule: SM4 / ESCROW"""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import zhendao.gateway
from zhendao.command.atrest import fields
from zhendao.command.atrest.catalogue import COLUMNS, PURPOSES
from zhendao.gateway.store.metadata import load_tables
from zhendao.gateway.store.sealing import StoreKey
from zhendao.protocol.errors import CryptoError

KEY = bytes(range(16))
PLAIN, BOUND = st.binary(max_size=60), st.binary(max_size=30)
NONCE = st.binary(min_size=12, max_size=12)
NUMBER = st.integers(1, 2**32 - 1)


class Held:
    """Data keys without a store."""

    def __init__(self) -> None:
        self.keys = {number: (purpose, bytes([number]) * 16) for number, purpose in enumerate(PURPOSES, 1)}

    def current(self, purpose: str) -> tuple[int, bytes]:
        return max((number, key) for number, (what, key) in self.keys.items() if what == purpose)

    def by_number(self, number: int) -> tuple[str, bytes] | None:
        return self.keys.get(number)

    def look_ups(self) -> list[bytes]:
        return [bytes(32)]

    def refresh(self) -> None:
        pass


@given(PLAIN, BOUND, NONCE, NUMBER)
def test_a_field_opens_where_it_belongs(plain: bytes, bound_to: bytes, nonce: bytes, number: int) -> None:
    sealed = fields.seal(KEY, number, nonce, plain, bound_to)
    assert fields.number_of(sealed) == number
    assert fields.open_field(KEY, sealed, bound_to) == plain
    assert len(sealed) == len(plain) + 33


@given(PLAIN, BOUND, NONCE, NUMBER, st.data())
def test_a_field_that_was_altered_or_moved_does_not_open(
    plain: bytes, bound_to: bytes, nonce: bytes, number: int, data: st.DataObject
) -> None:
    sealed = bytearray(fields.seal(KEY, number, nonce, plain, bound_to))
    with pytest.raises(CryptoError):
        fields.open_field(KEY, bytes(sealed), bound_to + b"x")
    at = data.draw(st.integers(0, len(sealed) - 1))
    sealed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(CryptoError):
        fields.open_field(KEY, bytes(sealed), bound_to)


@given(PLAIN, BOUND)
def test_what_was_sealed_before_there_were_data_keys_is_still_opened(plain: bytes, bound_to: bytes) -> None:
    key = StoreKey(bytes(32))
    before = key.seal(plain, b"as it was bound")
    key.hold(Held())
    assert key.of("cases").open(before, bound_to, b"as it was bound") == plain
    after = key.of("cases").seal(plain, bound_to)
    assert fields.number_of(after) == 1 + PURPOSES.index("cases")
    assert key.of("cases").open(after, bound_to) == plain
    assert not key.of("cases").is_current(before)
    assert key.of("cases").is_current(after)


def test_a_field_of_one_purpose_is_none_of_another() -> None:
    key = StoreKey(bytes(32))
    key.hold(Held())
    sealed = key.of("cases").seal(b"said", b"here")
    with pytest.raises(CryptoError):
        key.of("alerts").open(sealed, b"here")


def test_a_destroyed_key_opens_nothing() -> None:
    key, held = StoreKey(bytes(32)), Held()
    key.hold(held)
    sealed = key.of("cases").seal(b"said", b"here")
    held.keys = {number: one for number, one in held.keys.items() if one[0] != "cases"}
    with pytest.raises(CryptoError):
        key.of("cases").open(sealed, b"here")


def test_every_column_that_is_said_to_be_sealed_is_in_the_catalogue() -> None:
    said = set()
    for path in Path(zhendao.gateway.__file__).parent.rglob("*.py"):
        for line in path.read_text("utf-8").splitlines():
            found = re.search(r'Column\("(\w+)", LargeBinary.*#.*sealed', line)
            if found:
                said.add(found.group(1))
    assert said - {"sealed"} <= {one.column for one in COLUMNS}
    tables = load_tables().tables
    for one in COLUMNS:
        assert {one.column, *one.needs} <= set(tables[one.table].columns.keys()), one
    assert {one.purpose for one in COLUMNS} == set(PURPOSES)
    personal = {name for name, table in tables.items() if "personal" in table.columns}
    assert {one.table for one in COLUMNS if one.column == "personal"} <= personal
