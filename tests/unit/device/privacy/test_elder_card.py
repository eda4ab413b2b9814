"""The elder's own card, held there for three seconds: what is stored here is told; no other card asks."""

import asyncio
from pathlib import Path
from typing import Any

from samples.local_day import ELDER, LI, Day
from zhendao.device.feedback.moments import Moment
from zhendao.device.feedback.words import Count
from zhendao.protocol.vocabulary import Role


def _on(folder: Path, work: Any) -> None:
    async def run() -> None:
        async with Day(folder) as day:
            await work(day)

    asyncio.run(run())


def _asked(given: list[Any]) -> list[Any]:
    return [one.said for one in given if one.moment is Moment.PRIVACY]


def test_a_held_card_of_the_elder_hears_how_many_records_were_made(tmp_path: Path) -> None:
    async def work(day: Day) -> None:
        assert _asked(await day.hold(ELDER, 3.1, Role.ELDER)) == [(Count(1),)], "the tap of the card itself"
        await day.check(LI)
        assert _asked(await day.hold(ELDER, 3.1, Role.ELDER)) == [(Count(3),)]
        await day.restart()
        assert _asked(await day.hold(ELDER, 3.1, Role.ELDER)) == [(Count(1),)], "what this run has made"

    _on(tmp_path, work)


def test_a_tap_of_it_asks_for_nothing_and_another_card_never_does(tmp_path: Path) -> None:
    async def work(day: Day) -> None:
        assert _asked(await day.hold(ELDER, 2.9, Role.ELDER)) == []
        assert _asked(await day.hold(LI, 10)) == []

    _on(tmp_path, work)
