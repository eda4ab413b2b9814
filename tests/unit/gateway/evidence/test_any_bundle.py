"""Whatever is in a file, and whatever a gateway puts its name to: it ends as findings, never as an exception."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samples.evidence import Office, hard_visit, office
from samples.site import NOW_MS, Authority
from zhendao.protocol.bundle import decode_bundle
from zhendao.protocol.suite import INTL
from zhendao.verifier.bundle.examining import STEPS, Examined, examine_evidence
from zhendao.verifier.bundle.telling import summary

_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["anchor", "x", 2**70]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    made = office(tmp_path_factory.mktemp("gateway"), Authority(INTL))
    hard_visit(made)
    yield made
    made.site.store.close()


@pytest.fixture(scope="module")
def file(place: Office) -> bytes:
    return place.maker.make(place.visit_id(), NOW_MS + 6 * 3_600_000)


def told(data: bytes, place: Office) -> Examined:
    found = examine_evidence(data, place.site.authority.root.der)
    assert all(one.text.zh and one.text.en for one in found.findings)
    if len(found.findings) >= len(STEPS):
        summary(found)
    return found


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes(place: Office, data: bytes) -> None:
    assert not told(data, place).holds


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_cut_and_any_bytes_in_between(place: Office, file: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(file) - 1))
    to = data.draw(st.integers(at, min(len(file), at + 40)))
    other = file[:at] + data.draw(st.binary(max_size=40)) + file[to:]
    assert told(other, place).holds == (other == file)


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Give the ways to all that is in a JSON value."""
    yield at
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inner:
        yield from places(one, (*at, name))


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_any_record_that_a_gateway_signs(place: Office, file: bytes, data: st.DataObject) -> None:
    bundle = decode_bundle(file).bundle
    last = bundle.revisions[-1]
    record = json.loads(last.record)
    way = data.draw(st.sampled_from([one for one in places(record) if one]))
    within = record
    for name in way[:-1]:
        within = within[name]
    if isinstance(within, dict) and data.draw(st.booleans()):
        del within[way[-1]]
    else:
        within[way[-1]] = data.draw(_JSON)
    revision = replace(last, record=json.dumps(record).encode())
    found = told(place.altered(file, revisions=(*bundle.revisions[:-1], revision)), place)
    assert not found.holds
