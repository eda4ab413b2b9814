"""Which checks a trusted time touches: each that it dates better, and none of those that have a time of their own."""

from pathlib import Path
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from samples.site import Authority, Site
from zhendao.gateway.visits.lanes import LaneReader
from zhendao.gateway.visits.moments import Anchor, Redating, dated
from zhendao.protocol.bodies import Sos
from zhendao.protocol.event import Event
from zhendao.protocol.vocabulary import ClockSource, Kind

HOUR_NS = 3_600 * 10**9
ANCHORS = st.lists(
    st.builds(Anchor, st.integers(0, 400 * HOUR_NS), st.just(0), st.sampled_from([10, 100, 500, 60_000])), max_size=6
)


def event(mono_ns: int, source: ClockSource, bound_ms: int | None) -> Event:
    return Event(
        bytes(16), bytes(16), 2, bytes(16), mono_ns, 0, source, bound_ms, Kind.SOS, 2, Sos(1, drill=False)
    )  # fmt: skip


@given(
    known=ANCHORS,
    new=ANCHORS,
    mono_ns=st.integers(0, 400 * HOUR_NS),
    own=st.one_of(st.none(), st.sampled_from([5, 200, 100_000])),
)
@example(known=[Anchor(0, 0, 10)], new=[Anchor(HOUR_NS, 0, 10)], mono_ns=HOUR_NS // 2, own=None)
def test_what_is_not_touched_does_not_change(known: list[Anchor], new: list[Anchor], mono_ns: int, own: Any) -> None:
    source = ClockSource.UNSET if own is None else ClockSource.RTC
    if not Redating(known, new).touches(mono_ns, own):
        one = event(mono_ns, source, own)
        assert dated(one, [*known, *new]) == dated(one, known)


def test_a_nearer_trusted_time_touches_and_a_farther_one_does_not() -> None:
    redating = Redating([Anchor(2 * HOUR_NS, 0, 10)], [Anchor(9 * HOUR_NS, 0, 10)])
    assert redating.touches(8 * HOUR_NS, None)
    assert not redating.touches(HOUR_NS, None)
    assert not redating.touches(8 * HOUR_NS, 5)


def test_the_checks_of_a_boot_are_found_without_reading_those_that_have_their_own_time(tmp_path: Path) -> None:
    site = Site(tmp_path, Authority())
    with site.store.reading() as connection:
        plan = connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT seq FROM events WHERE device = ? AND boot_id = ?"
            " AND kind = 3 AND (clock_source < 3 OR bound_ms IS NULL)",
            (bytes(16), bytes(16)),
        ).all()
    site.store.close()
    assert "ix_events_undated" in str(plan)


def test_the_times_of_a_boot_are_found_without_reading_the_terminals_other_events(tmp_path: Path) -> None:
    site = Site(tmp_path, Authority())
    line = site.authority.terminal()
    site.take(line.message(1, 1))
    asked: list[str] = []
    with site.store.reading() as connection:
        terminal = site.terminals.get(connection, line.device)
        driver: Any = connection.connection.driver_connection
        driver.set_trace_callback(asked.append)
        LaneReader(connection, terminal, {}, 0).anchors([line.boot_id])
        driver.set_trace_callback(None)
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked[-1]}").all()
    site.store.close()
    assert "ix_events_boot (device=? AND boot_id=? AND kind=?)" in str(plan)
