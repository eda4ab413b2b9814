"""The real terminal with a real serial line: surveyed here, carried off, and what the gateway hears of it."""

import time
from pathlib import Path

import pytest

from samples.home import Home
from samples.installed import PLACE, receiver
from zhendao.device.site import memory
from zhendao.protocol.bodies import Check, PositionWatch
from zhendao.protocol.home import learn
from zhendao.protocol.position import Sample, estimate, moved_by
from zhendao.protocol.vocabulary import Kind, WatchReason

HERE = (round(PLACE[0] * 1e7), round(PLACE[1] * 1e7))


def reasons(home: Home) -> list[WatchReason]:
    bodies = [event.body for event in home.gateway.of_kind(Kind.FIX)]
    return [body.reason for body in bodies if isinstance(body, PositionWatch)]


def checks(home: Home) -> list[Check]:
    return [event.body for event in home.gateway.of_kind(Kind.CHECK) if isinstance(event.body, Check)]


@pytest.mark.long
def test_a_box_that_is_carried_off_says_so_at_its_next_check(tmp_path: Path) -> None:
    with Home(tmp_path, session="double_tap_s = 0") as home, receiver(tmp_path) as sky:
        text = home.config.read_text()
        home.config.write_text(f'{text}[gnss]\nport = "{tmp_path}/gnss"\nbaud = 9600\n[home]\nfixes = 1\n')
        home.data.mkdir()
        samples = [Sample(*HERE, 10.0, float(second)) for second in range(60)]
        memory.keep(home.data, memory.Known(learn(estimate(samples))))
        home.start()
        home.gateway.wait(lambda: reasons(home) == [WatchReason.SURVEY], 60)

        def check_with_fix(seconds: float) -> None:
            """Check in or out until a check has a fix, as a caregiver would over the days."""
            before, until = len([one for one in checks(home) if one.fix is not None]), time.monotonic() + seconds
            while len([one for one in checks(home) if one.fix is not None]) == before:
                assert time.monotonic() < until
                known = len(checks(home))
                home.emulator.do("present door")
                home.terminal.next("door-seen")
                home.emulator.do("remove door")
                home.emulator.do("present card")
                home.emulator.do("wait 900")
                home.emulator.do("remove card")
                home.emulator.do("wait 900")
                home.gateway.wait(lambda known=known: len(checks(home)) > known)  # type: ignore[misc]

        check_with_fix(60)
        assert reasons(home) == [WatchReason.SURVEY]
        lat, lon = moved_by(HERE, 400, 300)
        sky.order(f"move {lat / 1e7:.7f} {lon / 1e7:.7f}")
        home.emulator.do("wait 32000")  # the fix of a check is the median of half a minute
        check_with_fix(60)
        home.gateway.wait(lambda: reasons(home)[-1] is WatchReason.MOVED, 60)
        code, _, said = home.terminal.stop()
        assert code == 0
        assert "may have been moved" in said
    known = memory.recall(home.data)
    assert known is not None
    assert known.moved
