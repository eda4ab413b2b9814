"""Minutes of taps under random faults: each tap is told exactly once, whatever the line does in between."""

import queue
import random
import threading
from pathlib import Path

import pytest

from samples.listening import Listener
from samples.pcsc import CardHolder, service
from samples.pn532 import CARD, DOOR, Emulator
from zhendao.readers.pcsc.port import open_pcsc
from zhendao.readers.pn532_port import open_pn532
from zhendao.readers.thread import ReaderThread
from zhendao.readers.values import Departure, Posting, Presence, ReaderState, Refusal

CLASSIC = b"\xde\xad\xbe\xef"
BANK = bytes.fromhex("04f0f1f2f3f4f5")
FAULTS = [
    "lost-command",
    "lost-command 6",
    "no-reply",
    "late-reply 400",
    "truncate",
    "noise 9",
    "bad-checksum",
    "baud 460800",
    "drag 70",
    "weak 3",
    "first-byte 800",
]


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2))
def test_each_tap_is_told_once(emulator: Emulator, seed: int) -> None:
    chance = random.Random(seed)
    posted: queue.Queue[Posting] = queue.Queue()
    thread = ReaderThread(str(emulator.link), posted.put, open_pn532)
    thread.start()
    try:
        for _ in range(30):
            name = chance.choice(["door", "card", "classic", "iso"])
            emulator.do(f"present {name}")
            if chance.random() < 0.6:
                threading.Event().wait(chance.uniform(0, 0.2))
                emulator.do(f"fault {chance.choice(FAULTS)}")
            if chance.random() < 0.05:
                emulator.do("fault unplug")
                threading.Event().wait(chance.uniform(0, 2))
                emulator.do("replug")
            kinds = []
            while not kinds or kinds[-1] is not Presence:
                kinds.append(type(posted.get(timeout=120)))
            assert set(kinds) <= {Presence, ReaderState, Refusal}  # a card held badly is told, and then read
            emulator.do(f"remove {name}")
            kinds = []
            while not kinds or kinds[-1] is not Departure:
                kinds.append(type(posted.get(timeout=120)))
            assert set(kinds) <= {Departure, ReaderState}
    finally:
        assert thread.stop()


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1))
def test_each_tap_before_a_pcsc_reader_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Cards that go in the middle, are refused or mute, and a service that is killed, at random moments.

    Whoever hears that a card could not be read takes it away and holds it there once more.
    """
    chance, pause = random.Random(seed), threading.Event()
    with (
        service(tmp_path, monkeypatch) as pcscd,
        CardHolder(pcscd) as cards,
        Listener("", opener=open_pcsc) as listener,
    ):
        for _ in range(18):
            name, uid = chance.choice([("door", DOOR), ("card", CARD), ("classic", CLASSIC), ("bank", BANK)])
            cards.do(f"fault {chance.choice(['tear 1', 'tear 3', 'refuse 2', 'mute 2', 'none', 'none'])}")
            cards.do(f"present {name}")
            pause.wait(chance.uniform(0, 0.6))
            if chance.random() < 0.2:
                pcscd.stop()
                pause.wait(chance.uniform(0, 1))
                pcscd.start()
            cards.do("fault none")
            while not isinstance(posting := listener.next(), Presence):
                if isinstance(posting, Refusal):
                    cards.do(f"remove {name}")
                    pause.wait(1)
                    cards.do(f"present {name}")
            assert posting.uid == uid
            cards.do(f"remove {name}")
            while not isinstance(posting := listener.next(), Departure):
                assert not isinstance(posting, Presence)
            assert posting.uid == uid
