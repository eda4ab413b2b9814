"""`zhendao-gateway alerts` with a real broker and gateway: a press, a seat's screen, a person, the terminal."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from samples.calls import PRESS
from samples.running import Gateway, Radio, running, wait_until
from samples.site import TENANT, Authority, Terminal
from zhendao.protocol.answer import Answer, read_answer
from zhendao.protocol.command import ANSWER, open_command
from zhendao.protocol.down import SignedCommand, split_down
from zhendao.protocol.topics import Topic
from zhendao.protocol.vocabulary import AnswerState

_COMMAND = (sys.executable, "-c", "import sys; from zhendao.gateway.cli import main; sys.exit(main())", "alerts")


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def ask(gateway: Gateway, *words: str) -> tuple[int, Any, str]:
    """Run `alerts` with ``words``; return exit code, what it printed as JSON, and its errors."""
    done = subprocess.run(
        [*_COMMAND, *words, "--config", str(gateway.config), "--json", "--lang", "en"],
        capture_output=True, check=False, text=True,
    )  # fmt: skip
    return done.returncode, json.loads(done.stdout) if done.stdout else None, done.stderr


def heard(gateway: Gateway, radio: Radio, line: Terminal) -> list[Answer]:
    """Return the answers that came down to ``line``."""
    topic, key = str(Topic(TENANT, line.device, "down")), line.suite.verifying_key(gateway.key.spki)
    found = [split_down(payload) for name, payload in list(radio.heard) if name == topic]
    commands = [open_command(key, one) for one in found if isinstance(one, SignedCommand)]
    return [read_answer(one.body) for one in commands if one.kind == ANSWER]


def test_from_the_press_to_the_seat_to_the_person_to_the_elder(tmp_path: Path, authority: Authority) -> None:
    line = authority.terminal()
    line.add(PRESS, wall_ms=time.time_ns() // 1_000_000)
    with (
        running(tmp_path, authority) as (_broker, gateway, radio),
        subprocess.Popen(
            [*_COMMAND, "watch", "--seat", "one", "--config", str(gateway.config), "--json"],
            stdout=subprocess.PIPE, text=True,
        ) as watch,
    ):  # fmt: skip
        try:
            assert watch.stdout is not None
            radio.send_until_held(line, 1, 2)
            assert json.loads(watch.stdout.readline())["state"] in {"raised", "told"}
            wait_until(lambda: heard(gateway, radio, line))
            code, item, _ = ask(gateway, "ack", "1", "--by", "Wang", "--minutes", "9")
            assert (code, item["state"]) == (0, "acknowledged")
            wait_until(lambda: heard(gateway, radio, line)[-1].state is AnswerState.RECEIVED)
            assert heard(gateway, radio, line)[-1].minutes == 9
            code, item, errors = ask(gateway, "ack", "1", "--by", "Li")
            assert code == 1
            assert "Wang" in errors + json.dumps(item)
            assert ask(gateway, "resolve", "1", "--by", "Wang")[1]["state"] == "resolved"
            acts = [one["act"] for one in ask(gateway, "show", "1")[1]["log"]]
            assert (acts[0], acts[-1]) == ("raised", "resolved")
            assert ask(gateway, "drill", line.device.hex())[1]["drill"] is True
            assert [one["id"] for one in ask(gateway, "ls")[1]] == [2]
            assert ask(gateway, "seats")[:2] == (1, [])
        finally:
            watch.terminate()


def test_a_gateway_that_does_not_run_is_named(tmp_path: Path, authority: Authority) -> None:
    code, _, errors = ask(Gateway(tmp_path, authority, 1), "ls")
    assert code == 1
    assert "gateway" in errors
