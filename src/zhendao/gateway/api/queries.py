"""The questions that the interface asks of the store; each returns one bounded page, newest first.

Promise: a page begins where the one before it ended, whatever was written in between; nothing is skipped or repeated
of what was there.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, and_, func, or_, select

from zhendao.gateway.api.reading import EventReader
from zhendao.gateway.api.shapes import (
    AccessItem,
    EventItem,
    Page,
    Person,
    QuarantineItem,
    TerminalItem,
    VisitItem,
)
from zhendao.gateway.api.tables import ACCESSES
from zhendao.gateway.ingest.reasons import sentence
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.masking import mask
from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.store.conclusions import visits
from zhendao.gateway.store.facts import events, findings, gaps, quarantine, states
from zhendao.gateway.store.sealing import StoreKey
from zhendao.gateway.surveys.listing import kinds_of
from zhendao.protocol.jsonform import event_to_json

NOBODY = bytes(16)


@dataclass(frozen=True, slots=True)
class Span:
    """Which moments are asked for, UTC ms, half-open; None is open."""

    from_ms: int | None = None
    to_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """Which page: at most ``limit`` items older than ``before``, which has the form that the page's ``next`` has."""

    limit: int
    before: str | None = None


def _within(query: Select[Any], column: Any, span: Span) -> Select[Any]:
    if span.from_ms is not None:
        query = query.where(column >= span.from_ms)
    if span.to_ms is not None:
        query = query.where(column < span.to_ms)
    return query


def _by_id(connection: Connection, query: Select[Any], column: Any, cut: Cut) -> tuple[list[Any], str | None]:
    """Return the rows of a page ordered by a rising number, and the cursor of the next one."""
    if cut.before is not None:
        query = query.where(column < int(cut.before))
    rows = list(connection.execute(query.order_by(column.desc()).limit(cut.limit + 1)))
    more = len(rows) > cut.limit
    rows = rows[: cut.limit]
    return rows, str(rows[-1].id) if more else None


def events_page(
    connection: Connection, store_key: StoreKey, *, device: bytes | None, kind: int | None, span: Span, cut: Cut
) -> Page[EventItem]:
    """Return facts in the order in which they arrived; ``span`` is of the terminal's wall time."""
    query = _within(select(events), events.c.wall_ms, span)
    if device is not None:
        query = query.where(events.c.device == device)
    if kind is not None:
        query = query.where(events.c.kind == kind)
    rows, following = _by_id(connection, query, events.c.id, cut)
    reader = EventReader(connection, store_key)
    items = []
    for row in rows:
        event = reader.open(row)
        items.append(
            EventItem(
                id=row.id,
                device=row.device.hex(),
                epoch=row.epoch.hex(),
                seq=row.seq,
                h=row.h.hex(),
                received_ms=row.received_ms,
                event=None if event is None else event_to_json(event),
            )
        )
    return Page(items=items, next=following)


@dataclass(frozen=True, slots=True)
class VisitFilter:
    """Which visits are asked for."""

    device: bytes | None = None
    state: str | None = None
    elder_id: str | None = None
    caregiver_id: str | None = None
    begun: Span = Span()


def visits_page(connection: Connection, book: Book, wanted: VisitFilter, cut: Cut, *, names: bool) -> Page[VisitItem]:
    """Return visits as concluded now, the last changed first; ``names``: unmasked."""
    query = _within(select(visits), visits.c.begin_ms, wanted.begun)
    for column, value in (
        (visits.c.device, wanted.device),
        (visits.c.state, wanted.state),
        (visits.c.elder_id, wanted.elder_id),
        (visits.c.caregiver_id, wanted.caregiver_id),
    ):
        if value is not None:
            query = query.where(column == value)
    if cut.before is not None:
        changed, _, name = cut.before.partition("-")
        same = and_(visits.c.changed_ms == int(changed), visits.c.id < bytes.fromhex(name))
        query = query.where(or_(visits.c.changed_ms < int(changed), same))
    order = (visits.c.changed_ms.desc(), visits.c.id.desc())
    rows = list(connection.execute(query.order_by(*order).limit(cut.limit + 1)))
    more, rows = len(rows) > cut.limit, rows[: cut.limit]
    elders = book.names(connection, "elders", {row.elder_id for row in rows if row.elder_id})
    caregivers = book.names(connection, "caregivers", {row.caregiver_id for row in rows if row.caregiver_id})
    found = kinds_of(connection, [row.id for row in rows])
    items = [
        VisitItem(
            id=row.id.hex(),
            device=row.device.hex(),
            revision=row.revision,
            state=row.state,
            elder=_person(row.elder_id, elders, names=names),
            caregiver=_person(row.caregiver_id, caregivers, names=names),
            begin_ms=row.begin_ms,
            end_ms=row.end_ms,
            changed_ms=row.changed_ms,
            findings=found.get(row.id, []),
            record=row.record,
        )
        for row in rows
    ]
    return Page(items=items, next=f"{rows[-1].changed_ms}-{rows[-1].id.hex()}" if more else None)


