"""Corrections on lines of JSON: what was approved counts, in any order; what is no correction is named by its line."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples.witnessed import HOUR_S, MORNING_MS, Witness, known
from zhendao.gateway.cases.corrections import Standing, Wanted
from zhendao.gateway.cases.shapes import correction_item
from zhendao.gateway.cases.values import Act
from zhendao.gateway.config import VisitsTable
from zhendao.gateway.judging.corrections import CorrectionsError, read_corrections
from zhendao.gateway.judging.judge import Judge
from zhendao.gateway.visits.drawing import policy_of

AT = MORNING_MS
ACTS = (Act.PROPOSED, Act.APPROVED, Act.REFUSED, Act.WITHDRAWN)


def listed(number: int, act: Act = Act.APPROVED, visit: bytes = b"v" * 16, end_ms: int = AT + 1) -> bytes:
    """Return a line as the gateway lists it."""
    wanted = Wanted(visit, None, end_ms, (AT, None), "no_check_out", "她在场")
    return orjson.dumps(correction_item(Standing(number, act, wanted, "王芳", AT)).model_dump())


def test_what_the_gateway_lists_is_what_judge_computes_with() -> None:
    home = Witness()
    home.come(0)
    judge = Judge(known(), policy_of(VisitsTable()), 10_000)
    for fact in home.facts:
        judge.take(fact)
    as_of_ms = AT + 3 * HOUR_S * 1000
    (was,) = judge.judged(as_of_ms).visits
    judge.correct(read_corrections([listed(1, visit=was.visit_id, end_ms=AT + HOUR_S * 1000), b"\n"]))
    (now,) = judge.judged(as_of_ms).visits
    assert (now.state, now.record["duration_s"], now.record["correction"]["number"]) == ("closed", HOUR_S, 1)


@given(st.lists(st.sampled_from(ACTS), max_size=8), st.randoms(use_true_random=False))
def test_the_last_that_was_approved_counts_in_whatever_order_they_stand(acts: list[Act], random: Any) -> None:
    lines = [listed(number, act) for number, act in enumerate(acts, 1)]
    random.shuffle(lines)
    counting = [number for number, act in enumerate(acts, 1) if act is Act.APPROVED]
    assert [one.number for one in read_corrections(lines).values()] == counting[-1:]


GOOD: dict[str, Any] = orjson.loads(listed(1))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("number", 0), ("number", True), ("number", "1"), ("number", 2**60), ("state", "done"), ("state", []),
        ("reason", ""), ("reason", None), ("visit_id", "00"), ("visit_id", "xy" * 16), ("visit_id", 7), ("seen", None),
        ("seen", {"begin_ms": "x"}), ("end_ms", None), ("end_ms", 1.5), ("end_ms", True), ("begin_ms", 2**60),
    ],
)  # fmt: skip
def test_what_is_no_correction_is_named_by_its_line(name: str, value: object) -> None:
    with pytest.raises(CorrectionsError) as told:
        read_corrections([listed(1), orjson.dumps(GOOD | {"number": 2, name: value})])
    assert "line 2" in told.value.what.en


@pytest.mark.parametrize("line", [b"[]", b"7", b"{", b"\xff", b"{}", listed(1)])
def test_no_object_and_the_same_number_twice_are_refused(line: bytes) -> None:
    with pytest.raises(CorrectionsError):
        read_corrections([listed(1), line])
