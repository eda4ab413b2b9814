"""The platform's laws: once for a key; rising revisions current, lower ones history, equal and refused ones never."""

import json
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.simulators.errors import SimulatorError
from zhendao.simulators.platform.faults import Faults, parse_profile
from zhendao.simulators.platform.ledger import Entry, Ledger


def record(revision: int, key: str = "v1", name: str | None = None, **payload: Any) -> dict[str, Any]:
    return {
        "idempotency_key": name or f"visit/{key}/{revision}",
        "type": "visit",
        "key": key,
        "revision": revision,
        "payload": payload,
    }


def give(ledger: Ledger, offered: Any) -> dict[str, Any]:
    answer, entry = ledger.offer(offered)
    if entry is not None:
        ledger.take(Entry.from_line(entry.to_line()))
    return answer


def test_the_same_key_counts_once_and_gets_its_first_receipt_again() -> None:
    ledger = Ledger()
    first = give(ledger, record(1))
    again = give(ledger, record(1))
    assert (first["status"], again["status"]) == ("accepted", "duplicate")
    assert first["receipt"] == again["receipt"]
    assert len(ledger.receipts) == 1
    assert ledger.arrivals["visit/v1/1"] == 2


def test_a_key_used_for_other_content_is_refused() -> None:
    ledger = Ledger()
    give(ledger, record(1, minutes=60))
    assert give(ledger, record(1, minutes=90))["status"] == "refused"


def test_an_equal_revision_under_another_key_is_refused_and_a_refused_number_is_never_taken() -> None:
    ledger = Ledger()
    give(ledger, record(2))
    assert give(ledger, record(2, name="another"))["status"] == "refused"
    assert give(ledger, record(2, name="another"))["status"] == "refused"


@given(st.lists(st.integers(0, 12), max_size=12, unique=True))
def test_current_is_the_highest_seen_and_lower_ones_are_history(revisions: list[int]) -> None:
    ledger = Ledger()
    highest = -1
    for revision in revisions:
        assert give(ledger, record(revision))["status"] == ("accepted" if revision > highest else "history")
        highest = max(highest, revision)
    if revisions:
        (held,) = ledger.records("visit")
        assert (held["revision"], held["revisions"]) == (highest, sorted(revisions))


names = st.sampled_from(["idempotency_key", "type", "key", "revision", "payload", "x"])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner),
    max_leaves=8,
)


@given(anything)
def test_anything_offered_gets_an_answer_that_can_be_sent(offered: Any) -> None:
    answer = give(Ledger(), offered)
    assert answer["status"] in {"accepted", "refused"}
    json.dumps(answer)


@pytest.mark.parametrize("text", ["sometimes", "error=2", "error=0.6,cut=0.6", "error=", "=1", "", "error=nan"])
def test_a_profile_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(SimulatorError):
        parse_profile(text)


def test_the_same_seed_fails_in_the_same_way_and_what_was_asked_for_comes_first() -> None:
    def drawn(seed: int) -> list[str | None]:
        faults = Faults(Random(seed), parse_profile("error=0.3,cut=0.3"))
        faults.ask("busy", 2)
        return [faults.draw() for _ in range(40)]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
    assert drawn(1)[:2] == ["busy", "busy"]
    assert {"error", "cut", None} == set(drawn(1)[2:])
