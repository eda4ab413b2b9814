"""Questions to the gateway while a card waits: answered under this start's key, in time, once; or not at all."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from samples.desk import Terminal
from zhendao.device.live import LiveRelay
from zhendao.protocol.cards.asking import Question, encode_live, read_question
from zhendao.protocol.down import MacedLive, split_down
from zhendao.protocol.errors import CryptoError
from zhendao.protocol.suite import INTL
from zhendao.protocol.vocabulary import Technology

UID, CHALLENGE, FIRST = bytes(7), b"c" * 16, b"f" * 16
TOKEN = bytes(range(32))
PATIENCE_MS = 20_000


class Way:
    """A link with a gateway at its end that answers as ``answer`` says, on a thread of its own."""

    def __init__(self, answer: Callable[[bytes], None] | None) -> None:
        self.answer, self.asked = answer, 0
        self.threads: list[threading.Thread] = []

    def ask(self, message: bytes) -> bool:
        self.asked += 1
        if self.answer is None:
            return False
        self.threads.append(threading.Thread(target=self.answer, args=(message,)))
        self.threads[-1].start()
        return True


def down(message: bytes) -> MacedLive:
    found = split_down(message)
    assert isinstance(found, MacedLive)
    return found


async def test_an_answer_in_time_is_for_the_question_that_is_open(tmp_path: Path) -> None:
    async with Terminal(tmp_path) as terminal:
        start = terminal.scribe.standing.start
        assert start is not None
        refused: list[str] = []
        questions: list[Question] = []

        def gateway(message: bytes) -> None:
            asked = read_question(message).proved(INTL, start.keys.mac_key)
            questions.append(asked)
            for key, device, number in (
                (b"x" * 32, asked.device, asked.number),
                (start.keys.mac_key, b"x" * 16, asked.number),
                (start.keys.mac_key, asked.device, asked.number + 1),
                (start.keys.mac_key, asked.device, asked.number),
                (start.keys.mac_key, asked.device, asked.number),
            ):
                try:
                    relay.answered(down(encode_live(INTL, key, device, number, TOKEN)))
                except CryptoError as error:
                    refused.append(error.reason)

        way: Any = Way(gateway)
        relay = LiveRelay(terminal.who, terminal.scribe, way, PATIENCE_MS)
        assert relay.on
        assert relay.token(Technology.NTAG424, UID, CHALLENGE, FIRST) == TOKEN
        for thread in way.threads:
            thread.join()
        assert refused == ["mac", "device", "live", "live"]
        assert relay.token(Technology.DESFIRE, UID, CHALLENGE, FIRST) == TOKEN
        for thread in way.threads:
            thread.join()
        keys = start.keys
        assert questions == [
            Question(INTL.id, terminal.who.device, keys.epoch, keys.start, number, technology, UID, CHALLENGE, FIRST)
            for number, technology in ((1, Technology.NTAG424), (2, Technology.DESFIRE))
        ]


@pytest.mark.parametrize("wait_ms", [0, 1])
async def test_nobody_waits_where_nobody_answers_or_no_link_is(tmp_path: Path, wait_ms: int) -> None:
    async with Terminal(tmp_path) as terminal:
        silent: Any = Way(lambda _message: None)
        absent: Any = Way(None)
        assert (
            LiveRelay(terminal.who, terminal.scribe, absent, PATIENCE_MS).token(
                Technology.NTAG424, UID, CHALLENGE, FIRST
            )
            is None
        )
        relay = LiveRelay(terminal.who, terminal.scribe, silent, wait_ms)
        assert relay.on == bool(wait_ms)
        assert relay.token(Technology.NTAG424, UID, CHALLENGE, FIRST) is None
        assert (silent.asked, absent.asked) == (wait_ms, 1)
