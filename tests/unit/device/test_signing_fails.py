"""A key that does not answer (a chip): no event is journalled, the caregiver gets the bad signal, and it goes on."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from zhendao.device.errors import JournalError
from zhendao.device.feedback.given import Given
from zhendao.device.folder import DataFolder
from zhendao.device.identity import Identity
from zhendao.device.journal import Journal
from zhendao.device.notices import Notices
from zhendao.device.recorder import Recorder
from zhendao.device.scribe import Scribe
from zhendao.device.shipping import Shipping
from zhendao.device.stamp import Stamp
from zhendao.device.uplink import Uplink, UplinkSettings
from zhendao.protocol.batch import decode_batch
from zhendao.protocol.bodies import Sos
from zhendao.protocol.errors import CryptoError
from zhendao.protocol.keys import SigningKey
from zhendao.protocol.proof import verify_batch
from zhendao.protocol.vocabulary import ClockSource


class Silent:
    """Feedback that nobody hears."""

    def give(self, _given: Given) -> None:
        """Say nothing."""

    def close(self) -> None:
        """Nothing is open."""


class Chip:
    """A key that can be taken away."""

    def __init__(self, key: SigningKey) -> None:
        self.suite, self.spki, self.key_id = key.suite, key.spki, key.key_id
        self._key, self.there = key, True

    def sign(self, message: bytes) -> bytes:
        if not self.there:
            raise CryptoError("tpm", "the chip does not answer")
        return self._key.sign(message)


def test_what_is_not_signed_is_not_journalled(tmp_path: Path, identity: Identity) -> None:
    chip = Chip(identity.key)
    folder = DataFolder(tmp_path / "data", 4096)
    journal = Journal(folder, identity.suite, identity.device, 1)
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


async def test_a_backlog_goes_up_one_by_one_while_the_key_does_not_answer(
    tmp_path: Path, identity: Identity, capsys: pytest.CaptureFixture[str]
) -> None:
    chip = Chip(identity.key)
    who = replace(identity, key=chip)
    folder = DataFolder(tmp_path / "data", 4096)
    stamp = Stamp(bytes(16), 1, 1, ClockSource.UNSET, None)
    scribe = Scribe(who, 100, 1 << 20)

    def opened() -> tuple[Journal, Recorder]:
        journal = Journal(folder, who.suite, who.device, 1)
        return journal, Recorder(journal, who, "1.0", os.urandom)

    uplink, sent = Uplink(UplinkSettings(in_flight=9), lambda: 0.5), list[bytes]()

    def publish(message: bytes) -> int:
        sent.append(message)
        return len(sent)

    notices = Notices("en")
    shipping = Shipping(who, scribe, uplink, UplinkSettings(in_flight=9), Silent(), publish, lambda: stamp, notices)
    uplink.load(await scribe.open(opened))
    shipping.recorded(await scribe.begin(stamp), signalled=False)
    for _ in range(3):
        (one,) = await scribe.record(Sos(1, drill=True), stamp)
        uplink.appended(one.epoch, one.seq)
    chip.there = False
    shipping.up()
    await shipping.pump()
    batches = [decode_batch(message) for message in sent]
    assert [(batch.first, batch.last) for batch in batches] == [(seq, seq) for seq in (1, 2, 3, 4)]
    for batch in batches:
        verify_batch(batch, who.suite.verifying_key(who.key.spki))
    assert capsys.readouterr().err.count("the chip does not answer") == 1
    await scribe.close()
    folder.close()
