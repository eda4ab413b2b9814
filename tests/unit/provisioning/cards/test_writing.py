"""What is written, in which order, and what is refused before anything is."""

from pathlib import Path
from typing import Any

import pytest

from samples.cardwork import CAREGIVER, DOOR, KIND, NOW_S, OTHER, UID, Desk, is_token, keys_on, record_on
from zhendao.protocol.cards.diversify import Masters
from zhendao.protocol.cards.file_settings import FREE, AccessRights, CommMode, FileSettings
from zhendao.protocol.cards.sun import Loop, ndef_file, sun_settings
from zhendao.protocol.suite import INTL
from zhendao.protocol.vocabulary import Role, Technology
from zhendao.provisioning.cards import cpu_card, ntag424_plan
from zhendao.provisioning.cards.cpu_card import CpuCraft, CpuState
from zhendao.provisioning.cards.errors import (
    CardBusyError,
    CardForeignError,
    CardKindError,
    CardLockedError,
    CardTakenError,
    CardUnfinishedError,
    CardVerifyError,
)
from zhendao.provisioning.cards.goals import BlankGoal, TokenGoal
from zhendao.provisioning.cards.lives import Lives
from zhendao.provisioning.cards.ntag21x import Ntag21xCraft
from zhendao.provisioning.cards.ntag424 import Ntag424Craft
from zhendao.provisioning.cards.ntag424_plan import DELIVERED, State424
from zhendao.provisioning.cards.pursuing import Step
from zhendao.provisioning.cards.replacing import replace
from zhendao.provisioning.cards.writer import Wish
from zhendao.simulators.pn532.pulling import Outcome, Pull

GOAL = TokenGoal(UID, Technology.NTAG424, b"t" * 16, Role.DOOR, "P1", 1, 2, b"R" * 133, 1, None)
BLANK = BlankGoal(UID, Technology.NTAG424)
FILE = ndef_file(GOAL.record).ljust(256, b"\x00")


def mirrored() -> bytes:
    """Return an empty file with the letters that the card mirrors into it."""
    content, sdm = bytearray(256), sun_settings(tamper=True).sdm
    assert sdm is not None
    for begin, size in sdm.mirrors():
        content[begin : begin + size] = b"A" * size
    return bytes(content)


MIRRORED = mirrored()


def names(steps: tuple[Step, ...]) -> list[str]:
    return [step.name for step in steps]


@pytest.mark.parametrize(
    ("state", "goal", "wanted"),
    [
        (State424((0,) * 5, DELIVERED, bytes(256)), GOAL, "file settings key-1 key-2 key-3 key-4 key-0"),
        (State424((0, 1, 1, 0, 1), DELIVERED, FILE), GOAL, "settings key-3 key-0"),
        (State424((1,) * 5, sun_settings(tamper=False), FILE), GOAL, ""),
        (State424((1,) * 5, sun_settings(tamper=False), b"\x00\x00" + FILE[2:]), GOAL, "file"),
        (State424((2,) * 5, sun_settings(tamper=True), FILE, Loop.INVALID), GOAL, "loop key-1 key-2 key-3 key-4 key-0"),
        (State424((1,) * 5, sun_settings(tamper=True), FILE, Loop.OPEN), GOAL, ""),
        (State424((1,) * 5, sun_settings(tamper=False), FILE), BLANK, "key-1 key-2 key-3 key-4 file key-0"),
        (State424((0,) * 5, sun_settings(tamper=True), MIRRORED), BLANK, ""),
        (State424((0,) * 5, sun_settings(tamper=True), b"\x01" + MIRRORED[1:]), BLANK, "file"),
        (
            State424((0,) * 5, FileSettings(CommMode.MAC, sun_settings(tamper=False).rights), None),
            BLANK,
            "settings file",
        ),
        (State424((0,) * 5, DELIVERED, bytes(256)), BLANK, ""),
        (
            State424((0,) * 5, FileSettings(CommMode.FULL, AccessRights(FREE, 2, 2, 0)), None),
            GOAL,
            "settings file key-1 key-2 key-3 key-4 key-0",
        ),
    ],
)
def test_what_is_left_to_do_follows_from_the_card(state: State424, goal: Any, wanted: str) -> None:
    assert names(ntag424_plan.plan(state, goal, 1)) == wanted.split()


