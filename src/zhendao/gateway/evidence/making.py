"""Evidence of one visit out of the store: facts, revisions, acts of people, extracts, and their places in the log.

Promise: one view of the store; facts, revisions and acts are in the log under the head that goes with it; the registry
names nobody in it (ids stand for people), and that it was made is in the log of accesses. rule: EVIDENCE, PIPL
"""

import dataclasses
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, select

from zhendao.command.atrest.catalogue import of_tasks
from zhendao.gateway.accesses.verifying import certificates
from zhendao.gateway.cases.book import Book as CaseBook
from zhendao.gateway.cases.tables import CASES, VISIT_TASKS
from zhendao.gateway.evidence.errors import EvidenceError, LostCertificateError, NoVisitError
from zhendao.gateway.evidence.heads import Heads
from zhendao.gateway.evidence.journals import Journals, Taken
from zhendao.gateway.evidence.log import CORRECTION, EVENT, REVISION, TASKS, record_text
from zhendao.gateway.evidence.wanted import wanted
from zhendao.gateway.keyring import Keyring
from zhendao.gateway.registry.current import Current
from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.revoked import FILES as REVOKED
from zhendao.gateway.store.conclusions import visit_revisions, visits
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.facts import events
from zhendao.gateway.store.sealing import StoreKey
from zhendao.gateway.surveys.book import FindingsBook
from zhendao.gateway.surveys.tables import ANOMALIES
from zhendao.protocol.bundle import Act, Bundle, Logged, Revision, sign_bundle
from zhendao.protocol.loghead import entry_of_act, entry_of_event, entry_of_revision, open_head
from zhendao.protocol.merkle import inclusion_path
from zhendao.protocol.visitid import visit_id as id_of
from zhendao.protocol.wording import Text

_Entry = tuple[int, int, bytes]
"""Kind and row of an entry of the log, and the entry."""
_CASE: Final = ("number", "state", "kinds", "opened_ms", "due_ms", "escalated_ms", "closed_ms", "decision", "reason")


