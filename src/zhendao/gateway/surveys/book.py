"""The book of findings: what is found now, what was found before, each with its revisions; in the caller's transaction.

A revision is made where a finding says something else than before, is gone, or is back; nothing is ever removed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import Connection, bindparam, select

from zhendao.command.atrest.catalogue import of_finding
from zhendao.gateway.judging.findings import Finding, with_fault
from zhendao.gateway.store.engine import insert_rows, update_rows
from zhendao.gateway.store.prepared import Prepared
from zhendao.gateway.store.sealing import StoreKey
from zhendao.gateway.surveys.tables import ANOMALIES, ANOMALY_REVISIONS
from zhendao.protocol.wording import Text

FOUND: Final = "found"
CLEARED: Final = "cleared"

_C: Final = ANOMALIES.c
_STANDING: Final = Prepared(
    select(_C.id, _C.visit_id, _C.review, _C.revision, _C.digest, _C.state, _C.at_ms, _C.record).where(
        _C.scope == bindparam("scope"), _C.key == bindparam("key")
    )
)
_KINDS: Final = Prepared(
    select(_C.kind).where(_C.visit_id == bindparam("visit"), _C.state == FOUND, _C.review.is_(False))
)
_RECORDS: Final = Prepared(
    select(_C.id, _C.kind, _C.record).where(_C.visit_id == bindparam("visit"), _C.state == FOUND, _C.review.is_(False))
)
_OF_VISIT: Final = Prepared(
    select(_C.id, _C.review, _C.revision, _C.digest, _C.record).where(
        _C.visit_id == bindparam("visit"), _C.state == FOUND
    )
)
_JUST: Final = Prepared(
    select(_C.id, _C.state, _C.at_ms, _C.record).where(
        _C.scope == bindparam("scope"), _C.key == bindparam("key"), _C.kind == bindparam("kind"),
        _C.changed_ms == bindparam("now"),
    )
)  # fmt: skip
_CHANGING: Final = ("state", "review", "revision", "digest", "record", "changed_ms")

Dated = tuple[Finding, int | None]
"""A finding, and when (UTC ms) what it is about was; None: it is of no moment."""


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when (UTC ms, both included) a survey saw everything; None is open."""

    from_ms: int | None = None
    to_ms: int | None = None

    def holds(self, at_ms: int | None) -> bool:
        """Tell whether what is at ``at_ms`` lies within; what is of no moment always does."""
        return at_ms is None or (
            (self.from_ms is None or self.from_ms <= at_ms) and (self.to_ms is None or at_ms <= self.to_ms)
        )


ALWAYS: Final = Span()


