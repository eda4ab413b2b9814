"""Journals with a past, for tests: written by the real recorder, in this process, before a terminal runs on them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from samples.home import Identity as Made
from zhendao.device.clock.stamp import Stamp
from zhendao.device.identity.values import Identity
from zhendao.device.journal.entries import Settled
from zhendao.device.journal.folder import DataFolder
from zhendao.device.journal.recorder import Recorder
from zhendao.device.journal.store import Journal
from zhendao.protocol.bodies import Tamper
from zhendao.protocol.vocabulary import ClockSource, Mounting, Placement, TamperCause

STAMP = Stamp(b"b" * 16, 7, 1_790_000_000_000, ClockSource.NTP, 10)
BODY = Tamper(cause=TamperCause.CASE, active=True)


def enrolled(made: Made) -> Identity:
    """Return the terminal of ``made`` as the agent sees it."""
    suite = made.suite
    issuer = suite.verifying_key(made.issuer.spki)
    return Identity(
        suite=suite,
        device=made.device,
        tenant="test",
        key=made.key,
        certificate=made.certificate,
        certificate_id=suite.hash(made.certificate),
        recipients=(suite.wrapping_key(made.wrap.spki),),
        issuers={issuer.key_id: issuer},
        gateway=suite.verifying_key(made.gateway.spki),
        placement=Placement[made.placement],
        mounting=Mounting[made.mounting],
    )


@contextmanager
def recording(
    path: Path, who: Identity, ballast_bytes: int = 1 << 20, *, synced: bool = True
) -> Iterator[tuple[Journal, Recorder]]:
    """Open the journal at ``path`` as a terminal does; close it. Not ``synced``: where only the result counts."""
    folder = DataFolder(path, ballast_bytes)
    try:
        journal = Journal(folder, who.suite, who.device, lambda: 1_790_000_000)
        if not synced:
            journal._file.db.execute("PRAGMA synchronous = OFF")
        try:
            yield journal, Recorder(journal, who, "test", os.urandom)
        finally:
            journal.close()
    finally:
        folder.close()


def aged(path: Path, who: Identity, count: int, settled: int = 0) -> bytes:
    """Let ``who`` record ``count`` events, of which the gateway has the first ``settled``; return their epoch."""
    with recording(path, who) as (journal, recorder):
        recorder.begin(STAMP)
        for _ in range(count - 1):
            recorder.record(BODY, STAMP)
        if settled:
            journal.settle([(recorder.epoch, 1, settled, Settled.COMMITTED)])
        return recorder.epoch
