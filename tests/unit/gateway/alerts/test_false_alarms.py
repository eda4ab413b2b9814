"""False alarms are counted and explained, drills are due; neither changes what is raised or sent."""

from hypothesis import given, settings
from hypothesis import strategies as st

from zhendao.gateway.alerts.drills import DAY_MS, drilled
from zhendao.gateway.alerts.false_alarms import LEAST, REASONS, Ended, noted, rates, reason_in
from zhendao.gateway.alerts.values import AlertKind

HOME, OTHER = b"h" * 16, b"o" * 16


def ended(kind: AlertKind, *reasons: str | None, device: bytes = HOME, subject: str = "") -> list[Ended]:
    return [Ended(device, kind, subject, one is not None, one) for one in reasons]


def test_a_mattress_that_was_wrong_three_times_of_four_is_an_engineers() -> None:
    (rate,) = rates(ended(AlertKind.MATTRESS, "pet", "pet", None, "empty_bed", subject="mattress"))
    assert (rate.total, rate.false, rate.share, rate.reason) == (4, 3, 0.75, "pet")
    assert rate.advice is not None
    assert "宠物" in rate.advice.zh


def test_seldom_or_mostly_right_is_no_advice_and_none_false_is_no_line() -> None:
    seldom = ended(AlertKind.SMOKE, *["sensor"] * (LEAST - 1))
    right = ended(AlertKind.WATER, *["sensor"] * LEAST, *[None] * (LEAST + 1))
    assert [one.advice for one in rates(seldom + right)] == [None, None]
    assert rates(ended(AlertKind.SOS, None, None)) == []


def test_of_a_call_the_advice_says_that_it_is_never_muted() -> None:
    (rate,) = rates(ended(AlertKind.SOS, *["mistake"] * 100))
    assert rate.advice is not None
    assert "不会因此静音" in rate.advice.zh
    assert "never muted" in rate.advice.en


@given(st.lists(st.tuples(st.sampled_from([HOME, OTHER]), st.sampled_from([None, *REASONS])), max_size=30))
@settings(max_examples=40)
def test_whatever_ended_the_counts_add_up(made: list[tuple[bytes, str | None]]) -> None:
    several = [Ended(device, AlertKind.SOS, "", why is not None, why) for device, why in made]
    found = rates(several)
    assert sum(one.false for one in found) == sum(one.false for one in several)
    assert [one.false for one in found] == sorted((one.false for one in found), reverse=True)


@given(st.sampled_from([None, *REASONS]), st.text(max_size=30))
@settings(max_examples=40)
def test_a_reason_is_read_again_from_its_note_whatever_the_note(reason: str | None, note: str) -> None:
    assert reason_in(noted(reason, note)) == (reason or "other")


def test_what_people_write_by_themselves_is_no_reason_of_ours() -> None:
    assert reason_in("[nonsense] x") == "other"
    assert reason_in("") == "other"


def test_a_home_without_a_drill_or_with_an_old_one_is_overdue_and_comes_first() -> None:
    homes = [(HOME, "E1", "P1"), (OTHER, "E2", "P2"), (b"n" * 16, None, None)]
    now_ms = 1000 * DAY_MS
    found = drilled(homes, {HOME: now_ms - 90 * DAY_MS, OTHER: now_ms - 91 * DAY_MS}, now_ms, 90)
    assert [(one.device, one.overdue) for one in found] == [(b"n" * 16, True), (OTHER, True), (HOME, False)]
