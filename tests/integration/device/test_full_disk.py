"""A full memory card under the real agent: the bad signal, nothing signalled lost, acknowledging and recovery go on.

promise: a good signal means it is safe; nothing signed is lost.
"""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from samples.disks import Filler, small_disk
from samples.home import Home, Terminal, ended
from samples.journals import aged, enrolled
from zhendao.protocol.bodies import Boot
from zhendao.protocol.vocabulary import BootReason, Kind

ROUNDS = 40


@pytest.fixture
def card(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "card") as folder:
        yield folder


def tap(home: Home, terminal: Terminal) -> dict[str, Any]:
    """Hold door tag and card to the reader; return what the caregiver was told at the end."""
    home.emulator.do("present door")
    terminal.next("door-seen")
    home.emulator.do("remove door")
    home.emulator.do("present card")
    while True:
        one = terminal.any()
        if one["moment"] in {"checked-in", "checked-out", "not-recorded"}:
            break
    home.emulator.do("remove card")
    home.emulator.do("wait 800")  # as a person does: away, and only then again
    return one


def told(terminal: Terminal) -> set[tuple[str, int]]:
    return {(one["epoch"], one["seq"]) for one in terminal.drain() if one["signal"] == "recorded"}


def held(home: Home) -> set[tuple[str, int]]:
    return {(epoch.hex(), seq) for epoch, seq in home.gateway.events}


def test_a_full_disk_gives_the_bad_signal_loses_nothing_and_recovers_without_help(tmp_path: Path, card: Path) -> None:
    with Home(tmp_path, session="double_tap_s = 0") as home:
        home.config.write_text(home.config.read_text().replace(str(home.data), str(card / "data")))
        aged(card / "data", enrolled(home.who), 200)
        filler = Filler(card)
        filler.fill(leaving=24 << 10)  # no room for the log to be laid out: it has to grow, and cannot for long
        home.gateway.silent.set()
        terminal = home.start()
        bad = next(number for number in range(ROUNDS) if tap(home, terminal)["moment"] == "not-recorded")
        assert bad >= 1, "there was some room"
        assert [tap(home, terminal)["moment"] for _ in range(2)] == ["not-recorded"] * 2, "told each time"
        good = told(terminal)
        assert len(good) == bad

        # The link is back, the disk still full: everything signalled is taken by the gateway, and so there is room.
        home.gateway.silent.clear()
        home.broker.kill()
        home.broker.start()
        home.gateway.wait(lambda: good <= held(home))
        again = time.monotonic() + 180
        while (one := tap(home, terminal))["moment"] == "not-recorded":
            assert time.monotonic() < again, "acknowledged events make room on a full disk"
        home.gateway.wait(lambda: (one["epoch"], one["seq"]) in held(home))

        # Room returns: the reserve is put back, nothing is sent over and over.
        filler.remove()
        one = tap(home, terminal)
        assert one["moment"] != "not-recorded"
        home.gateway.wait(lambda: (one["epoch"], one["seq"]) in held(home))
        assert (card / "data" / "journal.ballast").exists()
        assert home.gateway.duplicates <= len(home.gateway.events), "each is sent a few times at most"
        before = home.gateway.duplicates
        one = tap(home, terminal)
        home.gateway.wait(lambda: (one["epoch"], one["seq"]) in held(home))
        assert home.gateway.duplicates <= before + 1, "and then no more"
        assert home.gateway.problems == []
        assert terminal.stop()[0] == 0
        assert told(terminal) <= held(home)
        reasons = {event.body.reason for event in home.gateway.of_kind(Kind.BOOT) if isinstance(event.body, Boot)}
        assert reasons == {BootReason.FIRST, BootReason.START}, "a full disk is no damage"


def test_a_disk_too_small_for_any_journal_is_named(tmp_path: Path) -> None:
    with small_disk(tmp_path / "card", "1m") as card, Home(tmp_path) as home:
        home.config.write_text(home.config.read_text().replace(str(home.data), str(card / "data")))
        terminal = Terminal(home.config, home.identity)
        with ended(terminal.process):
            assert terminal.process.wait(180) == 1
            assert isinstance(terminal.process, subprocess.Popen)
            assert terminal.process.stderr is not None
            assert "has 1024 KiB, and 4096 KiB are the least" in terminal.process.stderr.read()
