"""The elder's opinion: which press counts, which visit it is about, the elder's own card, and that nobody is told."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samples.local_day import ELDER, LI, NS, WANG, Day
from zhendao.command.errors import SettingsError
from zhendao.device import config
from zhendao.device.feedback.moments import Moment
from zhendao.device.inputs.settings import BAD, GOOD, MIDDLE
from zhendao.device.rating.desk import RatingDesk
from zhendao.device.rating.presses import OFTEN, SLOW_NS, Press, Presses
from zhendao.device.rating.settings import RatingTable
from zhendao.protocol.bodies import Rating, Tap
from zhendao.protocol.vocabulary import Role, TapReason


class RatedDay(Day):
    """A day with rating buttons."""

    def attend(self) -> None:
        super().attend()
        self.rating = RatingDesk(self.around(**self.tables))
        self.rating.meet(self.desk, ())

    async def press(self, *buttons: str) -> list[Moment]:
        """Press one after another at once; return what is told by when the last is settled."""
        before = len(self.feedback.given)
        for one in buttons:
            self.rating.rated(one, self.now.mono_ns())
        work = asyncio.create_task(self.rating._serve())
        for _ in range(20 * len(buttons)):
            await self.scribe.answer()
        due_ns = self.rating._presses.due_ns()
        if due_ns is not None:
            self.later((due_ns - self.now.mono_ns()) / NS)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        late = self.rating._presses.tick(self.now.mono_ns())
        if late is not None:
            await self.rating._press(late.button, late.ns)
        return [one.moment for one in self.feedback.given[before:]]

    async def ratings(self) -> list[tuple[int, int, int | None, bool]]:
        """Return what is on record: score, button, the check-in it is about, consent."""
        bodies = [one.body for one in await self.events()]
        return [(one.score, one.button, one.refers_to, one.consent) for one in bodies if isinstance(one, Rating)]


def on(folder: Path, work: Callable[[RatedDay], Awaitable[None]], *, trusted: bool = True, **tables: object) -> None:
    async def run() -> None:
        async with RatedDay(folder, trusted=trusted, **tables) as day:
            await work(day)

    asyncio.run(run())


def test_an_opinion_is_about_the_last_visit_of_today_open_or_ended(tmp_path: Path) -> None:
    async def work(day: RatedDay) -> None:
        await day.check(LI)
        li = day.feedback.given[-1].seq
        assert await day.press(GOOD) == [Moment.RATED]
        day.until("9:30")
        await day.check(WANG)
        wang = day.feedback.given[-1].seq
        day.until("11:00")
        await day.check(WANG)
        day.until("18:00")
        assert await day.press(MIDDLE) == [Moment.RATED]
        assert await day.ratings() == [(100, 1, li, False), (60, 2, wang, False)]

    on(tmp_path, work)


def test_without_a_visit_today_that_is_said_and_nothing_is_recorded(tmp_path: Path) -> None:
    async def work(day: RatedDay) -> None:
        assert await day.press(BAD) == [Moment.RATE_NO_VISIT]
        await day.check()
        day.until("11:00")
        await day.check()
        day.until("0:01", 23)
        assert await day.press(BAD) == [Moment.RATE_NO_VISIT], "the day is over"
        assert await day.ratings() == []

    on(tmp_path, work)


def test_a_visit_that_is_still_open_after_midnight_can_be_rated(tmp_path: Path) -> None:
    async def work(day: RatedDay) -> None:
        day.until("23:30")
        await day.check()
        day.until("0:30", 23)
        assert await day.press(GOOD) == [Moment.RATED]

    on(tmp_path, work)


def test_whichever_button_it_was_the_same_is_shown_and_no_card_hears_of_it(tmp_path: Path) -> None:
    async def work(day: RatedDay) -> None:
        await day.check()
        shown = []
        for button in (GOOD, MIDDLE, BAD):
            day.later(10)
            await day.press(button)
            given = day.feedback.given[-1]
            shown.append((given.moment, given.said, given.fresh, given.seen_ns))
        assert len(set(shown)) == 1
        day.later(200)
        before = await day.hold(LI)
        day.later(30)
        await day.desk.tick()
        await day.press(GOOD)
        day.later(100)
        assert [(one.moment, one.said) for one in await day.hold(LI)] == [(one.moment, one.said) for one in before]

    on(tmp_path, work)


def test_whoever_presses_again_learns_nothing_of_what_was_pressed_before(tmp_path: Path) -> None:
    async def what_is_seen(elder: str, wait_s: float) -> list[tuple[Moment, int | None, int]]:
        async with RatedDay(tmp_path / f"{elder}{wait_s}") as day:
            await day.check()
            await day.press(elder)
            day.later(wait_s)
            begun = day.now.mono_ns()
            await day.press(GOOD)
            return [(one.moment, one.seq, one.mono_ns - begun) for one in day.feedback.given[3:]]

    for wait_s in (1, 10):
        seen = [asyncio.run(what_is_seen(button, wait_s)) for button in (GOOD, MIDDLE, BAD)]
        assert seen[0]
        assert seen[0] == seen[1] == seen[2]


def test_a_hurried_hand_is_one_event_and_its_last_press_counts(tmp_path: Path) -> None:
    async def work(day: RatedDay) -> None:
        await day.check()
        assert await day.press(GOOD, BAD, MIDDLE, BAD, BAD) == [Moment.RATED, Moment.RATED]
        assert [one[0] for one in await day.ratings()] == [100, 0]
        day.later(30)
        assert await day.press(BAD) == [Moment.RATED]
        assert [one[0] for one in await day.ratings()] == [100, 0, 0]

    on(tmp_path, work)


def test_the_elders_card_joins_a_rating_just_before_it_and_stands_for_itself_otherwise(tmp_path: Path) -> None:
    async def work(day: RatedDay) -> None:
        await day.check()
        await day.press(MIDDLE)
        day.later(20)
        assert [one.moment for one in await day.hold(ELDER, 1, role=Role.ELDER)] == [Moment.CONSENT_GIVEN]
        (_, with_card) = [one.body for one in await day.events() if isinstance(one.body, Rating)]
        assert (with_card.score, with_card.button, with_card.consent) == (60, 2, True)
        assert with_card.elder is not None
        assert with_card.elder.role is Role.ELDER
        day.later(10)
        await day.hold(ELDER, 1, role=Role.ELDER)
        again = (await day.events())[-1].body
        assert isinstance(again, Tap), "the same again is on record as what it is"
        assert again.reason is TapReason.REPEATED
        day.later(3600)
        await day.check(WANG)
        day.later(20)
        assert [one.moment for one in await day.hold(ELDER, 1, role=Role.ELDER)] == [Moment.CONSENT_GIVEN]
        assert (await day.ratings())[-1][1:] == (0, day.session.visits.rows()[_key(day)].open_seq, True)

    on(tmp_path, work)


def _key(day: RatedDay) -> bytes:
    return max(day.session.visits.rows(), key=lambda key: day.session.visits.rows()[key].last_ns)


def test_the_elders_card_without_a_visit_today_is_a_tap_and_she_is_told_so(tmp_path: Path) -> None:
    async def work(day: RatedDay) -> None:
        assert [one.moment for one in await day.hold(ELDER, 1, role=Role.ELDER)] == [Moment.RATE_NO_VISIT]
        tap = (await day.events())[-1].body
        assert isinstance(tap, Tap)
        assert tap.reason is TapReason.LONE

    on(tmp_path, work)


def test_without_a_clock_the_visits_of_the_last_hours_of_this_boot_can_be_rated(tmp_path: Path) -> None:
    async def work(day: RatedDay) -> None:
        await day.check()
        day.later(3600)
        await day.check()
        assert await day.press(GOOD) == [Moment.RATED]
        day.later(13 * 3600)
        assert await day.press(BAD) == [Moment.RATE_NO_VISIT]

    on(tmp_path, work, trusted=False)


def test_what_cannot_be_stored_is_not_thanked_for(tmp_path: Path) -> None:
    async def work(day: RatedDay) -> None:
        await day.check()
        day.full = True
        assert await day.press(GOOD) == [Moment.NOT_RECORDED]
        day.full = False
        day.later(5)
        assert await day.press(GOOD) == [Moment.RATED]

    on(tmp_path, work)


def test_a_rating_outlives_a_restart_it_is_about_the_same_visit(tmp_path: Path) -> None:
    async def work(day: RatedDay) -> None:
        await day.check()
        seq = day.feedback.given[-1].seq
        await day.restart()
        assert await day.press(BAD) == [Moment.RATED]
        assert [one[2] for one in await day.ratings()] == [seq]

    on(tmp_path, work)


def test_scores_are_a_setting_and_the_card_may_be_asked_for(tmp_path: Path) -> None:
    async def work(day: RatedDay) -> None:
        await day.check()
        assert await day.press(MIDDLE) == [Moment.RATED, Moment.RATE_ELDER_CARD]
        assert [one[0] for one in await day.ratings()] == [80]

    on(tmp_path, work, rating=RatingTable((90, 80, 10), ask_card=True))
    file = tmp_path / "device.toml"
    head = f'[terminal]\ndata_dir = "{tmp_path}"\n[nfc]\ndriver = "pcsc"\n[broker]\nurl = "mqtt://127.0.0.1:1"\n'
    file.write_text(head + "[rating]\nscores = [100, 50, 0]\n")
    assert config.read(file).rating.scores == (100, 50, 0)
    for wrong in ("[100, 60]", "[100, 60, 101]", "[true, 60, 0]", "100"):
        file.write_text(head + f"[rating]\nscores = {wrong}\n")
        with pytest.raises(SettingsError, match="scores"):
            config.read(file)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 3), st.sampled_from([0, 1, 2, 3, 10, 70])), max_size=60))
def test_whatever_is_pressed_the_last_counts_and_the_journal_is_not_filled(pressed: list[tuple[int, int]]) -> None:
    presses, now, recorded = Presses(3 * NS), 0, []

    def settle(until: int) -> None:
        while (due := presses.due_ns()) is not None and due <= until:
            one = presses.tick(due)
            assert one is not None
            if presses.press(Press(one.button, due, one.about)):
                presses.recorded(one, due)
                recorded.append((due, one.button))

    for button, wait in pressed:
        now += wait * NS
        settle(now)
        one = Press(button, now, 2)
        if presses.press(one):
            presses.recorded(one, now)
            recorded.append((now, button))
    settle(now + 2 * SLOW_NS)
    assert presses.due_ns() is None
    if pressed:
        assert recorded[-1][1] == pressed[-1][0], "the last press is what stands"
    gaps = [b - a for (a, _), (b, _) in pairwise(recorded)]
    assert all(gap >= (SLOW_NS if n + 1 >= OFTEN else 3 * NS) for n, gap in enumerate(gaps))
