"""The way to a Sandata aggregator: people first, then visits; each request is acknowledged, and its result fetched.

Promise: every request of a person or visit has a number above all that were used for it, written down before it is
sent; a result that was not fetched is fetched after a start; people who are refused hold up their own visits alone, and
both go again by themselves.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import orjson

from zhendao.gateway.formats.ways.frozen import with_first_times
from zhendao.gateway.formats.ways.http import Http, Reply
from zhendao.gateway.formats.ways.teller import VISIT, Item, Teller
from zhendao.gateway.formats.writing import as_json
from zhendao.gateway.forward.errors import BatchRefusedError, LinkError
from zhendao.gateway.forward.record import Answer, Letter, Verdict, printable
from zhendao.gateway.forward.told import Told

SEQUENCE: Final = "sequence"
_CALL: Final = "call"
_TAKEN: Final = "taken"
_PEOPLE: Final = ("elder", "caregiver")
_ABOUT_CONTENT: Final = frozenset({400, 409, 413, 422})
_OK: Final = 200
_NOT_KNOWN: Final = 404
_FAILED: Final = frozenset({"FAILED", "FAILURE", "ERROR"})
Row = dict[str, Any]


class _LostError(LinkError):
    """The platform knows a request no longer, or never did."""


class Sandata:
    """A connector to one aggregator; ``poll_s``: between looks for a result, for ``answer_s`` at most."""

    def __init__(self, teller: Teller, http: Http, *, poll_s: float, answer_s: float) -> None:
        self._teller, self._http = teller, http
        self._poll_s, self._answer_s = poll_s, answer_s

    @property
    def destination(self) -> str:
        """Return the name under which answers are kept."""
        return self._teller.destination

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def send(self, batch: Sequence[Letter], key: str) -> Mapping[str, Answer]:
        """Send ``batch`` and fetch what became of it; see `connector.Connector`."""
        del key  # the platform knows numbers alone
        items, answers = self._teller.items(batch)
        numbers = self._teller.known(SEQUENCE, (one.letter.record.key for one in items))
        fetched, fresh = await self._fetched(items, numbers)
        answers |= fetched
        told: list[tuple[Item, Row, Told]] = []
        people = {what: await self._introduce(what, fresh) for what in _PEOPLE}
        for item in self._frozen(fresh):
            refused = next((people[what][who] for what in _PEOPLE if (who := _who(item, what)) in people[what]), None)
            if refused is not None:
                answers[item.key] = refused
                continue
            number = self._number(item, numbers.get(item.letter.record.key))
            said = self._teller.tell(item, visit__sequence=number)
            if said.faults:
                answers[item.key] = self._teller.refused(said)
            else:
                thing = Told(SEQUENCE, item.letter.record.key, item.letter.record.id, number)
                told.append((item, said.rows[0], thing))
        if told:
            answers |= await self._visits(told)
        return answers

    def _number(self, item: Item, last: Told | None) -> int:
        """Return the number of this request: the record's, above whatever was used; of an old revision its own."""
        own: int = item.dossier.plain["visit.sequence"]
        if last is None or own > last.number:
            return own
        newest = self._teller.known(VISIT, [item.letter.record.key]).get(item.letter.record.key)
        old = newest is not None and newest.number > item.dossier.plain["visit.revision"]
        return own if old else last.number + 1

    def _frozen(self, items: Sequence[Item]) -> list[Item]:
        calls = [call["item.id"] for one in items for call in one.dossier.lists.get("calls", ())]
        first = {who: one.number for who, one in self._teller.known(_CALL, calls).items()}
        return [replace(one, dossier=with_first_times(one.dossier, first)) for one in items]

    async def _fetched(
        self, items: Sequence[Item], numbers: Mapping[str, Told]
    ) -> tuple[dict[str, Answer], list[Item]]:
        """Fetch results that are still to come; return the answers, and the items that are yet to be sent."""
        waiting: dict[str, list[tuple[Item, Told]]] = {}
        fresh = []
        for item in items:
            last = numbers.get(item.letter.record.key)
            if last is not None and last.ticket and last.about == item.letter.record.id:
                waiting.setdefault(last.ticket, []).append((item, last))
            else:
                fresh.append(item)
        answers: dict[str, Answer] = {}
        for ticket, some in waiting.items():
            answers |= self._settled(some, await self._result_of([last for _, last in some], ticket), ticket)
        return answers, fresh

    async def _visits(self, told: Sequence[tuple[Item, Row, Told]]) -> dict[str, Answer]:
        calls = [
            Told(_CALL, call["item.id"], item.letter.record.id, call["item.at"])
            for item, _, _ in told
            for call in item.dossier.lists.get("calls", ())
        ]
        fresh = self._teller.known(_CALL, (one.who for one in calls))
        things = [thing for _, _, thing in told]
        self._teller.keep([*things, *(one for one in calls if one.who not in fresh)])
        ticket = await self._post(VISIT, [row for _, row, _ in told])
        things = [replace(one, ticket=ticket) for one in things]
        self._teller.keep(things)
        reasons = await self._result_of(things, ticket)
        return self._settled([(item, thing) for item, _, thing in told], reasons, ticket)

    def _settled(self, some: Sequence[tuple[Item, Told]], reasons: Mapping[str, str], ticket: str) -> dict[str, Answer]:
        _ours(reasons, (item.letter.record.key for item, _ in some))
        taken = [item for item, _ in some if item.letter.record.key not in reasons]
        self._teller.note(taken, [replace(thing, ticket="") for _, thing in some])
        return {
            item.key: Answer(Verdict.TAKEN, "removed" if item.gone else "accepted", receipt=ticket)
            if item.letter.record.key not in reasons
            else self._teller.answer_of(reasons[item.letter.record.key])
            for item, _ in some
        }

    async def _introduce(self, what: str, items: Sequence[Item]) -> dict[str, Answer]:
        """Let the platform know the people of ``items``; return an answer for each who was refused."""
        sample = {who: item for item in items if (who := _who(item, what))}
        known = self._teller.known(what, sample)
        rows, refused, new = [], {}, {}
        for who, item in sample.items():
            before = known.get(who, Told(what, who))
            said = self._teller.tell(item, what, visit__sequence=0, record__key="", batch__made=0)
            if said.faults:
                fault = self._teller.refused(said)
                refused[who] = replace(fault, verdict=Verdict.ANEW, status=what, again_ms=self._teller.again_ms)
                continue
            digest = self._teller.store_key.find_by(b"told", what.encode(), as_json(said.rows))
            if before.state == _TAKEN and before.digest == digest:
                continue
            number = before.number + 1
            new[who] = Told(what, who, item.letter.record.id, number, digest)
            rows += self._teller.tell(item, what, visit__sequence=number).rows
        if rows:
            self._teller.keep([replace(one, digest=None) for one in new.values()])
            reasons = await self._result(what, await self._post(what, rows))
            _ours(reasons, new)
            self._teller.keep([replace(one, state=_TAKEN) for who, one in new.items() if who not in reasons])
            refused |= {
                who: Answer(Verdict.ANEW, what, f"{what} {who}: {reason}"[:500], again_ms=self._teller.again_ms)
                for who, reason in reasons.items()
                if who in new
            }
        return refused

    async def _post(self, what: str, rows: Sequence[Row]) -> str:
        """Send records; return the number under which their result is to be fetched."""
        path = self._teller.format.service[f"{what}s"]
        envelope = _envelope(await self._http.ask("POST", path, content=as_json(rows), form="application/json"))
        ticket = envelope.get("id")
        if not isinstance(ticket, str) or not ticket:
            raise LinkError("acknowledged without an id")
        return ticket

    async def _result_of(self, things: Sequence[Told], ticket: str) -> dict[str, str]:
        """Wait for the result of visits; where it is lost they are sent anew, each under its next number."""
        try:
            return await self._result(VISIT, ticket)
        except _LostError:
            self._teller.keep([replace(one, ticket="") for one in things])
            raise

    async def _result(self, what: str, ticket: str) -> dict[str, str]:
        """Wait for the result of a request; return the reasons by the number of each record that was refused."""
        path = self._teller.format.service[f"{what}s"] + self._teller.format.service["status"]
        lost = False
        try:
            async with asyncio.timeout(self._answer_s):
                while True:
                    reply = await self._http.ask("GET", path, params={"uuid": ticket})
                    lost = reply.status == _NOT_KNOWN  # not yet, or not any more: time tells
                    envelope = {} if lost else _envelope(reply)
                    if not lost and "not ready" not in str(envelope.get("messageSummary", "")).lower():
                        return reasons_of(envelope)
                    await asyncio.sleep(self._poll_s)
        except TimeoutError as error:
            if lost:
                raise _LostError(f"{ticket} is not known there after {self._answer_s:g} s: sent anew") from error
            raise LinkError(f"no result of {ticket} within {self._answer_s:g} s") from error


