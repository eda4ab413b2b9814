"""Every frame of every act on every kind of card interrupted: each card is finished or made blank again, 100 %.

The quick suite takes a frame here and there, the long one each of them. Under the real driver of the PN532 and its
emulator's chip; over both as processes, and PC/SC:
`integration/provisioning/test_cards_pulled.py`.
"""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samples.cardwork import (
    CAREGIVER,
    DOOR,
    KIND,
    OTHER,
    Act,
    Desk,
    Trial,
    copied,
    finished,
    frames,
    interrupted,
    is_blank,
    is_token,
    reads_well,
    record_on,
    trials,
)
from zhendao.protocol.errors import ZhendaoError
from zhendao.provisioning.cards.goals import TokenGoal
from zhendao.provisioning.cards.journal import CardJournal
from zhendao.provisioning.cards.writer import CardWriter, Wish
from zhendao.readers.reader import Target
from zhendao.simulators.pn532.pulling import Outcome, Pull

CARDS = ["ntag213", "ntag424", "ntag424tt", "cpucard"]
EACH = pytest.param(None, marks=pytest.mark.long, id="each frame")
FEW = pytest.param(5, id="a few frames")
few = pytest.mark.parametrize("few", [FEW, EACH])
"""How many frames of an act are tried; None: each."""


def write(kind: str, wish: Wish) -> Act:
    return lambda writer, target: writer.write(target, wish, KIND.get(kind))


def rollback(writer: CardWriter, target: Target) -> Any:
    return writer.rollback(target)


@dataclass
class Counts:
    interrupted: int = 0
    unnoticed: int = 0


