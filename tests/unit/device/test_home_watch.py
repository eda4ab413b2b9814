"""A fixed terminal that is carried off says so at its next checks, once; what the weather does to fixes is no move."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from samples.home import Identity as Made
from samples.journals import enrolled
from samples.places import HOME, wander
from zhendao.command.findings import Grade
from zhendao.device.config import HomeTable
from zhendao.device.home_watch import BACK, MOVED, HomeWatch
from zhendao.device.journal.folder import DataFolder
from zhendao.device.site import memory
from zhendao.device.upkeep.installed import look
from zhendao.protocol.bodies import Check, Fix, PositionWatch, TokenRead
from zhendao.protocol.home import learn
from zhendao.protocol.position import estimate, moved_by
from zhendao.protocol.vocabulary import (
    CheckFlag,
    Constellation,
    Datum,
    Direction,
    FixSign,
    Mounting,
    Placement,
    Role,
    Strength,
    Technology,
    WatchReason,
)

READ = TokenRead(
    role=Role.CAREGIVER,
    strength=Strength.UID,
    uid=bytes(4),
    rtts_us=(),
    mono_ns=1,
    technology=Technology.NTAG21X,
)


NO_SIGN = FixSign(0)


def fix(away_m: float = 0.0, hacc95_dm: int = 150, signs: FixSign = NO_SIGN) -> Fix:
    lat, lon = moved_by(HOME, away_m, 0)
    return Fix(
        lat_e7=lat,
        lon_e7=lon,
        datum=Datum.WGS84,
        hacc95_dm=hacc95_dm,
        age_ms=0,
        epochs=1,
        sats=9,
        hdop_centi=90,
        constellations=Constellation.GPS,
        signs=signs,
    )


def check(at: Fix | None) -> Check:
    return Check(
        caregiver=READ,
        fix=at,
        direction=Direction.IN,
        placement=Placement.HOME,
        mounting=Mounting.CRADLE,
        flags=CheckFlag(0),
    )


class Terminal:
    """A watch with what it records and says; its folder is real."""

    def __init__(self, path: Path, placement: str = "HOME") -> None:
        self.recorded: list[Any] = []
        self.said: list[Any] = []
        self.errands = 0
        self.folder = DataFolder(path)
        who = enrolled(Made(placement=placement))
        self.watch = HomeWatch(who, HomeTable(), self.folder, self.also, self.record, self, self.errand)  # type: ignore[arg-type]

    def say(self, _subject: str, text: Any) -> None:
        self.said.append(text)

    async def record(self, body: Any, _changes: Any = None) -> Any:
        self.recorded.append(body)
        return body

    async def also(self, work: Callable[[], None]) -> None:
        work()

    async def errand(self) -> None:
        self.errands += 1

    async def checks(self, *fixes: Fix | None) -> None:
        for one in fixes:
            await self.watch.keep(check(one))
            await self.watch.look()

    def reasons(self) -> list[WatchReason]:
        return [one.reason for one in self.recorded if isinstance(one, PositionWatch)]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    memory.keep(tmp_path, memory.Known(learn(estimate(wander(3, 60, 3.0)))))
    opened: list[Terminal] = []

    def again(**how: Any) -> Terminal:
        if opened:
            opened[-1].folder.close()
        opened.append(Terminal(tmp_path, **how))
        return opened[-1]

    yield again
    opened[-1].folder.close()


Start = Callable[..., Terminal]


async def test_the_survey_is_recorded_once(start: Start) -> None:
    one = start()
    await one.watch.look()
    await one.checks(fix())
    assert one.reasons() == [WatchReason.SURVEY]
    surveyed = one.recorded[0].fix
    assert (surveyed.epochs, surveyed.hacc95_dm >= 100) == (60, True)
    again = start()
    await again.watch.look()
    assert again.reasons() == []
    assert again.errands == 1


async def test_a_move_is_recorded_once_also_over_a_restart_and_the_way_back(start: Start) -> None:
    one = start()
    await one.checks(fix(), fix(3), fix(-4), fix(200), fix(205))
    assert one.reasons() == [WatchReason.SURVEY], "two of five may be far off"
    await one.checks(fix(198), fix(203))
    assert one.reasons() == [WatchReason.SURVEY, WatchReason.MOVED]
    assert one.said == [MOVED]
    again = start()
    await again.checks(fix(200), fix(201))
    assert again.reasons() == []
    await again.checks(*[fix()] * 5)
    assert again.reasons() == [WatchReason.WATCH]
    assert again.said == [BACK]
    assert memory.recall(again.folder.path) is not None
    assert not memory.recall(again.folder.path).moved  # type: ignore[union-attr]


async def test_no_fix_a_poor_fix_and_a_simulator_say_nothing(start: Start) -> None:
    one = start()
    await one.checks(None, *[fix(120, hacc95_dm=5000)] * 5, *[fix(3000, signs=FixSign.SIMULATOR)] * 5)
    assert one.reasons() == [WatchReason.SURVEY]


async def test_a_carried_terminal_is_not_watched(start: Start) -> None:
    one = start(placement="CARRIED")
    await one.checks(*[fix(5000)] * 5)
    assert one.reasons() == []


async def test_a_year_of_checks_alarms_nobody(start: Start) -> None:
    one, chance = start(), random.Random(4)
    for _ in range(700):
        place = fix(chance.gauss(0, 6))
        await one.watch.keep(check(place))
    await one.watch.look()
    assert one.reasons() == [WatchReason.SURVEY]


async def test_without_a_survey_or_with_a_damaged_one_nothing_is_watched(tmp_path: Path) -> None:
    (tmp_path / memory.FILE).write_text('{"home": 1}')
    one = Terminal(tmp_path)
    await one.checks(*[fix(5000)] * 5)
    one.folder.close()
    assert one.reasons() == []


async def test_the_doctor_tells_of_survey_and_move(start: Start) -> None:
    one = start()
    path = one.folder.path
    assert {found.part: found.grade for found in look(path)} == {"home": Grade.GOOD, "selftest": Grade.GOOD}
    await one.checks(*[fix(300)] * 5)
    moved = look(path)[0]
    assert (moved.part, moved.grade) == ("home", Grade.NOTE)
    assert moved.cure is not None
    (path / "selftest.json").write_text("{}")
    assert look(path)[1].grade is Grade.NOTE
