"""Works on a journal as a terminal does, and says what is safe: ``python journal_process.py DATA IDENTITY.json STEP…``.

Steps: ``open``, ``record:N``, ``attempt:N`` (the same; what is refused is said), ``work`` (record, settle and prune
until it is killed), ``settle:N`` (the gateway has all but the newest N), ``prune:N`` (keep N), ``close``, ``pages:N``
(a checkpoint after so many pages). On standard output, a line each: ``signalled EPOCH SEQ HEAD`` once `record` has
returned, ``refused CODE``, and ``going EPOCH LAST`` before events up to LAST may be dropped.
"""

import os
import sys
from pathlib import Path

from terminal_process import identity

from zhendao.device.clock.stamp import Stamp
from zhendao.device.errors import JournalError
from zhendao.device.journal import schema
from zhendao.device.journal.entries import Settled
from zhendao.device.journal.folder import DataFolder
from zhendao.device.journal.recorder import Recorded, Recorder
from zhendao.device.journal.store import Journal
from zhendao.protocol.bodies import Tamper
from zhendao.protocol.vocabulary import ClockSource, TamperCause

STAMP = Stamp(b"b" * 16, 7, 1_790_000_000_000, ClockSource.NTP, 10)
BODY = Tamper(cause=TamperCause.CASE, active=True)


class Worker:
    """One terminal's journal, and the steps."""

    def __init__(self, data: Path, file: Path) -> None:
        self.data, self.who = data, identity(file)

    def open(self, _: int) -> None:
        self.folder = DataFolder(self.data, ballast_bytes=8192)
        self.journal = Journal(self.folder, self.who.suite, self.who.device, lambda: 1_790_000_000)
        self.recorder = Recorder(self.journal, self.who, "test", os.urandom)
        self.say((self.recorder.begin(STAMP),))

    def record(self, count: int) -> None:
        for number in range(count):
            visit = {bytes([number % 3] * 16): os.urandom(120) if number % 5 else None}
            self.say(self.recorder.record(BODY, STAMP, lambda _seq, visit=visit: visit))

    def attempt(self, count: int) -> None:
        for _ in range(count):
            try:
                self.record(1)
            except JournalError as error:
                tell(f"refused {error.code}")

    def work(self, _: int) -> None:
        while True:
            self.record(7)
            self.settle(3)
            self.prune(20)

    def settle(self, but: int) -> None:
        self.journal.settle([(self.recorder.epoch, 1, self.recorder.seq - but, Settled.COMMITTED)])

    def prune(self, keep: int) -> None:
        tell(f"going {self.recorder.epoch.hex()} {self.recorder.seq - keep}")
        self.journal.prune(self.recorder.epoch, keep, 0)

    def close(self, _: int) -> None:
        self.journal.close()
        self.folder.close()

    def pages(self, count: int) -> None:
        schema.CHECKPOINT_PAGES = count

    def say(self, done: tuple[Recorded, ...]) -> None:
        for one in done:
            head = self.journal.head_of(one.epoch, one.seq)
            assert head is not None
            tell(f"signalled {one.epoch.hex()} {one.seq} {head.hex()}")


def tell(line: str) -> None:
    os.write(1, line.encode() + b"\n")


def main() -> None:
    worker = Worker(Path(sys.argv[1]), Path(sys.argv[2]))
    for step in sys.argv[3:]:
        name, _, count = step.partition(":")
        getattr(worker, name)(int(count or 0))


if __name__ == "__main__":
    main()
