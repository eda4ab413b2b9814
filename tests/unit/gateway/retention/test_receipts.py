"""Receipts of deletions: one chain, and a digest that says exactly which rows. rule: PIPL"""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from zhendao.gateway.retention.nightly import HOUR_MS, due_ms
from zhendao.gateway.retention.receipt import (
    Receipt,
    Removed,
    broken_at,
    is_signed,
    link_of,
    name_of,
    receipt_of,
    signed,
)
from zhendao.gateway.retention.sweep import DAY_MS
from zhendao.protocol.merkle import leaf_hash, root_of
from zhendao.protocol.suite import SM

ROWS = st.dictionaries(st.sampled_from(["visits", "events", "alerts"]), st.integers(1, 9), min_size=1)


def chain(count: int) -> list[bytes]:
    made: list[bytes] = []
    for number in range(1, count + 1):
        previous = {"previous": link_of(made[-1])} if made else {}
        made.append(Receipt(number, "xuhui", "visits", "r", 5, {"visits": number}, "00", 7, **previous).document())
    return made


@given(st.integers(1, 99), ROWS, st.text(max_size=9), st.integers(-(2**50), 2**50))
def test_a_receipt_is_read_as_it_was_written(number: int, rows: dict[str, int], rule: str, at_ms: int) -> None:
    one = Receipt(number, "xuhui", "visits", rule, at_ms, rows, "ab", at_ms)
    assert receipt_of(one.document()) == one


@given(st.integers(2, 9), st.data())
def test_none_can_be_taken_out_slipped_in_or_changed(count: int, data: st.DataObject) -> None:
    documents = chain(count)
    assert broken_at(documents) is None
    at = data.draw(st.integers(0, count - 2))
    assert broken_at(documents[:at] + documents[at + 1 :]) == at + 1
    assert broken_at([*documents[: at + 1], documents[at], *documents[at + 1 :]]) == at + 2
    other = replace(receipt_of(documents[at]), rows={"visits": 99}).document()
    assert broken_at([*documents[:at], other, *documents[at + 1 :]]) == at + 2


def test_the_signature_is_over_all_of_it() -> None:
    key = SM.new_signing_key()
    document, signature = signed(Receipt(1, "xuhui", "visits", "r", 5, {"visits": 1}, "00", 7), key, bytes(32))
    public = SM.verifying_key(key.spki)
    assert is_signed(document, signature, public, SM.id, bytes(32))
    assert not is_signed(document.replace(b"visits", b"Visits", 1), signature, public, SM.id, bytes(32))
    assert not is_signed(document, signature, public, SM.id, bytes(31) + b"1")


@given(st.lists(st.binary(min_size=1, max_size=4), min_size=1, max_size=20))
def test_the_digest_is_that_of_the_rows_by_name(keys: list[bytes]) -> None:
    removed = Removed()
    removed.note("visits", [(key,) for key in keys])
    assert removed.rows == {"visits": len(keys)}
    assert removed.digest == root_of(SM, [leaf_hash(SM, name_of("visits", (key,))) for key in keys])


@given(st.integers(0, 2**42), st.integers(0, 23), st.integers(-720, 840))
def test_a_night_comes_once_a_day_at_its_hour(since_ms: int, hour: int, offset_min: int) -> None:
    due = due_ms(since_ms, hour, offset_min * 60_000)
    assert since_ms < due <= since_ms + DAY_MS
    assert (due + offset_min * 60_000) % DAY_MS == hour * HOUR_MS
