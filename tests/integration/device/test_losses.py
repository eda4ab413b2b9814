"""Taps that make no check, at the real terminal with a real reader line: each gets the bad signal, none is silent."""

import secrets
import signal
import time
from pathlib import Path

import pytest

from samples.home import Home, Terminal, ended
from samples.pn532 import CARD
from zhendao.protocol.bodies import Tap
from zhendao.protocol.suite import SM
from zhendao.protocol.token import sign_token
from zhendao.protocol.vocabulary import Kind, Role, TapReason
from zhendao.readers.ntag import write_ndef
from zhendao.readers.pn532_port import open_pn532
from zhendao.readers.token_record import token_message

COPY, OTHERS = bytes.fromhex("04c1c2c3c4c5c6"), bytes.fromhex("04d1d2d3d4d5d6")


def test_each_kind_of_token_that_makes_no_check_is_heard_to_be_none(tmp_path: Path) -> None:
    with Home(tmp_path, session="pairing_s = 2") as home:
        home.emulator.do(f"tag copy ntag215 uid={COPY.hex()}")
        home.emulator.do(f"tag others ntag215 uid={OTHERS.hex()}")
        reader = open_pn532(str(home.emulator.link))
        foreign = token_message(
            sign_token(SM.new_signing_key(), Role.CAREGIVER, secrets.token_bytes(16), OTHERS, 0, 1 << 40)
        )
        for tag, uid, message in (("copy", COPY, home.who.message(Role.CAREGIVER, CARD)), ("others", OTHERS, foreign)):
            home.emulator.do(f"present {tag}")
            write_ndef(reader, uid, message)
            home.emulator.do(f"remove {tag}")
        reader.close()
        terminal = home.start()
        for tag, moment in (("phone", "unreadable"), ("copy", "forged"), ("others", "foreign")):
            home.emulator.do(f"present {tag}")
            assert terminal.next(moment)["signal"] == "bad"
            home.emulator.do(f"remove {tag}")
        for tag, first, moment in (("classic", "card-seen", "unknown"), ("door", "door-seen", "lone")):
            home.emulator.do(f"present {tag}")
            terminal.next(first)
            home.emulator.do(f"remove {tag}")
            assert terminal.next(moment)["signal"] == "bad"
        assert {one["signal"] for one in terminal.drain()} <= {"bad", "notice"}
        wanted = {TapReason.UNREADABLE, TapReason.FORGED, TapReason.FOREIGN, TapReason.UNKNOWN, TapReason.LONE}
        home.gateway.wait(
            lambda: wanted <= {e.body.reason for e in home.gateway.of_kind(Kind.TAP) if isinstance(e.body, Tap)}
        )
        assert terminal.stop()[0] == 0


def test_a_stop_between_door_tag_and_card_says_that_no_check_was_made_and_records_it(tmp_path: Path) -> None:
    with Home(tmp_path) as home:
        terminal = home.start()
        home.emulator.do("present door")
        terminal.next("door-seen")
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.next("lone")["signal"] == "bad"
        assert terminal.process.wait(180) == 0
        home.emulator.do("remove door")
        home.start()
        home.gateway.wait(lambda: [e.body.reason for e in home.gateway.of_kind(Kind.TAP)] == [TapReason.LONE])


@pytest.mark.parametrize(
    "seconds", [0.0, 0.06, *(pytest.param(late, marks=pytest.mark.long) for late in (0.03, 0.1, 0.2, 0.3))]
)
def test_a_stop_while_the_card_is_read_ends_in_a_check_or_in_the_bad_signal(tmp_path: Path, seconds: float) -> None:
    with Home(tmp_path) as home:
        terminal = home.start()
        home.emulator.do("present door")
        terminal.next("door-seen")
        home.emulator.do("remove door")
        home.emulator.do("present card")
        time.sleep(seconds)  # the moment of the stop is what is tried
        with ended(terminal.process):
            assert terminal.stop()[0] == 0
            while (last := terminal.any())["signal"] not in {"recorded", "bad"}:
                pass
        home.start()
        if last["signal"] == "recorded":
            home.gateway.wait(lambda: (bytes.fromhex(last["epoch"]), last["seq"]) in home.gateway.events)


def test_the_terminal_records_with_lights_and_buzzer_and_ends_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pins are gpiozero's mock ones; the patterns on them are tried with the feedback alone."""
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    with Home(tmp_path) as home:
        home.config.write_text(home.config.read_text() + '[feedback]\nkind = "gpio"\n')
        terminal = Terminal(home.config, home.identity)
        with ended(terminal.process):
            home.gateway.wait(lambda: bool(home.gateway.of_kind(Kind.BOOT)))
            home.emulator.do("present door")
            home.emulator.do("wait 600")
            home.emulator.do("remove door")
            home.emulator.do("present card")
            home.gateway.wait(lambda: bool(home.gateway.of_kind(Kind.CHECK)))
            code, seconds, said = terminal.stop()
            assert code == 0, said
            assert seconds < 30
