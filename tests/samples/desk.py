"""A desk with a real journal behind it, for tests: who taps there, and what they are told."""

import os
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from samples.clocks import SetClock
from zhendao.device import config
from zhendao.device.attending import Around
from zhendao.device.desk import Desk
from zhendao.device.errors import JournalFullError
from zhendao.device.feedback.given import Given
from zhendao.device.feedback.moments import Moment
from zhendao.device.identity.values import Identity
from zhendao.device.journal.folder import DataFolder
from zhendao.device.journal.recorder import Recorder
from zhendao.device.journal.store import Journal
from zhendao.device.notices import Notices
from zhendao.device.scribe import Scribe
from zhendao.device.taps.session import Session
from zhendao.device.timekeeper import Timekeeper
from zhendao.protocol.event import Event, decode_event
from zhendao.protocol.keys import SigningKey
from zhendao.protocol.seal import open_sealed
from zhendao.protocol.suite import INTL
from zhendao.protocol.token import sign_token
from zhendao.protocol.vocabulary import Mounting, Placement, Role, Technology
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
        self.now, self.feedback = SetClock(), Recorded()
        self.clock = Timekeeper(self.now)
        self.scribe = Scribe(self.who, 100, 1 << 20)
        self.full = False
        self.failing: Exception | None = None
        self.session = Session(self.who.device, config.session_settings(config.SessionTable(), self.who), 0)
        self.notices = Notices("en", self.now.mono_ns)
        self.blocked: set[bytes] = set()
        self.desk = Desk(
            *(self.who, self.session, self.clock, self.feedback, self.notices, self.keep),
            blocked=lambda number: number in self.blocked,
        )

    def around(self, **tables: Any) -> Around:
        """Return what an attendant is given; ``tables`` of the settings beside their defaults."""
        settings = config.DeviceSettings(
            config.TerminalTable(self.folder.path),
            config.NfcTable("pn532", self.folder.path / "port"),
            config.BrokerTable("mqtt://127.0.0.1:1"),
            **tables,
        )
        return Around(
            *(settings, self.who, self.now, self.folder, self.clock, self.session),
            *(self.feedback, self.notices, self.scribe, self.keep),
        )

    async def keep(self, body: Any, changes: Any = None, rows: Any = None) -> Any:
        if self.full:
            raise JournalFullError(self.folder.path)
        if self.failing is not None:
            raise self.failing
        return (await self.scribe.record(body, self.clock.stamp(), changes, rows))[-1]

    def open(self) -> tuple[Journal, Recorder]:
        journal = Journal(self.folder, INTL, self.who.device, lambda: 0)
        return journal, Recorder(journal, self.who, "test", os.urandom)

    def presence(self, role: Role, uid: bytes, issuer: SigningKey | None = None, of: bytes | None = None) -> Presence:
        """Return what the reader says of a token that ``issuer`` made for the tag ``of``, read from the tag ``uid``."""
        to_s = YEAR_2026_S + 100 * 365 * 86_400
        record = sign_token(issuer or self.issuer, role, uid[:4] * 4, of or uid, YEAR_2026_S, to_s)
        return Presence(uid, Technology.NTAG21X, token_message(record), (900,), self.now.mono_ns())

    async def tap(self, role: Role, uid: bytes) -> None:
        await self.desk.take(self.presence(role, uid))

    @property
    def told(self) -> list[Moment]:
        return [one.moment for one in self.feedback.given]

    async def __aenter__(self) -> Self:
        await self.scribe.open(self.open)
        await self.scribe.begin(self.clock.stamp())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.scribe.close()
        self.folder.close()

    async def events(self) -> list[Event]:
        """Return the events of this start."""
        start = self.scribe.standing.start
        assert start is not None
        part = await self.scribe._ask(
            lambda: self.scribe._journal.read(start.keys.epoch, start.keys.start, 99, 1 << 20)
        )
        assert part is not None
        opened = [open_sealed(INTL, start.keys, one.seq, one.sealed)[0] for one in part.entries]
        return [decode_event(one) for one in opened]
