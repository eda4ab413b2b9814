"""What was found, as a person reads it: a page of findings, the last changed first.

Promise: a card's number is shown whole only to whoever may see names and asked; else its last digits. rule: PIPL
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, or_, select

from zhendao.gateway.store.sealing import StoreKey
from zhendao.gateway.surveys.book import FOUND, FindingsBook
from zhendao.gateway.surveys.tables import ANOMALIES

_SHOWN = 4
_TOKENS = frozenset({"door", "card"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which findings: of a kind, of a visit, changed since; ``cleared``: those that went, too."""

    kind: str | None = None
    visit_id: bytes | None = None
    from_ms: int | None = None
    to_ms: int | None = None
    cleared: bool = False


def findings(
    connection: Connection, key: StoreKey, wanted: Wanted, *, limit: int, before: str | None, numbers: bool
) -> tuple[list[dict[str, Any]], str | None]:
    """Return at most ``limit`` findings older than ``before``, and where the next page begins.

    ``numbers``: those of cards whole. Raises `CryptoError` where one was altered.
    """
    c = ANOMALIES.c
    query = select(ANOMALIES)
    for column, value in ((c.kind, wanted.kind), (c.visit_id, wanted.visit_id)):
        if value is not None:
            query = query.where(column == value)
    if wanted.from_ms is not None:
        query = query.where(c.changed_ms >= wanted.from_ms)
    if wanted.to_ms is not None:
        query = query.where(c.changed_ms < wanted.to_ms)
    if not wanted.cleared:
        query = query.where(c.state == FOUND)
    if before is not None:
        changed, _, name = before.partition("-")
        same = and_(c.changed_ms == int(changed), c.id < bytes.fromhex(name))
        query = query.where(or_(c.changed_ms < int(changed), same))
    rows = list(connection.execute(query.order_by(c.changed_ms.desc(), c.id.desc()).limit(limit + 1)))
    more, rows = len(rows) > limit, rows[:limit]
    book = FindingsBook(key)
    items = []
    for row in rows:
        told = book.said(row.id, row.record)
        if told["subject"]["what"] in _TOKENS and not numbers:
            told["subject"] = told["subject"] | {"id": f"…{told['subject']['id'][-_SHOWN:]}"}
        items.append(
            {"id": row.id.hex(), "state": row.state, "revision": row.revision, "at_ms": row.at_ms,
             "found_ms": row.found_ms, "changed_ms": row.changed_ms, "finding": told}
        )  # fmt: skip
    return items, f"{rows[-1].changed_ms}-{rows[-1].id.hex()}" if more else None


def kinds_of(connection: Connection, visits: Collection[bytes]) -> dict[bytes, list[str]]:
    """Return what is found now of each of ``visits``, patterns for review too."""
    c = ANOMALIES.c
    found: dict[bytes, set[str]] = {}
    query = select(c.visit_id, c.kind).where(c.visit_id.in_(visits), c.state == FOUND)
    for visit_id, kind in connection.execute(query):
        found.setdefault(visit_id, set()).add(kind)
    return {visit_id: sorted(kinds) for visit_id, kinds in found.items()}
