"""What the chip does with a command (user manual 141520, section 7): command in, answer and its time out.

Promise: pure; any bytes in, an `Answer`, `FOREVER` or `SYNTAX` out. Only initiator commands and ISO 14443-A are played;
at other modulations nothing is found. Times are microseconds between acknowledgement and answer.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar

from zhendao.simulators.pn532.air import Answer as TagAnswer
from zhendao.simulators.pn532.air import Antenna, Nibble, Reply, Tag, air_us, crc_a
from zhendao.simulators.pn532.blocks import card_frame, converse

TX_MODE, RX_MODE, TX_CONTROL = 0x6302, 0x6303, 0x6304
FIFO_DATA, BIT_FRAMING = 0x6339, 0x633D
CRC_ON = 0x80
VERSION = b"\x32\x01\x06\x07"
"""IC 32h, version 1, revision 6, ISO 14443-A, -B and ISO 18092."""
BAUDS = (9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600, 1288000)
COMMAND_US = 300
"""What the firmware itself needs for any command."""

OK, TIMEOUT, CRC_ERROR, OVERFLOW, FRAMING, AUTHENTICATION, CONTEXT = 0x00, 0x01, 0x02, 0x07, 0x13, 0x14, 0x27
MOST_ANSWER = 262
"""Bytes of an answer that the chip's buffer holds (user manual 141520, section 6.4)."""
_ACK = 0xA
_ISO_DEP = 0x20
_AUTO_RATS = 0x10
_FOREVER_RETRIES = 0xFF


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer's data behind the command code, and when it is ready."""

    data: bytes
    after_us: int = COMMAND_US


class Verdict(Enum):
    """What is no answer."""

    SYNTAX = "syntax"
    FOREVER = "forever"
    """Not before something comes into the field."""
    NEVER = "never"
    """Not at all: the host gives up."""


SYNTAX = Verdict.SYNTAX
FOREVER = Verdict.FOREVER
NEVER = Verdict.NEVER
Outcome = Answer | Verdict


def strip_cascade(data: bytes) -> bytes:
    """Return the uid in the initiator data of InListPassiveTarget, without its cascade tags."""
    if len(data) == 12:  # noqa: PLR2004 - triple size
        return data[1:4] + data[5:]
    return data[1:] if len(data) == 8 else data  # noqa: PLR2004 - double size


