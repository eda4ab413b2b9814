"""What reaches a terminal from above: the gateway's word is obeyed, everybody else's is counted and dropped."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from samples.home import Home, Terminal
from zhendao.protocol.bodies import Boot
from zhendao.protocol.command import RESEND, Command, resend_body, sign_command
from zhendao.protocol.keys import SigningKey
from zhendao.protocol.topics import Topic
from zhendao.protocol.vocabulary import BootReason, Kind


def status(home: Home, *more: str) -> Any:
    code = "from zhendao.device.cli import main; raise SystemExit(main())"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    words = more or ("status",)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *words, "--config", str(home.config), "--json"],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
        env=environment,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def boot_of(home: Home) -> Boot:
    body = home.gateway.of_kind(Kind.BOOT)[-1].body
    assert isinstance(body, Boot)
    return body


def order(home: Home, key: SigningKey, nonce: bytes, number: int, kind: int, body: dict[int, Any]) -> None:
    command = Command(home.who.suite.id, home.who.device, nonce, number, kind, body, 0)
    topic = str(Topic("test", home.who.device, "down"))
    home.gateway.client.publish(topic, sign_command(key, bytes(32), command), qos=1)


def accepted(home: Home, terminal: Terminal) -> int:
    home.emulator.do("present door")
    terminal.next("door-seen")
    home.emulator.do("remove door")
    home.emulator.do("present card")
    seq: int = terminal.next("accepted")["seq"]
    home.emulator.do("remove card")
    return seq


def test_the_gateway_can_ask_again_and_nobody_else_can(tmp_path: Path) -> None:
    with Home(tmp_path, session="double_tap_s = 0") as home:
        terminal = home.start()
        last = accepted(home, terminal)
        nonce, epoch = boot_of(home).nonce, home.gateway.newest.epoch if home.gateway.newest else b""
        again = resend_body(epoch, 1, last)
        down = str(Topic("test", home.who.device, "down"))
        for junk in (b"", b"\xff" * 100, b"\x83\x01\x40\x58\x20" + bytes(32)):
            home.gateway.client.publish(down, junk, qos=1)
        order(home, home.who.suite.new_signing_key(), nonce, 1, RESEND, again)
        order(home, home.who.gateway, bytes(16), 1, RESEND, again)
        order(home, home.who.gateway, nonce, 5, 99, {})
        order(home, home.who.gateway, nonce, 5, RESEND, again)
        before = home.gateway.duplicates
        order(home, home.who.gateway, nonce, 6, RESEND, resend_body(epoch, last, last))
        home.gateway.wait(lambda: home.gateway.duplicates > before)
        assert home.gateway.duplicates == before + 1, "only the good order was obeyed"
        home.emulator.do("wait 800")  # as a person does: away, and only then again
        final = accepted(home, terminal)
        assert terminal.stop()[0] == 0
        rows = [row for row in status(home, "journal", "ls")[0] if row["seq"] <= final]
        assert {row["state"] for row in rows} == {"committed"}, rows


def test_a_restored_card_is_noticed_and_begins_a_new_epoch_that_loses_nothing(tmp_path: Path) -> None:
    with Home(tmp_path, session="double_tap_s = 0") as home:
        terminal = home.start()
        accepted(home, terminal)
        terminal.stop()
        shutil.copytree(home.data, tmp_path / "image")
        terminal = home.start()
        accepted(home, terminal)
        terminal.stop()
        old, held = home.gateway.newest, len(home.gateway.events)
        shutil.rmtree(home.data)
        shutil.copytree(tmp_path / "image", home.data)
        home.gateway.allow_forks = True
        terminal = home.start()
        home.gateway.wait(
            lambda: home.gateway.newest is not None and home.gateway.newest.epoch != getattr(old, "epoch", b"")
        )
        home.gateway.wait(lambda: boot_of(home).reason is BootReason.HEAD_MISMATCH)
        accepted(home, terminal)
        assert len(home.gateway.events) > held
        code, _, said = terminal.stop()
        assert code == 0
        assert "new epoch" in said
        (found,) = status(home)
        assert [one["unacknowledged"] for one in found["epochs"]][1] == 0
