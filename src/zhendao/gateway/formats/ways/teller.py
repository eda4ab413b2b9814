"""Letters of the outbox as a format tells them: which go, which are to be taken back, and which are not for it.

Promise: a visit that the platform has and that the format would no longer have is taken back, where the format can say
so; one that it never had is left alone; one that cannot be told is refused here, field by field, nothing of it is sent,
and it holds up no other.
"""

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import Connection, and_, select

from zhendao.gateway.formats.dossier import Dossiers
from zhendao.gateway.formats.mapping import Mapping as Format
from zhendao.gateway.formats.telling import Told as Said
from zhendao.gateway.formats.telling import tell, wanted
from zhendao.gateway.formats.values import Dossier
from zhendao.gateway.forward import told
from zhendao.gateway.forward.notes import NOTE
from zhendao.gateway.forward.record import SEQUENCES, Answer, Letter, Record, Verdict
from zhendao.gateway.forward.tables import OUTBOX, OUTBOX_ANSWER
from zhendao.gateway.forward.told import Told
from zhendao.gateway.forward.wanted import PASSED_OVER
from zhendao.gateway.registry.current import Current
from zhendao.gateway.store.conclusions import visit_revisions, visits
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.sealing import StoreKey

_LOG: Final = logging.getLogger(__name__)
VISIT: Final = "visit"
THERE: Final = "there"
GONE: Final = "gone"
OVERTAKEN: Final = Answer(Verdict.TAKEN, "overtaken")
"""Of an old revision that was refused and is owed again: the platform has been told of a newer one, which stands."""
_MOST_WORDS: Final = 500


