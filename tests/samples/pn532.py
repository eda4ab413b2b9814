"""The PN532 emulator for tests: as a process on a pseudo-terminal, or as a chip directly under the driver."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from errno import ETIMEDOUT
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from zhendao.readers.pn532_port import Pn532
from zhendao.readers.serial_line import split
from zhendao.simulators.pn532.chip import Chip

DOOR = bytes.fromhex("04a1b2c3d4e5f6")
CARD = bytes.fromhex("04b0b1b2b3b4b5")
COMMAND = "from zhendao.simulators.cli import main; raise SystemExit(main())"


class Emulator:
    """`zhendao-sim pn532`, a process of its own."""

    def __init__(self, link: Path, *arguments: str, python: Sequence[str] = (sys.executable, "-W", "error")) -> None:
        self.link = link
        self.lock = threading.Lock()
        self.process = subprocess.Popen(
            [*python, "-c", COMMAND, "pn532", "--link", str(link), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
        self.ready = self.answer()

    def answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the emulator has ended"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def do(self, order: str) -> dict[str, Any]:
        """Give one order; return its acknowledgement."""
        assert self.process.stdin is not None
        with self.lock:
            self.process.stdin.write(order + "\n")
            self.process.stdin.flush()
            answer = self.answer()
        assert "error" not in answer, answer
        return answer

    def tags(self) -> None:
        """Define the usual four."""
        self.do(f"tag door ntag215 uid={DOOR.hex()}")
        self.do(f"tag card ntag213 uid={CARD.hex()}")
        self.do("tag classic classic uid=DEADBEEF")
        self.do("tag iso isodep uid=04C0C1C2C3C4C5")
        self.do("tag phone isodep uid=08112233")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        try:
            self.process.wait(180)
        finally:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()


class ChipLine:
    """What `SerialLine` offers, with the chip directly behind it and no time: lost is lost at once."""

    TYPE = "TTY"
    port = "chip"
    gone = silent = cancelled = False
    window_ms = 250

    def __init__(self, chip: Chip) -> None:
        self.chip = chip
        self.baudrate = 115_200
        self.preamble = b""
        self._coming = bytearray()

    def write(self, frame: bytes) -> None:
        step = self.chip.receive(self.preamble + bytes(frame), self.baudrate)
        self.preamble = b""
        self._coming = bytearray(b"".join(out.data for out in step.outs))

    def read(self, timeout: int) -> bytearray:
        del timeout
        frame = split(self._coming)
        self.silent = frame is None
        if frame is None:
            raise OSError(ETIMEDOUT, "time-out")
        return frame

    def cancel(self) -> None:
        self.cancelled = True

    def close(self) -> None:
        self._coming.clear()


def reader_on(chip: Chip) -> Pn532:
    """Return a started reader of ours on ``chip``."""
    reader = Pn532(ChipLine(chip))  # type: ignore[arg-type]  # offers what SerialLine offers
    reader.start()
    return reader
