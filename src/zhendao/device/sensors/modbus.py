"""Modbus RTU, as far as one register or bit of a sensor goes: the question, and the answer or what is wrong. Pure.

MODBUS over Serial Line V1.02, section 2.5.1 (frames, CRC-16 low byte first), Application Protocol V1.1b3 functions 1-4;
registers are big-endian.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from zhendao.device.errors import DeviceError
from zhendao.protocol.wording import Text

_FUNCTIONS = {"coil": 1, "input-bit": 2, "holding": 3, "input": 4}
_ERROR = 0x80
_BITS = frozenset({1, 2})
ERROR_BYTES = 5


class ModbusError(DeviceError):
    """A unit on the bus did not answer what was asked."""

    code = "modbus"


@dataclass(frozen=True, slots=True)
class Question:
    """One register or bit of a unit: ``table`` coil, input-bit, holding or input; ``signed``: two's complement."""

    unit: int
    register: int
    table: str
    signed: bool = False

    @property
    def function(self) -> int:
        """The number of the function that reads it."""
        return _FUNCTIONS[self.table]

    @property
    def answer_bytes(self) -> int:
        """How long a good answer is."""
        return 6 if self.function in _BITS else 7

    def frame(self) -> bytes:
        """Return the bytes that ask it."""
        return framed(struct.pack(">BBHH", self.unit, self.function, self.register, 1))

    def reading(self, answer: bytes) -> int:
        """Return what ``answer`` says. Raises `ModbusError`."""
        if not answer:
            raise _error("不应答", "does not answer", self)
        if len(answer) < ERROR_BYTES or framed(answer[:-2]) != answer or answer[0] != self.unit:
            raise _error("应答有误", "answers with a damaged frame", self)
        if answer[1] == self.function | _ERROR:
            raise _error(f"拒绝（代码 {answer[2]}）", f"refuses (code {answer[2]})", self)
        if answer[1] != self.function or len(answer) != self.answer_bytes:
            raise _error("应答有误", "answers something else", self)
        if self.function in _BITS:
            return answer[3] & 1
        (value,) = struct.unpack(">h" if self.signed else ">H", answer[3:5])
        return int(value)


def framed(body: bytes) -> bytes:
    """Return ``body`` with its CRC-16 behind it."""
    crc = 0xFFFF
    for one in body:
        crc ^= one
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return body + struct.pack("<H", crc)


def _error(zh: str, en: str, question: Question) -> ModbusError:
    return ModbusError(
        Text(f"Modbus 单元 {question.unit} {zh}", f"Modbus unit {question.unit} {en}"),
        Text("请检查接线、地址与波特率", "check the wiring, the address and the baud rate"),
    )
