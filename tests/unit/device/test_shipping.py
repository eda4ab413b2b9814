"""The terminal's traffic on a bad day: the key is silent, the broker never confirms."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from samples.chip import Chip
from samples.clocks import SetClock
from zhendao.device.clock.stamp import Stamp
from zhendao.device.errors import JournalError
from zhendao.device.feedback.given import Given
from zhendao.device.feedback.moments import Moment
from zhendao.device.identity.values import Identity
from zhendao.device.journal.entries import Grade, Settled
from zhendao.device.journal.folder import DataFolder
from zhendao.device.journal.recorder import Recorded, Recorder
from zhendao.device.journal.store import Journal
from zhendao.device.link.uplink import Uplink, UplinkSettings
from zhendao.device.notices import Notices
from zhendao.device.scribe import OWED_RANGES, Scribe
from zhendao.device.shipping import Shipping
from zhendao.protocol.batch import decode_batch
from zhendao.protocol.bodies import Sos
from zhendao.protocol.proof import verify_batch
from zhendao.protocol.vocabulary import ClockSource

STAMP = Stamp(bytes(16), 1, 1, ClockSource.UNSET, None)
BOUNDS = UplinkSettings(in_flight=9, max_events=10)


class Noted:
    """Feedback that keeps what was given."""

    def __init__(self) -> None:
        self.given: list[Given] = []

    def give(self, given: Given) -> None:
        """Keep it."""
        self.given.append(given)

    def close(self) -> None:
        """Nothing is open."""


@dataclass
class Office:
    """A journal, its uplink, and a broker that takes everything and confirms nothing."""

    who: Identity
    folder: DataFolder
    sent: list[bytes] = field(default_factory=list)
    channels: list[str] = field(default_factory=list)
    relinked: int = 0
    now: SetClock = field(default_factory=SetClock)

    async def open(self) -> None:
        self.scribe, self.feedback = Scribe(self.who, 100, 1 << 20), Noted()
        self.uplink = Uplink(BOUNDS, lambda: 0.5)
        self.shipping = Shipping(
            *(self.who, self.scribe, self.uplink, self.feedback),
            *(self.publish, self.relink, lambda: STAMP, self.now, Notices("en", self.now.mono_ns)),
        )
        self.uplink.load(await self.scribe.open(self._journal))
        self.shipping.recorded(await self.scribe.begin(STAMP), signalled=False)

    def _journal(self) -> tuple[Journal, Recorder]:
        journal = Journal(self.folder, self.who.suite, self.who.device, lambda: 1)
        return journal, Recorder(journal, self.who, "1.0", os.urandom)

    async def record(self, count: int) -> None:
        for _ in range(count):
            (one,) = await self.scribe.record(Sos(1, drill=True), STAMP)
            self.uplink.appended(one.epoch, one.seq)

    def publish(self, message: bytes, channel: str) -> int:
        self.sent.append(message)
        self.channels.append(channel)
        return len(self.sent)

    def relink(self) -> None:
        self.relinked += 1

    async def close(self) -> None:
        await self.scribe.close()
        self.folder.close()


Open = Callable[[Identity], Office]


@pytest.fixture
def office(tmp_path: Path) -> Open:
    return lambda who: Office(who, DataFolder(tmp_path / "data", 4096))


async def test_a_backlog_goes_up_one_by_one_while_the_key_does_not_answer(
    office: Open, identity: Identity, capsys: pytest.CaptureFixture[str]
) -> None:
    chip = Chip(identity.key)
    here = office(replace(identity, key=chip))
    await here.open()
    await here.record(3)
    chip.there = False
    for seq in (1, 2, 3, 4):
        here.shipping.up()
        await here.shipping.pump()
        here.uplink.absent(here.scribe.standing.epoch, seq)
    batches = [decode_batch(message) for message in here.sent]
    assert [(batch.first, batch.last) for batch in batches] == [(seq, seq) for seq in (1, 2, 3, 4)]
    for batch in batches:
        verify_batch(batch, identity.suite.verifying_key(identity.key.spki))
    assert capsys.readouterr().err.count("the chip does not answer") == 1
    await here.close()


@pytest.mark.parametrize(("later_s", "fresh"), [(1, True), (59, True), (61, False), (8 * 3600, False)])
async def test_what_is_sent_when_she_has_gone_lights_and_sounds_nothing(
    office: Open, identity: Identity, later_s: int, *, fresh: bool
) -> None:
    here = office(identity)
    await here.open()
    (one,) = await here.scribe.record(Sos(1, drill=True), STAMP)
    here.shipping.recorded(one, signalled=True)
    here.now.mono = here.now.mono_ns() + later_s * 1_000_000_000
    here.shipping.up()
    await here.shipping.pump()
    for mid in range(1, len(here.sent) + 1):
        here.shipping.confirmed(mid)
    assert [(given.moment, given.fresh) for given in here.feedback.given] == [(Moment.SENT, fresh)]
    await here.close()


async def test_a_broker_that_confirms_nothing_gets_a_new_link_before_memory_fills(
    office: Open, identity: Identity
) -> None:
    here = office(identity)
    await here.open()
    here.shipping.up()
    for _ in range(40):
        await here.record(1)
        await here.shipping.pump()
        here.uplink.connected()  # as after the time for an answer: everything is due again
    assert here.relinked
    assert len(here.sent) <= (here.relinked + 1) * (32 + BOUNDS.in_flight)
    await here.close()


async def test_those_who_wait_for_a_signal_are_remembered_within_bounds(office: Open, identity: Identity) -> None:
    here = office(identity)
    await here.open()
    for seq in range(5000):
        here.shipping.recorded(Recorded(b"e" * 16, seq, Grade.EVIDENCE), signalled=True)
    assert len(here.shipping._told) == 4096
    assert min(seq for _, seq in here.shipping._told) == 5000 - 4096
    await here.close()


async def test_acknowledged_ranges_wait_for_the_next_event_within_bounds(office: Open, identity: Identity) -> None:
    here = office(identity)
    await here.open()
    epoch = here.scribe.standing.epoch
    waiting = []
    for _ in range(OWED_RANGES + 1):
        await here.scribe.settle([(epoch, 1, 1, Settled.COMMITTED)])
        waiting.append(here.scribe._recorder.owe(())[0])
    assert max(waiting) < OWED_RANGES
    assert waiting[-1] == 1, "they were written"
    await here.close()


async def test_a_journal_that_is_torn_away_while_open_is_named_and_begun_anew(
    office: Open, identity: Identity, capsys: pytest.CaptureFixture[str]
) -> None:
    here = office(identity)
    await here.open()
    await here.record(1)
    epoch = here.scribe.standing.epoch
    await here.scribe._ask(lambda: here.scribe._journal._file.db.executescript("DROP TABLE event"))
    here.shipping.up()
    await here.shipping.pump()
    assert "no such table" in capsys.readouterr().err
    with pytest.raises(JournalError):
        await here.scribe.heads([(epoch, 1)])
    boot, call = await here.scribe.record(Sos(1, drill=True), STAMP)
    assert (boot.seq, call.seq) == (1, 2)
    assert boot.epoch == call.epoch == here.scribe.standing.epoch != epoch
    assert (here.folder.path / "journal.db.corrupt.1").exists(), "named by the time that whoever opened it says"
    await here.close()


async def test_what_is_not_there_yet_is_not_settled_whoever_wrote_so(office: Open, identity: Identity) -> None:
    here = office(identity)
    await here.open()
    await here.scribe.close()
    with closing(sqlite3.connect(here.folder.path / "journal.db")) as db:
        db.execute("INSERT INTO settled SELECT max(number), 0, 1, 1000000 FROM epoch")
        db.commit()
    await here.open()
    here.shipping.up()
    await here.shipping.pump()
    assert [decode_batch(message).first for message in here.sent] == [2]
    await here.close()


async def test_a_call_goes_its_own_way_first_and_every_way_when_it_is_not_answered(
    office: Open, identity: Identity
) -> None:
    here = office(identity)
    await here.open()
    await here.record(1)
    (call,) = await here.scribe.record(Sos(1, drill=False), STAMP)
    here.shipping.recorded(call, signalled=False)
    here.shipping.up()
    await here.shipping.pump()
    assert here.channels[:1] == ["sos"], "before the events that were there before it"
    assert decode_batch(here.sent[0]).first == call.seq
    due = here.shipping.due_ns()
    assert due is not None
    here.now.mono = due
    before = len(here.sent)
    await here.shipping.pump()
    assert (here.sent[before], here.channels[before]) == (here.sent[0], "up"), "the same bytes, which are stored once"
    await here.close()


async def test_a_link_that_does_not_carry_a_call_is_begun_anew_within_seconds(office: Open, identity: Identity) -> None:
    here = office(identity)
    await here.open()
    (call,) = await here.scribe.record(Sos(1, drill=False), STAMP)
    here.shipping.recorded(call, signalled=False)
    for lost, wait_s in enumerate((5, 10, 20)):
        here.shipping.up()
        await here.shipping.pump()
        late = here.uplink.due_ns()
        assert late is not None
        assert round((late - here.now.mono_ns()) / 1e9) == wait_s
        here.now.mono = late - 1_000_000
        await here.shipping.pump()
        assert here.relinked == lost
        here.now.mono = late
        await here.shipping.pump()
        assert here.relinked == lost + 1
    await here.close()
