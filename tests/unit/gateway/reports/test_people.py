"""How old somebody is, of which kind, and which row of several holds. rule: RECORD-LIST"""

from datetime import date

import pytest

from zhendao.gateway.registry.snapshot import Caregiver
from zhendao.gateway.reports.people import Person
from zhendao.gateway.reports.record_list import days_present


def person(born: str | None = None, user_type: str | None = None, occupation: str | None = None) -> Person:
    who = Caregiver("C1", "t", None, user_type=user_type, occupation=occupation)
    return Person(who, "李婉", None, None, born)


@pytest.mark.parametrize(
    ("born", "on", "age"),
    [
        ("1980-11-23", date(2026, 11, 22), 45),
        ("1980-11-23", date(2026, 11, 23), 46),
        ("2000-02-29", date(2026, 2, 28), 25),
        ("2000-02-29", date(2026, 3, 1), 26),
        ("2030-01-01", date(2026, 3, 1), None),
        (None, date(2026, 3, 1), None),
    ],
)
def test_an_age_is_full_years(born: str | None, on: date, age: int | None) -> None:
    assert person(born).age(on) == age


def test_the_kind_is_what_is_registered_of_it() -> None:
    assert person(user_type="持证护理员", occupation="nurse").kind == "持证护理员"
    assert (person(occupation="nurse").kind, person().kind) == ("护士", "")
    assert person().named(unmasked=False) == ("*婉", "")
    assert person().named(unmasked=True) == ("李婉", "")


def test_a_day_is_local_and_counts_once() -> None:
    hour = 3_600_000
    times = [("C1", 0), ("C1", 15 * hour), ("C1", 16 * hour), ("C2", 40 * hour - 1), ("C2", 40 * hour)]
    assert days_present(times, 8 * hour) == {"C1": 2, "C2": 2}
