"""Files with answers (文件交换): rows are handed over as a file, and the platform's file of answers is waited for.

Promise: a row is in one file only until it is answered, whatever is cut or killed in between: which file it is in is
written down before the file appears. A file appears whole; what its answers say of each row is kept. Where a format has
no file of answers, or nobody said where it comes, a row is settled when its file has appeared.
"""

import asyncio
import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, Protocol

from zhendao.gateway.formats.mapping import Response
from zhendao.gateway.formats.ways.teller import Item, Teller, now_ms
from zhendao.gateway.formats.writing import as_file, file_name, response_name
from zhendao.gateway.forward import told
from zhendao.gateway.forward.drop import PART, Place
from zhendao.gateway.forward.errors import LinkError
from zhendao.gateway.forward.record import Answer, Letter, Verdict
from zhendao.gateway.forward.told import Told

ROW: Final = "row"
FILE: Final = "file"
UNNAMED: Final = "the file of answers does not name it"
SETTLED_S: Final = 5.0
"""A file of answers is whole when it says the same so long after: who writes it may not rename it."""
_MAKING, _READY, _APPEARED = "making", "ready", "appeared"


class Inbox(Protocol):
    """Where files of answers come."""

    async def read(self, name: str) -> bytes | None:
        """Return what is in a file, None where there is none. Raises `LinkError`."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class Exchange:
    """A connector to a folder at ``place``; answers come to ``inbox``, looked for every ``poll_s``."""

    def __init__(
        self, teller: Teller, place: Place, inbox: Inbox | None, *, poll_s: float, answer_s: float, test: bool = False
    ) -> None:
        self._teller, self._place, self._inbox = teller, place, inbox
        self._poll_s, self._answer_s, self._test = poll_s, answer_s, test

    @property
    def destination(self) -> str:
        """Return the name under which answers are kept."""
        return self._teller.destination

    async def close(self) -> None:
        """Let go of both places."""
        await self._place.close()
        if self._inbox is not None:
            await self._inbox.close()

    async def send(self, batch: Sequence[Letter], key: str) -> Mapping[str, Answer]:
        """Hand over ``batch`` and wait for what is said of it; see `connector.Connector`."""
        del key
        await self._mend()
        items, answers = self._teller.items(batch)
        rows = self._teller.known(ROW, (one.key for one in items))
        answers |= await self._hand_over([one for one in items if one.key not in rows])
        rows = self._teller.known(ROW, (one.key for one in items if one.key not in answers))
        by_file: dict[str, list[Item]] = {}
        for item in items:
            if item.key in rows:
                by_file.setdefault(rows[item.key].ticket or rows[item.key].state, []).append(item)
        for name, some in by_file.items():
            answers |= await self._answered(name, some, rows)
        with self._teller.store.writing() as connection:
            told.forget_settled(connection, self.destination, ROW)
            told.forget_settled(connection, self.destination, FILE)
        return answers

    async def _hand_over(self, items: Sequence[Item]) -> dict[str, Answer]:
        """Let the rows of ``items`` appear as a file; return answers to those that cannot be told."""
        answers, going, rows = {}, [], []
        made_ms = await self._free_ms()
        for item in items:
            said = self._teller.tell(item, batch__made=made_ms)
            if said.faults:
                answers[item.key] = self._teller.refused(said)
            else:
                going.append(item)
                rows += said.rows
        if rows:
            name = file_name(self._teller.format, made_ms, test=self._test)
            about = max(one.letter.record.id for one in going)
            file = Told(FILE, name, about, made_ms, ticket=name, state=_MAKING)
            marks = [Told(ROW, one.key, one.letter.record.id, made_ms, ticket=name) for one in going]
            self._teller.keep([file, *marks])
            await self._place.put(name + PART, as_file(self._teller.format, rows))
            self._teller.keep([replace(file, state=_READY)])
            await self._place.rename(name + PART, name)
            self._teller.keep([replace(file, state=_APPEARED)])
        return answers

    async def _free_ms(self) -> int:
        """Return the time for the name of the next file: a second that no file of ours has in its name."""
        used = self._teller.known(FILE, [""]).get("")
        now = now_ms()
        free = now if used is None or now // 1000 > used.number // 1000 else (used.number // 1000 + 1) * 1000
        self._teller.keep([Told(FILE, "", 2**62, free)])
        return free

    async def _mend(self) -> None:
        """Bring what was on its way when all ended to where it has appeared, or has never been."""
        with self._teller.store.reading() as connection:
            files = told.under_way(connection, self.destination, FILE)
            rows = told.under_way(connection, self.destination, ROW)
        for file in files:
            if file.state == _APPEARED:
                continue
            there = await self._place.exists(file.who + PART)
            if file.state == _READY:
                if there:
                    await self._place.rename(file.who + PART, file.who)
                self._teller.keep([replace(file, state=_APPEARED)])
                continue
            if there:
                await self._place.remove(file.who + PART)
            # Their file never was: they are as if they had not been touched.
            with self._teller.store.writing() as connection:
                told.forget(connection, self.destination, [file, *(one for one in rows if one.ticket == file.who)])

    async def _answered(self, name: str, items: Sequence[Item], rows: Mapping[str, Told]) -> dict[str, Answer]:
        """Return what was said of the rows of the file ``name``; waits for it where it is to be said."""
        response = self._teller.format.response
        reasons: dict[str, str | None] = {}
        if self._inbox is not None and response is not None:
            reasons = reasons_in(await self._response(response_name(self._teller.format, name)), response)
            if reasons and reasons.keys().isdisjoint({"", *(one.letter.record.key for one in items)}):
                raise LinkError(f"the file of answers to {name} names none of its rows")
        answers = {}
        for item in items:
            who = item.letter.record.key
            if self._inbox is None or response is None:
                answers[item.key] = Answer(Verdict.TAKEN, "written", receipt=name)
            else:
                # What names no row is said of the file, and so of each row that is not named.
                reason = reasons.get(who, reasons.get("", None if response.only_errors else UNNAMED))
                done = Answer(Verdict.TAKEN, "removed" if item.gone else "accepted", receipt=name)
                answers[item.key] = done if reason is None else self._teller.answer_of(reason)
        taken = [one for one in items if answers[one.key].verdict is Verdict.TAKEN]
        # A row that was answered has its file's name as its state: asked again before it is settled, it says the same.
        marks = [replace(rows[one.key], ticket="", state=name) for one in items]
        if (file := self._teller.known(FILE, [name]).get(name)) is not None:
            marks.append(replace(file, ticket=""))
        self._teller.note(taken, marks)
        return answers

    async def _response(self, name: str) -> str:
        assert self._inbox is not None  # noqa: S101 - asked where there is one
        try:
            async with asyncio.timeout(self._answer_s):
                content, before = await self._inbox.read(name), None
                while content is None or content != before:
                    await asyncio.sleep(self._poll_s if content is None else min(self._poll_s, SETTLED_S))
                    content, before = await self._inbox.read(name), content
        except TimeoutError as error:
            raise LinkError(f"no file of answers {name} within {self._answer_s:g} s") from error
        return content.decode(self._teller.format.file.encoding, "replace")


def reasons_in(text: str, response: Response) -> dict[str, str | None]:
    """Return what a file of answers says: by the number of a visit why it was refused, None where it was taken.

    The number is empty where a row names none. Raises `LinkError` where the file lacks a column that the mapping names,
    or is no table.
    """
    try:
        return _reasons_in(text, response)
    except csv.Error as error:
        raise LinkError(f"a file of answers that cannot be read: {error}") from error


def _reasons_in(text: str, response: Response) -> dict[str, str | None]:
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=response.separator)
    needed = {response.key, response.reason, *([response.status] if response.status else [])}
    if not needed <= set(reader.fieldnames or ()):
        raise LinkError(f"a file of answers without the columns {', '.join(sorted(needed))}")
    found: dict[str, list[str]] = {}
    for row in reader:
        who = (row[response.key] or "").strip()
        if response.status is not None and (row[response.status] or "") in response.good:
            found.setdefault(who, [])
        else:
            found.setdefault(who, []).append(row[response.reason] or (row[response.status] if response.status else ""))
    return {who: "; ".join(one or "refused" for one in said) if said else None for who, said in found.items()}
