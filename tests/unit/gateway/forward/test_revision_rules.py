"""The rules by which aggregators number records, for any order of revisions, refusals, replays and lost answers."""

from pathlib import Path
from shutil import copy
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samples.stores import put_store
from zhendao.gateway.forward import dead_letters, outbox
from zhendao.gateway.forward.dead_letters import ALL, Replayed
from zhendao.gateway.forward.outbox import Owed
from zhendao.gateway.forward.plan import choose
from zhendao.gateway.forward.record import Answer, Record, Verdict
from zhendao.gateway.store.engine import open_store
from zhendao.gateway.store.sealing import StoreKey

TO, KEY = "https://aggregator.example", StoreKey(bytes(32))


class Aggregator:
    """The rules: greater than the highest seen is current, lower and unseen is history, equal is refused, and a number
    that was refused is never taken; it has a whim to refuse, and an answer may be lost."""

    def __init__(self) -> None:
        self.seen: dict[str, dict[int, str]] = {}
        self.said: dict[str, Answer] = {}

    def post(self, record: Record, *, whim: bool) -> Answer:
        if record.idempotency_key in self.said:
            return self.said[record.idempotency_key]
        numbers = self.seen.setdefault(record.key, {})
        if record.sequence in numbers:
            raise AssertionError(f"{record} uses the number of {numbers[record.sequence]} again")
        if whim:
            numbers[record.sequence] = "refused"
            answer = Answer(Verdict.REFUSED, "refused", "a whim")
        else:
            taken = [number for number, state in numbers.items() if state == "taken"]
            current = not taken or record.sequence > max(taken)
            numbers[record.sequence] = "taken"
            answer = Answer(Verdict.TAKEN, "accepted" if current else "history")
        self.said[record.idempotency_key] = answer
        return answer

    def current(self, key: str) -> int:
        return max((n for n, state in self.seen.get(key, {}).items() if state == "taken"), default=0)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("owe"), st.sampled_from("ab")),
        st.tuples(st.just("send"), st.booleans(), st.booleans()),
        st.just(("replay",)),
    ),
    max_size=25,
)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "store.db"
    put_store(path)
    return path


@settings(max_examples=25)
@given(STEPS)
def test_no_number_is_used_twice_and_the_newest_revision_is_current_in_the_end(empty: Path, steps: list[Any]) -> None:
    there, revisions = Aggregator(), {"a": 0, "b": 0}
    with TemporaryDirectory() as home:
        store = open_store(f"sqlite:///{copy(empty, home)}")

        def send(*, whim: bool, lost: bool) -> bool:
            with store.writing() as connection:
                batch = choose(outbox.waiting(connection, TO, 100), {}, 0, 10)
                answers = [(one, there.post(one, whim=whim), 1) for one in batch]
                if not lost:
                    outbox.settle(connection, TO, answers, 1)
            return bool(batch)

        def replay() -> None:
            with store.writing() as connection:
                dead_letters.replay(connection, TO, ALL, Replayed("me", "", 2))

        for step in steps:
            match step:
                case ("owe", key):
                    revisions[key] += 1
                    with store.writing() as connection:
                        outbox.enqueue_many(connection, KEY, [Owed("visit", key, revisions[key], {})], 1)
                case ("send", whim, lost):
                    send(whim=whim, lost=lost)
                case _:
                    replay()
        while send(whim=False, lost=False):
            pass
        replay()
        while send(whim=False, lost=False):
            pass
        store.close()
    for key, revision in revisions.items():
        assert there.current(key) // 1_000 == revision
        taken = {number // 1_000 for number, state in there.seen.get(key, {}).items() if state == "taken"}
        assert taken == set(range(1, revision + 1)), "each revision is there, as current or as history"
