"""The plug pulled at each moment, while opening, sensing, reading, writing: always the one named error."""

import contextlib
import errno
from collections.abc import Callable

import pytest

from samples.pn532 import CARD, DOOR, ChipLine
from zhendao.readers.errors import ReaderGoneError, TagError
from zhendao.readers.ntag import read_content, select, write_ndef
from zhendao.readers.pn532_port import Pn532
from zhendao.readers.taps import Taps
from zhendao.readers.type4 import read_message
from zhendao.readers.values import Posting, Presence
from zhendao.simulators.pn532.chip import Chip
from zhendao.simulators.pn532.tags.kinds import KINDS


class Pulled(ChipLine):
    """A line that is there for so many operations."""

    def __init__(self, chip: Chip, operations: int) -> None:
        super().__init__(chip)
        self.left = operations

    def _spend(self) -> None:
        self.left -= 1
        if self.left < 0:
            self.gone = True
            raise OSError(errno.ENODEV, "gone")

    def write(self, frame: bytes) -> None:
        self._spend()
        super().write(frame)

    def read(self, timeout: int) -> bytearray:
        self._spend()
        return super().read(timeout)


def bench() -> Chip:
    """Return a chip with a door tag and a card with files before it."""
    chip = Chip()
    chip.antenna.present("door", KINDS["ntag215"][1](DOOR, None))
    chip.antenna.present("bank", KINDS["type4"][1](CARD, None))
    return chip


def opened(chip: Chip, operations: int) -> Pn532:
    line = Pulled(chip, 10_000)
    reader = Pn532(line)  # type: ignore[arg-type]  # offers what SerialLine offers
    reader.start()
    line.left = operations
    return reader


def start(chip: Chip, operations: int) -> None:
    Pn532(Pulled(chip, operations)).start()  # type: ignore[arg-type]  # as above


def sense(chip: Chip, operations: int) -> None:
    reader = opened(chip, operations)
    assert len(reader.sense()) == 2
    reader.rest()


def write(chip: Chip, operations: int) -> None:
    write_ndef(opened(chip, operations), DOOR, b"new " * 10)


def files(chip: Chip, operations: int) -> None:
    reader = opened(chip, operations)
    read_message(reader, select(reader, CARD))


def check(chip: Chip, operations: int) -> None:
    opened(chip, operations).check()


@pytest.mark.parametrize("work", [start, sense, write, files, check])
def test_at_every_moment_it_is_gone_and_nothing_else(work: Callable[[Chip, int], None]) -> None:
    moments = 0
    while True:
        try:
            work(bench(), moments)
            break
        except ReaderGoneError:
            moments += 1
    assert moments >= 2


def test_a_round_that_breaks_off_anywhere_tells_only_what_it_read() -> None:
    seen = set()
    for moments in range(400):
        chip = bench()
        posted: list[Posting] = []
        taps = Taps(lambda: 0, posted.append)
        try:
            taps.round(opened(chip, moments))
            break
        except ReaderGoneError:
            told = [one for one in posted if isinstance(one, Presence)]
            assert told == posted
            seen.add(len(told))
            taps.round(opened(chip, 10_000))
            assert {one.uid for one in posted if isinstance(one, Presence)} == {DOOR, CARD}
            assert len(posted) == 2
    else:
        raise AssertionError("never done")
    assert seen == {0, 1, 2}


def test_a_write_that_breaks_off_anywhere_leaves_the_old_an_empty_or_the_new_message() -> None:
    found = set()
    for moments in range(0, 400, 7):
        chip = bench()
        write_ndef(opened(chip, 10_000), DOOR, b"old")
        with contextlib.suppress(ReaderGoneError, TagError):
            write_ndef(opened(chip, moments), DOOR, b"new " * 10)
        reader = opened(chip, 10_000)
        found.add(read_content(reader, select(reader, DOOR)).message)
    assert found == {b"old", None, b"new " * 10}
