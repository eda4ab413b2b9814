"""Who has which card, and what to do with the one that is held there: one card, one person, always."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples.cardwork import NOW_S
from zhendao.protocol.vocabulary import Role, Technology
from zhendao.provisioning import token_log
from zhendao.provisioning.cards.errors import CardTakenError, TokenUnknownError
from zhendao.provisioning.cards.goals import TokenGoal
from zhendao.provisioning.cards.holdings import Belongs, GoOn, Holdings, NotMeant, WriteFor, decide, holdings, left
from zhendao.provisioning.cards.journal import CardJournal, Story
from zhendao.provisioning.cards.lives import AmbiguousError, Lives, Which
from zhendao.provisioning.cards.register import HEADERS, rows, write_registry
from zhendao.provisioning.cards.roll import Person
from zhendao.provisioning.token_log import Entry, Issued, State

UIDS = [bytes((4, n, 0, 0, 0, 0, 0)) for n in range(4)]
PEOPLE = [Person(n + 2, f"C{n}", f"name {n}", Role.CAREGIVER) for n in range(4)]


def issued(number: int, uid: bytes, role: Role = Role.CAREGIVER) -> Issued:
    return Issued(bytes((number,)) * 16, role, uid, NOW_S, NOW_S + 1)


def entry(state: State, token: Issued, holder: str = "", at_s: int = NOW_S) -> Entry:
    return Entry(at_s, state, token, {"holder": holder})


def begun(uid: bytes, holder: str) -> Story:
    goal = TokenGoal(uid, Technology.NTAG424, b"b" * 16, Role.CAREGIVER, holder, 1, 2, b"r", 1, None)
    return Story(uid, (goal,), ("file",))


def test_a_card_written_for_somebody_is_theirs_and_left_alone() -> None:
    now = holdings([entry("writing", issued(1, UIDS[0]), "C0"), entry("written", issued(1, UIDS[0]), "C0")], [])
    missing = left(PEOPLE, now)
    assert [one.holder for one in missing] == ["C1", "C2", "C3"]
    decision = decide(UIDS[0], missing, now)
    assert isinstance(decision, Belongs)
    assert decision.held.holder == "C0"
    assert decide(UIDS[1], missing, now) == WriteFor(PEOPLE[1])


def test_what_was_begun_comes_first_and_is_nobody_elses() -> None:
    now = holdings([], [begun(UIDS[2], "C3")])
    missing = left(PEOPLE, now)
    assert missing[0].holder == "C3"
    decision = decide(UIDS[2], missing, now)
    assert isinstance(decision, GoOn)
    assert decide(UIDS[0], missing, now) == WriteFor(PEOPLE[0])
    assert isinstance(decide(UIDS[0], [PEOPLE[3]], now), NotMeant)


def test_a_card_that_is_meant_for_somebody_is_written_for_them_alone() -> None:
    meant = Person(2, "C9", "", Role.CAREGIVER, UIDS[1])
    assert decide(UIDS[1], [PEOPLE[0], meant], Holdings()) == WriteFor(meant)
    assert decide(UIDS[0], [meant], Holdings()) == NotMeant(meant)


DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["written", "failed", "writing", "blank", "revoked", "given"]),
        st.integers(0, 7),
        st.integers(0, 3),
        st.integers(0, 3),
    ),
    max_size=30,
)


@given(DEEDS)
def test_whatever_happened_a_card_has_one_token_and_is_written_for_one_person(
    deeds: list[tuple[State, int, int, int]],
) -> None:
    entries = [entry(state, issued(n, UIDS[uid]), f"C{who}") for state, n, uid, who in deeds]
    now = holdings(entries, [])
    uids = [held.token.uid for held in now.by_token.values()]
    assert len(uids) == len(set(uids))
    missing = left(PEOPLE, now)
    for uid in UIDS:
        if not missing:
            break
        decision = decide(uid, missing, now)
        assert isinstance(decision, WriteFor) == (now.on(uid) is None)
    for row in rows(now):
        assert len(row) == len(HEADERS)
        assert row[5] == "" or row[4] < row[5]


def written(folder: Path, number: int, uid: bytes, holder: str) -> Issued:
    token = issued(number, uid)
    token_log.append(folder, "written", token, NOW_S, holder=holder)
    return token


def test_a_card_is_revoked_by_token_uid_or_holder_and_its_row_ends(tmp_path: Path) -> None:
    lives = Lives(tmp_path, lambda: NOW_S + 60)
    for number, which in enumerate([Which(token_id=b"\x01" * 16), Which(uid=UIDS[2]), Which(holder="C3")], 1):
        token = written(tmp_path, number, UIDS[number], f"C{number}")
        assert lives.revoke(which, "lost").token == token
    assert not lives.holdings().by_token
    text = (tmp_path / "registry/标签.csv").read_text(encoding="utf-8").splitlines()
    assert text[0] == ",".join(HEADERS)
    assert len(text) == 4
    assert all(line.endswith("+00:00") for line in text[1:])
    with pytest.raises(TokenUnknownError):
        lives.revoke(Which(holder="C3"), "lost")


def test_a_holder_with_two_cards_must_say_which(tmp_path: Path) -> None:
    written(tmp_path, 1, UIDS[1], "C1")
    written(tmp_path, 2, UIDS[2], "C1")
    with pytest.raises(AmbiguousError):
        Lives(tmp_path, lambda: NOW_S).revoke(Which(holder="C1"), "lost")


def test_a_card_that_was_begun_and_lost_is_given_up(tmp_path: Path) -> None:
    journal, goal = CardJournal(tmp_path), begun(UIDS[0], "C0").token
    assert goal is not None
    journal.begin(goal, NOW_S)
    lives = Lives(tmp_path, lambda: NOW_S)
    assert lives.holdings().begun
    lives.revoke(Which(uid=UIDS[0]), "broken")
    assert not lives.holdings().begun
    assert left(PEOPLE, lives.holdings())[0] == PEOPLE[0]


def test_a_line_of_the_token_log_that_a_crash_cut_off_spoils_none_that_follows(tmp_path: Path) -> None:
    written(tmp_path, 1, UIDS[1], "C1")
    path = tmp_path / token_log.FILE
    whole = path.read_bytes()
    path.write_bytes(whole + whole[: len(whole) // 2])
    written(tmp_path, 2, UIDS[2], "C2")
    assert [entry.facts["holder"] for entry in token_log.read(tmp_path)] == ["C1", "C2"]


def test_a_spare_card_is_given_once_and_only_then_in_the_registry(tmp_path: Path) -> None:
    written(tmp_path, 1, UIDS[1], "")
    lives = Lives(tmp_path, lambda: NOW_S)
    path = write_registry(tmp_path)
    assert len(path.read_text().splitlines()) == 1
    assert lives.give(UIDS[1], "C1", Role.CAREGIVER).holder == "C1"
    assert len(path.read_text().splitlines()) == 2
    with pytest.raises(CardTakenError):
        lives.give(UIDS[1], "C2", Role.CAREGIVER)
    with pytest.raises(TokenUnknownError):
        lives.give(UIDS[2], "C2", Role.CAREGIVER)