@dataclass(frozen=True, slots=True)
class Item:
    """A letter that goes: the visit that it is about, and whether it is to be taken back (``gone``)."""

    letter: Letter
    dossier: Dossier
    gone: bool

    @property
    def key(self) -> str:
        """The idempotency key."""
        return self.letter.record.idempotency_key


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells letters in the words of ``format`` to ``destination``; ``again_ms``: see `record.Answer`.

    ``offset_ms``: of the local day. ``ordered``: the platform goes by numbers, and keeps an older one as history.
    """

    store: Store
    store_key: StoreKey
    format: Format
    destination: str
    again_ms: int
    registry: Current
    offset_ms: int
    ordered: bool = False

    def items(self, letters: Sequence[Letter]) -> tuple[list[Item], dict[str, Answer]]:
        """Return the letters that go, and the answers to those that do not. Raises what the store raises."""
        items, answers = [], {}
        with self.store.reading() as connection:
            dossiers = Dossiers(connection, self.store_key, self.registry, self.offset_ms)
            of_visits = [one for one in letters if one.record.record_type in {VISIT, NOTE}]
            before = told.known(connection, self.destination, VISIT, (one.record.key for one in of_visits))
            there: set[str] = set()
            for letter in letters:
                item = None
                if letter.record.record_type in {VISIT, NOTE}:
                    if letter.record.key in there:
                        continue  # one of each visit at a time: the other has no answer yet, and goes later
                    there.add(letter.record.key)
                    try:
                        item = self._item(connection, dossiers, letter, before.get(letter.record.key))
                    except Exception as error:  # noqa: BLE001 - one that cannot be read holds up no other
                        _LOG.exception("cannot be told: %s", letter.record.idempotency_key)
                        why = f"{type(error).__name__}: {error}"[:_MOST_WORDS]
                        answers[letter.record.idempotency_key] = Answer(Verdict.REFUSED, "mapping", why)
                        continue
                if isinstance(item, Item):
                    items.append(item)
                else:
                    answers[letter.record.idempotency_key] = item or PASSED_OVER
        return items, answers

    def _item(
        self, connection: Connection, dossiers: Dossiers, letter: Letter, before: Told | None
    ) -> Item | Answer | None:
        record, payload = letter.record, orjson.loads(letter.payload)
        there = before is not None and before.state == THERE
        if record.replay and not (there and self.ordered) and _newer_went(connection, self.destination, record):
            return OVERTAKEN
        visit_id, revision, sequence = bytes.fromhex(record.key), record.revision, record.sequence
        if record.record_type == NOTE:
            newest = _newest(connection, visit_id)
            if newest is None:
                return None  # it is kept no longer
            payload, revision = newest
            sequence = revision * SEQUENCES
        dossier = dossiers.of(visit_id, payload, revision, sequence)
        if not dossier.plain["visit.withdrawn"] and wanted(self.format, dossier):
            return Item(letter, dossier, gone=False)
        if not there or not self.format.withdrawn:
            return None
        if not dossier.plain["visit.withdrawn"]:
            assert before is not None  # noqa: S101 - there
            last = _record(connection, visit_id, before.number) or payload
            dossier = dossiers.of(visit_id, last, revision, sequence)
        gone = {"visit.withdrawn": True, "visit.counts": False, "visit.state": "withdrawn"}
        return Item(letter, Dossier({**dossier.plain, **gone}, dossier.lists), gone=True)

    def tell(self, item: Item, what: str = VISIT, **more: Any) -> Said:
        """Return the rows of ``item``; ``more``: values that stand instead, with ``__`` for the dot."""
        instead = {name.replace("__", "."): value for name, value in more.items()}
        plain = {**item.dossier.plain, "record.key": item.key, "batch.made": now_ms(), **instead}
        return tell(self.format, Dossier(plain, item.dossier.lists), what)

    def refused(self, said: Said) -> Answer:
        """Return the answer to a letter that cannot be told: each field with its reason."""
        return Answer(Verdict.REFUSED, "mapping", "; ".join(map(str, said.faults))[:_MOST_WORDS])

    def answer_of(self, reason: str, status: str = "refused") -> Answer:
        """Return what a platform's refusal means: what passes by itself is owed anew."""
        said = reason.lower()
        if any(word in said for word in self.format.rejections.used):
            return Answer(Verdict.ANEW, status, reason[:_MOST_WORDS], again_ms=1)
        if any(word in said for word in self.format.rejections.unknown):
            return Answer(Verdict.ANEW, status, reason[:_MOST_WORDS], again_ms=self.again_ms)
        return Answer(Verdict.REFUSED, status, reason[:_MOST_WORDS])

    def note(self, items: Iterable[Item], more: Iterable[Told] = ()) -> None:
        """Write down that the platform has these now, or has them no longer; ``more``: other things beside them."""
        things = [
            Told(VISIT, record.key, record.id, one.dossier.plain["visit.revision"], state=GONE if one.gone else THERE)
            for one in items
            for record in (one.letter.record,)
        ]
        self.keep((*things, *more))

    def keep(self, things: Sequence[Told]) -> None:
        """Write down what the platform was told of these things."""
        if things:
            with self.store.writing() as connection:
                told.keep(connection, self.destination, things, now_ms())

    def known(self, kind: str, whos: Iterable[str]) -> dict[str, Told]:
        """Return what the platform was told of these things."""
        with self.store.reading() as connection:
            return told.known(connection, self.destination, kind, whos)


def _record(connection: Connection, visit_id: bytes, revision: int) -> Mapping[str, Any] | None:
    of = visit_revisions.c
    query = select(of.record).where(of.visit_id == visit_id, of.revision == revision)
    found: Mapping[str, Any] | None = connection.execute(query).scalar()
    return found


def _newer_went(connection: Connection, destination: str, record: Record) -> bool:
    """Tell whether a newer revision of the same record was taken, or passed over, by the platform."""
    of, answer = OUTBOX.c, OUTBOX_ANSWER.c
    query = (
        select(of.id)
        .join(OUTBOX_ANSWER, and_(answer.outbox_id == of.id, answer.destination == destination))
        .where(of.record_type == record.record_type, of.key == record.key, of.revision > record.revision)
        .where(answer.state == "sent")
        .limit(1)
    )
    return connection.execute(query).first() is not None


def _newest(connection: Connection, visit_id: bytes) -> tuple[Mapping[str, Any], int] | None:
    """Return what a visit says now, and its revision; None where it is kept no longer."""
    query = select(visits.c.record, visits.c.revision).where(visits.c.id == visit_id)
    row = connection.execute(query).first()
    return None if row is None else (row.record, row.revision)


def now_ms() -> int:
    """Return the time, UTC ms."""
    return time.time_ns() // 1_000_000