class FindingsBook:
    """Reads and writes findings; ``key`` seals what they say."""

    def __init__(self, key: StoreKey) -> None:
        self.key, self._key = key, key.of("findings")

    def settle(
        self, connection: Connection, scope: str, key: str, found: Iterable[Dated], now_ms: int, within: Span = ALWAYS
    ) -> set[bytes]:
        """Write what the survey ``scope`` finds of ``key`` now; what it found ``within`` before and no more is cleared.

        Return the visits of which something else is found now than before, those of patterns left out.
        """
        before = {row[0]: row for row in _STANDING.all(connection, scope=scope, key=key)}
        new: list[tuple[Any, ...]] = []
        changed: list[tuple[Any, ...]] = []
        kept: list[tuple[Any, ...]] = []
        visits: set[bytes] = set()
        for finding, at_ms in found:
            if not within.holds(at_ms):
                continue
            name = self._name(finding, key)
            said = orjson.dumps(finding.as_json(), option=orjson.OPT_SORT_KEYS)
            digest = self._key.find_by(b"anomaly", said)
            review = finding.base_permille is not None
            known = before.pop(name, None)
            if known is not None and known[4] == digest and known[5] == FOUND:
                continue
            revision = 1 if known is None else known[3] + 1
            sealed = self._key.seal(said, of_finding(name))
            if known is None:
                new.append((name, scope, key, finding.kind, finding.visit_id, FOUND, review, revision, digest, sealed,
                            at_ms, now_ms, now_ms))  # fmt: skip
            else:
                changed.append((FOUND, review, revision, digest, sealed, now_ms, name))
            kept.append((name, revision, FOUND, sealed, now_ms))
            if finding.visit_id is not None and not review and (known is None or known[5] != FOUND):
                visits.add(finding.visit_id)
        for name, visit_id, review, number, digest, state, at_ms, record in before.values():
            if state == FOUND and within.holds(at_ms):
                changed.append((CLEARED, review, number + 1, digest, record, now_ms, name))
                kept.append((name, number + 1, CLEARED, record, now_ms))
                if visit_id is not None and not review:
                    visits.add(visit_id)
        names = [column.name for column in ANOMALIES.columns]
        insert_rows(connection, ANOMALIES, new, *names)
        update_rows(connection, ANOMALIES, changed, "id", *_CHANGING)
        insert_rows(connection, ANOMALY_REVISIONS, kept, "anomaly", "revision", "state", "record", "made_ms")
        return visits

    def put_to_nobody(
        self, connection: Connection, visit_id: bytes, faults: Mapping[str, Text | None], now_ms: int
    ) -> bool:
        """Have what is found of a visit say which of ``faults`` can have caused it, by kind; others are left.

        What is found is not touched by it: it says the same, and asks somebody else. A fault that whoever found it
        named stays where there is no other. Tell whether anything changed.
        """
        changed: list[tuple[Any, ...]] = []
        kept: list[tuple[Any, ...]] = []
        for name, review, number, digest, record in _OF_VISIT.all(connection, visit=visit_id):
            before = self.said(name, record)
            kind = str(before["kind"])
            if kind not in faults:
                continue
            # The digest is that of what was found: only what says the same has the fault that it was found with.
            as_found = digest == self._key.find_by(b"anomaly", orjson.dumps(before, option=orjson.OPT_SORT_KEYS))
            own = as_found and before.get("fault") is not None
            if own and (faults[kind] is None or kind == "outside"):
                continue
            after = with_fault(before, faults[kind])
            if after != before:
                sealed = self._key.seal(orjson.dumps(after, option=orjson.OPT_SORT_KEYS), of_finding(name))
                changed.append((FOUND, review, number + 1, digest, sealed, now_ms, name))
                kept.append((name, number + 1, FOUND, sealed, now_ms))
        update_rows(connection, ANOMALIES, changed, "id", *_CHANGING)
        insert_rows(connection, ANOMALY_REVISIONS, kept, "anomaly", "revision", "state", "record", "made_ms")
        return bool(kept)

    @staticmethod
    def kinds_of(connection: Connection, visit_id: bytes) -> set[str]:
        """Return what is found of a visit now, patterns left out."""
        return {row[0] for row in _KINDS.all(connection, visit=visit_id)}

    def excused(self, connection: Connection, visit_id: bytes) -> set[str]:
        """Return the kinds found of a visit now that a fault of ours can have caused. Raises `CryptoError`."""
        rows = _RECORDS.all(connection, visit=visit_id)
        return {kind for name, kind, record in rows if self.said(name, record).get("fault") is not None}

    def changed(
        self, connection: Connection, scope: str, key: str, kind: str, now_ms: int
    ) -> list[tuple[bytes, bool, int | None, str]]:
        """Return what changed at ``now_ms`` of this ``kind``: its name, whether it is found, when it was, its subject.

        Raises `CryptoError` where it was altered.
        """
        rows = _JUST.all(connection, scope=scope, key=key, kind=kind, now=now_ms)
        return [
            (name, state == FOUND, at_ms, str(self.said(name, record)["subject"]["id"]))
            for name, state, at_ms, record in sorted(rows, key=lambda row: (row[2] or 0, row[0]))
        ]

    def said(self, name: bytes, sealed: bytes) -> dict[str, Any]:
        """Return what a finding says. Raises `CryptoError` where it was altered."""
        told: dict[str, Any] = orjson.loads(self._key.open(sealed, of_finding(name)))
        return told

    def _name(self, finding: Finding, key: str) -> bytes:
        return self._key.find_by(
            b"finding",
            finding.kind.encode(),
            finding.visit_id or b"",
            "\0".join(finding.subject).encode(),
            key.encode(),
        )
