"""The journal of a card: what it says survives any end of the file, holds no key, and tells the same story again."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples.cardwork import NOW_S, UID
from zhendao.protocol.vocabulary import Role, Technology
from zhendao.provisioning.cards.goals import BlankGoal, Goal, TokenGoal, goal_from_json, goal_to_json
from zhendao.provisioning.cards.journal import DONE, GIVEN_UP, CardJournal
from zhendao.provisioning.cards.keys import FACTORY
from zhendao.provisioning.cards.writer import likely
from zhendao.provisioning.errors import FolderUnusableError

TOKEN = TokenGoal(UID, Technology.NTAG424, b"t" * 16, Role.CAREGIVER, "C001", 1, 2, b"record", 3, {0: b"abc"})
BLANK = BlankGoal(UID, Technology.NTAG424, 3, {0: b"abc"})

uids = st.sampled_from([4, 7, 10]).flatmap(lambda n: st.binary(min_size=n, max_size=n))
checks = st.none() | st.dictionaries(st.integers(0, 9), st.binary(min_size=3, max_size=3), min_size=1)
versions = st.none() | st.integers(1, 255)
goals: st.SearchStrategy[Goal] = st.builds(
    TokenGoal,
    uids,
    st.sampled_from(Technology),
    st.binary(min_size=16, max_size=16),
    st.sampled_from(Role),
    st.text(max_size=64),
    st.integers(0, 2**40),
    st.integers(0, 2**40),
    st.binary(max_size=512),
    versions,
    checks,
) | st.builds(BlankGoal, uids, st.sampled_from(Technology), versions, checks)


@given(goals)
def test_a_goal_comes_back_as_it_was(goal: Goal) -> None:
    assert goal_from_json(json.loads(json.dumps(goal_to_json(goal)))) == goal


def test_a_story_tells_what_was_begun_and_what_was_reached(tmp_path: Path) -> None:
    journal = CardJournal(tmp_path)
    assert not journal.story(UID).unfinished
    journal.begin(TOKEN, NOW_S)
    journal.step(UID, "file", NOW_S)
    story = journal.story(UID)
    assert (story.goal, story.tried, story.unfinished, story.kept) == (TOKEN, ("file",), True, None)
    journal.close(UID, "tag-gone", NOW_S)
    assert journal.story(UID).unfinished
    assert journal.story(UID).closed == "tag-gone"
    journal.step(UID, "key-0", NOW_S)
    journal.close(UID, DONE, NOW_S)
    story = journal.story(UID)
    assert (story.unfinished, story.kept, story.key_versions) == (False, TOKEN, (3,))
    journal.begin(BLANK, NOW_S)
    story = journal.story(UID)
    assert (story.goal, story.tried, story.kept, story.token) == (BLANK, (), TOKEN, None)
    journal.close(UID, GIVEN_UP, NOW_S)
    assert not journal.story(UID).unfinished
    assert [one.uid for one in journal.stories()] == [UID]


@given(cut=st.integers(0, 400), rest=st.binary(max_size=20))
def test_a_file_that_ends_anywhere_is_read_up_to_there_and_written_on(
    tmp_path_factory: pytest.TempPathFactory, cut: int, rest: bytes
) -> None:
    journal = CardJournal(tmp_path_factory.mktemp("cards"))
    journal.begin(TOKEN, NOW_S)
    journal.step(UID, "file", NOW_S)
    path = journal.folder / "cards" / f"{UID.hex()}.jsonl"
    whole = path.read_bytes()
    kept = whole[: max(0, len(whole) - cut)]
    path.write_bytes(kept + rest.replace(b"\n", b""))
    before = journal.story(UID)
    assert before.goal is None or before.goal == TOKEN
    journal.begin(replace(TOKEN, holder="C002"), NOW_S)
    journal.step(UID, "file", NOW_S)
    after = journal.story(UID)
    assert after.token is not None
    assert (after.token.holder, after.tried) == ("C002", ("file",))


def test_a_disk_that_says_no_is_named_and_no_step_is_believed(tmp_path: Path) -> None:
    journal = CardJournal(tmp_path)
    (tmp_path / "cards").write_text("in the way")
    with pytest.raises(FolderUnusableError):
        journal.begin(TOKEN, NOW_S)


def test_what_key_0_may_be_is_told_by_what_was_begun(tmp_path: Path) -> None:
    journal = CardJournal(tmp_path)
    assert likely(journal.story(UID)) == (FACTORY,)
    journal.begin(TOKEN, NOW_S)
    assert likely(journal.story(UID)) == (FACTORY, 3)
    journal.step(UID, "key-0", NOW_S)
    assert likely(journal.story(UID)) == (3, FACTORY)
    journal.close(UID, DONE, NOW_S)
    assert likely(journal.story(UID)) == (3,)
    journal.begin(BLANK, NOW_S)
    journal.step(UID, "key-0", NOW_S)
    assert likely(journal.story(UID)) == (FACTORY, 3)
