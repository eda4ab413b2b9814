"""A platform that fails at one record, and one that was away: others pass, and nothing waits longer than it must."""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from shutil import copy

import pytest

from samples.stores import put_store
from zhendao.gateway.forward import outbox
from zhendao.gateway.forward.errors import LinkError
from zhendao.gateway.forward.outbox import Owed
from zhendao.gateway.forward.record import Answer, Verdict
from zhendao.gateway.forward.sending import Moment, Request, Sending
from zhendao.gateway.store.engine import Store, open_store
from zhendao.gateway.store.sealing import StoreKey

TO, KEY = "https://platform.example", StoreKey(bytes(32))
TAKEN = Answer(Verdict.TAKEN, "accepted")
HOUR_MS = 3_600_000
Says = Callable[[Request, int], bool]
"""Tells whether a request is answered at a moment (ms)."""


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "store.db"
    put_store(path)
    return path


@pytest.fixture
def store(empty: Path, tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{copy(empty, tmp_path)}")
    yield store
    store.close()


def owe(store: Store, first: int, count: int) -> None:
    with store.writing() as connection:
        owed = [Owed("visit", f"v{number}", 1, {}) for number in range(first, first + count)]
        outbox.enqueue_many(connection, KEY, owed, 1)


def left(store: Store) -> set[str]:
    with store.reading() as connection:
        return {one.key for one in outbox.waiting(connection, TO, 10_000)}


def run(sending: Sending, answers: Says, from_ms: int, until_ms: int) -> tuple[int, int]:
    """Let it send until ``until_ms`` or until nothing is owed; return when that was, and how many requests it took."""
    now_ms, requests = from_ms, 0
    while now_ms < until_ms:
        request = sending.next(now_ms)
        if request is None:
            wait_ms = sending.wait_ms(now_ms)
            if wait_ms is None:
                break
            now_ms += wait_ms
            continue
        requests += 1
        moment = Moment(now_ms, now_ms)
        if answers(request, now_ms):
            sending.answered(request, {one.idempotency_key: TAKEN for one in request.batch}, moment)
        else:
            sending.failed(request, LinkError("HTTP 500"), moment)
        now_ms += 20
    return now_ms, requests


@pytest.mark.parametrize("poison", [(1,), (300,), (1, 2, 700, 701, 702), (1200,)])
def test_a_record_that_a_platform_fails_at_holds_up_no_other(store: Store, seed: int, poison: tuple[int, ...]) -> None:
    owe(store, 1, 1_200)
    sending = Sending(store, KEY, TO, Random(seed).random)
    keys = {f"v{number}" for number in poison}

    def chokes(request: Request, _now_ms: int) -> bool:
        return not any(one.key in keys for one in request.batch)

    run(sending, chokes, 0, HOUR_MS)
    assert left(store) == keys
    owe(store, 2_000, 50)  # and what comes later
    run(sending, chokes, HOUR_MS, HOUR_MS + 180_000)
    assert left(store) == keys
    run(sending, lambda _request, _now_ms: True, 2 * HOUR_MS, 3 * HOUR_MS)
    assert left(store) == set(), "and when the platform is mended it goes"


@pytest.mark.parametrize("owed", [1, 3_000])
def test_after_an_outage_all_is_there_soon(store: Store, seed: int, owed: int) -> None:
    owe(store, 1, owed)
    sending = Sending(store, KEY, TO, Random(seed).random)
    run(sending, lambda _request, now_ms: now_ms > HOUR_MS, 0, HOUR_MS)
    done_ms, requests = run(sending, lambda _request, _now_ms: True, HOUR_MS, 2 * HOUR_MS)
    assert left(store) == set()
    assert done_ms - HOUR_MS < 150_000
    assert requests < 30, "by the hundred again, not one by one"
