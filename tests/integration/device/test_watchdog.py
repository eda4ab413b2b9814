"""The real terminal under a service manager's socket: ready, alive, stopping; and parts that really hang.

rule: what hangs is seen. promise: a reader that hangs stops nothing else.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from samples.home import Home
from zhendao.command.notify import Notifier
from zhendao.device.care.alive import Pulse
from zhendao.device.clock.kernel import KernelClock
from zhendao.device.config import WatchTable
from zhendao.device.reading import HUNG, ReadingHand
from zhendao.device.tap_queue import TapQueue
from zhendao.device.watching import Standing, Watch
from zhendao.protocol.vocabulary import Kind
from zhendao.readers.reader import Reader
from zhendao.readers.thread import ReaderThread
from zhendao.readers.values import Posting, ReaderState

WATCHDOG_S = 2


class Manager:
    """What systemd hears."""

    def __init__(self, path: Path) -> None:
        self.line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.line.bind(str(path))
        self.said: list[str] = []

    def hear(self, seconds: float) -> str | None:
        """Return what is said next, None for silence."""
        self.line.settimeout(seconds)
        with contextlib.suppress(TimeoutError):
            self.said.append(self.line.recv(4096).decode())
            return self.said[-1]
        return None

    def until(self, wanted: Callable[[str], bool], seconds: float = 180) -> str:
        end = time.monotonic() + seconds
        while (word := self.hear(max(0.01, end - time.monotonic()))) is not None:
            if wanted(word):
                return word
        raise AssertionError(self.said)

    def quiet(self) -> None:
        """Wait until nothing is under way any more."""
        while self.hear(WATCHDOG_S) is not None:
            pass


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Manager]:
    one = Manager(tmp_path / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", str(WATCHDOG_S * 1_000_000))
    yield one
    one.line.close()


def test_ready_alive_hung_alive_again_stopping(tmp_path: Path, manager: Manager) -> None:
    with Home(tmp_path) as home:
        terminal = home.start()
        manager.until(lambda said: said.startswith("STATUS=可以打卡") and "ready to tap" in said)
        assert "READY=1" not in manager.said
        manager.until("READY=1".__eq__)
        for _ in range(3):
            manager.until("WATCHDOG=1".__eq__)
        home.tap("door", "card")
        terminal.process.send_signal(signal.SIGSTOP)
        manager.quiet()
        terminal.process.send_signal(signal.SIGCONT)
        manager.until("WATCHDOG=1".__eq__)
        code, _, _ = terminal.stop()
        assert code == 0
        manager.until("STOPPING=1".__eq__)


def test_a_missing_reader_is_told_and_watched_all_the_same(tmp_path: Path, manager: Manager) -> None:
    with Home(tmp_path) as home:
        home.config.write_text(home.config.read_text().replace(str(home.emulator.link), str(tmp_path / "none")))
        home.launch()
        manager.until(lambda said: "reader down, no check possible" in said)
        manager.until("READY=1".__eq__)
        manager.until("WATCHDOG=1".__eq__)


class Taps:
    """The desk: a number that stands still while somebody waits, None while nobody does."""

    def __init__(self, told: list[Posting], news: asyncio.Event) -> None:
        self.told, self.news = told, news
        self.handled: int | None = None

    def said(self, state: ReaderState) -> None:
        self.told.append(state)
        self.news.set()

    def rounds(self) -> int | None:
        return self.handled


async def become(true: Callable[[], bool]) -> None:
    """Wait for what threads do; they set no event of the loop."""
    while not true():  # noqa: ASYNC110 - as above
        await asyncio.sleep(0.05)


async def test_a_reader_that_hangs_is_told_as_down_and_replaced(tmp_path: Path) -> None:
    """The thread of the first one never comes back from its driver; the second one can be opened."""
    told: list[Posting] = []
    news = asyncio.Event()
    held, opened = threading.Event(), threading.Event()

    def hang_first(_port: str, _hold: Callable[[Reader], None]) -> Any:
        if not opened.is_set():
            opened.set()
            held.wait()
        raise RuntimeError("nothing there")

    def make(alive: Callable[[], None]) -> ReaderThread:
        return ReaderThread("x", told.append, opener=hang_first, alive=alive)

    manager = Manager(tmp_path / "notify")
    watch = Watch(WatchTable(reader_s=1), Notifier(str(tmp_path / "notify")), 0.2, KernelClock())
    hand = ReadingHand(make)
    hand.start()

    task = asyncio.create_task(watch.run(hand, answer, Taps(told, news), Pulse(), well))  # type: ignore[arg-type]  # offers what it asks for
    try:
        await asyncio.wait_for(news.wait(), 20)
        await become(lambda: HUNG in hand.failures())
        assert isinstance(told[0], ReaderState)
        assert (told[0].up, told[0].reason) == (False, HUNG)
        await become(lambda: len(told) > 1)  # the second thread tells of its own trouble: it climbs the ladder
        assert isinstance(told[1], ReaderState)
        assert told[1].reason == "reader-garbled"
        assert hand.rounds().keys() == {"reader", "reader-left"}
        held.set()
        await become(lambda: "reader-left" not in hand.rounds())
    finally:
        held.set()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        hand.stop()
        manager.line.close()


class Desk:
    """A desk at which the first tap is never done with."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()

    def due_ns(self) -> int | None:
        return None

    async def take(self, _posting: Posting) -> None:
        await self.go_on.wait()