def _person(person_id: str | None, known: dict[str, str], *, names: bool) -> Person | None:
    if person_id is None:
        return None
    name = known.get(person_id)
    return Person(id=person_id, name=name if name is None or names else mask("name", name))


def terminals_page(
    connection: Connection, registry: Registry, *, device: bytes | None, now_ms: int, cut: Cut
) -> Page[TerminalItem]:
    """Return terminals that are registered now or were heard of, in descending order of their numbers."""
    registered = {terminal.device: terminal for terminal in registry.terminals_at(now_ms)}
    heard = {row.device: row for row in connection.execute(select(states))}
    every = sorted(registered.keys() | heard.keys(), reverse=True)
    if cut.before is not None:
        before = bytes.fromhex(cut.before)
        every = [one for one in every if one < before]
    if device is not None:
        every = [one for one in every if one == device]
    shown, more = every[: cut.limit], len(every) > cut.limit
    open_gaps = _counted(connection, gaps, shown)
    open_findings = _counted(connection, findings, shown)
    items = []
    for one in shown:
        binding, state = registered.get(one), heard.get(one)
        items.append(
            TerminalItem(
                device=one.hex(),
                placement=None if binding is None else binding.placement.name.lower(),
                place_id=None if binding is None else binding.place_id,
                elder_id=None if binding is None else binding.elder_id,
                online=None if state is None else state.online,
                epoch=None if state is None else state.epoch.hex(),
                seq=None if state is None else state.seq,
                unacknowledged=None if state is None else state.unacknowledged,
                heard_ms=None if state is None else state.received_ms,
                open_gaps=open_gaps.get(one, 0),
                open_findings=open_findings.get(one, 0),
            )
        )
    return Page(items=items, next=shown[-1].hex() if more else None)


def _counted(connection: Connection, table: Any, devices: list[bytes]) -> dict[bytes, int]:
    """Return how many rows of ``table`` are open for each of ``devices``."""
    query = (
        select(table.c.device, func.count())
        .where(table.c.device.in_(devices), table.c.healed_ms.is_(None))
        .group_by(table.c.device)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def quarantine_page(
    connection: Connection, *, device: bytes | None, reason: str | None, span: Span, cut: Cut
) -> Page[QuarantineItem]:
    """Return messages that were set aside; ``span`` is of their arrival."""
    columns = [column for column in quarantine.c if column.name != "bytes"]
    query = _within(select(*columns), quarantine.c.received_ms, span)
    if device is not None:
        query = query.where(quarantine.c.device == device)
    if reason is not None:
        query = query.where(quarantine.c.reason == reason)
    rows, following = _by_id(connection, query, quarantine.c.id, cut)
    items = [
        QuarantineItem(
            id=row.id,
            device=None if row.device == NOBODY else row.device.hex(),
            reason=row.reason,
            zh=sentence(row.reason).zh,
            en=sentence(row.reason).en,
            size=row.size,
            complete=row.complete,
            received_ms=row.received_ms,
        )
        for row in rows
    ]
    return Page(items=items, next=following)


def accesses_page(connection: Connection, *, token_id: str | None, span: Span, cut: Cut) -> Page[AccessItem]:
    """Return who read what."""
    query = _within(select(ACCESSES), ACCESSES.c.at_ms, span)
    if token_id is not None:
        query = query.where(ACCESSES.c.token_id == token_id)
    rows, following = _by_id(connection, query, ACCESSES.c.id, cut)
    return Page(items=[AccessItem(**row._asdict()) for row in rows], next=following)
