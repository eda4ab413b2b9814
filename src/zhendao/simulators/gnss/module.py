"""A receiver that obeys its host: its family's brain, its settings, and how it misbehaves when told to. Pure."""

import copy

from zhendao.simulators.gnss import orders
from zhendao.simulators.gnss.modules.families import brain, factory
from zhendao.simulators.gnss.modules.state import State
from zhendao.simulators.gnss.modules.ublox import framed
from zhendao.simulators.gnss.nmea import sentence

_ACK, _NAK = b"\xb5\x62\x05\x01", b"\x05\x00"


class Module:
    """One receiver of family ``name``, from its factory's settings on."""

    def __init__(self, name: str, baud: int, systems: str) -> None:
        self._name = name
        self._factory = factory(name, baud, systems)
        self._brain = brain(name, copy.deepcopy(self._factory))
        self._deaf = self._refusing = 0

    @property
    def state(self) -> State:
        """Its settings now."""
        return self._brain.state

    def wanted(self, count: int) -> frozenset[str]:
        """Return the sentences of the epoch number ``count``."""
        return frozenset(name for name, every in self.state.rates.items() if every and count % every == 0)

    def hear(self, data: bytes) -> tuple[list[bytes], float]:
        """Return the answers to what the host has written, and for how many seconds it is silent after them."""
        if not data:
            return [], 0.0
        if self._deaf:
            self._deaf -= 1
            return [], 0.0
        before = copy.deepcopy(self.state)
        answers = self._brain.hear(data)
        if self._refusing and answers:
            self._refusing -= 1
            self._brain.state = before
            answers = [_refused(one) for one in answers]
        silent_s, self.state.silent_s = self.state.silent_s, 0.0
        return answers, silent_s

    def power_cut(self) -> None:
        """Lose what was not saved."""
        state = self.state.after_power_cut(self._factory)
        self._brain = brain(self._name, state)

    def misbehave(self, order: orders.Deaf | orders.Refuse) -> None:
        """Be deaf, or refuse, for a while."""
        if isinstance(order, orders.Deaf):
            self._deaf = order.times
        else:
            self._refusing = order.times


def _refused(answer: bytes) -> bytes:
    if answer.startswith(_ACK):
        return framed(_NAK, answer[6:8])
    return sentence("FAIL,0") if answer == sentence("OK") else answer