@pytest.mark.parametrize(
    ("state", "goal", "wanted"),
    [
        (CpuState(0), GOAL, "folder file record key-1 key-0"),
        (CpuState(0, folder=True), GOAL, "file record key-1 key-0"),
        (CpuState(1, folder=True, answer=1, record=b"old"), GOAL, "record"),
        (CpuState(1, folder=True, answer=2, record=GOAL.record), GOAL, "key-1"),
        (CpuState(1, folder=True, answer=1, record=GOAL.record), GOAL, ""),
        (CpuState(1, folder=True, answer=1, record=GOAL.record), BLANK, "erase key-0"),
        (CpuState(0), BLANK, ""),
    ],
)
def test_what_is_left_to_do_on_a_cpu_card(state: CpuState, goal: Any, wanted: str) -> None:
    assert names(cpu_card.plan(state, goal, 1)) == wanted.split()


@pytest.mark.parametrize("kind", ["ntag213", "ntag424tt", "cpucard"])
def test_each_step_is_in_the_journal_before_it_is_done(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, done = Desk(tmp_path), []
    for craft in (Ntag21xCraft, Ntag424Craft, CpuCraft):

        def do(self: Any, step: Step, real: Any = craft.do) -> None:
            assert desk.journal.story(UID).tried[-1] == step.name
            done.append(step.name)
            real(self, step)

        monkeypatch.setattr(craft, "do", do)
    tag = desk.card(kind)
    writer, target = desk.writer(tag)
    writer.write(target, DOOR, KIND.get(kind))
    assert tuple(done) == desk.journal.story(UID).tried
    assert done[-1] == ("message" if kind == "ntag213" else "key-0")


@pytest.mark.parametrize("kind", ["ntag424", "cpucard"])
def test_a_card_of_another_system_is_not_touched(tmp_path: Path, kind: str) -> None:
    theirs = Desk(tmp_path / "theirs", issuer=INTL.new_signing_key())
    theirs.vault.masters[1] = Masters(1, b"x" * 16, b"y" * 16)
    tag = theirs.card(kind)
    writer, target = theirs.writer(tag)
    writer.write(target, CAREGIVER, KIND.get(kind))
    keys, record = keys_on(tag), record_on(tag)
    desk = Desk(tmp_path / "ours")
    for wish in (CAREGIVER, OTHER):
        writer, target = desk.writer(tag)
        with pytest.raises(CardForeignError):
            writer.write(target, wish, KIND.get(kind))
    assert (keys_on(tag), record_on(tag)) == (keys, record)
    assert all(story.goal is None for story in desk.journal.stories())
    assert not (desk.folder / "tokens").exists()


@pytest.mark.parametrize("kind", ["ntag213", "ntag424", "cpucard"])
def test_a_card_that_another_laptop_of_ours_wrote_is_taken(tmp_path: Path, kind: str) -> None:
    first = Desk(tmp_path / "first")
    tag = first.card(kind)
    writer, target = first.writer(tag)
    writer.write(target, CAREGIVER, KIND.get(kind))
    second = Desk(tmp_path / "second", first.vault, first.issuer)
    writer, target = second.writer(tag)
    with pytest.raises(CardTakenError):
        writer.write(target, Wish(Role.CAREGIVER, "C002"), KIND.get(kind))
    writer, target = second.writer(tag)
    done = writer.write(target, OTHER, KIND.get(kind))
    assert is_token(second, tag, done.goal)


def test_a_card_begun_on_another_laptop_is_finished_here(tmp_path: Path) -> None:
    first = Desk(tmp_path / "first")
    tag = first.card("ntag424")
    writer, target = first.writer(tag, Pull(Outcome.NEW, frames=75))
    with pytest.raises(Exception, match="left"):
        writer.write(target, CAREGIVER)
    assert len(set(keys_on(tag))) > 2
    second = Desk(tmp_path / "second", first.vault, first.issuer)
    writer, target = second.writer(tag)
    done = writer.write(target, OTHER)
    assert is_token(second, tag, done.goal)


def test_a_card_that_was_begun_for_one_is_not_written_for_another(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    tag = desk.card("ntag424")
    writer, target = desk.writer(tag, Pull(Outcome.OLD, frames=60))
    with pytest.raises(Exception, match="left"):
        writer.write(target, CAREGIVER)
    writer, target = desk.writer(tag)
    with pytest.raises(CardUnfinishedError, match="C001"):
        writer.write(target, Wish(Role.CAREGIVER, "C002"))
    assert writer.write(target, CAREGIVER).resumed


def test_a_loop_that_is_open_when_a_door_tag_is_written_is_told(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    tag: Any = desk.card("ntag424tt")
    tag.loop.torn = True
    writer, target = desk.writer(tag)
    with pytest.raises(CardVerifyError, match="loop"):
        writer.write(target, DOOR)


def test_a_card_that_asks_for_time_gets_it_and_is_named_when_it_never_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, paused = Desk(tmp_path), []
    monkeypatch.setattr(Ntag424Craft, "pause", paused.append, raising=False)
    tag: Any = desk.card("ntag424")
    patience = [3]

    def delays(self: object) -> bool:
        del self
        patience[0] -= 1
        return patience[0] >= 0

    monkeypatch.setattr(type(tag.keys[0]), "delays", delays)
    writer, target = desk.writer(tag)
    craft = Ntag424Craft(
        writer.reader, target, writer._ring(UID, Technology.NTAG424, desk.journal.story(UID)), pause=paused.append
    )  # type: ignore[arg-type]
    assert craft.look().keys == (0,) * 5
    assert len(paused) == 3
    patience[0] = 1_000_000
    with pytest.raises(CardBusyError):
        craft.look()


@pytest.mark.parametrize(("tries", "left"), [(15, 13), (3, 1), (2, 1)])
def test_a_cpu_card_of_somebody_else_keeps_its_tries(tmp_path: Path, tries: int, left: int) -> None:
    desk = Desk(tmp_path)
    tag: Any = desk.card("cpucard")
    master = tag.folders[0].keys[0]
    master.value, master.tries = b"?" * 16, tries
    for _ in range(9):
        writer, target = desk.writer(tag)
        with pytest.raises((CardLockedError, CardForeignError)):
            writer.write(target, CAREGIVER, Technology.CPU_CARD)
        with pytest.raises((CardLockedError, CardForeignError)):
            writer.rollback(target, Technology.CPU_CARD)
    assert master.tries == left


def test_what_cannot_carry_a_token_is_refused_by_its_kind(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for kind, uid, said in (
        ("classic", b"\x04abc", None),
        ("isodep", UID, None),
        ("desfire", UID, None),
        ("ntag424", UID, Technology.CPU_CARD),
        ("ntag213", UID, Technology.NTAG424),
    ):
        writer, target = desk.writer(desk.card(kind, uid=uid))
        with pytest.raises(CardKindError):
            writer.write(target, CAREGIVER, said)
    assert not desk.journal.stories()


def test_a_replacement_that_was_cut_off_is_ended_by_the_same_command(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    old, new = desk.card("ntag424"), desk.card("ntag424", uid=b"\x04newcard"[:7])
    for tag in (old, new):  # cut off: the new card is written, the old one has not ended
        writer, target = desk.writer(tag)
        writer.write(target, CAREGIVER)
    lives = Lives(desk.folder, lambda: NOW_S + 1)
    for ended in (1, 0):
        writer, target = desk.writer(new)
        done = replace(writer, lives, target, CAREGIVER, "lost")
        assert (done.new.token.uid, len(done.old)) == (new.uid, ended)
    assert lives.holdings().of("C001", Role.CAREGIVER) == done.new
    writer, target = desk.writer(new)
    with pytest.raises(CardTakenError):
        replace(writer, lives, target, Wish(Role.CAREGIVER, "C002"), "lost")
