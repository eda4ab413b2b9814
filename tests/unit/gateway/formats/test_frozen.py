"""A call that a platform has keeps its first time; one that was found anew goes beside it, with the process."""

from samples.told import BEGIN_MS, HOUR_MS, dossier, filled
from zhendao.gateway.formats.telling import tell
from zhendao.gateway.formats.ways.frozen import with_first_times

IN, OUT = "aa" * 32, "bb" * 32


def test_what_was_told_the_same_or_never_stays_as_it_is() -> None:
    one = dossier()
    assert with_first_times(one, {}) is one
    assert with_first_times(one, {IN: BEGIN_MS, OUT: BEGIN_MS + HOUR_MS}) is one


def test_a_check_that_was_dated_anew_keeps_its_call_and_adjusts_the_visit() -> None:
    now = with_first_times(dossier(), {OUT: BEGIN_MS + 2 * HOUR_MS})
    (said,) = tell(filled("sandata"), now).rows
    assert [one["CallDateTime"] for one in said["Calls"]] == ["2026-09-22T00:00:00Z", "2026-09-22T02:00:00Z"]
    assert said["AdjOutDateTime"] == "2026-09-22T01:00:00Z"
    assert "AdjInDateTime" not in said
    (change,) = said["VisitChanges"]
    assert (change["ChangeMadeBy"], change["ReasonCode"]) == ("clock", "27")


def test_what_people_corrected_goes_before_it() -> None:
    people = dossier(visit__adjusted_begin=BEGIN_MS - HOUR_MS)
    now = with_first_times(people, {IN: BEGIN_MS - 1})
    assert now.plain["visit.adjusted_begin"] == BEGIN_MS - HOUR_MS
