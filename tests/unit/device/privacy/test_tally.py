"""What is counted, and what no count tells."""

from collections import Counter
from datetime import timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from zhendao.device.privacy.tally import KEPT_QUARTERS, QUARTER_MS, Tally, of_today
from zhendao.protocol.vocabulary import Kind

CHINA = timezone(timedelta(hours=8))
MIDNIGHT_MS = 1_795_276_800_000
"""2026-11-22 00:00 in China."""
HOUR_MS = 3_600_000


def _today(tally: Tally, now_ms: int | None) -> Counter[str]:
    return of_today(tally.plain(), now_ms, CHINA)


def test_today_is_the_local_day() -> None:
    tally = Tally()
    for at in (-1, 0, 5 * HOUR_MS, 24 * HOUR_MS - 1):
        tally.kept(Kind.CHECK, MIDNIGHT_MS + at, placed=at > 0)
    assert _today(tally, MIDNIGHT_MS + HOUR_MS) == {"checks": 3, "checks-with-place": 2}
    assert _today(tally, MIDNIGHT_MS - HOUR_MS)["checks"] == 1
    assert _today(tally, None)["checks"] == 4
    tally.kept(Kind.TAP, None, placed=False)
    assert _today(tally, MIDNIGHT_MS)["taps"] == 1


def test_a_silent_call_is_nowhere_to_be_seen() -> None:
    loud, silent = Tally(), Tally()
    for tally, kind in ((loud, Kind.HEALTH), (silent, Kind.DURESS)):
        tally.kept(Kind.CHECK, MIDNIGHT_MS, placed=False)
        tally.kept(kind, MIDNIGHT_MS, placed=False)
    assert loud.plain() == silent.plain()
    assert (loud.people, silent.people) == (1, 1)


def test_a_silent_call_with_a_position_is_nowhere_to_be_seen() -> None:
    plain, silent = Tally(), Tally()
    plain.kept(Kind.HEALTH, MIDNIGHT_MS, placed=False)
    silent.kept(Kind.DURESS, MIDNIGHT_MS, placed=True)
    assert plain.plain() == silent.plain()


@settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from(Kind), st.none() | st.integers(0, 400_000)), max_size=300))
def test_what_is_held_is_bounded_and_nothing_of_the_last_day_is_lost(several: list[tuple[Kind, int | None]]) -> None:
    tally = Tally()
    for kind, minute in several:
        tally.kept(kind, None if minute is None else minute * 60_000, placed=False)
    assert len(tally.plain()) <= KEPT_QUARTERS + 2
    newest = max((minute for _, minute in several if minute is not None), default=None)
    if newest is not None:
        recent = [m for _, m in several if m is None or m * 60_000 // QUARTER_MS >= newest * 60_000 // QUARTER_MS]
        assert sum(_today(tally, None).values()) >= len(recent)
