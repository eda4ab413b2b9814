"""What a card hears of its own checks: when it was, today's times, the receipt; and that nobody else hears it."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from samples.local_day import LI, NS, WANG, Day, at
from zhendao.device.clock.local import zone
from zhendao.device.clock.stamp import Stamp
from zhendao.device.feedback.moments import Moment
from zhendao.device.feedback.words import Ago, Digits, TimeOfDay
from zhendao.device.taps.done import MAX_DONE, Done
from zhendao.device.taps.today import DayClock, of_today, said
from zhendao.device.taps.visits import Stored, Visit
from zhendao.protocol import cbor
from zhendao.protocol.bodies import Tap, Undo
from zhendao.protocol.errors import MalformedError
from zhendao.protocol.receipt import receipt_code
from zhendao.protocol.vocabulary import BootReason, ClockSource, Direction, Role, TapReason


def on(folder: Path, work: Callable[[Day], Awaitable[None]], *, trusted: bool = True) -> None:
    async def run() -> None:
        async with Day(folder, trusted=trusted) as day:
            await work(day)

    asyncio.run(run())


def test_a_repeated_tap_hears_when_it_was_recorded(tmp_path: Path) -> None:
    async def work(day: Day) -> None:
        day.until("9:02")
        await day.check()
        day.later(70)
        await day.tap(Role.CAREGIVER, LI)
        told = day.feedback.given[-1]
        assert (told.moment, told.said) == (Moment.ALREADY_RECORDED, (TimeOfDay(9 * 60 + 2),))
        assert isinstance((await day.events())[-1].body, Tap), "and it is on record"

    on(tmp_path, work)


def test_a_clock_that_nobody_trusts_says_how_long_ago_it_was(tmp_path: Path) -> None:
    async def work(day: Day) -> None:
        await day.check()
        day.later(70)
        await day.tap(Role.CAREGIVER, LI)
        assert day.feedback.given[-1].said == (Ago(1),)
        await day.away(LI)
        day.later(3600)
        assert await day.heard() == (Ago(61),)

    on(tmp_path, work, trusted=False)


def test_a_held_card_hears_its_own_times_of_today_and_the_receipt_of_the_last(tmp_path: Path) -> None:
    async def work(day: Day) -> None:
        await day.check(LI)
        given = {one.moment: one for one in day.feedback.given}
        day.until("9:30")
        await day.check(WANG)
        day.until("10:15")
        await day.check(LI)
        out = day.feedback.given[-1]
        assert out.said != given[Moment.CHECKED_IN].said, "each its own"
        day.until("10:16")
        told = await day.hold(LI)
        assert [one.moment for one in told] == [Moment.ALREADY_RECORDED, Moment.TIMES_TODAY, Moment.RECEIPT]
        assert told[1].said == (TimeOfDay(9 * 60), TimeOfDay(10 * 60 + 15))
        head = (await day.scribe.heads([(out.epoch, out.seq)]))[out.epoch, out.seq]
        assert told[2].said == out.said == (Digits(receipt_code(day.who.suite, head or b"")),)
        assert await day.heard(WANG) == (TimeOfDay(9 * 60 + 30),)
        assert await day.heard(b"\x2cnobody") == ()

    on(tmp_path, work)


def test_a_card_that_is_taken_away_early_or_has_company_hears_nothing(tmp_path: Path) -> None:
    async def work(day: Day) -> None:
        await day.check(LI)
        day.later(200)
        assert [one.moment for one in await day.hold(LI, seconds=2)] == [Moment.CARD_SEEN]
        await day.tap(Role.CAREGIVER, LI)
        day.later(3)
        await day.tap(Role.CAREGIVER, WANG)  # before anybody looked at the clock
        assert Moment.TIMES_TODAY not in day.told
        day.later(3)
        await day.desk.tick()
        assert day.told[-1] is Moment.NO_TIMES_TODAY, "hers, who holds it there now"

    on(tmp_path, work)


def test_times_outlive_a_restart_and_a_reboot_as_far_as_they_are_known(tmp_path: Path) -> None:
    async def work(day: Day) -> None:
        await day.check()
        receipt = day.feedback.given[-1].said
        await day.restart()
        day.until("11:00")
        told = await day.hold()
        assert [one.said for one in told[1:]] == [(TimeOfDay(9 * 60),), receipt]
        await day.restart(b"another boot 222", at("12:30"))
        assert await day.heard() == (TimeOfDay(9 * 60),)
        day.until("13:00")
        await day.check()
        assert await day.heard() == (TimeOfDay(9 * 60), TimeOfDay(13 * 60)), "an in, and its out"
        await day.restart(b"a third boot 333")
        assert await day.heard() == (), "nobody knows what day it is, or how long the machine was off"

    on(tmp_path, work)


def test_yesterday_is_not_today(tmp_path: Path) -> None:
    async def work(day: Day) -> None:
        day.until("23:50")
        await day.check()
        day.until("0:10", 23)
        assert await day.heard() == ()
        day.later(60)
        await day.check()
        assert await day.heard() == (TimeOfDay(11),)

    on(tmp_path, work)


def test_an_undo_is_asked_for_confirmed_within_a_minute_and_leaves_its_trace_after_a_restart(
    tmp_path: Path,
) -> None:
    async def work(day: Day) -> None:
        await day.check()
        check = day.feedback.given[-1]
        await day.restart()
        day.later(10)
        await day.tap(Role.CAREGIVER, LI)
        for seconds in (2.5, 1.5):
            day.later(seconds)
            await day.desk.tick()
        assert day.told[-4:] == [
            Moment.ALREADY_RECORDED, Moment.TIMES_TODAY, Moment.RECEIPT, Moment.UNDO_ASKED,
        ]  # fmt: skip
        await day.away(LI)
        day.later(2)
        await day.tap(Role.CAREGIVER, LI)
        assert day.told[-1] is Moment.UNDONE
        assert day.feedback.given[-1].said, "an undo has a receipt of its own"
        *_, tap, undo = await day.events()
        assert isinstance(tap.body, Tap)
        assert isinstance(undo.body, Undo)
        assert (tap.body.reason, undo.body.target) == (TapReason.REPEATED, check.seq)
        await day.away(LI)
        await day.restart()
        assert await day.heard() == (), "what was taken back is not heard"

    on(tmp_path, work)


def test_a_restart_between_question_and_answer_takes_nothing_back(tmp_path: Path) -> None:
    async def work(day: Day) -> None:
        await day.check()
        day.later(5)
        assert [one.moment for one in await day.hold(seconds=4)][-1] is Moment.UNDO_ASKED
        await day.restart()
        day.later(2)
        assert [one.moment for one in await day.hold(seconds=1)] == [Moment.ALREADY_RECORDED], "ask again"
        assert day.session.open_visits == 1
        assert not [one for one in await day.events() if isinstance(one.body, Undo)]

    on(tmp_path, work)


def test_a_new_epoch_leaves_times_and_receipts_as_they_were(tmp_path: Path) -> None:
    async def work(day: Day) -> None:
        await day.check()
        receipt = day.feedback.given[-1].said
        await day.scribe.new_epoch(BootReason.HEAD_MISMATCH, "another journal", day.clock.stamp())
        day.session.restore(await day.scribe.visits(day.clock.stamp()))
        day.until("10:00")
        told = await day.hold()
        assert [one.said for one in told[1:]] == [(TimeOfDay(9 * 60),), receipt]
        day.later(60)
        await day.check()
        assert await day.heard() == (TimeOfDay(9 * 60), TimeOfDay(10 * 60 + 1))

    on(tmp_path, work)


def test_a_journal_that_cannot_be_asked_costs_the_receipt_and_no_more(tmp_path: Path) -> None:
    async def work(day: Day) -> None:
        await day.check()
        day.later(200)
        await day.scribe.also(day.scribe._journal._file.close)  # as a disk that went away
        assert [one.moment for one in await day.hold()] == [Moment.CARD_SEEN, Moment.TIMES_TODAY]

    on(tmp_path, work)


WHERE = zone("Asia/Shanghai")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            Done,
            st.integers(1, 9),
            st.one_of(st.integers(-(10**15), 10**14), st.integers(7 * 10**13, 10**14)),
            st.sampled_from(Direction),
            st.one_of(st.none(), st.integers(0, 10**6)),
        ),
        max_size=MAX_DONE,
    ),
    st.integers(10**12, 2 * 10**12),
    st.one_of(st.none(), st.integers(0, 10**6)),
)
def test_what_is_said_is_true_or_not_said(done: list[Done], wall_ms: int, bound_ms: int | None) -> None:
    now_ns = 10**14
    source = ClockSource.UNSET if bound_ms is None else ClockSource.NTP
    clock = DayClock(Stamp(b"b" * 16, now_ns, wall_ms, source, bound_ms), WHERE, 60_000)
    today = of_today(done, clock)
    assert [one for one in done if one in today] == today
    for one in today:
        (word,) = said([one], clock)
        if isinstance(word, TimeOfDay):
            assert bound_ms is not None
            assert one.bound_ms is not None
            assert bound_ms + one.bound_ms <= 60_000
            midnight = (wall_ms + 8 * 3_600_000) // 86_400_000
            assert (wall_ms - (now_ns - one.ns) // 1_000_000 + 8 * 3_600_000) // 86_400_000 == midnight
        else:
            assert one.bound_ms == 0, "the age is known by the monotonic clock of this boot"


def test_a_clock_that_is_vaguer_than_a_minute_says_no_time_of_day() -> None:
    def words(bound_ms: int, vague_ms: int | None) -> tuple[object, ...]:
        clock = DayClock(Stamp(b"b" * 16, 400 * NS, at("9:02"), ClockSource.RTC, bound_ms), WHERE, 60_000)
        return said(of_today([Done(2, 100 * NS, Direction.IN, vague_ms)], clock), clock)

    assert words(60_000, 0) == (TimeOfDay(8 * 60 + 57),)
    assert words(60_001, 0) == (Ago(5),)
    assert words(30_000, 30_001) == ()
    assert words(30_000, None) == ()


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_end_as_a_row_or_as_an_error(data: bytes) -> None:
    try:
        row = Stored.decode(data)
    except MalformedError:
        return
    assert Stored.decode(row.encode()) == row


def test_a_row_of_before_is_read_and_a_row_of_now_comes_back_as_it_was() -> None:
    visit = Visit(b"c" * 16, b"p" * 16, 3, 5 * NS, 3, 5 * NS, done=(Done(3, 5 * NS, Direction.IN),))
    row = Stored(visit, b"e" * 16, b"b" * 16, 6 * NS, 1_795_305_600_000, 20)
    assert Stored.decode(row.encode()) == row
    old = cbor.encode([b"c" * 16, b"p" * 16, [3, 3, 0], [5, 5, 0], b"e" * 16, b"b" * 16, 6, 1_000])
    assert Stored.decode(old) == Stored(Visit(b"c" * 16, b"p" * 16, 3, 5, 3, 5), b"e" * 16, b"b" * 16, 6, 1_000)
    later = row.at(b"f" * 16, b"x" * 16, 7 * NS, row.wall_ms + 3_000, 30)
    assert later.done == (Done(3, 3 * NS, Direction.IN, 50, b"e" * 16),)