async def test_a_tap_that_is_never_done_with_ends_the_pats(tmp_path: Path) -> None:
    manager, desk = Manager(tmp_path / "notify"), Desk()
    taps = TapQueue(desk, Counter(), KernelClock())  # type: ignore[arg-type]  # offers what is asked for here
    watch = Watch(WatchTable(taps_s=1), Notifier(str(tmp_path / "notify")), 0.2, KernelClock())
    hand = ReadingHand(lambda alive: ReaderThread("x", lambda _: None, opener=nothing_there, alive=alive))
    hand.start()
    tasks = [asyncio.create_task(watch.run(hand, answer, taps, Pulse(), well)), asyncio.create_task(taps.serve())]

    async def pats(seconds: float) -> bool:
        """Tell whether there is a pat within so long, after what was under way."""
        while await asyncio.to_thread(manager.hear, 0.01) is not None:
            pass
        return await asyncio.to_thread(manager.hear, seconds) == "WATCHDOG=1"

    try:
        await asyncio.sleep(1.5)  # longer than a tap may wait: nobody does
        assert await pats(10)
        taps.said(ReaderState(up=True, reason="", text=None, mono_ns=0))
        while await pats(1):
            pass
        desk.go_on.set()
        assert await pats(10)
    finally:
        for one in tasks:
            one.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        hand.stop()
        manager.line.close()


def nothing_there(_port: str, _hold: Callable[[Reader], None]) -> Any:
    raise RuntimeError("nothing there")


def well() -> Standing:
    return Standing(reader_up=True, unconfirmed=0, linked=True)


async def answer() -> None:
    """Answer as a journal does that is well."""


@pytest.mark.long
@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("fsfreeze") is None, reason="freezing a file system wants root")
def test_a_disk_that_hangs_ends_the_pats(tmp_path: Path, manager: Manager) -> None:
    """A frozen file system lets the journal's thread hang in the kernel; the loop goes on, and must not be believed."""
    image, data = tmp_path / "image", tmp_path / "data"
    with image.open("wb") as file:
        file.truncate(16 << 20)
    data.mkdir()
    subprocess.run(["mkfs.ext4", "-q", image], check=True)
    if subprocess.run(["mount", "-o", "loop", image, data], check=False, stderr=subprocess.DEVNULL).returncode:
        pytest.skip("no loop device here")
    try:
        with Home(tmp_path) as home:
            home.config.write_text(home.config.read_text() + "[watch]\njournal_s = 5\n")
            home.start()
            manager.until("WATCHDOG=1".__eq__)
            subprocess.run(["fsfreeze", "-f", data], check=True)
            try:
                for tag in ("door", "card"):
                    home.emulator.do(f"present {tag}")
                while manager.hear(3 * WATCHDOG_S) is not None:
                    pass
            finally:
                subprocess.run(["fsfreeze", "-u", data], check=True)
            manager.until("WATCHDOG=1".__eq__)
            home.terminal.next("checked-in")
    finally:
        subprocess.run(["umount", data], check=True)


def test_something_the_matter_is_told_at_once_and_health_each_interval(tmp_path: Path) -> None:
    with Home(tmp_path) as home:
        text = home.config.read_text().replace("[nfc]", "health_s = 10\n[nfc]")
        home.config.write_text(text + "[health]\ndisk_low_mib = 1000000\n")
        home.start()
        home.gateway.wait(lambda: len(home.gateway.of_kind(Kind.HEALTH)) > 1, 60)
        first, second = (event.body for event in home.gateway.of_kind(Kind.HEALTH)[:2])
    assert (first.reason.name, first.concerns.name) == ("CHANGE", "DISK_LOW")
    assert (second.reason.name, second.concerns.name) == ("INTERVAL", "DISK_LOW")
    assert second.memory_kib > 10_000
    assert second.journal_kib > 0
    assert second.kernel.startswith("Linux ")
    assert second.reader.name == "WELL"
