"""The head of the log each hour: due when, made up for after trouble, and stopped at once."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from samples.evidence import Office, hard_visit, office
from samples.site import NOW_MS, Authority
from zhendao.gateway.evidence.hourly import HOUR_MS, Hourly, due_ms
from zhendao.protocol.loghead import open_head
from zhendao.protocol.suite import INTL

BEGAN = NOW_MS // HOUR_MS * HOUR_MS + 1_000


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Office]:
    made = office(tmp_path, Authority(INTL))
    hard_visit(made)
    yield made
    made.site.store.close()


def test_it_is_due_at_the_full_hour_after_the_last_one() -> None:
    assert due_ms(HOUR_MS * 7) == HOUR_MS * 8
    assert due_ms(HOUR_MS * 7 + 1) == HOUR_MS * 8
    assert due_ms(HOUR_MS * 8 - 1) == HOUR_MS * 8


def test_an_hour_that_passed_while_the_gateway_was_down_is_made_up_for(place: Office, tmp_path: Path) -> None:
    place.heads.make(place.site.store, BEGAN)
    line = place.site.authority.terminal()
    place.site.take(line.message(1, 1))
    path, made = tmp_path / "log-heads.jsonl", threading.Event()
    thread = Hourly(place.site.store, place.heads, path, made.set).errand(lambda: BEGAN + HOUR_MS)
    thread.start()
    assert made.wait(120)
    assert thread.stop(120)
    first, second = (open_head(bytes.fromhex(json.loads(one)["head"])).head for one in path.read_text().splitlines())
    assert (second.before, second.former, second.made_ms) == (first.size, first.root, BEGAN + HOUR_MS)
    assert second.size > first.size


def test_before_the_hour_nothing_is_made_and_stopping_waits_for_no_hour(place: Office, tmp_path: Path) -> None:
    place.heads.make(place.site.store, BEGAN)
    asked = threading.Event()

    def now_ms() -> int:
        asked.set()
        return BEGAN

    hourly = Hourly(place.site.store, place.heads, tmp_path / "heads", lambda: pytest.fail("made"))
    thread = hourly.errand(now_ms)
    thread.start()
    assert asked.wait(120)
    assert thread.stop(120)
    assert not (tmp_path / "heads").exists()


def test_one_that_never_ran_for_an_hour_makes_its_first_head_at_the_next_start(place: Office, tmp_path: Path) -> None:
    made = threading.Event()
    thread = Hourly(place.site.store, place.heads, tmp_path / "heads", made.set).errand(lambda: BEGAN)
    thread.start()
    assert made.wait(120)
    assert thread.stop(120)
    assert len((tmp_path / "heads").read_text().splitlines()) == 1
