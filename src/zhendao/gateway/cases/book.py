"""The book of cases: their rows, the log, acts on corrections, and outages; in the caller's transaction.

Promise: each change of a case is a line of the log too, and nothing here removes or changes a line, or a signed act.
What people wrote is sealed, bound to its case or correction. rule: EVIDENCE, PIPL
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, insert, or_, select, update

from zhendao.command.atrest.catalogue import of_case_act, of_correction, of_tasks, of_unlock
from zhendao.gateway.cases.corrections import Deed, deed_of
from zhendao.gateway.cases.errors import NoCaseError
from zhendao.gateway.cases.outages import WAITED, Outage, When
from zhendao.gateway.cases.tables import CASE_ACTS, CASES, CORRECTION_ACTS, OUTAGES, UNLOCKS, VISIT_TASKS
from zhendao.gateway.cases.tasks import Tasks, tasks_of
from zhendao.gateway.cases.values import Act, Case, Change, Decision, Entry, Side, State
from zhendao.gateway.store.numbers import next_number
from zhendao.gateway.store.prepared import Prepared
from zhendao.gateway.store.sealing import StoreKey

_OF_VISIT: Final = Prepared(select(CASES.c.number).where(CASES.c.visit_id == bindparam("visit")))
_NEXT: Final = Prepared(select(func.min(CASES.c.due_ms)).where(CASES.c.state == State.OPEN.value))
_LAST_ACT: Final = Prepared(select(func.max(CORRECTION_ACTS.c.id)))
_PLAIN: Final = (
    "visit_id", "elder_id", "caregiver_id", "care_level", "explained", "opened_ms", "due_ms", "escalated_ms",
    "closed_ms", "reason", "unlocked_ms",
)  # fmt: skip
_OPEN: Final = Prepared(insert(CASES).values({c.name: bindparam(c.name) for c in CASES.c}).returning(CASES.c.number))
_NOTE: Final = Prepared(insert(CASE_ACTS).values({c.name: bindparam(c.name) for c in CASE_ACTS.c if c.name != "id"}))
_O: Final = OUTAGES.c
_OUTAGES_OF: Final = Prepared(
    select(_O.what, _O.from_ms, _O.to_ms, _O.device)
    .where(
        or_(_O.device.is_(None), _O.device == bindparam("device")),
        _O.from_ms <= bindparam("until_ms"),
        or_(_O.to_ms.is_(None), _O.to_ms > bindparam("since_ms")),
    )
    .order_by(_O.id)
)
_WAITING: Final = (State.OPEN.value, State.ESCALATED.value)


@dataclass(frozen=True, slots=True)
class SignedDeed:
    """An act on a correction as it is kept: ``id`` rises; ``document`` is what was signed."""

    id: int
    deed: Deed
    visit_id: bytes
    document: bytes
    signature: bytes
    suite: int
    certificate_id: bytes


class Book:
    """Reads and writes cases; ``key`` seals what people wrote."""

    def __init__(self, key: StoreKey) -> None:
        self._key = key.of("cases")

    def write(self, connection: Connection, change: Change) -> Case:
        """Write a case as it is now (a new one has number 0), and what its log says of that; return it."""
        case = change.case
        if not case.number:
            number = next_number(connection, CASES.c.number)
            case = replace(case, number=int(_OPEN.scalar(connection, number=number, **_values(case))))
        else:
            connection.execute(update(CASES).where(CASES.c.number == case.number).values(_values(case)))
        for entry in change.entries:
            self.note(connection, case.number, entry)
        return case

    def note(self, connection: Connection, number: int, entry: Entry) -> None:
        """Add a line to the log of case ``number``."""
        bound_to = of_case_act(number, entry.at_ms, entry.act.value)
        said = self._key.seal(entry.said.encode(), bound_to) if entry.said else None
        _NOTE(connection, number=number, at_ms=entry.at_ms, act=entry.act.value, by=entry.by[:64], said=said).close()

    @staticmethod
    def get(connection: Connection, number: int) -> Case:
        """Return a case. Raises `NoCaseError`."""
        row = connection.execute(select(CASES).where(CASES.c.number == number)).first()
        if row is None:
            raise NoCaseError(number)
        return _case(row)

    @staticmethod
    def number_of(connection: Connection, visit_id: bytes) -> int | None:
        """Return the number of the case of a visit, None where it has none."""
        found: int | None = _OF_VISIT.scalar(connection, visit=visit_id)
        return found

    def lines(self, connection: Connection, number: int) -> list[Entry]:
        """Return the log of a case, oldest first. Raises `CryptoError` where it was altered."""
        rows = connection.execute(select(CASE_ACTS).where(CASE_ACTS.c.number == number).order_by(CASE_ACTS.c.id))
        return [
            Entry(
                Act(row.act),
                row.at_ms,
                row.by,
                "" if row.said is None else self.said(number, row.at_ms, row.act, row.said),
            )
            for row in rows
        ]

    def said(self, number: int, at_ms: int, act: str, sealed: bytes) -> str:
        """Return what a line of the log of case ``number`` says. Raises `CryptoError` where it was altered."""
        return self._key.open(sealed, of_case_act(number, at_ms, act), b"case/%d" % number).decode()

    @staticmethod
    def queue(connection: Connection, *, waiting: bool, most: int) -> list[Case]:
        """Return cases in the order of the queue, at most ``most``; ``waiting``: only those to be answered."""
        query = select(CASES).order_by(CASES.c.number)
        if waiting:
            query = query.where(CASES.c.state.in_(_WAITING))
        return sorted((_case(row) for row in connection.execute(query)), key=lambda one: one.place)[:most]

    @staticmethod
    def waiting_at(connection: Connection, device: bytes | None) -> list[Case]:
        """Return the cases to be answered of visits at ``device``; None: at any."""
        query = select(CASES).where(CASES.c.state.in_(_WAITING))
        if device is not None:
            query = query.where(CASES.c.device == device)
        return [_case(row) for row in connection.execute(query.order_by(CASES.c.number))]

    @staticmethod
    def waited_for(connection: Connection) -> set[bytes]:
        """Return the terminals at which cases to be answered have their reason from an outage that may be over."""
        query = select(CASES.c.device).where(CASES.c.state.in_(_WAITING), CASES.c.explained.in_(WAITED)).distinct()
        return set(connection.execute(query).scalars())

    @staticmethod
    def excused_at(connection: Connection) -> set[bytes]:
        """Return the terminals at which cases to be answered lack a check-out and have a reason."""
        lacks = CASES.c.state.in_(_WAITING), CASES.c.explained.is_not(None), CASES.c.end_ms.is_(None)
        return set(connection.execute(select(CASES.c.device).where(*lacks).distinct()).scalars())

    @staticmethod
    def overdue(connection: Connection, now_ms: int, most: int) -> list[Case]:
        """Return open cases whose time is over, at most ``most``."""
        query = select(CASES).where(CASES.c.state == State.OPEN.value, CASES.c.due_ms <= now_ms)
        return [_case(row) for row in connection.execute(query.order_by(CASES.c.due_ms).limit(most))]

    @staticmethod
    def next_due(connection: Connection) -> int | None:
        """Return when (UTC ms) the time of an open case is over; None: there is none."""
        found: int | None = _NEXT.scalar(connection)
        return found

    # -- corrections

    def unlock(self, connection: Connection, visit_id: bytes, until_ms: int, entry: Entry) -> None:
        """Write down that a visit without a case may be corrected until ``until_ms``; ``entry``: who, when and why."""
        why = self._key.seal(entry.said.encode(), of_unlock(visit_id))
        connection.execute(
            insert(UNLOCKS).values(visit_id=visit_id, until_ms=until_ms, at_ms=entry.at_ms, by=entry.by[:64], why=why)
        )

    def unlocked_ms(self, connection: Connection, visit_id: bytes) -> int | None:
        """Return until when (UTC ms) the supervisors have unlocked a visit, with its case or without one."""
        number = self.number_of(connection, visit_id)
        of_case = None if number is None else self.get(connection, number).unlocked_ms
        alone = connection.execute(select(func.max(UNLOCKS.c.until_ms)).where(UNLOCKS.c.visit_id == visit_id)).scalar()
        return max((one for one in (of_case, alone) if one is not None), default=None)

    @staticmethod
    def last_deed(connection: Connection) -> int:
        """Return the id of the last act on any correction, 0 where there is none."""
        return int(_LAST_ACT.scalar(connection) or 0)

    @staticmethod
    def next_number(connection: Connection) -> int:
        """Return the number of the next correction."""
        return next_number(connection, CORRECTION_ACTS.c.number)

    def keep(self, connection: Connection, deed: Deed, visit_id: bytes, proof: tuple[bytes, bytes, int, bytes]) -> None:
        """Add an act; ``proof``: document, signature, suite and certificate."""
        document, signature, suite, certificate_id = proof
        connection.execute(
            insert(CORRECTION_ACTS).values(
                id=next_number(connection, CORRECTION_ACTS.c.id),
                number=deed.number, visit_id=visit_id, signature=signature, suite=suite,
                certificate_id=certificate_id, document=self._key.seal(document, of_correction(deed.number)),
            )
        )  # fmt: skip

    def deeds(self, connection: Connection, after: int = 0, visit_id: bytes | None = None) -> Iterator[SignedDeed]:
        """Give the acts after id ``after``, in order; ``visit_id``: on that visit alone. Raises `CryptoError`."""
        query = select(CORRECTION_ACTS).where(CORRECTION_ACTS.c.id > after).order_by(CORRECTION_ACTS.c.id)
        if visit_id is not None:
            query = query.where(CORRECTION_ACTS.c.visit_id == visit_id)
        for row in connection.execute(query):
            document = self._key.open(row.document, of_correction(row.number))
            yield SignedDeed(
                row.id, deed_of(document), row.visit_id, document, row.signature, row.suite, row.certificate_id
            )

    # -- tasks

    def keep_tasks(self, connection: Connection, tasks: Tasks, proof: tuple[bytes, bytes, int, bytes]) -> None:
        """Add what was told of a visit; ``proof``: document, signature, suite and certificate."""
        document, signature, suite, certificate_id = proof
        sealed = self._key.seal(document, of_tasks(tasks.visit_id))
        connection.execute(
            insert(VISIT_TASKS).values(
                id=next_number(connection, VISIT_TASKS.c.id),
                visit_id=tasks.visit_id, document=sealed, signature=signature, suite=suite,
                certificate_id=certificate_id,
            )
        )  # fmt: skip

    def tasks(self, connection: Connection, visit_id: bytes) -> list[Tasks]:
        """Return all that was told of a visit, the last one first. Raises `CryptoError` where it was altered."""
        query = select(VISIT_TASKS.c.document).where(VISIT_TASKS.c.visit_id == visit_id)
        rows = connection.execute(query.order_by(VISIT_TASKS.c.id.desc())).scalars()
        return [tasks_of(self._key.open(one, of_tasks(visit_id))) for one in rows]

    # -- outages

    @staticmethod
    def enter_outage(connection: Connection, outage: Outage, by: str, now_ms: int) -> None:
        """Write down that something was down."""
        connection.execute(
            insert(OUTAGES).values(
                what=outage.what, device=outage.device, from_ms=outage.from_ms, to_ms=outage.to_ms,
                entered_ms=now_ms, by=by[:64],
            )
        )  # fmt: skip

    @staticmethod
    def outages(connection: Connection, device: bytes, until_ms: int, since_ms: int) -> list[Outage]:
        """Return those of ``device``, and of all, between the two moments (UTC ms)."""
        rows = _OUTAGES_OF.all(connection, device=device, until_ms=until_ms, since_ms=since_ms)
        return [Outage(*row) for row in rows]


def _values(case: Case) -> dict[str, Any]:
    when = case.when
    return {name: getattr(case, name) for name in _PLAIN} | {
        "device": when.device,
        "begin_ms": when.begin_ms,
        "end_ms": when.end_ms,
        "most_ms": when.most_ms,
        "state": case.state.value,
        "decision": case.decision.value if case.decision is not None else None,
        "kinds": " ".join(sorted(case.kinds)),
        "heard": " ".join(sorted(case.heard)),
        "settled": " ".join(sorted(case.settled)),
        "explains": " ".join(sorted(case.explains)),
    }


def _case(row: Any) -> Case:
    plain = {name: getattr(row, name) for name in _PLAIN}
    return Case(
        **plain,
        number=row.number,
        when=When(row.device, row.begin_ms, row.end_ms, row.most_ms),
        state=State(row.state),
        decision=Decision(row.decision) if row.decision is not None else None,
        kinds=frozenset(row.kinds.split()),
        heard=frozenset(Side(one) for one in row.heard.split()),
        settled=frozenset(row.settled.split()),
        explains=frozenset(row.explains.split()),
    )
