"""The chip at its UART: bytes in, bytes out with their delays as values. No clock, no port.

Promise: any bytes in, at any split and any baud rate, give a `Step`; a byte at a wrong baud rate is dropped.
A new command, or an ACK from the host, cancels an answer that has not gone out yet (`Step.cancel`).
"""

from dataclasses import dataclass, field
from random import Random

from zhendao.simulators.pn532.air import Antenna
from zhendao.simulators.pn532.faults import Faults
from zhendao.simulators.pn532.firmware import FOREVER, NEVER, Answer, Firmware, Outcome
from zhendao.simulators.pn532.frames import (
    CHIP_TO_HOST,
    HOST_TO_CHIP,
    Ack,
    Decoder,
    Frame,
    Information,
    Nack,
    SyntaxErrorFrame,
)

ACK_US = 100
WAKE_BYTES = 2
"""Bytes lost while the oscillator of a sleeping chip starts: why a host begins with a long preamble."""


@dataclass(frozen=True, slots=True)
class Out:
    """Bytes that begin to go out ``after_us`` behind the end of those before them."""

    after_us: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Step:
    """What a host's bytes led to."""

    outs: tuple[Out, ...] = ()
    cancel: bool = False


@dataclass
class Chip:
    """A PN532 from power-up on."""

    antenna: Antenna = field(default_factory=Antenna)
    faults: Faults = field(default_factory=Faults)
    random: Random = field(default_factory=lambda: Random(532))  # noqa: S311 - noise, not a secret
    firmware: Firmware = field(init=False)
    _decoder: Decoder = field(default_factory=Decoder)
    _last: bytes = b""
    _waiting: bytes | None = None
    _waking: int = 0

    def __post_init__(self) -> None:
        self.firmware = Firmware(self.antenna)

    def power_up(self, baud: int = 115_200) -> None:
        """Start anew, as after a pulled plug; ``baud`` other than 115200: as another program left it."""
        self.faults.wedged = False
        self.reset(baud)

    def reset(self, baud: int = 115_200) -> None:
        """Start anew, as after a pulse on RSTPDN; one that is wedged stays so."""
        self.antenna.switch(on=False)
        self.firmware = Firmware(self.antenna, baud=baud)
        self.faults.hung = False
        self._decoder, self._last, self._waiting = Decoder(), b"", None

    def receive(self, data: bytes, line_baud: int) -> Step:
        """Take ``data`` that came at ``line_baud``."""
        firmware = self.firmware
        if firmware.next_baud == line_baud:
            firmware.baud, firmware.next_baud = line_baud, None
        if line_baud != firmware.baud:
            return Step()
        if firmware.asleep:
            firmware.asleep, self._waking = False, WAKE_BYTES
        lost, self._waking = self._waking, max(0, self._waking - len(data))
        step = Step()
        for frame in self._decoder.feed(data[lost:]):
            after = self._frame(frame)
            step = Step((() if after.cancel else step.outs) + after.outs, step.cancel or after.cancel)
        return step

    def changed(self) -> Step:
        """Look again at the field, for a listing that waits for a tag for ever."""
        if self._waiting is None or self.faults.hung or self.faults.wedged:
            return Step()
        command, self._waiting = self._waiting, None
        return Step(self._answer(command, self.firmware.run(command[0], command[1:])))

    def _frame(self, frame: Frame) -> Step:
        if isinstance(frame, Ack):
            self._waiting = None
            if self.firmware.next_baud is not None:
                self.firmware.baud, self.firmware.next_baud = self.firmware.next_baud, None
                return Step()
            return Step(cancel=True)
        if isinstance(frame, Nack):
            return Step((Out(ACK_US, self._last),) if self._last else ())
        if isinstance(frame, SyntaxErrorFrame):
            return Step()
        return self._command(frame)

    def _command(self, frame: Information) -> Step:
        if self.faults.swallow():
            return Step(cancel=True)
        self._waiting = None
        ack = Out(ACK_US, Ack().to_bytes())
        if len(frame.data) < 2 or frame.data[0] != HOST_TO_CHIP:  # noqa: PLR2004 - TFI and command code
            return Step((ack, self._out(0, SyntaxErrorFrame().to_bytes())), cancel=True)
        command = frame.data[1:]
        outcome = self.firmware.run(command[0], command[1:])
        slowness_us = self.faults.slowness_us(command[0])
        if slowness_us and isinstance(outcome, Answer):
            outcome = Answer(outcome.data, outcome.after_us + slowness_us)
        if self.faults.silence():
            return Step((ack,), cancel=True)
        return Step((ack, *self._answer(command, outcome)), cancel=True)

    def _answer(self, command: bytes, outcome: Outcome) -> tuple[Out, ...]:
        if outcome is FOREVER:
            self._waiting = command
            return ()
        if outcome is NEVER:
            return ()
        if isinstance(outcome, Answer):
            data = bytes((CHIP_TO_HOST, command[0] + 1)) + outcome.data
            return (self._out(outcome.after_us, Information(data).to_bytes()),)
        return (self._out(0, SyntaxErrorFrame().to_bytes()),)

    def _out(self, after_us: int, frame: bytes) -> Out:
        self._last = frame
        delay, data = self.faults.spoil(frame, self.random)
        return Out(after_us + delay, data)
