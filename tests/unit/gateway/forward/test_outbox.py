"""The outbox over a real SQLite file: once in, owed until answered, in the same commit as what it tells of."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from samples.stores import new_store
from zhendao.gateway.forward import dead_letters, outbox
from zhendao.gateway.forward.outbox import Owed
from zhendao.gateway.forward.record import Answer, Record, Verdict
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.sealing import StoreKey
from zhendao.protocol.errors import CryptoError

TO = "https://platform.example/intake"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = new_store(tmp_path / "store.db")
    yield store
    store.close()


KEY = StoreKey(bytes(32))


def owe(connection: Connection, *record: Any) -> None:
    outbox.enqueue_many(connection, KEY, [Owed(*record)], 1)


def keys(records: list[Record]) -> list[tuple[str, int]]:
    return [(record.key, record.revision) for record in records]


def test_the_same_revision_is_owed_once_and_another_is_owed_beside_it(store: Store) -> None:
    with store.writing() as connection:
        owe(connection, "visit", "v1", 1, {"姓": "王"})
        owe(connection, "visit", "v1", 1, {"姓": "李"})
        owe(connection, "visit", "v1", 2, {})
    with store.writing() as connection:
        owed = outbox.waiting(connection, TO, 10)
        assert keys(owed) == [("v1", 1), ("v1", 2)]
        (letter, _) = outbox.letters(connection, KEY, owed)
    assert letter.payload == '{"姓":"王"}'
    assert owed[0].idempotency_key == "visit/v1/1"


def test_what_was_rolled_back_is_not_owed(store: Store) -> None:
    def conclude_and_fail() -> None:
        with store.writing() as connection:
            owe(connection, "visit", "v1", 1, {})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        conclude_and_fail()
    with store.writing() as connection:
        assert outbox.count_waiting(connection, TO) == 0


def test_only_an_answer_settles_and_each_destination_has_its_own(store: Store) -> None:
    with store.writing() as connection:
        for number in range(5):
            owe(connection, "visit", f"v{number}", 1, {})
        first, second, third, *_ = outbox.waiting(connection, TO, 10)
        outbox.settle(
            connection,
            TO,
            [
                (second, Answer(Verdict.TAKEN, "accepted", receipt="r2"), 1),
                (third, Answer(Verdict.REFUSED, "refused", "no such elder"), 3),
                (first, Answer(Verdict.LATER, "retry"), 1),
            ],
            now_ms=7,
        )
        assert keys(outbox.waiting(connection, TO, 10)) == [("v0", 1), ("v3", 1), ("v4", 1)]
        assert outbox.settled_id(connection, TO) == first.id - 1
        assert outbox.count_waiting(connection, "another") == 5
        (dead,) = dead_letters.dead_letters(connection, TO, 10)
    assert (dead.record.key, dead.reason, dead.attempts, dead.answered_ms) == ("v2", "no such elder", 3, 7)


def test_progress_moves_over_what_is_settled_and_a_dead_letter_can_be_owed_again(store: Store) -> None:
    with store.writing() as connection:
        for number in range(3):
            owe(connection, "visit", f"v{number}", 1, {})
        owed = outbox.waiting(connection, TO, 10)
        refused = Answer(Verdict.REFUSED, "refused", "closed today")
        outbox.settle(connection, TO, [(record, refused, 1) for record in owed], now_ms=1)
        assert outbox.settled_id(connection, TO) == owed[-1].id
        assert dead_letters.count_dead(connection, TO) == 3
        assert dead_letters.replay(connection, TO, dead_letters.ALL, dead_letters.Replayed("me", "", 2)) == 3
        assert keys(outbox.waiting(connection, TO, 10)) == [("v0", 1), ("v1", 1), ("v2", 1)]
        assert dead_letters.count_dead(connection, TO) == 0


def test_what_is_owed_rests_sealed_and_opens_only_as_what_it_is(store: Store, tmp_path: Path) -> None:
    with store.writing() as connection:
        owe(connection, "event", "e1", 1, {"uid": "04a1b2c3d4e5f6"})
        owe(connection, "event", "e2", 1, {"uid": "04ffffffffffff"})
        first, second = outbox.waiting(connection, TO, 2)
        with pytest.raises(CryptoError):
            outbox.letters(connection, StoreKey(bytes(31) + b"x"), [first])
        with pytest.raises(CryptoError):
            outbox.letters(connection, KEY, [Record(first.id, "event", "e2", 1)])
        assert [one.record for one in outbox.letters(connection, KEY, [second, first])] == [second, first]
    store.close()
    assert b"04a1b2c3d4e5f6" not in b"".join(path.read_bytes() for path in tmp_path.glob("store.db*"))
