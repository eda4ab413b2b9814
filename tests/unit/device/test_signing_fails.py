"""A key that does not answer (a chip): no event is journalled, the caregiver gets the bad signal, and it goes on."""

from dataclasses import replace
from pathlib import Path

import pytest

from samples.chip import Chip
from zhendao.device.clock.stamp import Stamp
from zhendao.device.errors import JournalError
from zhendao.device.identity.values import Identity
from zhendao.device.journal.folder import DataFolder
from zhendao.device.journal.recorder import Recorder
from zhendao.device.journal.store import Journal
from zhendao.protocol.bodies import Sos
from zhendao.protocol.vocabulary import ClockSource


def test_what_is_not_signed_is_not_journalled(tmp_path: Path, identity: Identity) -> None:
    chip = Chip(identity.key)
    folder = DataFolder(tmp_path / "data", 4096)
    journal = Journal(folder, identity.suite, identity.device, lambda: 1)
    recorder = Recorder(journal, replace(identity, key=chip), "1.0", bytes)
    stamp = Stamp(bytes(16), 1, 1, ClockSource.UNSET, None)
    recorder.begin(stamp)
    chip.there = False
    for _ in range(2):
        with pytest.raises(JournalError, match="the chip does not answer"):
            recorder.record(Sos(1, drill=True), stamp)
    assert recorder.seq == 1
    chip.there = True
    assert [one.seq for one in recorder.record(Sos(1, drill=True), stamp)] == [2]
    journal.close()
    folder.close()