class Maker:
    """Makes evidence under the gateway's key; ``keys`` is the folder of its keys."""

    def __init__(self, store: Store, store_key: StoreKey, keyring: Keyring, keys: Path, heads: Heads) -> None:
        self._store, self._key, self._keyring, self._keys, self._heads = store, store_key, keyring, keys, heads

    def make(self, visit_id: bytes, now_ms: int) -> bytes:
        """Return the bytes of the file. Raises `NoVisitError`, `UnprovedError`, `EvidenceError`, `StoreError`."""
        with self._store.reading() as connection:
            _visit(connection, visit_id)
        head = self._heads.make(self._store, now_ms)
        with self._store.reading() as connection:
            if head is None:
                raise NoVisitError(visit_id)
            bundle = self._bundle(connection, _visit(connection, visit_id), head, now_ms)
        return sign_bundle(bundle, self._keyring.signing_key, self._keyring.certificate)

    def _bundle(self, connection: Connection, visit: Row[Any], head: bytes, now_ms: int) -> Bundle:
        taken = Journals(connection, self._key).take(wanted(connection, self._key, visit))
        revisions = connection.execute(
            select(visit_revisions).where(visit_revisions.c.visit_id == visit.id).order_by(visit_revisions.c.revision)
        ).all()
        acts = list(self._acts(connection, visit))
        entries = [
            *self._of_events(connection, taken),
            *((REVISION, row.id, self._of_revision(row)) for row in revisions),
            *((kind, row, self._of_act(one)) for kind, row, one in acts),
        ]
        at_ms = visit.begin_ms if visit.begin_ms is not None else visit.end_ms or visit.changed_ms
        return Bundle(
            suite_id=self._keyring.certificate.suite.id,
            tenant=self._keyring.tenant,
            visit_id=visit.id,
            made_ms=now_ms,
            runs=taken.runs,
            certificates=self._certificates(taken.certificates, {one.certificate_id for _, _, one in acts}),
            revoked=self._revoked(),
            revisions=tuple(
                Revision(row.revision, row.rules, row.made_ms, record_text(row.record)) for row in revisions
            ),
            acts=tuple(one for _, _, one in acts),
            registry=_extract(Current(self._key).at(connection), visit, at_ms),
            findings=self._findings(connection, visit.id),
            head=head,
            logged=tuple(self._logged(connection, entries, head)),
        )

    def _acts(self, connection: Connection, visit: Row[Any]) -> Iterable[tuple[int, int, Act]]:
        """Give what people signed about the visit, under its id or one that it had before."""
        ids = {visit.id, *(_former_ids(visit.record))}
        for one in sorted(ids):
            for deed in CaseBook(self._key).deeds(connection, visit_id=one):
                yield (
                    CORRECTION,
                    deed.id,
                    Act("correction", deed.document, deed.suite, deed.certificate_id, deed.signature),
                )
        query = select(VISIT_TASKS).where(VISIT_TASKS.c.visit_id == visit.id).order_by(VISIT_TASKS.c.id)
        for row in connection.execute(query):
            document = self._key.open(row.document, of_tasks(row.visit_id))
            yield TASKS, row.id, Act("tasks", document, row.suite, row.certificate_id, row.signature)

    def _of_events(self, connection: Connection, taken: Taken) -> Iterable[_Entry]:
        for row in connection.execute(select(events).where(events.c.id.in_(taken.rows))):
            yield EVENT, row.id, entry_of_event(row.device, row.epoch, row.seq, row.h)

    def _of_revision(self, row: Row[Any]) -> bytes:
        digest = self._keyring.certificate.suite.hash(record_text(row.record))
        return entry_of_revision(row.visit_id, row.revision, digest)

    def _of_act(self, act: Act) -> bytes:
        return entry_of_act(act.certificate_id, self._keyring.certificate.suite.hash(act.document), act.signature)

    def _logged(self, connection: Connection, entries: Iterable[_Entry], head: bytes) -> Iterable[Logged]:
        log, size = self._heads.log, open_head(head).head.size
        known: dict[tuple[int, int], bytes] = {}

        def stretch(begin: int, end: int) -> bytes:
            if (begin, end) not in known:
                known[begin, end] = log.stretch(connection, begin, end)
            return known[begin, end]

        for kind, row, entry in entries:
            number = log.number_of(connection, kind, row)
            if number is None or number >= size:
                raise EvidenceError(
                    Text("刚刚有新的结论，请再试一次", "something was concluded just now"),
                    Text("再运行一次", "run it again"),
                )
            yield Logged(entry, number, tuple(inclusion_path(number, size, stretch)))

    def _certificates(self, terminals: Sequence[bytes], signers: set[bytes]) -> tuple[bytes, ...]:
        known = certificates(self._keyring, self._keys)
        for one in sorted(signers - known.keys()):
            raise LostCertificateError(one, self._keys / "old")
        former = (known[one].der for one in signers if one != self._keyring.certificate.id)
        return tuple(sorted({*terminals, *(one.der for one in self._keyring.issuing), *former}))

    def _revoked(self) -> tuple[bytes, ...]:
        paths = (self._keys / name for name in REVOKED)
        return tuple(path.read_bytes() for path in paths if path.exists())

    def _findings(self, connection: Connection, visit_id: bytes) -> bytes:
        book = FindingsBook(self._key)
        rows = connection.execute(select(ANOMALIES).where(ANOMALIES.c.visit_id == visit_id).order_by(ANOMALIES.c.id))
        found = [
            {"kind": row.kind, "state": row.state, "found_ms": row.found_ms, "said": book.said(row.id, row.record)}
            for row in rows
        ]
        case = connection.execute(select(CASES).where(CASES.c.visit_id == visit_id)).mappings().one_or_none()
        told = None if case is None else {name: case[name] for name in _CASE}
        return orjson.dumps({"findings": found, "case": told}, option=orjson.OPT_SORT_KEYS)


def _visit(connection: Connection, visit_id: bytes) -> Row[Any]:
    found = connection.execute(select(visits).where(visits.c.id == visit_id)).one_or_none()
    if found is None:
        raise NoVisitError(visit_id)
    return found


def _former_ids(record: dict[str, Any]) -> Iterable[bytes]:
    """Give the ids that the visit had while another of its checks was the first."""
    for side in (record.get("in"), record.get("out"), *record.get("rechecks", ())):
        if side is not None:
            epoch, h = bytes.fromhex(side["epoch"]), bytes.fromhex(side["h"])
            yield id_of(bytes.fromhex(side.get("device", record["device"])), epoch, side["seq"], h)


def _extract(registry: Registry, visit: Row[Any], at_ms: int) -> bytes:
    """Return what the registry said at ``at_ms`` of all that the visit names, as JSON; no names of people."""
    record = visit.record
    elder, giver, place = record.get("elder_id"), record.get("caregiver_id"), record.get("place_id")
    service = record.get("service")
    found = {
        "at_ms": at_ms,
        "terminal": registry.terminal(visit.device, at_ms),
        "elder": None if elder is None else registry.elder(elder, at_ms),
        "caregiver": None if giver is None else registry.caregiver(giver, at_ms),
        "place": None if place is None else registry.place(place, at_ms),
        "service": None if service is None else registry.service(service, at_ms),
        "agreed": [] if elder is None or giver is None else list(registry.schedules_of(elder, giver, at_ms)),
    }
    return orjson.dumps(found, default=_plain, option=orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    raise TypeError(type(value))
