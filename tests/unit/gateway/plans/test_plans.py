"""Which visits are planned when, and which terminal is told of them: at its start, on a change, at midnight."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samples.registered import CARD, CHINA, register
from samples.site import Authority, Site, Terminal
from zhendao.gateway.ingest.steady import Now
from zhendao.gateway.plans.sending import AT_ONCE
from zhendao.gateway.plans.today import DAY_MS, Slot, local_day, planned
from zhendao.protocol.command import PLAN, open_command
from zhendao.protocol.down import SignedCommand, split_down
from zhendao.protocol.plan import MOST_VISITS, Plan, plan_body, read_plan
from zhendao.protocol.state import State, seal_state
from zhendao.protocol.suite import INTL

OFFSET_MS = 8 * 3_600_000


def at(day: int, clock: str = "8:00") -> int:
    """Return UTC ms of a local time in September 2026; the 21st is a Monday."""
    hour, minute = map(int, clock.split(":"))
    return int(datetime(2026, 9, day, hour, minute, tzinfo=CHINA).timestamp() * 1000)


def online(site: Site, line: Terminal, now_ms: int) -> None:
    """Have ``line`` say that it is there."""
    keys = line.starts[-1]
    boot = line.message(keys.start, keys.start).payload
    content = State(online=True, seq=len(line.items), head=line.heads[-1], wall_ms=now_ms, unacknowledged=0)
    state = seal_state(line.suite, keys, line.certificate_id, bytes(12), boot, content)
    site.take(line.wrapped(state, "state"), now_ms=now_ms)


def sent(site: Site, lines: list[Terminal], now_ms: int) -> dict[bytes, list[Plan]]:
    """Let time do its work; return the plans that went to each."""
    outcome = site.pipeline.watch(now_ms)
    found: dict[bytes, list[Plan]] = {}
    for out in outcome.outgoing:
        one = split_down(out.payload)
        if isinstance(one, SignedCommand):
            command = open_command(INTL.verifying_key(site.gateway_key.spki), one)
            line = next(line for line in lines if line.device == command.device)
            assert command.boot_nonce == line.boot_nonce
            if command.kind == PLAN:
                found.setdefault(line.device, []).append(read_plan(command.body))
    return found


def times(plan: Plan) -> list[tuple[int, int]]:
    return [(one.begin_ms, one.end_ms) for one in plan.visits]


def test_a_terminal_hears_the_visits_of_its_home_at_its_start_on_a_change_and_at_midnight(
    site: Site, authority: Authority
) -> None:
    line, other = authority.terminal(), authority.terminal()
    register(site, line.device, days="工作日", hours="09:00-10:30")
    register(site, other.device, "2", card=bytes(range(16)).hex())
    both = [line, other]
    site.take(line.message(1, 1), now_ms=at(21))
    site.take(other.message(1, 1), now_ms=at(21))
    assert sent(site, both, at(21)) == {}, "nobody is online"
    for one in both:
        online(site, one, at(21))
    ((plan,),) = sent(site, both, at(21)).values()
    assert (plan.from_ms, plan.to_ms) == (at(21, "0:00"), at(22, "0:00"))
    assert [(one.card, one.begin_ms, one.end_ms) for one in plan.visits] == [(CARD, at(21, "9:00"), at(21, "10:30"))]
    assert sent(site, both, at(21, "8:01")) == {}, "once"
    register(site, line.device, days="工作日", hours="14:00-15:00")
    ((changed,),) = sent(site, both, at(21, "8:02")).values()
    assert times(changed) == [(at(21, "14:00"), at(21, "15:00"))]
    line.start()
    site.take(line.message(2, 2), now_ms=at(21, "8:03"))
    ((again,),) = sent(site, both, at(21, "8:04")).values()
    assert again == changed, "to a terminal that began anew"
    assert sent(site, both, at(21, "23:59")) == {}, "nothing to say; what else was due is done"
    assert site.pipeline.idle_ms(at(21, "23:59"), at(21, "23:59")) == 60_000
    ((tomorrow,),) = sent(site, both, at(22, "0:00")).values()
    assert times(tomorrow) == [(at(22, "14:00"), at(22, "15:00"))]


def test_who_had_a_plan_and_has_none_any_more_is_told_so_once(site: Site, authority: Authority) -> None:
    line = authority.terminal()
    register(site, line.device, days="周五", hours="09:00-10:00")
    site.take(line.message(1, 1), now_ms=at(25))
    online(site, line, at(25))
    assert len(sent(site, [line], at(25))[line.device][0].visits) == 1
    ((empty,),) = sent(site, [line], at(26)).values()
    assert (empty.visits, empty.from_ms) == ((), at(26, "0:00"))
    assert sent(site, [line], at(27)) == {}
    line.start()
    site.take(line.message(2, 2), now_ms=at(27, "9:00"))
    assert sent(site, [line], at(27, "9:01")) == {}, "it was told, and nothing is planned"


def test_a_station_and_a_card_without_a_number_are_in_no_plan(site: Site, authority: Authority) -> None:
    station, home = authority.terminal(), authority.terminal()
    register(site, station.device, "1", placement="station", hours="09:00-10:00")
    register(site, home.device, "2", card=bytes(range(16)).hex(), hours="09:00-10:00")
    for line in (station, home):
        site.take(line.message(1, 1), now_ms=at(21))
        online(site, line, at(21))
    assert list(sent(site, [station, home], at(21))) == [home.device]


def test_a_site_of_many_is_served_at_a_pace(site: Site, authority: Authority) -> None:
    lines = [authority.terminal() for _ in range(3)]
    for n, line in enumerate(lines):
        register(site, line.device, str(n), card=bytes([n + 1] * 16).hex(), hours="全天")
        site.take(line.message(1, 1), now_ms=at(21))
        online(site, line, at(21))
    assert len(sent(site, lines, at(21))) == 3 <= AT_ONCE
    assert sent(site, lines, at(21) + 1) == {}


def test_a_gateway_that_begins_anew_does_not_send_again_what_was_sent(site: Site, authority: Authority) -> None:
    line = authority.terminal()
    register(site, line.device, hours="09:00-10:00")
    site.take(line.message(1, 1), now_ms=at(21))
    online(site, line, at(21))
    assert sent(site, [line], at(21))
    site.store.close()
    site.open()
    assert sent(site, [line], at(21, "9:00")) == {}


def test_without_planned_times_nothing_is_due_by_time(site: Site, authority: Authority) -> None:
    line = authority.terminal()
    register(site, line.device)
    site.settle(at(21))
    with site.store.reading() as connection:
        spread: Any = site.pipeline._spreading
        assert spread._several[1].next_ms(connection, Now(at(21), at(21))) is None


def slot(who: str, days: int | None, begin: int, length: int, start_ms: int, lasts_ms: int | None) -> Slot:
    """Return a slot that begins at a minute of the day."""
    end = (begin + length) % 1440
    hours = f"{begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}"
    return Slot("E", who, days, hours, start_ms, None if lasts_ms is None else start_ms + lasts_ms)


SLOTS = st.lists(
    st.builds(
        slot,
        st.sampled_from(["a", "b", "nobody"]),
        st.one_of(st.none(), st.integers(0, 127)),
        st.integers(0, 1439),
        st.integers(1, 1438),
        st.integers(at(19), at(23)),
        st.one_of(st.none(), st.integers(0, 5 * DAY_MS)),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(SLOTS, st.integers(at(21), at(22)))
def test_whatever_is_agreed_a_plan_can_be_sent_and_holds_what_touches_the_day(slots: list[Slot], now_ms: int) -> None:
    day = local_day(now_ms, OFFSET_MS)
    assert day.from_ms <= now_ms < day.to_ms
    plans = planned(day, slots, {"a": [b"a" * 16], "b": [b"b" * 16, b"c" * 16]})
    for plan in plans.values():
        assert read_plan(plan_body(plan)) == plan
        assert all(day.from_ms < one.end_ms and one.begin_ms < day.to_ms for one in plan.visits)
        assert all(one.end_ms - one.begin_ms <= DAY_MS for one in plan.visits)
        assert len(plan.visits) <= MOST_VISITS


@pytest.mark.parametrize(
    ("hours", "days", "day", "expected"),
    [
        ("22:00-06:00", None, 21, [(at(20, "22:00"), at(21, "6:00")), (at(21, "22:00"), at(22, "6:00"))]),
        ("22:00-06:00", 1, 22, [(at(21, "22:00"), at(22, "6:00"))]),
        ("00:00-24:00", 1, 21, [(at(21, "0:00"), at(22, "0:00"))]),
        ("09:00-10:00", 0b1, 22, []),
        ("09:00-10:00", 0b10, 22, [(at(22, "9:00"), at(22, "10:00"))]),
    ],
)
def test_nights_and_weekdays(hours: str, days: int | None, day: int, expected: list[tuple[int, int]]) -> None:
    plans = planned(local_day(at(day), OFFSET_MS), [Slot("E", "C", days, hours, 0, None)], {"C": [CARD]})
    assert [times(one) for one in plans.values()] == ([expected] if expected else [])
