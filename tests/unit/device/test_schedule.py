"""When to try again: at once for one terminal whose own way was gone, and never all of a fleet at the same time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples.fleet import come_back
from zhendao.device.link.address import ending_of
from zhendao.device.link.schedule import BUSY_TIMES, Attempts, Ending, fleet_of, patience_s, share_s, window_s

COUNT = 100_000
ENDINGS = st.sampled_from(list(Ending))
FLEETS = st.none() | st.integers(0, 10**9)


@given(ending=ENDINGS, tries=st.integers(0, 10**6), fleet=FLEETS, cap_s=st.floats(0.1, 600), urgent=st.booleans())
def test_every_window_is_there_and_has_its_cap(
    ending: Ending, tries: int, fleet: int | None, cap_s: float, *, urgent: bool
) -> None:
    window = window_s(ending, tries, fleet, cap_s, urgent=urgent)
    assert 0 < window <= (cap_s * BUSY_TIMES if ending is Ending.BUSY else cap_s)
    assert not urgent or window <= 1


@given(ENDINGS, st.integers(0, 100), FLEETS)
def test_windows_only_grow_with_tries_and_with_the_fleet(ending: Ending, tries: int, fleet: int | None) -> None:
    window = window_s(ending, tries + 1, fleet)
    assert window_s(ending, tries + 2, fleet) >= window
    assert window <= window_s(ending, tries + 1, None)


@pytest.mark.parametrize("ending", [Ending.AWAY, Ending.SILENT, Ending.RETURNED, Ending.REFUSED])
@pytest.mark.parametrize("tries", [0, 1, 1000])
def test_a_small_site_is_back_within_two_seconds_however_long_it_was_away(ending: Ending, tries: int) -> None:
    assert window_s(ending, tries, 100) <= 1.5


def test_who_has_no_way_out_of_the_house_troubles_nobody_by_trying_whatever_the_fleet() -> None:
    assert window_s(Ending.AWAY, 1000, COUNT) <= 1.5


def test_a_broker_that_cannot_greet_is_left_alone_ever_longer_and_waited_for_with_more_patience() -> None:
    assert [window_s(Ending.BUSY, tries, COUNT) for tries in (1, 2, 3, 4, 5)] == [60, 120, 240, 300, 300]
    assert [patience_s(tries, 10) for tries in (0, 1, 2, 3)] == [5.5, 11, 20, 20]
    assert patience_s(0, COUNT) == 20


@pytest.mark.parametrize("count", [COUNT // 5, pytest.param(COUNT, marks=pytest.mark.long)])
@pytest.mark.parametrize(
    ("away_s", "silent", "times"),
    [(1, False, 1.2), (60, False, 2.1), (60, True, 2.5)],
    ids=["restarted at once", "refusing for a minute", "silent for a minute"],
)
def test_a_hundred_thousand_come_back_over_the_whole_window(
    away_s: float, count: int, *, silent: bool, times: float
) -> None:
    share = share_s(count)
    seen = come_back(count, away_s=away_s, per_s=1e9, silent=silent)
    assert seen.inside == count
    assert seen.peak <= times * count / share
    last = seen.inside_after_s(count)
    assert last is not None
    assert last <= share + 2


def test_a_broker_that_is_too_slow_for_its_fleet_gets_everybody_in_the_end() -> None:
    seen = come_back(COUNT // 4, away_s=1, per_s=250)
    assert seen.inside == COUNT // 4
    assert seen.given_up > 0, "this is about a broker that does not keep up"


def test_a_window_as_wide_as_the_fleet_spares_the_broker_every_attempt_in_vain() -> None:
    seen = come_back(COUNT // 4, away_s=1, per_s=250, cap_s=200)
    assert (seen.inside, seen.given_up) == (COUNT // 4, 0)


def test_a_link_that_holds_makes_up_for_every_attempt_in_vain_and_one_that_does_not_for_none_of_its_kind() -> None:
    attempts = Attempts()
    assert [attempts.ended(Ending.REFUSED, None) for _ in range(9)][-1] == 9
    assert attempts.ended(Ending.ENDED, 60) == 0
    assert attempts.ended(Ending.REFUSED, None) == 1
    assert [attempts.ended(Ending.ENDED, 0.5) for _ in range(3)] == [1, 2, 3]
    assert window_s(Ending.ENDED, 3, 1) > 2, "a broker that lets in and throws out"
    assert attempts.ended(Ending.REFUSED, None) == 1
    assert attempts.ended(Ending.ENDED, 5) == 0
    assert [attempts.slow, attempts.ended(Ending.BUSY, None), attempts.slow] == [0, 1, 1]


@given(st.binary(max_size=20))
def test_whatever_a_broker_says_of_its_clients_is_a_number_or_nothing(payload: bytes) -> None:
    count = fleet_of(payload)
    assert count is None or 0 <= count < 10**9


@pytest.mark.parametrize(
    ("payload", "count"), [(b"24737", 24737), (b"0", 0), (b"", None), (b"-1", None), (b"1e3", None)]
)
def test_how_many_share_the_broker(payload: bytes, count: int | None) -> None:
    assert fleet_of(payload) == count


@pytest.mark.parametrize(
    ("error", "reached", "ending"),
    [
        (ConnectionRefusedError(), False, Ending.REFUSED),
        (ConnectionResetError(), True, Ending.REFUSED),
        (TimeoutError(), False, Ending.SILENT),
        (TimeoutError(), True, Ending.BUSY),
        (OSError(113, "no route to host"), False, Ending.SILENT),
        (FileNotFoundError(), False, Ending.BARRED),
        (ValueError(), False, Ending.BARRED),
    ],
    ids=repr,
)
def test_how_it_ended(error: Exception, *, reached: bool, ending: Ending) -> None:
    assert ending_of(error, reached=reached) is ending
