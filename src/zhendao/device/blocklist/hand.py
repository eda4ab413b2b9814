"""Where the blocklist is at work: commands and files in, the old list or the new one, an answer to the gateway.

rule: BLOCKLIST. Promise: `blocked` answers from memory, offline, with a disk that is dead too; a new list is on the
disk before it counts and before it is acknowledged. Each list is answered once in a start.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

from zhendao.device.blocklist.keeping import Keeper
from zhendao.device.blocklist.receiving import Receiving, check_version
from zhendao.protocol.blocklist import read_part
from zhendao.protocol.bodies import ConfigChange
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.vocabulary import ApplyResult
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from zhendao.device.identity.values import Identity
    from zhendao.device.journal.folder import DataFolder
    from zhendao.device.notices import Notices
    from zhendao.protocol.blocklist import Blocklist
    from zhendao.protocol.command import Command

_MOST_DETAIL = 200
_MOST_ANSWERED = 256
"""So many lists are answered in one start, at most."""


class BlocklistHand:
    """One terminal's list. ``on_disk`` does something on the thread that touches the disk; ``keep`` journals a body."""

    def __init__(
        self,
        who: Identity,
        folder: DataFolder,
        on_disk: Callable[[Callable[[], None]], Awaitable[None]],
        keep: Callable[[ConfigChange], Awaitable[Any]],
        notices: Notices,
    ) -> None:
        """Load what is kept."""
        self._who, self._on_disk, self._keep, self._notices = who, on_disk, keep, notices
        self._keeper, self._receiving = Keeper(who, folder.path, folder.files), Receiving(who)
        self._answered: set[tuple[bytes, ApplyResult]] = set()
        self._busy = asyncio.Lock()
        self.counters: Counter[str] = Counter()
        self._held, why = self._keeper.load()
        if why is not None:
            self.counters["blocklist-unusable"] += 1
            notices.say("blocklist", Text(f"停用名单不可用：{why}", f"the blocklist cannot be used: {why}"))

    def version(self) -> int:
        """Return the version of the list that counts, 0 where there is none."""
        return 0 if self._held is None else self._held.manifest.version

    def blocked(self, number: bytes) -> bool:
        """Tell whether a token id (16 bytes) or a uid (4 to 10 bytes) is on the list."""
        return self._held is not None and number in self._held.numbers

    async def ordered(self, command: Command) -> None:
        """Take in a command that carries a part. Raises `MalformedError`, `JournalError`."""
        part = read_part(command.body)
        self.counters["blocklist-parts"] += 1
        async with self._busy:
            held = self._held
            if part.part == 0 and held is not None and part.signed == held.signed:
                await self._answer(part.signed, ApplyResult.APPLIED, _has(held))
                return
            try:
                if not self._receiving.take(part, held):
                    return
            except ProtocolError as error:
                await self._refuse(part.signed, error)
                return
            await self._replace(lambda: self._receiving.finish(held), part.signed)

    async def look(self) -> None:
        """Take in a list that a person brought, if there is one. Raises `JournalError`."""
        async with self._busy:
            new = await self._offered()
            if new is None:
                return
            held = self._held
            if held is not None and new.signed == held.signed:
                await self._answer(new.signed, ApplyResult.APPLIED, _has(held))
            else:
                await self._replace(lambda: _newer(new, held), new.signed)
            await self._on_disk(self._take_away)

    async def _offered(self) -> Blocklist | None:
        found: list[Blocklist | None] = []

        def read() -> None:
            try:
                found.append(self._keeper.offered())
            except (ProtocolError, OSError) as error:
                self._unusable(error)
                self._take_away()

        await self._on_disk(read)
        return found[0] if found else None

    async def _replace(self, make: Callable[[], Blocklist], signed: bytes) -> None:
        """Prove what ``make`` returns and put it on the disk, on its thread; then let it count, and answer."""
        made: list[Blocklist] = []
        failed: list[ProtocolError] = []

        def work() -> None:
            try:
                new = make()
                self._keeper.replace(new)
                made.append(new)
            except ProtocolError as error:
                failed.append(error)
            except OSError as error:
                self._unusable(error)

        await self._on_disk(work)
        for error in failed:
            await self._refuse(signed, error)
        for new in made:
            self._held = new
            self.counters["blocklist-applied"] += 1
            version, count = new.manifest.version, len(new.numbers)
            said = Text(f"停用名单 {version}：{count} 项", f"blocklist {version}: {count} entries")
            self._notices.say("blocklist", said)
            await self._answer(signed, ApplyResult.APPLIED, _has(new))

    async def _refuse(self, signed: bytes, error: ProtocolError) -> None:
        self.counters["blocklist-refused"] += 1
        self._notices.say("blocklist", error.what)
        await self._answer(signed, ApplyResult.REFUSED, f"blocklist {self.version()}: {error.reason}: {error.detail}")

    async def _answer(self, signed: bytes, result: ApplyResult, detail: str) -> None:
        digest = self._who.suite.hash(signed)
        if (digest, result) in self._answered or len(self._answered) >= _MOST_ANSWERED:
            return
        await self._keep(ConfigChange(digest, result, detail=detail[:_MOST_DETAIL]))
        self._answered.add((digest, result))

    def _unusable(self, error: ProtocolError | OSError) -> None:
        """Tell of what nobody signed, or of a disk that did not take it: the gateway sends it again."""
        self.counters["blocklist-unusable"] += 1
        detail = error.detail if isinstance(error, ProtocolError) else (error.strerror or type(error).__name__)
        said = Text(f"停用名单未更换：{detail}", f"the blocklist was not changed: {detail}")
        self._notices.say("blocklist", said)

    def _take_away(self) -> None:
        try:
            self._keeper.take_away()
        except OSError as error:
            self._unusable(error)


def _newer(new: Blocklist, held: Blocklist | None) -> Blocklist:
    check_version(new.manifest, held)
    return new


def _has(held: Blocklist) -> str:
    return f"blocklist {held.manifest.version}: {len(held.numbers)} entries"
