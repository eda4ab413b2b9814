"""The desk of calls on a real journal: recorded before it is told, one call of many presses, duress in silence."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from samples.desk import Terminal
from zhendao.device.calls.book import WORD
from zhendao.device.calls.desk import MOST, CallDesk
from zhendao.device.calls.drill import begin, is_drill
from zhendao.device.errors import JournalFullError
from zhendao.device.feedback.moment import Moment
from zhendao.device.files import HOST
from zhendao.device.inputs.settings import CallsTable
from zhendao.protocol.answer import Answer
from zhendao.protocol.bodies import Duress, Heard, Incident, Sensor, Sos
from zhendao.protocol.vocabulary import AnswerState, HeardBy, SensorClass

S = 1_000_000_000
REPEAT = 30 * S


class Called(Terminal):
    """A terminal with a desk of calls, whose clock a test sets."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.now.mono = 10_000 * S
        self.begin_anew()

    def begin_anew(self) -> None:
        self.calls = CallDesk(self.around(), CallsTable(), HeardBy.LIGHT)

    async def press(self, *, drill: bool = False) -> None:
        await self.calls.sos(self.now.mono_ns(), 60, REPEAT, drill=drill)

    async def later(self, seconds: float) -> None:
        assert self.now.mono is not None
        self.now.mono += int(seconds * S)
        await self.calls.tick()

    async def answered(self, seq: int, state: AnswerState) -> None:
        await self.calls.answered(Answer(self.scribe.standing.epoch, seq, state))

    async def bodies(self, kind: type) -> list[object]:
        return [one.body for one in await self.events() if isinstance(one.body, kind)]


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Called]:
    async with Called(tmp_path / "data") as made:
        yield made


async def test_many_presses_are_one_call_and_one_after_that_is_another(here: Called) -> None:
    for _ in range(20):
        await here.press()
        await here.later(1)
    assert len(await here.bodies(Sos)) == 1
    assert here.told[:2] == [Moment.SOS_CALLING, Moment.SOS_CALLING], "pressed again it says how it is"
    assert here.told.count(Moment.SOS_OFFLINE) > 1, "and then that nobody answers"
    await here.later(15)
    await here.press()
    assert len(await here.bodies(Sos)) == 2


async def test_what_has_arrived_is_told_once_and_recorded_as_heard(here: Called) -> None:
    await here.press()
    epoch, seq = here.scribe.standing.epoch, here.scribe.standing.seq
    for _ in range(3):
        here.calls.settled(epoch, 1, 99)
        await here.later(0)
        await here.answered(seq, AnswerState.ARRIVED)
    for _ in range(3):
        await here.answered(seq, AnswerState.RECEIVED)
    assert here.told == [Moment.SOS_CALLING, Moment.SOS_ARRIVED, Moment.SOS_RECEIVED]
    heard = await here.bodies(Heard)
    assert heard == [Heard(epoch, seq, state, HeardBy.LIGHT) for state in (AnswerState.ARRIVED, AnswerState.RECEIVED)]
    await here.later(3600)
    assert here.told[-1] is Moment.SOS_RECEIVED, "a person has it: no more is told by itself"


async def test_a_restart_goes_on_telling_and_an_ended_call_leaves_nothing_behind(here: Called) -> None:
    await here.press()
    seq = here.scribe.standing.seq
    here.begin_anew()
    await here.calls.begin()
    await here.later(11)
    assert here.told[-1] is Moment.SOS_OFFLINE
    await here.answered(seq, AnswerState.RECEIVED)
    here.begin_anew()
    await here.calls.begin()
    await here.later(3600)
    assert here.told[-1] is Moment.SOS_RECEIVED
    await here.answered(seq, AnswerState.RESOLVED)
    assert here.told[-1] is Moment.SOS_RESOLVED
    assert not await here.scribe.rows(WORD)
    await here.answered(seq, AnswerState.RESOLVED)
    assert here.calls.counters["answers-stray"] == 1


async def test_a_call_that_cannot_be_recorded_is_told_at_once_and_made_when_it_can_be(here: Called) -> None:
    here.full = True
    await here.press()
    assert here.told == [Moment.SOS_NOT_RECORDED]
    for _ in range(200):
        await here.later(10)
    assert set(here.told) == {Moment.SOS_NOT_RECORDED}
    assert 4 < len(here.told) < 10, "and again, ever more rarely"
    here.full = False
    await here.press()
    await here.later(0)
    assert here.told[-1] is Moment.SOS_CALLING
    assert len(await here.bodies(Sos)) == 1


async def test_a_failed_word_of_what_was_heard_is_made_good_when_it_is_said_again(here: Called) -> None:
    await here.press()
    seq = here.scribe.standing.seq
    here.full = True
    await here.answered(seq, AnswerState.RECEIVED)
    assert here.told[-1] is Moment.SOS_RECEIVED
    here.full = False
    await here.answered(seq, AnswerState.RECEIVED)
    assert len(await here.bodies(Heard)) == 1
    assert here.told.count(Moment.SOS_RECEIVED) == 1


