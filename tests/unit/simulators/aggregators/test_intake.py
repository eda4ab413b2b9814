"""The rules that the aggregator's stand-in enforces, tried by themselves: numbers, order of times, names, calls."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhendao.simulators.aggregators.intake import Intake
from zhendao.simulators.aggregators.published import BASE

CLIENT = {"ClientIdentifier": "E1", "SequenceID": 1, "ClientFirstName": "Xiulan", "ClientLastName": "Wang"}
EMPLOYEE = {"EmployeeIdentifier": "C1", "SequenceID": 1, "EmployeeFirstName": "Wan", "EmployeeLastName": "Li"}


def call(assignment: str, at: str, own: str) -> dict[str, Any]:
    return {"CallExternalID": own, "CallDateTime": at, "CallAssignment": assignment, "CallType": "FVV"}


def visit(number: int = 1, **more: Any) -> dict[str, Any]:
    calls = [call("Time In", "2026-09-22T00:00:00Z", "A"), call("Time Out", "2026-09-22T02:00:00Z", "B")]
    return {
        "VisitOtherID": "V1", "SequenceID": number, "ClientIdentifier": "E1", "EmployeeIdentifier": "C1",
        "VisitTimeZone": "Asia/Shanghai", "BillVisit": True, "Calls": calls,
    } | more  # fmt: skip


def intake() -> Intake:
    found = Intake(BASE)
    assert found.take("clients", CLIENT) == []
    assert found.take("employees", EMPLOYEE) == []
    return found


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(1, 6), st.booleans()), max_size=12))
def test_equal_is_refused_lower_is_history_and_a_refused_number_is_used(numbers: list[tuple[int, bool]]) -> None:
    one = intake()
    seen: set[int] = set()
    good: set[int] = set()
    for number, right in numbers:
        faults = one.take("visits", visit(number, BillVisit=True if right else "yes"))
        assert bool(faults) is (number in seen or not right)
        good |= set() if faults else {number}
        seen.add(number)
    kept = one.kept["visits"].get("V1")
    assert (set(kept.versions) if kept else set()) == good
    if good and kept is not None:
        assert kept.current["SequenceID"] == max(good)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"ClientIdentifier": "E2"}, "Client not found"),
        ({"EmployeeIdentifier": "C2"}, "Employee not found"),
        ({"VisitTimeZone": "China"}, "VisitTimeZone is invalid"),
        ({"visitTimeZone": "Asia/Shanghai"}, "visitTimeZone is not a field"),
        ({"AdjOutDateTime": "2026-09-22 03:00:00"}, "must be YYYY-MM-DDTHH:MM:SSZ"),
        ({"AdjOutDateTime": "2026-09-22T03:00:00Z"}, "Adjusted times need VisitChanges"),
        ({"VisitCancelledIndicator": True}, "cannot be cancelled"),
        ({"Calls": [call("Time In", "2026-09-22T00:00:00Z", "x" * 17)]}, "at most 16 characters"),
        ({"Calls": [call("In", "2026-09-22T00:00:00Z", "C")]}, "CallAssignment is invalid"),
        (
            {"Calls": [call("Time In", "2026-09-22T02:00:00Z", "C"), call("Time Out", "2026-09-22T00:00:00Z", "D")]},
            "Out must be after in",
        ),
    ],
)
def test_what_is_wrong_with_a_visit_is_told_field_by_field(more: dict[str, Any], said: str) -> None:
    assert any(said in one for one in intake().take("visits", visit(**more)))


def test_a_call_is_never_altered_and_exceptions_are_computed_with_each_record() -> None:
    one = intake()
    assert one.take("visits", visit(Calls=[call("Time In", "2026-09-22T00:00:00Z", "A")])) == []
    assert (one.kept["visits"]["V1"].exceptions, one.kept["visits"]["V1"].status) == (["4"], "Incomplete")
    other = visit(2, Calls=[call("Time In", "2026-09-22T00:00:01Z", "A")])
    assert "cannot be altered" in one.take("visits", other)[0]
    assert one.take("visits", visit(3)) == []
    assert one.kept["visits"]["V1"].status == "Verified"
    assert one.take("visits", visit(4, BillVisit=False)) == []
    assert one.kept["visits"]["V1"].status == "Omit"


def test_a_name_in_other_letters_is_refused() -> None:
    assert Intake(BASE).take("clients", CLIENT | {"ClientLastName": "王"}) == ["ClientLastName is invalid"]
