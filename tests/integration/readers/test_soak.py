"""Minutes of taps under random faults: each tap is told exactly once, whatever the line does in between."""

import queue
import random
import threading

import pytest

from samples.pn532 import Emulator
from zhendao.readers.pn532_port import open_pn532
from zhendao.readers.thread import ReaderThread
from zhendao.readers.values import Departure, Posting, Presence, ReaderState, Refusal

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
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(3))
def test_each_tap_is_told_once(emulator: Emulator, seed: int) -> None:
    chance = random.Random(seed)
    posted: queue.Queue[Posting] = queue.Queue()
    thread = ReaderThread(str(emulator.link), posted.put, open_pn532)
    thread.start()
    try:
        for _ in range(35):
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
                kinds.append(type(posted.get(timeout=30)))
            assert set(kinds) <= {Presence, ReaderState, Refusal}  # a card held badly is told, and then read
            emulator.do(f"remove {name}")
            kinds = []
            while not kinds or kinds[-1] is not Departure:
                kinds.append(type(posted.get(timeout=30)))
            assert set(kinds) <= {Departure, ReaderState}
    finally:
        assert thread.stop()
