"""The platform of a world: takes records as an aggregator does, and fails as one does.

Promise: a record counts once for its idempotency key, whatever was answered or lost (`simulators.platform.ledger`, the
judgement that the platform as a process has too); what became effective is told as it does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.gateway.forward.errors import BatchRefusedError, LinkError
from zhendao.gateway.forward.https import answer_of
from zhendao.gateway.forward.record import Answer, Verdict
from zhendao.simulators.platform.ledger import Ledger
from zhendao.simulators.world.reports import Effective, Tell, nobody

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from zhendao.gateway.forward.record import Letter
    from zhendao.simulators.world.engine.chance import Chance
    from zhendao.simulators.world.engine.clockwork import Clockwork, Timer

    Reply = Callable[[Mapping[str, Answer] | Exception], None]

_MS = 1_000_000
_ANSWERS_NS = (20 * _MS, 400 * _MS)
PATIENCE_NS = 15_000 * _MS
"""After so long without an answer the gateway gives a request up."""


class Platform:
    """One platform, under the name ``destination``."""

    def __init__(self, clockwork: Clockwork, chance: Chance, destination: str, tell: Tell = nobody) -> None:
        self.destination = destination
        self._clockwork, self._chance, self._tell = clockwork, chance, tell
        self._ledger = Ledger()
        self.errors = 0
        """So many of a thousand requests are answered with an error: taken by then or not."""
        self.puts_off = 0
        """So many of a thousand records are wanted later."""
        self.after_s = 0
        """What a platform that puts off asks for; half of the time it says so of the request as a whole."""
        self.silent = 0
        """So many of a thousand requests are taken and never answered."""
        self.down = False

    def receive(self, letters: Sequence[Letter], reply: Reply) -> Timer:
        """Take a request; ``reply`` is told what came of it, later: the timer returned can be called off."""
        delay_ns = self._chance.between(*_ANSWERS_NS)
        if self.down:
            return self._later(delay_ns, reply, LinkError("ConnectError"))
        if self._chance.likely(self.silent):
            return self._later(PATIENCE_NS, reply, LinkError("no whole answer"), letters, delay_ns)
        if self._chance.likely(self.errors):
            # One record alone is never too large: that would be a refusal of what it says.
            large = len(letters) > 1 and self._chance.likely(200)
            error = BatchRefusedError(413, "too large") if large else LinkError("HTTP 503")
            took = isinstance(error, LinkError) and self._chance.likely(300)
            return self._later(delay_ns, reply, error, letters if took else (), delay_ns // 2)
        if self.puts_off and self._chance.likely(self.puts_off // 2):
            return self._later(delay_ns, reply, LinkError("HTTP 429", self.after_s * 1000))
        return self._clockwork.after(delay_ns, lambda: reply(self._take(letters)))

    def _later(
        self, delay_ns: int, reply: Reply, error: Exception, taken: Sequence[Letter] = (), taken_ns: int = 0
    ) -> Timer:
        if taken:
            self._clockwork.after(taken_ns, lambda: self._take(taken))
        return self._clockwork.after(delay_ns, lambda: reply(error))

    def _take(self, letters: Sequence[Letter]) -> dict[str, Answer]:
        answers = {}
        for letter in letters:
            record = letter.record
            if self.puts_off and self._chance.likely(self.puts_off):
                answers[record.idempotency_key] = Answer(Verdict.LATER, "retry")
                continue
            answer, entry = self._ledger.offer(
                {
                    "idempotency_key": record.idempotency_key,
                    "type": record.record_type,
                    "key": record.key,
                    "revision": record.revision,
                    "payload": {"said": letter.payload},
                }
            )
            if entry is not None:
                self._ledger.take(entry)
                if entry.status != "refused":
                    self._tell(Effective(self._clockwork.now_ns, record.record_type, record.key, record.revision))
            answers[record.idempotency_key] = answer_of(answer)
        return answers
