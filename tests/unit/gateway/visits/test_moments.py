"""Dating, as arithmetic: the truth is in the bound, durations are those of the monotonic clock. rule: TIME"""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from samples.taps import check
from zhendao.gateway.visits.moments import Anchor, Method, Moment, Window, between, dated, too_early_ms, window_of
from zhendao.protocol.event import Event
from zhendao.protocol.vocabulary import ClockSource, Direction

NOW = 1_795_334_400_000
MS = 1_000_000
MONTH_MS = 30 * 86_400_000


def event(mono_ms: int, wall_ms: int, source: ClockSource, bound_ms: int | None, boot: bytes = b"b" * 16) -> Event:
    return Event(
        device=bytes(16),
        epoch=bytes(16),
        seq=1,
        boot_id=boot,
        mono_ns=mono_ms * MS,
        wall_ms=wall_ms,
        clock_source=source,
        clock_bound_ms=bound_ms,
        kind=3,
        version=1,
        body=check(Direction.IN),
    )


@given(lie=st.integers(-(10**10), 10**10), at=st.integers(0, MONTH_MS), later=st.integers(0, MONTH_MS))
def test_a_lie_and_the_truth_of_one_boot_are_both_within_the_bound(lie: int, at: int, later: int) -> None:
    truth = NOW + at
    known = [Anchor(at * MS, truth + lie, 100), Anchor(later * MS, NOW + later, 100)]
    moment = dated(event(at, truth + lie, ClockSource.NTP, 100), known, doubtful=True)
    assert moment.bound_ms is not None
    grown = 200 + abs(at - later) // 10_000 + 1
    assert moment.disputed == (abs(lie) > max(2_000, grown))
    if moment.disputed:
        assert abs(moment.wall_ms - truth) <= moment.bound_ms


QUARTZ = st.integers(-50, 50)  # millionths
DRIFTING = st.tuples(st.integers(0, MONTH_MS), st.integers(-100, 100), st.integers(100, 20_000))


def ticked(true_ms: int, ppm: int) -> int:
    """What the monotonic clock of a boot that began at NOW shows at a true time."""
    return (true_ms - NOW) * (10**6 + ppm) // 10**6


@given(QUARTZ, st.integers(0, MONTH_MS), st.lists(DRIFTING, max_size=6), st.integers(-(10**12), 10**12), st.booleans())
def test_the_truth_is_in_the_bound_however_it_is_redated(
    ppm: int,
    after_ms: int,
    anchors: list[tuple[int, int, int]],
    wall_ms: int,
    held: bool,  # noqa: FBT001 - drawn
) -> None:
    truth = NOW + after_ms
    known = [Anchor(ticked(NOW + at, ppm) * MS, NOW + at + error, bound) for at, error, bound in anchors]
    own = event(ticked(truth, ppm), wall_ms, ClockSource.UNSET, None)
    if held:
        own = replace(own, clock_source=ClockSource.HOLDOVER, clock_bound_ms=abs(wall_ms - truth))
    moment = dated(own, known)
    assert moment.raw_ms == wall_ms, "what the terminal said stays"
    assert moment.known == (bool(known) or held)
    if moment.bound_ms is not None:
        assert abs(moment.wall_ms - truth) <= moment.bound_ms + 1


@given(
    times=st.lists(st.integers(0, MONTH_MS), min_size=6, max_size=6),
    errors=st.tuples(st.integers(-100, 100), st.integers(-100, 100)),
    up=st.integers(0, 10**9),
    delay=st.integers(0, MONTH_MS),
)
def test_a_boot_without_a_time_is_bounded_by_its_neighbours(
    times: list[int], errors: tuple[int, int], up: int, delay: int
) -> None:
    """An anchor, then a boot that knows nothing, then another boot with an anchor; uploaded at any time after."""
    first, booted, happened, rebooted, last, arrived = sorted(times)
    before = Anchor(up * MS, NOW + first + errors[0], 100)
    after = Anchor((last - rebooted) * MS, NOW + last + errors[1], 100)
    own = event(happened - booted, 5, ClockSource.UNSET, None)
    received = NOW + arrived + delay
    for one, other in ((before, None), (None, after), (before, after), (None, None)):
        moment = dated(own, [], window_of(own, one, other, received))
        assert not moment.disputed
        assert moment.known == (one is not None)
        assert moment.window.not_after_ms is not None
        assert NOW + happened <= moment.window.not_after_ms <= received
        if moment.bound_ms is not None:
            assert moment.method is Method.NEIGHBOURS
            assert abs(moment.wall_ms - NOW - happened) <= moment.bound_ms
    assert too_early_ms(before, after) <= 0