def _who(item: Item, what: str) -> str:
    return str(item.dossier.plain.get(f"{what}.id") or "")


def _ours(reasons: Mapping[str, str], sent: Iterable[str]) -> None:
    """Raise `LinkError` for a result that names records, and none of those that were sent."""
    if reasons and reasons.keys().isdisjoint(sent):
        raise LinkError("a result that names none of the records that were sent")


def _envelope(reply: Reply) -> dict[str, Any]:
    if reply.status in _ABOUT_CONTENT:
        raise BatchRefusedError(reply.status, reply.text[:500])
    if reply.status != _OK:
        raise reply.says_nothing()
    try:
        envelope = orjson.loads(reply.body)
    except orjson.JSONDecodeError as error:
        raise LinkError("HTTP 200, but no envelope in it") from error
    if not isinstance(envelope, dict):
        raise LinkError("HTTP 200, but no envelope in it")
    return envelope


def reasons_of(envelope: Mapping[str, Any]) -> dict[str, str]:
    """Return what was refused and why, each reason of a record in the platform's words.

    Raises `LinkError` for what is no result: that nothing is said to have failed does not make it so.
    """
    found: dict[str, list[str]] = {}
    data, failed = envelope.get("data"), envelope.get("failedCount")
    if not isinstance(data, list | None) or not isinstance(failed, int | None) or (data is None and failed is None):
        raise LinkError("a result without data or failedCount")
    for one in data or []:
        if not isinstance(one, dict) or not isinstance(one.get("RecordOtherID"), str):
            raise LinkError("a result that names no record")
        found.setdefault(one["RecordOtherID"], []).append(str(one.get("Reason") or "refused"))
    if not found and (failed or str(envelope.get("status")).upper() in _FAILED):
        words = envelope.get("errorMessage") or envelope.get("messageDetail") or envelope.get("messageSummary") or ""
        raise LinkError(f"a result that failed and names no record: {printable(str(words), 200)}")
    return {who: "; ".join(reasons) for who, reasons in found.items()}
