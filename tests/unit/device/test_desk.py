"""The desk with a real journal behind it: a terminal whose clock says 1970 records, flags, and refuses nobody."""

import asyncio
from pathlib import Path

from samples.desk import Terminal
from zhendao.device.feedback.moments import TABLE, Moment, Signal
from zhendao.protocol.bodies import Check
from zhendao.protocol.vocabulary import CheckFlag, ClockSource, Role


def test_a_clock_at_1970_is_recorded_and_blocks_nobody(tmp_path: Path) -> None:
    async def work() -> None:
        terminal = Terminal(tmp_path)
        terminal.now.wall = 12_345
        await terminal.scribe.open(terminal.open)
        await terminal.scribe.begin(terminal.clock.stamp())
        terminal.clock.observe()
        await terminal.tap(Role.DOOR, b"\x04door12")
        await terminal.tap(Role.CAREGIVER, b"\x04card12")
        assert [one.moment for one in terminal.feedback.given] == [Moment.DOOR_SEEN, Moment.CHECKED_IN]
        *_, event = await terminal.events()
        assert (event.clock_source, event.clock_bound_ms, event.wall_ms) == (ClockSource.UNSET, None, 12_345)
        assert isinstance(event.body, Check)
        assert event.body.flags == CheckFlag(0), "a clock that knows nothing judges no card"
        await terminal.scribe.close()
        terminal.folder.close()

    asyncio.run(work())


def test_what_cannot_be_stored_gets_the_bad_signal_and_can_be_tapped_again(tmp_path: Path) -> None:
    async def work() -> None:
        terminal = Terminal(tmp_path)
        await terminal.scribe.open(terminal.open)
        terminal.full = True
        for _ in range(2):
            await terminal.tap(Role.DOOR, b"\x04door12")
            await terminal.tap(Role.CAREGIVER, b"\x04card12")
            terminal.full = False
        moments = [one.moment for one in terminal.feedback.given]
        assert moments == [Moment.DOOR_SEEN, Moment.NOT_RECORDED, Moment.DOOR_SEEN, Moment.CHECKED_IN]
        assert TABLE[Moment.NOT_RECORDED].signal is Signal.BAD
        await terminal.scribe.close()
        terminal.folder.close()

    asyncio.run(work())
