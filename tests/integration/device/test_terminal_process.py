"""The real agent process, a real broker, a real driver on an emulated reader, and a gateway made of the protocol."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from samples.home import Home, Identity
from zhendao.protocol.ack import Refusal, RefusalState
from zhendao.protocol.batch import Batch
from zhendao.protocol.bodies import Boot, Check
from zhendao.protocol.suite import INTL, SM, Suite
from zhendao.protocol.vocabulary import BootReason, Direction, Kind, Strength


@pytest.mark.parametrize("suite", [SM, INTL], ids=["sm", "intl"])
def test_a_tap_reaches_the_gateway_and_the_caregiver_hears_three_signals(tmp_path: Path, suite: Suite) -> None:
    with Home(tmp_path, Identity(suite)) as home:
        terminal = home.start()
        home.emulator.do("present door")
        terminal.next("door-seen")
        home.emulator.do("remove door")
        home.emulator.do("present card")
        recorded = terminal.next("checked-in")
        sent, accepted = terminal.next("sent"), terminal.next("accepted")
        assert [one["signal"] for one in (recorded, sent, accepted)] == ["recorded", "sent", "accepted"]
        assert recorded["seq"] == sent["seq"] == accepted["seq"]
        home.gateway.wait(lambda: bool(home.gateway.of_kind(Kind.CHECK)))
        (event,) = home.gateway.of_kind(Kind.CHECK)
        assert (event.epoch.hex(), event.seq) == (recorded["epoch"], recorded["seq"])
        assert isinstance(event.body, Check)
        assert event.body.direction is Direction.IN
        assert event.body.caregiver.strength is Strength.SIGNED
        code, seconds, said = terminal.stop()
        assert (code, seconds < 30) == (0, True)
        assert "Traceback" not in said
        home.gateway.wait(lambda: home.gateway.states[-1:] == [False])
        assert home.gateway.problems == []


def test_what_got_the_good_signal_is_delivered_once_through_kills_of_everything(tmp_path: Path) -> None:
    with Home(tmp_path, session="double_tap_s = 0") as home:
        signalled = set()
        for round_ in range(4):
            terminal = home.start()
            if round_ == 1:
                home.broker.kill()
            for _ in range(2):
                home.emulator.do("present door")
                terminal.next("door-seen")
                home.emulator.do("remove door")
                home.emulator.do("present card")
                terminal.next("checked-in" if len(signalled) % 2 == 0 else "checked-out")
                signalled |= {(s["epoch"], s["seq"]) for s in terminal.drain() if s["signal"] == "recorded"}
                home.emulator.do("remove card")
                home.emulator.do("wait 800")  # as a person does: away, and only then again
            terminal.kill()
            if round_ == 1:
                home.broker.start()
        home.start()
        home.gateway.wait(
            lambda: signalled <= {(epoch.hex(), seq) for (epoch, seq), e in home.gateway.events.items() if e.kind == 3}
        )
        assert len(signalled) == 8
        seqs = sorted(seq for _, seq in home.gateway.events)
        assert seqs == list(range(1, seqs[-1] + 1)), "no hole"
        boots = [event.body for event in home.gateway.of_kind(Kind.BOOT)]
        assert [body.reason for body in boots if isinstance(body, Boot)] == [BootReason.FIRST, *[BootReason.START] * 4]
        checks = [event.body for event in home.gateway.of_kind(Kind.CHECK)]
        directions = [body.direction for body in checks if isinstance(body, Check)]
        assert directions == [Direction.IN, Direction.OUT] * 4, "open visits outlive a kill"
        assert home.gateway.problems == []


def test_a_gateway_that_stays_silent_is_asked_again_and_a_refused_event_blocks_nothing(tmp_path: Path) -> None:
    with Home(tmp_path, session="pairing_s = 3") as home:
        home.gateway.silent.set()
        terminal = home.start()
        home.emulator.do("present door")
        terminal.next("door-seen")
        home.emulator.do("remove door")
        home.emulator.do("present classic")
        bad = terminal.next("checked-in-unknown")
        home.emulator.do("remove classic")
        home.emulator.do("wait 800")  # as a person does: away, and only then again
        home.emulator.do("present door")
        terminal.next("door-seen")
        home.emulator.do("present card")
        good = terminal.next("checked-in")

        set_aside: list[int] = []

        def refuse(batch: Batch, digest: bytes) -> Refusal | None:
            if batch.last < bad["seq"]:
                return None
            if batch.first > bad["seq"]:
                # The good one is taken last, so that its answer comes after that of the bad one.
                return None if set_aside else Refusal(digest, RefusalState.AGAIN, "busy")
            if batch.first < batch.last:
                return Refusal(digest, RefusalState.SPLIT, "signature")
            set_aside.append(batch.first)
            return Refusal(digest, RefusalState.QUARANTINED, "signature")

        home.gateway.refuse = refuse
        home.gateway.silent.clear()
        home.broker.kill()
        home.broker.start()
        accepted = terminal.next("accepted")
        assert accepted["seq"] == good["seq"]
        assert bad["seq"] not in {seq for _, seq in home.gateway.events}
        code, _, _ = terminal.stop()
        assert code == 0
        left = command("journal", "ls", "--config", str(home.config), "--json").stdout
        assert status(home.config)["epochs"][0]["unacknowledged"] == 0, left


def status(config: Path) -> Any:
    done = command("status", "--config", str(config), "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def command(*words: str) -> subprocess.CompletedProcess[str]:
    code = "from zhendao.device.cli import main; raise SystemExit(main())"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *words, "--lang", "en"],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env=environment,
    )
