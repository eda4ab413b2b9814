"""Homes whose terminals go on witnessing visits and publish them as terminals do: again until they are held.

A batch is of a few events, now and then sent twice; what is not held for a while is sent again from where it is.
"""

import threading
import time
from contextlib import suppress
from random import Random
from typing import Self

from samples.running import Radio
from samples.site import Authority, Terminal
from samples.taps import HOUR_NS, check
from zhendao.protocol.ack import open_ack
from zhendao.protocol.down import MacedAck, split_down
from zhendao.protocol.errors import CryptoError
from zhendao.protocol.topics import parse_topic
from zhendao.protocol.vocabulary import Direction

AGAIN_S = 2.0
UNHELD = 60
"""With so much on the way nothing new happens: a gateway on a slow machine is not buried."""


class Journalling:
    """So many ``homes``, about ``per_s`` events a second of all of them, until `finish` or the end of the block."""

    def __init__(self, radio: Radio, authority: Authority, random: Random, homes: int = 12, per_s: float = 20) -> None:
        self.lines = [authority.terminal() for _ in range(homes)]
        self.held = dict.fromkeys((one.device for one in self.lines), 0)
        """What each terminal was told is held, by device."""
        self._radio, self._random, self._per_s, self._read = radio, random, per_s, 0
        self._by_device = {one.device: one for one in self.lines}
        self._sent = {one.device: (0, 0.0) for one in self.lines}
        self._finishing, self._ending = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._ending.set()
        self._thread.join()

    def finish(self) -> None:
        """Witness nothing more than the ends of visits that have begun; what is not held goes on being sent."""
        self._finishing.set()

    @property
    def done(self) -> bool:
        """Tell whether all has been told as held, and every visit has ended."""
        return self._finishing.is_set() and all(self.held[one.device] == len(one.items) for one in self.lines)

    def _run(self) -> None:
        while not self._ending.wait(self._random.expovariate(self._per_s)):
            self._hear()
            line = self._random.choice(self.lines)
            events, seq = len(line.items), len(line.items)
            inside = events % 2 == 0  # the boot event, then in, out, in, out
            finishing = self._finishing.is_set() and not inside
            if not finishing and sum(len(one.items) - self.held[one.device] for one in self.lines) < UNHELD:
                card = b"card" + line.device[:3]
                line.add(check(Direction.OUT, seq, card) if inside else check(Direction.IN, None, card),
                         mono_ns=events * HOUR_NS)  # fmt: skip
            self._publish(line)

    def _publish(self, line: Terminal) -> None:
        sent, at = self._sent[line.device]
        now, held = time.monotonic(), self.held[line.device]
        if now - at > AGAIN_S or self._random.random() < 0.03:
            sent = held
        if len(line.items) - sent < self._random.randint(0, 3) and now - at < AGAIN_S:
            return  # it waits for a second event, or a third
        for first in range(sent + 1, len(line.items) + 1, 4):
            last = min(first + 3, len(line.items))
            self._radio.send(line.message(first, last))
            if self._random.random() < 0.05:
                self._radio.send(line.message(first, last))
        self._sent[line.device] = (len(line.items), now)

    def _hear(self) -> None:
        while self._read < len(self._radio.heard):
            topic, payload = self._radio.heard[self._read]
            self._read += 1
            line, said = self._by_device[parse_topic(topic).device], split_down(payload)
            if isinstance(said, MacedAck):
                with suppress(CryptoError):
                    ack = open_ack(line.suite, line.starts[-1].mac_key, said)
                    self.held[line.device] = max(self.held[line.device], ack.held_seq)
