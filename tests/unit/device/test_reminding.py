"""An open visit is reminded before its planned end: once, over restarts too, and not once it has ended."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samples.local_day import LI, NS, WANG, Day, at
from zhendao.device.clock.local import zone
from zhendao.device.clock.stamp import Stamp
from zhendao.device.config import SessionTable
from zhendao.device.feedback.moments import TABLE, Moment, Origin
from zhendao.device.reminding.due import Planned, Reminders, RemindSettings
from zhendao.device.reminding.hand import RemindingHand
from zhendao.device.reminding.kept import MOST_REMINDED, Kept
from zhendao.device.taps.today import DayClock
from zhendao.device.taps.visits import Visit
from zhendao.protocol.command import PLAN, Command
from zhendao.protocol.errors import MalformedError
from zhendao.protocol.plan import Plan, PlannedVisit, plan_body
from zhendao.protocol.vocabulary import ClockSource

MINUTE = 60 * NS


class RemindedDay(Day):
    """A day on which visits are reminded."""

    def attend(self) -> None:
        super().attend()
        self.hand = RemindingHand(self.around(**self.tables))
        self.hand.meet(self.desk, ())

    async def plan(self, *visits: tuple[bytes, str, str], day: int = 22) -> None:
        """Send a plan: card, begin and end."""
        planned = tuple(PlannedVisit(uid[:4] * 4, at(begin, day), at(end, day)) for uid, begin, end in visits)
        body = plan_body(Plan(at("0:00", day), at("23:59", day), planned))
        await self.hand.commands()[PLAN](Command(1, self.who.device, b"n" * 16, 1, PLAN, body, 0))

    async def reminded(self, clock: str, day: int = 22) -> list[Moment]:
        """Let time pass until then, as the hand asks to be woken; return what it tells."""
        before, until_ms = len(self.feedback.given), at(clock, day)
        while (wall := self.now.wall) is not None and wall < until_ms:
            wait = await self.hand.look()
            left = (until_ms - wall) / 1000
            self.later(left if wait is None else max(0.001, min(wait, left)))
        await self.hand.look()
        return [one.moment for one in self.feedback.given[before:]]


def on(folder: Path, work: Callable[[RemindedDay], Awaitable[None]], *, trusted: bool = True, **session: int) -> None:
    async def run() -> None:
        async with RemindedDay(folder, trusted=trusted, session=SessionTable(**session)) as day:
            await work(day)

    asyncio.run(run())


def test_an_open_visit_is_reminded_once_before_its_planned_end(tmp_path: Path) -> None:
    async def work(day: RemindedDay) -> None:
        await day.plan((LI, "9:00", "10:00"), (WANG, "9:00", "9:30"))
        day.until("9:04")
        await day.check(LI)
        assert await day.reminded("9:54") == [], "of another card's plan she hears nothing"
        assert await day.reminded("9:56") == [Moment.REMIND_END]
        assert await day.reminded("12:00") == []

    on(tmp_path, work)
    assert TABLE[Moment.REMIND_END].origin is Origin.HOUSE, "silent at night"


def test_who_checks_out_before_is_not_reminded_and_the_next_visit_is(tmp_path: Path) -> None:
    async def work(day: RemindedDay) -> None:
        await day.plan((LI, "9:00", "10:00"))
        await day.check()
        day.until("9:50")
        await day.check()
        assert await day.reminded("11:00") == []
        await day.plan((LI, "14:00", "15:00"))
        day.until("14:00")
        await day.check()
        assert await day.reminded("15:00") == [Moment.REMIND_END]

    on(tmp_path, work)


def test_a_check_out_that_is_taken_back_is_not_reminded_of_again(tmp_path: Path) -> None:
    async def work(day: RemindedDay) -> None:
        await day.plan((LI, "9:00", "10:00"))
        await day.check()
        assert await day.reminded("9:56") == [Moment.REMIND_END]
        await day.check()
        await day.hand.look()
        day.later(5)
        assert [one.moment for one in await day.hold(LI, 5)][-1] is Moment.UNDO_ASKED
        day.later(1)
        await day.hold(LI, 1)
        assert day.told[-1] is Moment.UNDONE
        assert day.session.open_visits == 1
        assert await day.reminded("10:30") == []

    on(tmp_path, work)


def test_plan_and_reminders_outlive_a_restart_and_a_reboot(tmp_path: Path) -> None:
    async def work(day: RemindedDay) -> None:
        await day.plan((LI, "9:00", "10:00"))
        await day.check()
        await day.restart()
        assert await day.reminded("9:56") == [Moment.REMIND_END]
        await day.restart()
        assert await day.reminded("9:58") == []
        await day.restart(b"another boot 222", at("9:59"))
        assert await day.reminded("10:30") == []
        await day.check()
        await day.plan((LI, "11:00", "12:00"))
        day.until("11:00")
        await day.check()
        await day.restart(b"a third boot 333", at("11:20"))
        assert await day.reminded("12:00") == [Moment.REMIND_END]

    on(tmp_path, work)


def test_what_fell_due_long_ago_while_the_terminal_was_off_is_given_up(tmp_path: Path) -> None:
    async def work(day: RemindedDay) -> None:
        await day.plan((LI, "9:00", "10:00"))
        await day.check()
        await day.restart(b"another boot 222", at("11:00"))
        assert await day.reminded("12:00") == []

    on(tmp_path, work)


def test_without_a_plan_a_usual_length_reminds_where_it_is_set_and_needs_no_clock(tmp_path: Path) -> None:
    async def work(day: RemindedDay) -> None:
        await day.check()
        day.later(54 * 60)
        assert await day.hand.look() == pytest.approx(60)
        day.later(60)
        await day.hand.look()
        assert day.told[-1] is Moment.REMIND_END

    async def unset(day: RemindedDay) -> None:
        await day.check()
        assert await day.hand.look() is None

    on(tmp_path / "set", work, trusted=False, service_min=60)
    on(tmp_path / "unset", unset, trusted=False)


def test_a_plan_takes_the_place_of_the_one_before_and_what_is_none_changes_nothing(tmp_path: Path) -> None:
    async def work(day: RemindedDay) -> None:
        await day.plan((LI, "9:00", "10:00"))
        with pytest.raises(MalformedError):
            await day.hand.ordered(Command(1, day.who.device, b"n" * 16, 2, PLAN, {1: 0}, 0))
        await day.check()
        await day.plan((LI, "9:00", "11:00"))
        assert await day.reminded("10:50") == []
        assert await day.reminded("11:00") == [Moment.REMIND_END]
        file = (tmp_path / "plan").read_bytes()
        assert LI[:4] * 4 not in file, "no card's number rests on the disk"

    on(tmp_path, work)


PLANS = st.lists(
    st.builds(
        lambda who, begin, length: Planned(bytes([who]) * 16, begin, begin + length),
        st.integers(1, 2),
        st.integers(1_795_000_000_000, 1_795_000_000_000 + 86_400_000),
        st.integers(0, 4 * 3_600_000),
    ),
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(PLANS, st.integers(0, 86_400), st.integers(0, 120), st.lists(st.integers(1, 7200), min_size=1, max_size=30))
def test_whatever_is_planned_a_visit_is_reminded_at_most_once(
    plan: list[Planned], opened_s: int, service_min: int, waits: list[int]
) -> None:
    base_ms, now = 1_795_000_000_000, opened_s * NS
    reminders = Reminders(RemindSettings(5 * MINUTE, service_min * MINUTE, 16 * 60 * MINUTE))
    rows = {b"k" * 16: Visit(b"\x01" * 16, b"p" * 16, 2, now, 2, now)}
    told = 0
    for wait in waits:
        now += wait * NS
        clock = DayClock(
            Stamp(b"b" * 16, now, base_ms + now // 1_000_000, ClockSource.NTP, 100), zone("Asia/Shanghai"), 60_000
        )
        remind, next_ns = reminders.step(rows, plan, clock)
        told += remind
        assert next_ns is None or next_ns > now
    assert told <= 1
    rows[b"k" * 16] = Visit(b"\x01" * 16, b"p" * 16, 0, 0, 3, now)
    assert reminders.step(rows, plan, clock) == (False, None)
    assert not reminders.reminded


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60))
def test_any_file_ends_as_a_plan_or_as_an_error(data: bytes) -> None:
    try:
        kept = Kept.decode(data)
    except MalformedError:
        return
    assert Kept.decode(kept.encode()) == kept


def test_the_file_is_bounded() -> None:
    many = Kept(1, 2, (Planned(b"c" * 16, 3, 4),), {n.to_bytes(16, "big"): n for n in range(500)})
    assert len(Kept.decode(many.encode()).reminded) == MOST_REMINDED
