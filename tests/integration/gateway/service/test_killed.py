"""Killed between its commit and its acknowledgement: nothing is lost and nothing counts twice. A real process each."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from samples.running import Gateway, running, wait_until
from samples.site import Authority
from samples.taps import day
from zhendao.protocol.bodies import Sos

DYING = """
import os, signal, sys
from zhendao.gateway import link
from zhendao.gateway.cli import main
left = [int(os.environ["COMMITS"])]
acknowledge = link.BrokerLink.acknowledge
def die(self, messages):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    acknowledge(self, messages)
link.BrokerLink.acknowledge = die
sys.exit(main())
"""


def start_dying(gateway: Gateway, commits: int) -> None:
    """Start a gateway that kills itself after its commit number ``commits``, before it told anybody."""
    gateway.process = subprocess.Popen(
        [sys.executable, "-c", DYING, "run", "--config", str(gateway.config)],
        stderr=subprocess.DEVNULL,
        env={**os.environ, "COMMITS": str(commits)},
    )


def one_column(gateway: Gateway, query: str) -> list[object]:
    connection = sqlite3.connect(gateway.database)
    try:
        return [row[0] for row in connection.execute(query)]
    finally:
        connection.close()


@pytest.mark.parametrize("commits", [1, 3])
def test_a_kill_between_commit_and_acknowledgement(tmp_path: Path, commits: int) -> None:
    authority = Authority()
    more = '[[forward]]\nkind = "https"\nurl = "http://127.0.0.1:1/"\n'
    with running(tmp_path, authority, more) as (_, gateway, radio):
        gateway.stop()
        start_dying(gateway, commits)
        wait_until(gateway.well)
        line = authority.terminal()
        day(line)
        for number in range(15):
            line.add(Sos(number, drill=True))
        stop = threading.Event()

        def send() -> None:
            for seq in range(1, 21):
                radio.send(line.message(seq, seq, certificate=seq == 1))
                stop.wait(0.03)

        sender = threading.Thread(target=send)
        sender.start()
        assert gateway.process.wait(180) == -signal.SIGKILL
        assert one_column(gateway, "select count(*) from events") != [0]
        stop.set()
        sender.join()
        gateway.start()
        wait_until(lambda: radio.held(line) == 20)
        assert sorted(one_column(gateway, "select seq from events")) == list(range(1, 21))
        owed = one_column(gateway, "select key from outbox where record_type = 'event'")
        assert len(owed) == len(set(owed)) == 19
        assert one_column(gateway, "select state from visits where state != 'withdrawn'") == ["closed", "closed"]
