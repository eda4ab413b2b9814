"""What was found, and how cases stood, read from the store for reports: as of a moment, with who answers for it.

Promise: findings are those that stand now, of what happened in the span; of a case every line of its log before the
moment counts, and none after it. rule: SAME-DAY
"""

from collections.abc import Iterator
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, func, or_, select

from zhendao.gateway.cases.book import Book
from zhendao.gateway.cases.life import due_ms
from zhendao.gateway.cases.settings import CasesTable
from zhendao.gateway.cases.tables import CASE_ACTS, CASES
from zhendao.gateway.cases.values import Act, Decision
from zhendao.gateway.judging.blame import BLAMES, Blame
from zhendao.gateway.reports.anomalies import GROUPS, KINDS, REVIEW, Found
from zhendao.gateway.reports.answering import Answering
from zhendao.gateway.reports.caseload import Standing
from zhendao.gateway.reports.moment import Span
from zhendao.gateway.store.conclusions import visits
from zhendao.gateway.store.prepared import Prepared
from zhendao.gateway.store.sealing import StoreKey
from zhendao.gateway.surveys.book import FOUND, FindingsBook
from zhendao.gateway.surveys.tables import ANOMALIES

_A: Final = ANOMALIES.c
_C: Final = visits.c
_AT: Final = func.coalesce(_A.at_ms, _A.found_ms)
WITHIN: Final = or_(
    and_(_A.at_ms >= bindparam("from_ms"), _A.at_ms < bindparam("until_ms")),
    # What is of no moment is of when it was found.
    and_(_A.at_ms.is_(None), _A.found_ms >= bindparam("from_ms"), _A.found_ms < bindparam("until_ms")),
)
_STANDING: Final = Prepared(
    select(_A.id, _A.kind, _AT, _A.record, _A.visit_id, _C.caregiver_id, _C.elder_id)
    .select_from(ANOMALIES.outerjoin(visits, _C.id == _A.visit_id))
    .where(_A.state == FOUND, WITHIN)
)
_VISITS: Final = Prepared(
    select(_C.caregiver_id, _C.elder_id, _C.begin_ms).where(
        _C.begin_ms >= bindparam("from_ms"), _C.begin_ms < bindparam("until_ms"), _C.state != "withdrawn"
    )
)
_ACTS: Final = Prepared(
    select(
        CASES.c.number, CASES.c.caregiver_id, CASES.c.elder_id, CASES.c.begin_ms, CASES.c.care_level, CASES.c.due_ms,
        CASE_ACTS.c.act, CASE_ACTS.c.at_ms, CASE_ACTS.c.said,
    )
    .select_from(CASES.join(CASE_ACTS, CASE_ACTS.c.number == CASES.c.number))
    .where(or_(CASES.c.closed_ms.is_(None), CASES.c.closed_ms >= bindparam("from_ms")))
    .order_by(CASES.c.number, CASE_ACTS.c.id)
)  # fmt: skip
_OPENING: Final = frozenset({Act.OPENED.value, Act.REOPENED.value})
_CLOSING: Final = frozenset({Act.CLEARED.value, Act.DECIDED.value})


def found_in(connection: Connection, key: StoreKey, answering: Answering, span: Span) -> Iterator[Found]:
    """Give what is found of ``span``. Raises `CryptoError` where a finding was altered."""
    book = FindingsBook(key)
    for name, kind, at_ms, record, visit_id, caregiver_id, elder_id in _STANDING(
        connection, from_ms=span.from_ms, until_ms=span.until_ms
    ):
        if kind not in KINDS:
            continue
        organisation = answering.visit(caregiver_id, elder_id, at_ms)
        excused = False
        if visit_id is None or BLAMES[kind] is Blame.PERSON:
            said = book.said(name, record)
            excused = said.get("fault") is not None
            if organisation is None:
                organisation = answering.subject(said["subject"]["what"], said["subject"]["id"], at_ms)
        yield Found(kind, organisation, excused)


def found_on(connection: Connection, answering: Answering, span: Span) -> Iterator[tuple[int, str | None]]:
    """Give when (UTC ms) each finding of a visit of ``span`` was and who answers for it; patterns are left out."""
    for _, kind, at_ms, _, visit_id, caregiver_id, elder_id in _STANDING(
        connection, from_ms=span.from_ms, until_ms=span.until_ms
    ):
        if visit_id is not None and kind not in GROUPS[REVIEW]:
            yield at_ms, answering.visit(caregiver_id, elder_id, at_ms)


def visits_on(connection: Connection, answering: Answering, span: Span) -> Iterator[tuple[int, str | None]]:
    """Give when (UTC ms) each visit of ``span`` began and who answers for it."""
    for caregiver_id, elder_id, begin_ms in _VISITS(connection, from_ms=span.from_ms, until_ms=span.until_ms):
        yield begin_ms, answering.visit(caregiver_id, elder_id, begin_ms)


def visits_in(connection: Connection, answering: Answering, span: Span) -> dict[str | None, int]:
    """Return how many visits of each organisation began in ``span``."""
    counts: dict[str | None, int] = {}
    for _, name in visits_on(connection, answering, span):
        counts[name] = counts.get(name, 0) + 1
    return counts


def cases_at(
    connection: Connection, key: StoreKey, answering: Answering, span: Span, table: CasesTable
) -> Iterator[Standing]:
    """Give the cases that were opened in ``span`` or waited at its end, as they stood then.

    Raises `CryptoError` where a line of a log was altered.
    """
    book = Book(key)
    for _, lines in groupby(_ACTS(connection, from_ms=span.from_ms), key=lambda row: row[0]):
        standing = _standing(list(lines), book, answering, span.until_ms, table)
        if standing is not None and (standing.closed_ms is None or span.holds(standing.opened_ms)):
            yield standing


def _standing(
    lines: list[tuple[Any, ...]], book: Book, answering: Answering, before_ms: int, table: CasesTable
) -> Standing | None:
    number, caregiver_id, elder_id, begin_ms, level, due, *_ = lines[0]
    acts = [(act, at_ms, said) for *_, act, at_ms, said in lines]
    told = [one for one in acts if one[1] < before_ms]
    opened = max((place for place, (act, *_) in enumerate(told) if act in _OPENING), default=None)
    if opened is None:
        return None
    opened_ms, after = told[opened][1], told[opened + 1 :]
    closing = next((one for one in reversed(after) if one[0] in _CLOSING), None)
    last = not any(act in _OPENING for act, *_ in acts[opened + 1 :])
    decision = None
    if closing is not None and closing[0] == Act.DECIDED.value and closing[2] is not None:
        decision = Decision(book.said(number, closing[1], closing[0], closing[2]).split()[0])
    return Standing(
        answering.visit(caregiver_id, elder_id, opened_ms if begin_ms is None else begin_ms),
        level,
        opened_ms,
        due if last else due_ms(opened_ms, table),
        None if closing is None else closing[1],
        decision,
        any(act == Act.ESCALATED.value for act, *_ in after),
    )