def every_interruption(
    folder: Path, kind: str, before: tuple[Act, ...], act: Act, end: Callable[..., None], few: int | None
) -> Counts:
    """Interrupt ``act`` at ``few`` frames, or at each, in every way, on a card that went through ``before``."""
    start = Desk(folder / "start")
    first = start.card(kind)
    for one in before:
        one(*start.writer(first))
    kept = first.kept()
    trial_run = Desk(copied(start.folder, folder / "whole"), start.vault, start.issuer)
    total = frames(trial_run, trial_run.card(kind, kept), act)
    counts = Counts()
    for number, trial in enumerate(trials(total, 1 if few is None else total // few)):
        desk = Desk(copied(start.folder, folder / str(number)), start.vault, start.issuer)
        tag = desk.card(kind, kept)
        noticed = interrupted(desk, tag, act, trial)
        counts.interrupted += noticed
        counts.unnoticed += not noticed
        assert reads_well(desk, tag), trial
        end(desk, tag, trial)
        shutil.rmtree(desk.folder)
    return counts


@few
@pytest.mark.parametrize("kind", CARDS)
def test_a_card_pulled_away_at_any_frame_while_it_is_written_is_finished(
    tmp_path: Path, kind: str, few: int | None
) -> None:
    act = write(kind, DOOR if kind == "ntag424tt" else CAREGIVER)

    def end(desk: Desk, tag: Any, trial: object) -> None:
        goal = finished(desk, tag, act).goal
        assert isinstance(goal, TokenGoal)
        assert is_token(desk, tag, goal), trial

    counts = every_interruption(tmp_path, kind, (), act, end, few)
    assert counts.unnoticed == 0
    assert counts.interrupted >= 15


@few
@pytest.mark.parametrize("kind", CARDS)
def test_a_card_pulled_away_at_any_frame_while_it_is_written_is_made_blank_again(
    tmp_path: Path, kind: str, few: int | None
) -> None:
    def end(desk: Desk, tag: Any, trial: object) -> None:
        writer, target = desk.writer(tag)
        writer.rollback(target, KIND.get(kind))
        assert is_blank(desk, tag, kind), trial

    counts = every_interruption(tmp_path, kind, (), write(kind, CAREGIVER), end, few)
    assert counts.unnoticed == 0


@few
@pytest.mark.parametrize("kind", CARDS)
def test_a_card_pulled_away_while_another_token_is_written_over_is_finished(
    tmp_path: Path, kind: str, few: int | None
) -> None:
    act = write(kind, OTHER)

    def end(desk: Desk, tag: Any, trial: object) -> None:
        goal = finished(desk, tag, act).goal
        assert isinstance(goal, TokenGoal)
        assert goal.holder == "C002"
        assert is_token(desk, tag, goal), trial

    every_interruption(tmp_path, kind, (write(kind, CAREGIVER),), act, end, few)


@few
@pytest.mark.parametrize("kind", CARDS)
def test_a_card_pulled_away_while_it_is_made_blank_is_made_blank(tmp_path: Path, kind: str, few: int | None) -> None:
    def end(desk: Desk, tag: Any, trial: object) -> None:
        finished(desk, tag, rollback)
        assert is_blank(desk, tag, kind), trial

    every_interruption(tmp_path, kind, (write(kind, CAREGIVER),), rollback, end, few)


@pytest.mark.parametrize("kind", ["ntag213", "ntag424", "cpucard"])
def test_a_terminal_never_finds_half_a_token_on_a_card_that_was_pulled_away(tmp_path: Path, kind: str) -> None:
    start = Desk(tmp_path / "start")
    first = start.card(kind)
    write(kind, CAREGIVER)(*start.writer(first))
    kept, act = first.kept(), write(kind, OTHER)
    total = frames(
        Desk(copied(start.folder, tmp_path / "whole"), start.vault, start.issuer), start.card(kind, kept), act
    )
    empty = 0
    for frame in range(total):
        desk = Desk(copied(start.folder, tmp_path / "trial"), start.vault, start.issuer)
        tag = desk.card(kind, kept)
        assert interrupted(desk, tag, act, Trial(frame, Outcome.NEW))
        assert reads_well(desk, tag), frame
        empty += record_on(tag) is None
        shutil.rmtree(desk.folder)
    assert empty >= 2


class KilledError(BaseException):
    """Stands for the end of the process: nothing catches it."""


@pytest.mark.parametrize("after", [False, True], ids=["before the line is written", "behind it"])
@pytest.mark.parametrize("kind", CARDS)
def test_a_laptop_killed_at_any_line_of_its_books_goes_on_with_the_card(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch, *, after: bool
) -> None:
    act, real = write(kind, DOOR), CardJournal._append
    left = [1_000_000]

    def append(journal: CardJournal, uid: bytes, entry: dict[str, Any], at_s: int) -> None:
        left[0] -= 1
        if left[0] < 0 and not after:
            raise KilledError
        real(journal, uid, entry, at_s)
        if left[0] < 0:
            raise KilledError

    monkeypatch.setattr(CardJournal, "_append", append)
    killed = 0
    for line in range(100):
        desk = Desk(tmp_path / str(line))
        tag = desk.card(kind)
        left[0] = line
        try:
            act(*desk.writer(tag))
        except KilledError:
            killed += 1
        else:
            break
        left[0] = 1_000_000
        goal = finished(desk, tag, act).goal if desk.journal.story(tag.uid).unfinished else act_done(desk, tag, act)
        assert isinstance(goal, TokenGoal)
        assert is_token(desk, tag, goal), line
    assert killed >= 3


def act_done(desk: Desk, tag: Any, act: Act) -> Any:
    """Return the goal of a card whose journal is closed, or do the act that never began."""
    goal = desk.journal.story(tag.uid).goal
    return act(*desk.writer(tag)).goal if goal is None else goal


@pytest.mark.parametrize("kind", ["ntag424", "cpucard"])
def test_a_network_lost_at_any_time_changes_nothing_on_the_card(tmp_path: Path, kind: str) -> None:
    desk = Desk(tmp_path)
    tag, act = desk.card(kind), write(kind, CAREGIVER)
    desk.vault.reachable = False
    kept = tag.kept()
    with pytest.raises(ZhendaoError, match="no keys from the gateway"):
        act(*desk.writer(tag))
    assert tag.kept() == kept
    assert not desk.journal.stories()
    # In the middle of a card: the keys are in memory, and asked for once.
    desk.vault.reachable = True
    assert interrupted(desk, tag, act, next(t for t in trials(60, 40) if t.frame))
    desk.vault.reachable = False
    half = tag.kept()
    with pytest.raises(ZhendaoError, match="no keys from the gateway"):
        finished(desk, tag, act)
    assert tag.kept() == half
    desk.vault.reachable = True
    goal = finished(desk, tag, act).goal
    assert isinstance(goal, TokenGoal)
    assert is_token(desk, tag, goal)


DEEDS = st.tuples(
    st.sampled_from(["write", "over", "finish", "rollback"]),
    st.integers(0, 130),
    st.sampled_from(list(Outcome)),
)


@settings(deadline=None, max_examples=30)
@given(kind=st.sampled_from(CARDS), deeds=st.lists(DEEDS, max_size=8), end=st.sampled_from(["finish", "rollback"]))
def test_any_row_of_interrupted_deeds_ends_well(kind: str, deeds: list[tuple[str, int, Outcome]], end: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder))
        tag: Any = desk.card(kind)
        acts: dict[str, Act] = {
            "write": write(kind, CAREGIVER),
            "over": write(kind, OTHER),
            "finish": lambda writer, target: writer.finish(target),
            "rollback": lambda writer, target: writer.rollback(target, KIND.get(kind)),
        }
        for deed, frame, outcome in deeds:
            try:
                acts[deed](*desk.writer(tag, Pull(outcome, frames=frame)))
            except ZhendaoError:
                continue
        story = desk.journal.story(tag.uid)
        if end == "rollback" or story.goal is None:
            acts["rollback"](*desk.writer(tag))
            assert is_blank(desk, tag, kind)
            return
        if story.unfinished:
            acts["finish"](*desk.writer(tag))
        goal = desk.journal.story(tag.uid).goal
        assert is_token(desk, tag, goal) if isinstance(goal, TokenGoal) else is_blank(desk, tag, kind)
