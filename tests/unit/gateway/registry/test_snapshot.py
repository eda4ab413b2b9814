"""The registry's answers against a slow model, for any rows and any moment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.gateway.registry.errors import OverlapError, RegistryError
from zhendao.gateway.registry.snapshot import Approved, Caregiver, Place, Registry, Schedule, Service, Token
from zhendao.gateway.registry.validity import Timeline, Valid
from zhendao.protocol.vocabulary import Datum, Role


@st.composite
def spans(draw: st.DrawFn) -> Valid[int]:
    start = draw(st.integers(-20, 20))
    end = draw(st.none() | st.integers(start + 1, start + 10))
    return Valid(draw(st.integers(0, 99)), start, end)


def holds(span: Valid[int], at_ms: int) -> bool:
    return span.from_ms <= at_ms and (span.to_ms is None or at_ms < span.to_ms)


@given(st.lists(st.tuples(st.sampled_from("ab"), spans()), max_size=6))
def test_at_most_one_row_holds_or_the_rows_are_refused(rows: list[tuple[str, Valid[int]]]) -> None:
    moments = range(-22, 33)
    clash = any(sum(holds(span, at) for key, span in rows if key == wanted) > 1 for wanted in "ab" for at in moments)
    if clash:
        with pytest.raises(OverlapError):
            Timeline(rows, "rows")
        return
    timeline = Timeline(rows, "rows")
    for wanted in "ab":
        for at in moments:
            expected = [span.row for key, span in rows if key == wanted and holds(span, at)]
            assert timeline.at(wanted, at) == (expected[0] if expected else None)


@given(spans(), spans())
def test_overlap_is_what_both_holding_at_some_moment_means(one: Valid[int], two: Valid[int]) -> None:
    assert one.overlaps(two) == any(holds(one, at) and holds(two, at) for at in range(-25, 40))


def test_a_row_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(RegistryError):
        Valid(1, 10, 10)


def test_a_record_copied_to_another_chip_is_not_that_token() -> None:
    door = Token(token_id=b"d" * 16, uid=b"\x04\x01\x02\x03", role=Role.DOOR, holder_id="P1")
    registry = Registry(tokens=[Valid(door, 0)])
    assert registry.token(b"d" * 16, b"\x04\x01\x02\x03", 5) == door
    assert registry.token(b"d" * 16, b"\x04\x09\x09\x09", 5) is None
    assert registry.token(None, b"\x04\x01\x02\x03", 5) == door
    assert registry.token(b"x" * 16, b"\x04\x01\x02\x03", 5) is None


def test_a_card_known_by_its_uid_alone_is_found_whatever_record_it_carries() -> None:
    card = Token(token_id=None, uid=b"\x08\x01\x02\x03", role=Role.CAREGIVER, holder_id="C1")
    registry = Registry(tokens=[Valid(card, 0, 10)])
    assert registry.token(None, b"\x08\x01\x02\x03", 9) == card
    assert registry.token(b"x" * 16, b"\x08\x01\x02\x03", 9) == card
    assert registry.token(None, b"\x08\x01\x02\x03", 10) is None


def test_a_person_who_left_is_not_found_and_a_service_changes_at_its_moment() -> None:
    registry = Registry(
        caregivers=[Valid(Caregiver("C1", "t", None), 0, 100)],
        services=[Valid(Service("A", 60, 120), 0, 50), Valid(Service("A", 90, 120), 50)],
        schedules=[Valid(Schedule("E1", "C1", "A"), 0, 50), Valid(Schedule("E1", "C1", "B"), 50)],
    )
    assert registry.caregiver("C1", 99) is not None
    assert registry.caregiver("C1", 100) is None
    assert [registry.service_of("E1", "C1", at) for at in (-1, 49, 50)] == [None, "A", "B"]
    now = registry.service("A", 50)
    assert now is not None
    assert now.min_s == 90


def test_approved_places_are_those_of_the_moment_as_they_were_then() -> None:
    before, after = (Place("P2", lat, 0, Datum.WGS84, 50, 5) for lat in (1, 2))
    other = Place("P1", 3, 0, Datum.WGS84, 50, 5)
    registry = Registry(
        places=[Valid(before, 0, 100), Valid(after, 100), Valid(other, 0)],
        approved=[
            Valid(Approved("E1", "P2"), 10, 200),
            Valid(Approved("E1", "P1"), 50, 60),
            Valid(Approved("E2", "PX"), 0),
        ],
    )
    assert [registry.approved("E1", at) for at in (9, 10, 50, 60, 100, 200)] == [
        [], [before], [other, before], [before], [after], [],
    ]  # fmt: skip
    assert registry.approved("E2", 50) == [], "a place that is not registered is no place"
    assert registry.approved("E3", 50) == []