async def test_a_mistake_is_said_by_pressing_again_and_holding_and_the_next_press_is_a_call(here: Called) -> None:
    await here.press()
    first, seq = here.now.mono_ns(), here.scribe.standing.seq
    await here.calls.mistake(first, first + 5 * S)
    assert len(await here.bodies(Sos)) == 1, "the press that called is no mistake, however long it is"
    await here.later(4)
    again = here.now.mono_ns()
    await here.press()
    await here.calls.mistake(again, again + 5 * S)
    assert here.told[-1] is Moment.SOS_MISTAKE
    assert [(one.mistake_of, one.held_ms) for one in await here.bodies(Sos) if isinstance(one, Sos)] == [
        (None, 60),
        (seq, 5000),
    ]
    await here.later(600)
    assert here.told[-1] is Moment.SOS_MISTAKE, "who took it back is not reminded"
    await here.answered(seq, AnswerState.RECEIVED)
    assert here.told[-1] is Moment.SOS_RECEIVED, "but hears that a person looks all the same"
    await here.press()
    assert len(await here.bodies(Sos)) == 3, "a mistake keeps no true call from being made"


async def test_of_an_older_call_no_more_is_told_when_there_is_a_newer_one(here: Called) -> None:
    await here.press()
    old = here.scribe.standing.seq
    await here.later(60)
    await here.press()
    told = len(here.told)
    await here.answered(old, AnswerState.RESOLVED)
    assert len(here.told) == told, "the one that stands is not over"


async def test_duress_is_recorded_and_nothing_is_told_even_if_it_cannot_be(
    here: Called, capfd: pytest.CaptureFixture[str]
) -> None:
    await here.calls.duress(1, here.now.mono_ns())
    here.failing = JournalFullError(here.folder.path)
    await here.calls.duress(1, here.now.mono_ns())
    await here.calls.duress(2, here.now.mono_ns())
    await here.later(3)
    here.failing = None
    await here.later(70)
    assert [one.gesture for one in await here.bodies(Duress) if isinstance(one, Duress)] == [1, 1]
    seq = here.scribe.standing.seq
    await here.answered(seq, AnswerState.RECEIVED)
    here.calls.settled(here.scribe.standing.epoch, 1, 99)
    await here.later(3600)
    assert not here.told
    assert capfd.readouterr() == ("", "")
    assert not here.calls.waiting()["calls"]
    assert not await here.scribe.rows(WORD)


async def test_an_incident_is_one_and_may_stand_beside_a_call(here: Called) -> None:
    await here.press()
    for _ in range(3):
        await here.calls.incident(here.now.mono_ns(), REPEAT, drill=False)
    assert len(await here.bodies(Incident)) == 1
    await here.answered(here.scribe.standing.seq, AnswerState.RECEIVED)
    assert here.told[-1] is Moment.INCIDENT_RECEIVED


async def test_a_drill_says_so_and_ends_by_itself_and_with_the_boot(here: Called) -> None:
    await here.press(drill=True)
    assert here.told == [Moment.SOS_CALLING, Moment.DRILL]
    assert [one.drill for one in await here.bodies(Sos) if isinstance(one, Sos)] == [True]
    path, boot = here.folder.path, b"b" * 16
    begin(HOST, path, boot, 100 * S, 10)
    assert is_drill(HOST, path, boot, 100 * S)
    assert is_drill(HOST, path, boot, 699 * S)
    assert not is_drill(HOST, path, boot, 700 * S)
    assert not is_drill(HOST, path, b"c" * 16, 200 * S)
    begin(HOST, path, boot, 200 * S, 0)
    assert not is_drill(HOST, path, boot, 200 * S)
    begin(HOST, path, boot, 100 * S, 100_000)
    assert not is_drill(HOST, path, boot, 200 * S), "no drill lasts a week"
    (path / "drill").write_bytes(b"\xff" * 20)
    assert not is_drill(HOST, path, boot, 200 * S)


async def test_calls_without_end_are_bounded(here: Called) -> None:
    for _ in range(3 * MOST):
        await here.press()
        await here.later(31)
    assert len(await here.scribe.rows(WORD)) <= MOST


async def test_a_call_that_another_records_is_followed_over_a_restart_too(here: Called) -> None:
    pulled = Sensor("bath", SensorClass.CALL_CORD, 1, 0)
    done = await here.keep(pulled, rows=here.calls.beside(here.now.mono_ns()))
    here.calls.follow(done, here.now.mono_ns())
    here.begin_anew()
    await here.calls.begin()
    await here.later(11)
    assert here.told == [Moment.SOS_CALLING, Moment.SOS_OFFLINE]
    await here.answered(done.seq, AnswerState.RESOLVED)
    assert not await here.scribe.rows(WORD)
