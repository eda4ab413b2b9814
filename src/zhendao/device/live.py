"""A card that is before the reader, authenticated by the gateway at this moment: the terminal carries the bytes.

docs/protocol.md section 9. An option (`[nfc] live_ms`), for where gateway and network are quick. Promise: the reader's
thread waits no longer than that, and not at all where there is no link; one answer counts, for the question that is
open, under the MAC key of this start. The terminal learns no key.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from zhendao.protocol.cards.asking import Question, encode_question, open_live
from zhendao.protocol.errors import CryptoError

if TYPE_CHECKING:
    from zhendao.device.identity.values import Identity
    from zhendao.device.ports import Link
    from zhendao.device.scribe import Scribe
    from zhendao.protocol.down import MacedLive
    from zhendao.protocol.vocabulary import Technology


class _Open:
    """A question that is open, and what the gateway said to it."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.said = threading.Event()
        self.token: bytes | None = None


class LiveRelay:
    """Asks over ``link``; ``wait_ms`` for an answer, 0: never asks. `token` on the reader's thread, else the loop."""

    def __init__(self, who: Identity, scribe: Scribe, link: Link, wait_ms: int) -> None:
        self._who, self._scribe, self._link, self._wait_s = who, scribe, link, wait_ms / 1000
        self._open = _Open(0)

    @property
    def on(self) -> bool:
        """Whether it asks at all."""
        return self._wait_s > 0

    def token(self, technology: Technology, uid: bytes, challenge: bytes, first: bytes) -> bytes | None:
        """Return what the gateway says to a card that said ``first``; None where it says nothing in time."""
        start, who = self._scribe.standing.start, self._who
        if start is None or not self.on:
            return None
        mine = self._open = _Open(self._open.number + 1)
        keys = start.keys
        asked = (who.suite.id, who.device, keys.epoch, keys.start, mine.number, technology, uid, challenge, first)
        if self._link.ask(encode_question(who.suite, keys.mac_key, Question(*asked))):
            mine.said.wait(self._wait_s)
        return mine.token

    def answered(self, found: MacedLive) -> None:
        """Take in what came down. Raises `ProtocolError` for what is no answer to the question that is open."""
        start = self._scribe.standing.start
        if start is None:
            raise CryptoError("mac", "no start of this process is recorded yet")
        number, token = open_live(self._who.suite, start.keys.mac_key, self._who.device, found)
        asked = self._open
        if number != asked.number or asked.said.is_set():
            raise CryptoError("live", "an answer to no question that is open")
        asked.token = token
        asked.said.set()
