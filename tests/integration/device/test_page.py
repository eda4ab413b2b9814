"""The status page beside a real terminal, on a pseudo-terminal: what is tapped is on it, and a dead terminal too."""

import contextlib
import os
import pty
import select
import signal
import socket
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from samples.home import PATIENCE_S, Home, ended
from samples.pinned import BAD, GOOD, SOS, PinnedHome
from zhendao.device.feedback.streaming import stream_address
from zhendao.protocol.vocabulary import AnswerState, Kind

_MAIN = "import sys; from zhendao.device.cli import main; sys.exit(main())"


class Screen:
    """`zhendao-device page` on a pseudo-terminal of 80 by 24; ``until`` waits for words."""

    def __init__(self, config: Path, *words: str) -> None:
        self.master, slave = pty.openpty()
        termios.tcsetwinsize(slave, (24, 80))
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", _MAIN, "page", "--config", str(config), *words],
            stdin=slave,
            stdout=slave,
            env={**os.environ, "LC_ALL": "C.UTF-8", "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )
        os.close(slave)
        self.shown = ""

    def until(self, words: str, seconds: float = PATIENCE_S) -> None:
        until = time.monotonic() + seconds
        self.shown = self.shown[-6000:]
        while words not in self.shown:
            ready, _, _ = select.select([self.master], [], [], max(0.0, until - time.monotonic()))
            assert ready, (words, self.shown[-3000:])
            self.shown += os.read(self.master, 65_536).decode(errors="replace")
        self.shown = self.shown.rpartition(words)[2]


@contextlib.contextmanager
def page(config: Path, *words: str) -> Iterator[Screen]:
    screen = Screen(config, *words)
    try:
        with ended(screen.process):
            yield screen
    finally:
        os.close(screen.master)


def test_a_tap_is_on_the_page_and_a_dead_terminal_is_told_and_a_new_one_heard(tmp_path: Path) -> None:
    with Home(tmp_path) as home, page(home.config, "--lang", "en") as screen:
        screen.until("TERMINAL STOPPED")
        terminal = home.start()
        screen.until("READY")
        idle = [socket.socket(socket.AF_UNIX) for _ in range(8)]
        for one in idle:
            one.connect(stream_address(home.data))  # more than are served, and none reads
        home.tap("door", "card")
        screen.until("CHECKED IN")
        screen.until("the gateway has it")
        terminal.process.send_signal(signal.SIGSTOP)
        screen.until("NO ANSWER")
        terminal.process.kill()
        screen.until("TERMINAL STOPPED")
        home.start()
        screen.until("READY")
        for one in idle:
            one.close()
        screen.process.send_signal(signal.SIGTERM)
        assert screen.process.wait(PATIENCE_S) == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="another user can be tried as root only")
def test_another_user_is_told_nothing_as_it_happens(tmp_path: Path) -> None:
    with Home(tmp_path) as home:
        home.start()
        asked = subprocess.run(
            [sys.executable, "-c", _LISTEN, stream_address(home.data)[1:]], capture_output=True, check=True
        )
        assert asked.stdout == b"nothing"


_LISTEN = (
    "import os, socket, sys; os.setuid(65534); line = socket.socket(socket.AF_UNIX); line.connect('\\0' + sys.argv[1]);"
    "print(line.recv(100).decode() or 'nothing', end='')"
)


def test_a_call_is_on_the_page_and_a_silent_one_is_not(tmp_path: Path) -> None:
    with PinnedHome(tmp_path) as home, page(home.config, "--lang", "en") as screen:
        terminal = home.start()
        screen.until("READY")
        home.hand.do(f"press {SOS} 300")
        terminal.next("sos-calling")
        screen.until("CALL ARRIVED")
        home.gateway.wait(lambda: home.gateway.of_kind(Kind.HEARD))
        (call,) = home.gateway.of_kind(Kind.SOS)
        home.answer(call, AnswerState.RECEIVED)
        screen.until("A PERSON HAS IT")
        home.answer(call, AnswerState.RESOLVED)
        screen.until("CALL CLOSED")
        home.tap("door", "card")
        home.hand.do(f"press {GOOD} {BAD} 2500")
        terminal.next("rated")
        screen.until("THANK YOU")
        home.gateway.wait(lambda: home.gateway.of_kind(Kind.DURESS))
        assert not {"duress", "silent"} & set(screen.shown.lower().split())
