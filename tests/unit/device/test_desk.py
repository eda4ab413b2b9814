"""The desk with a real journal behind it: a terminal whose clock says 1970 records, flags, and refuses nobody."""

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from zhendao.device import config
from zhendao.device.clock import kernel as kernel_clock
from zhendao.device.desk import Desk
from zhendao.device.errors import JournalFullError
from zhendao.device.feedback.given import Given
from zhendao.device.feedback.moments import TABLE, Moment, Signal
from zhendao.device.identity.values import Identity
from zhendao.device.journal.folder import DataFolder
from zhendao.device.journal.recorder import Recorder
from zhendao.device.journal.store import Journal
from zhendao.device.notices import Notices
from zhendao.device.scribe import Scribe
from zhendao.device.taps.session import Session
from zhendao.device.timekeeper import Timekeeper
from zhendao.protocol.bodies import Check
from zhendao.protocol.event import Event, decode_event
from zhendao.protocol.seal import open_sealed
from zhendao.protocol.suite import INTL
from zhendao.protocol.token import sign_token
from zhendao.protocol.vocabulary import CheckFlag, ClockSource, Mounting, Placement, Role, Technology
from zhendao.readers.token_record import token_message
from zhendao.readers.values import Presence

YEAR_2026_S = 1_795_000_000


class Recorded:
    """Feedback that keeps what was given."""

    def __init__(self) -> None:
        self.given: list[Given] = []

    def give(self, given: Given) -> None:
        self.given.append(given)

    def close(self) -> None:
        self.given.clear()


class Terminal:
    """A desk, its journal, and the keys that only a gateway would have."""

    def __init__(self, folder: Path) -> None:
        self.issuer = INTL.new_signing_key()
        self.who = Identity(
            suite=INTL,
            device=b"d" * 16,
            tenant="test",
            key=INTL.new_signing_key(),
            certificate=b"c" * 100,
            certificate_id=INTL.hash(b"c" * 100),
            recipients=(INTL.wrapping_key(INTL.new_unwrapping_key().spki),),
            issuers={self.issuer.key_id: INTL.verifying_key(self.issuer.spki)},
            gateway=INTL.verifying_key(INTL.new_signing_key().spki),
            placement=Placement.HOME,
            mounting=Mounting.CRADLE,
        )
        self.folder = DataFolder(folder)
        self.clock, self.feedback = Timekeeper(), Recorded()
        self.scribe = Scribe(self.who, 100, 1 << 20)
        self.full = False
        session = Session(self.who.device, config.session_settings(config.SessionTable(), self.who), 0)
        self.desk = Desk(self.who, session, self.clock, self.feedback, Notices("en"), self.keep)

    async def keep(self, body: Any, changes: Any = None) -> Any:
        if self.full:
            raise JournalFullError(self.folder.path)
        return (await self.scribe.record(body, self.clock.stamp(), changes))[-1]

    def open(self) -> tuple[Journal, Recorder]:
        journal = Journal(self.folder, INTL, self.who.device, 0)
        return journal, Recorder(journal, self.who, "test", os.urandom)

    async def tap(self, role: Role, uid: bytes) -> None:
        record = sign_token(self.issuer, role, uid[:4] * 4, uid, YEAR_2026_S, YEAR_2026_S + 100 * 365 * 86_400)
        now = kernel_clock.mono_ns()
        await self.desk.take(Presence(uid, Technology.NTAG21X, token_message(record), (900,), now))

    async def events(self) -> list[Event]:
        start = self.scribe.standing.start
        assert start is not None
        part = await self.scribe._ask(lambda: self.scribe._journal.read(start.keys.epoch, 1, 99, 1 << 20))
        assert part is not None
        opened = [open_sealed(INTL, start.keys, one.seq, one.sealed)[0] for one in part.entries]
        return [decode_event(one) for one in opened]


def test_a_clock_at_1970_is_recorded_and_blocks_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_clock, "wall_ms", lambda: 12_345)
    monkeypatch.setattr(kernel_clock, "kernel_bound_ms", lambda: None)

    async def work() -> None:
        terminal = Terminal(tmp_path)
        await terminal.scribe.open(terminal.open)
        await terminal.scribe.begin(terminal.clock.stamp())
        terminal.clock.observe()
        await terminal.tap(Role.DOOR, b"\x04door12")
        await terminal.tap(Role.CAREGIVER, b"\x04card12")
        assert [one.moment for one in terminal.feedback.given] == [Moment.DOOR_SEEN, Moment.CHECKED_IN]
        *_, event = await terminal.events()
        assert (event.clock_source, event.clock_bound_ms, event.wall_ms) == (ClockSource.UNSET, None, 12_345)
        assert isinstance(event.body, Check)
        assert event.body.flags == CheckFlag(0), "a clock that knows nothing judges no card"
        await terminal.scribe.close()
        terminal.folder.close()

    asyncio.run(work())


def test_what_cannot_be_stored_gets_the_bad_signal_and_can_be_tapped_again(tmp_path: Path) -> None:
    async def work() -> None:
        terminal = Terminal(tmp_path)
        await terminal.scribe.open(terminal.open)
        terminal.full = True
        for _ in range(2):
            await terminal.tap(Role.DOOR, b"\x04door12")
            await terminal.tap(Role.CAREGIVER, b"\x04card12")
            terminal.full = False
        moments = [one.moment for one in terminal.feedback.given]
        assert moments == [Moment.DOOR_SEEN, Moment.NOT_RECORDED, Moment.DOOR_SEEN, Moment.CHECKED_IN]
        assert TABLE[Moment.NOT_RECORDED].signal is Signal.BAD
        await terminal.scribe.close()
        terminal.folder.close()

    asyncio.run(work())