@dataclass
class Firmware:
    """State of the chip that lasts between commands; made anew at power-up."""

    antenna: Antenna
    baud: int = 115_200
    next_baud: int | None = None
    asleep: bool = False
    registers: dict[int, int] = field(default_factory=dict)
    parameters: int = 0x14
    passive_retries: int = _FOREVER_RETRIES
    timeout_us: int = 51_200
    targets: list[Tag] = field(default_factory=list)
    blocks: dict[int, int] = field(default_factory=dict)
    """Block number of ISO-DEP, by target number."""

    def run(self, code: int, data: bytes) -> Outcome:
        """Run one command."""
        handler = self._commands.get(code)
        return SYNTAX if handler is None else handler(self, data)

    def _diagnose(self, data: bytes) -> Outcome:
        match data[:1]:
            case b"\x00":
                return Answer(data)
            case b"\x01" | b"\x02":
                return Answer(b"\x00", 20_000)
            case b"\x06":
                there = bool(self.targets) and any(self.targets[-1] is tag for tag in self.antenna.tags.values())
                return Answer(b"\x00" if there else b"\x01", 5_000)
            case _:
                return SYNTAX

    def _version(self, data: bytes) -> Outcome:
        return SYNTAX if data else Answer(VERSION)

    def _status(self, data: bytes) -> Outcome:
        if data:
            return SYNTAX
        described = b"".join(bytes((number, 0, 0, 0)) for number, _ in enumerate(self.targets, 1))
        return Answer(bytes((0, int(self.antenna.on), len(self.targets))) + described + b"\x00")

    def _read_registers(self, data: bytes) -> Outcome:
        if not data or len(data) % 2:
            return SYNTAX
        addresses = [int.from_bytes(data[n : n + 2], "big") for n in range(0, len(data), 2)]
        return Answer(bytes(self._register(address) for address in addresses))

    def _register(self, address: int) -> int:
        if address == TX_CONTROL:
            return self.registers.get(address, 0x80) & 0xFC | (0x03 if self.antenna.on else 0)
        return self.registers.get(address, 0)

    def _write_registers(self, data: bytes) -> Outcome:
        if not data or len(data) % 3:
            return SYNTAX
        for n in range(0, len(data), 3):
            self.registers[int.from_bytes(data[n : n + 2], "big")] = data[n + 2]
        return Answer(b"")

    def _read_gpio(self, data: bytes) -> Outcome:
        return SYNTAX if data else Answer(b"\x3f\x04\x01")

    def _write_gpio(self, data: bytes) -> Outcome:
        return Answer(b"") if len(data) == 2 else SYNTAX  # noqa: PLR2004 - P3 and P7

    def _set_baud(self, data: bytes) -> Outcome:
        if len(data) != 1 or data[0] >= len(BAUDS):
            return SYNTAX
        self.next_baud = BAUDS[data[0]]
        return Answer(b"")

    def _set_parameters(self, data: bytes) -> Outcome:
        if len(data) != 1:
            return SYNTAX
        self.parameters = data[0]
        return Answer(b"")

    def _sam(self, data: bytes) -> Outcome:
        return Answer(b"") if 1 <= len(data) <= 3 and 1 <= data[0] <= 4 else SYNTAX  # noqa: PLR2004 - mode, timeout, IRQ

    def _power_down(self, data: bytes) -> Outcome:
        if not 1 <= len(data) <= 2:  # noqa: PLR2004 - wake-up sources, IRQ
            return SYNTAX
        self.antenna.switch(on=False)
        self._forget()
        self.asleep = True
        return Answer(b"\x00")

    def _rf_configuration(self, data: bytes) -> Outcome:
        if not data:
            return SYNTAX
        item, values = data[0], data[1:]
        sizes = {1: 1, 2: 3, 4: 1, 5: 3, 10: 11, 11: 8, 12: 3, 13: 9}
        if sizes.get(item) != len(values):
            return SYNTAX
        took = COMMAND_US
        if item == 1:
            took += self.antenna.switch(on=bool(values[0] & 1))
        elif item == 2:  # noqa: PLR2004 - timings
            self.timeout_us = 100 << (values[2] - 1) if 1 <= values[2] <= 16 else 3_600_000_000  # noqa: PLR2004 - index
        elif item == 5:  # noqa: PLR2004 - retries
            self.passive_retries = values[2]
        return Answer(b"", took)

    def _list(self, data: bytes) -> Outcome:
        if len(data) < 2 or not 1 <= data[0] <= 2 or data[1] > 4:  # noqa: PLR2004 - MaxTg, BrTy
            return SYNTAX
        took = COMMAND_US + self.antenna.switch(on=True)
        self._forget()
        tries = min(self.passive_retries + 1, 255)
        found: list[Tag] = []
        if data[1] == 0:
            found, air = self.antenna.find(data[0], strip_cascade(data[2:]), tries)
            took += air
        else:
            took += tries * 5_000
        if not found:
            if self.passive_retries == _FOREVER_RETRIES:
                return FOREVER
            self.registers.update({FIFO_DATA: 0x26, TX_MODE: 0, RX_MODE: 0})
            return Answer(b"\x00", took)
        self.registers.update({TX_MODE: CRC_ON, RX_MODE: CRC_ON, BIT_FRAMING: 0, FIFO_DATA: 0})
        listed = bytearray((len(found),))
        for number, tag in enumerate(found, 1):
            self.targets.append(tag)
            listed += bytes((number,)) + tag.atqa + bytes((tag.sak, len(tag.uid))) + tag.uid
            if tag.sak & _ISO_DEP and self.parameters & _AUTO_RATS:
                took += self.antenna.wake(tag)
                reply = self.antenna.exchange(tag, b"\xe0\x50")
                if isinstance(reply, TagAnswer):
                    listed += reply.data
                    self.blocks[number] = 0
                    took += air_us(4, len(reply.data) + 2)
        return Answer(bytes(listed), took)

    def _forget(self) -> None:
        self.targets.clear()
        self.blocks.clear()

    def _exchange(self, data: bytes) -> Outcome:
        if not data:
            return SYNTAX
        number = data[0] & 0x3F
        if not 1 <= number <= len(self.targets):
            return Answer(bytes((CONTEXT,)))
        tag, frame = self.targets[number - 1], data[1:]
        took = COMMAND_US + self.antenna.wake(tag)
        if number in self.blocks:
            return self._exchange_block(number, tag, frame, took)
        if frame[:1] in {b"\x60", b"\x61"}:
            return Answer(bytes((AUTHENTICATION,)), took + self.timeout_us)
        return self._exchange_page(tag, frame, took)

    def _exchange_page(self, tag: Tag, frame: bytes, took: int) -> Answer:
        """MIFARE READ and WRITE, all that this command knows of Type 2 tags."""
        if frame[:1] not in {b"\x30", b"\xa2"}:
            return Answer(bytes((CONTEXT,)), took)
        reply = self.antenna.exchange(tag, frame)
        if isinstance(reply, Nibble):
            status = OK if reply.value == _ACK else FRAMING
            return Answer(bytes((status,)), took + reply.busy_us + air_us(len(frame) + 2, 1))
        return self._air(reply, len(frame), took)

    def _exchange_block(self, number: int, tag: Tag, apdu: bytes, took: int) -> Outcome:
        said = converse(lambda frame: self.antenna.exchange(tag, frame), apdu, self.blocks[number], card_frame(tag.ats))
        self.blocks[number] = said.number
        if said.answer is None:
            return NEVER if said.endless else Answer(bytes((TIMEOUT,)), took + said.took_us + self.timeout_us)
        if len(said.answer) > MOST_ANSWER:
            return Answer(bytes((OVERFLOW,)), took + said.took_us)
        return Answer(bytes((OK,)) + said.answer, took + said.took_us)

    def _air(self, reply: Reply, sent: int, took: int) -> Answer:
        """Return status and data of an exchange whose CRC the chip handles."""
        if reply is None:
            return Answer(bytes((TIMEOUT,)), took + self.timeout_us)
        if isinstance(reply, Nibble):
            return Answer(bytes((CRC_ERROR,)), took + reply.busy_us + air_us(sent + 2, 1))
        took += reply.busy_us + air_us(sent + 2, len(reply.data) + 2)
        return Answer(bytes((OK,)) + reply.data, took)

    def _communicate(self, data: bytes) -> Outcome:
        if not self.targets or self.registers.get(BIT_FRAMING, 0) & 7:
            return Answer(bytes((TIMEOUT,)), COMMAND_US + self.timeout_us)
        frame = data
        if not self.registers.get(TX_MODE, 0) & CRC_ON:
            frame = data[:-2] if crc_a(data[:-2]) == data[-2:] else b""
        reply = self.antenna.exchange(self.targets[-1], frame) if frame else None
        if reply is None or self.registers.get(RX_MODE, 0) & CRC_ON:
            return self._air(reply, len(frame), COMMAND_US)
        raw = bytes((reply.value,)) if isinstance(reply, Nibble) else reply.data + crc_a(reply.data)
        return Answer(bytes((OK,)) + raw, COMMAND_US + reply.busy_us + air_us(len(frame) + 2, len(raw)))

    def _select(self, data: bytes) -> Outcome:
        if len(data) != 1:
            return SYNTAX
        if not 1 <= data[0] <= len(self.targets):
            return Answer(bytes((CONTEXT,)))
        return Answer(bytes((OK,)), COMMAND_US + self.antenna.wake(self.targets[data[0] - 1]))

    def _deselect(self, data: bytes) -> Outcome:
        if len(data) != 1 or data[0] > len(self.targets):
            return SYNTAX
        chosen = self.targets if data[0] == 0 else [self.targets[data[0] - 1]]
        for tag in chosen:
            self.antenna.halt(tag)
        return Answer(bytes((OK,)), COMMAND_US + 1000 * len(chosen))

    def _release(self, data: bytes) -> Outcome:
        answer = self._deselect(data)
        if isinstance(answer, Answer):
            self._forget()
        return answer

    _commands: ClassVar[dict[int, Callable[["Firmware", bytes], Outcome]]] = {
        0x00: _diagnose,
        0x02: _version,
        0x04: _status,
        0x06: _read_registers,
        0x08: _write_registers,
        0x0C: _read_gpio,
        0x0E: _write_gpio,
        0x10: _set_baud,
        0x12: _set_parameters,
        0x14: _sam,
        0x16: _power_down,
        0x32: _rf_configuration,
        0x40: _exchange,
        0x42: _communicate,
        0x44: _deselect,
        0x4A: _list,
        0x52: _release,
        0x54: _select,
    }
