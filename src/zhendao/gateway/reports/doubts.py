"""Which visits are not verified: a person or an organisation is asked about them, and nobody settled it.

Promise: as `judge` has it (`judging.hours`), and beyond that what people decided: a visit whose case was decided as
right counts, one whose doubt was upheld does not. rule: HOURS, SAME-DAY
"""

from enum import Enum
from typing import Final

from sqlalchemy import Connection, bindparam, or_, select

from zhendao.gateway.cases.tables import CASES
from zhendao.gateway.cases.values import Decision, State
from zhendao.gateway.judging.blame import BLAMES, Blame
from zhendao.gateway.judging.hours import ASKED
from zhendao.gateway.reports.moment import DAY_MS, Span
from zhendao.gateway.store.prepared import Prepared
from zhendao.gateway.store.sealing import StoreKey
from zhendao.gateway.surveys.book import FOUND, FindingsBook
from zhendao.gateway.surveys.tables import ANOMALIES

_A: Final = ANOMALIES.c
_NEAR: Final = Prepared(
    select(_A.id, _A.visit_id, _A.kind, _A.record).where(
        _A.state == FOUND,
        _A.review.is_(False),
        _A.visit_id.is_not(None),
        or_(_A.at_ms.is_(None), _A.at_ms.between(bindparam("from_ms"), bindparam("until_ms"))),
    )
)
_DECIDED: Final = Prepared(
    select(CASES.c.visit_id, CASES.c.decision, CASES.c.settled).where(
        CASES.c.state == State.DECIDED.value,
        or_(CASES.c.begin_ms.is_(None), CASES.c.begin_ms.between(bindparam("from_ms"), bindparam("until_ms"))),
    )
)


class Doubt(Enum):
    """Why a visit does not count as verified."""

    ASKED = "asked"
    """Somebody is asked, and it is not decided."""
    UPHELD = "upheld"
    """It is decided that the doubt is right."""


def doubts(connection: Connection, key: StoreKey, span: Span) -> dict[bytes, Doubt]:
    """Return the visits of ``span`` that are not verified. Raises `CryptoError` where a finding was altered."""
    around = {"from_ms": span.from_ms - 2 * DAY_MS, "until_ms": span.until_ms + 2 * DAY_MS}
    book, found = FindingsBook(key), dict[bytes, set[str]]()
    for name, visit_id, kind, record in _NEAR.all(connection, **around):
        blame = BLAMES.get(kind)
        if blame not in ASKED or kind in found.get(visit_id, ()):
            continue
        if blame is Blame.SUPPLY or book.said(name, record).get("fault") is None:
            found.setdefault(visit_id, set()).add(kind)
    made = dict.fromkeys(found, Doubt.ASKED)
    for visit_id, decision, settled in _DECIDED.all(connection, **around):
        if decision == Decision.UPHELD.value:
            made[visit_id] = Doubt.UPHELD
        elif found.get(visit_id, set()) <= set(settled.split()):
            made.pop(visit_id, None)
    return made