@given(st.integers(-MONTH_MS, MONTH_MS), st.integers(0, 1000), st.integers(-MONTH_MS, MONTH_MS), st.integers(0, 10**6))
def test_a_time_that_cannot_be_keeps_itself_and_what_can_within_its_bound(
    claimed: int, bound: int, begin: int, width: int
) -> None:
    window = Window(NOW + begin, NOW + begin + width)
    own = event(5, NOW + claimed, ClockSource.GNSS, bound)
    moment = dated(own, [], window)
    assert moment.bound_ms is not None
    assert (moment.wall_ms, moment.raw_ms) == (NOW + claimed, NOW + claimed)
    possible = NOW + claimed + bound >= NOW + begin and NOW + claimed - bound <= NOW + begin + width
    assert moment.disputed != possible
    if moment.disputed:
        assert moment.wall_ms - moment.bound_ms <= NOW + begin <= moment.wall_ms + moment.bound_ms
        assert moment.wall_ms - moment.bound_ms <= NOW + begin + width <= moment.wall_ms + moment.bound_ms
    else:
        assert moment.bound_ms == bound


WALLS = st.integers(0, 2 * NOW)
SOURCES = st.sampled_from(ClockSource)


@given(
    st.integers(0, MONTH_MS), st.integers(0, MONTH_MS), WALLS, WALLS, SOURCES, st.lists(st.tuples(WALLS, WALLS)), WALLS
)
def test_redating_never_changes_a_duration_within_a_boot(
    begin: int, lasted: int, wall: int, other: int, source: ClockSource, anchors: list[tuple[int, int]], end: int
) -> None:
    known = [Anchor(mono * MS, wall_ms, 50) for mono, wall_ms in anchors]
    bound = None if source is ClockSource.UNSET else 100
    window = Window(min(wall, end), max(wall, end))
    one = dated(event(begin, wall, source, bound), known, window)
    two = dated(event(begin + lasted, other, source, bound), known, window)
    span = between(one, two)
    assert (span.ms, span.bound_ms) == (lasted, 0)


@given(
    times=st.lists(st.integers(0, MONTH_MS), min_size=3, max_size=3),
    bounds=st.tuples(st.integers(0, MONTH_MS), st.integers(0, MONTH_MS)),
    errors=st.tuples(st.floats(-1, 1), st.floats(-1, 1)),
)
def test_a_duration_across_boots_holds_the_truth(
    times: list[int], bounds: tuple[int, int], errors: tuple[float, float]
) -> None:
    begun, booted, ended = sorted(times)

    def moment(boot: bytes, mono: int, true_ms: int, which: int) -> Moment:
        wall = true_ms + int(bounds[which] * errors[which])
        return Moment(boot, mono * MS, NOW + wall, bounds[which], ClockSource.HOLDOVER)

    one, two = moment(b"1", 10**6, begun, 0), moment(b"2", ended - booted, ended, 1)
    span = between(one, two)
    assert span.bound_ms is not None
    assert abs(span.ms - (ended - begun)) <= span.bound_ms + 1
    assert span.ms - span.bound_ms >= (ended - booted) * 0.9999 - 2, "at least as long as the later boot ran"


def test_where_the_clocks_deny_that_the_later_boot_ran_nothing_is_known() -> None:
    one = Moment(b"1", 0, NOW, 10, ClockSource.NTP)
    two = Moment(b"2", 3_600_000 * MS, NOW, 10, ClockSource.NTP)
    assert between(one, two).bound_ms is None
