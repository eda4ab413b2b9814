"""Dead letters: each refusal stays, a replay has a number of its own, and what helps is said in plain words."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert

from samples.stores import new_store
from zhendao.gateway.forward import dead_letters, outbox
from zhendao.gateway.forward.dead_letters import ALL, Choice, Replayed
from zhendao.gateway.forward.explaining import explain
from zhendao.gateway.forward.outbox import Owed
from zhendao.gateway.forward.record import SEQUENCES, Answer, Record, Verdict
from zhendao.gateway.forward.tables import OUTBOX_REPLAY
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.sealing import StoreKey
from zhendao.simulators.platform.ledger import Ledger

TO, OTHER = "https://platform.example/intake", "https://other.example/intake"
KEY = StoreKey(bytes(32))
NOW = Replayed("guard", "registered since", 9)
NO = Answer(Verdict.REFUSED, "refused", "no such elder")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = new_store(tmp_path / "store.db")
    yield store
    store.close()


def owe(store: Store, *names: tuple[str, str, int]) -> None:
    with store.writing() as connection:
        outbox.enqueue_many(connection, KEY, [Owed(*one, {}) for one in names], 1)


def answer(store: Store, to: str, given: Answer) -> list[Record]:
    with store.writing() as connection:
        owed = outbox.waiting(connection, to, 100)
        outbox.settle(connection, to, [(one, given, 1) for one in owed], 7)
    return owed


def test_a_refusal_stays_beside_who_replayed_it_and_the_other_platform_is_not_asked_again(store: Store) -> None:
    owe(store, ("visit", "v1", 1))
    (first,) = answer(store, TO, NO)
    answer(store, OTHER, Answer(Verdict.TAKEN, "accepted", receipt="R1"))
    with store.writing() as connection:
        assert dead_letters.replay(connection, TO, ALL, NOW) == 1
        assert dead_letters.replay(connection, OTHER, ALL, NOW) == 0
        assert outbox.waiting(connection, OTHER, 9) == []
        (again,) = outbox.waiting(connection, TO, 9)
        stands = dead_letters.standing(connection, TO, first.id)
    assert (again.idempotency_key, again.sequence) == ("visit/v1/1.1", first.sequence + 1)
    assert again.sequence < Record(0, "visit", "v1", 2).sequence
    assert stands.state == "waiting"
    assert stands.refusals == (
        {
            "number": 1, "status": "refused", "reason": "no such elder", "attempts": 1, "answered_ms": 7,
            "replayed_ms": 9, "by": "guard", "why": "registered since",
        },
    )  # fmt: skip


def test_only_what_was_chosen_goes_again(store: Store) -> None:
    owe(store, ("visit", "v1", 1), ("visit", "v2", 1), ("sos", "s1", 1))
    first, *_ = answer(store, TO, NO)
    for choice, left in ((Choice([first.id]), 2), (Choice(saying="100%"), 2), (Choice(None, "sos", "no such"), 1)):
        with store.writing() as connection:
            dead_letters.replay(connection, TO, choice, NOW)
            assert dead_letters.count_dead(connection, TO) == left


def test_a_platform_that_keeps_refused_numbers_takes_a_replay_and_a_later_revision_stays_current(store: Store) -> None:
    ledger = Ledger()

    def offer(record: Record) -> str:
        numbers = {"revision": record.revision, "replay": record.replay}
        offered = {"idempotency_key": record.idempotency_key, "type": "visit", "key": record.key, "payload": {}}
        told, entry = ledger.offer(offered | numbers)
        if entry is not None:
            ledger.take(entry)
        return str(told["status"])

    owe(store, ("visit", "v1", 1), ("visit", "v1", 2))
    first, second = answer(store, TO, NO)
    assert [offer(second), offer(first)] == ["accepted", "history"]
    assert offer(second) == "duplicate", "the same number says nothing new"
    with store.writing() as connection:
        dead_letters.replay(connection, TO, ALL, NOW)
        again = outbox.waiting(connection, TO, 9)
    assert [offer(one) for one in reversed(again)] == ["accepted", "history"]
    assert ledger.records("visit")[0]["revision"] == 2


def test_a_newer_revision_that_was_taken_is_told(store: Store) -> None:
    owe(store, ("visit", "v1", 1))
    answer(store, TO, NO)
    owe(store, ("visit", "v1", 2), ("visit", "v2", 7))
    answer(store, TO, Answer(Verdict.TAKEN, "accepted"))
    with store.reading() as connection:
        (letter,) = dead_letters.dead_letters(connection, TO, 9)
    assert letter.newer == 2
    assert "newer revision 2" in explain(letter.status, letter.reason, letter.newer).en


def test_when_no_number_is_left_it_stays_a_dead_letter(store: Store) -> None:
    owe(store, ("visit", "v1", 1))
    (first,) = answer(store, TO, NO)
    with store.writing() as connection:
        row = dict.fromkeys(("attempts", "answered_ms", "replayed_ms"), 0)
        words = dict.fromkeys(("status", "reason", "by", "why"), "")
        last = {"destination": TO, "outbox_id": first.id, "number": SEQUENCES - 1}
        connection.execute(insert(OUTBOX_REPLAY).values(last | row | words))
        assert dead_letters.replay(connection, TO, ALL, NOW) == 0
        assert dead_letters.count_dead(connection, TO) == 1


@pytest.mark.parametrize(
    ("status", "reason", "word"),
    [
        ("refused", "no such elder E1", "register it there"),
        ("refused", "老人未登记", "register it there"),
        ("refused", "duplicate revision", "new number"),
        ("409", "", "new number"),
        ("413", "", "too long"),
        ("422", "field x", "could not read"),
        ("refused", "closed", "the platform's own"),
    ],
)
def test_what_helps_is_said_in_plain_words(status: str, reason: str, word: str) -> None:
    said = explain(status, reason)
    assert word in said.en
    assert said.zh
