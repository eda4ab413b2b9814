"""Receipts and holds in the store; in the caller's write transaction.

Promise: a deletion and its receipt become true in one commit. What a hold covers is found by ids alone; why it is held
rests sealed. rule: EVIDENCE, PIPL
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, insert, select, update

from zhendao.command.atrest.catalogue import of_hold
from zhendao.gateway.keyring import Keyring
from zhendao.gateway.retention.errors import RetentionError
from zhendao.gateway.retention.receipt import NOTHING, Receipt, Removed, link_of, signed
from zhendao.gateway.retention.tables import DELETIONS, HOLDS
from zhendao.gateway.store.sealing import StoreKey
from zhendao.protocol.wording import Text

SUBJECTS = ("visit", "elder", "caregiver")
AT_ONCE = 500
"""So many keys go into one statement."""


def remove(connection: Connection, removed: Removed, table: Table, *where: ColumnElement[bool]) -> int:
    """Delete the rows of ``table`` that ``where`` finds, and note them in ``removed``; return how many."""
    keys = connection.execute(select(*table.primary_key.columns).where(*where)).all()
    if keys:
        connection.execute(delete(table).where(*where))
        removed.note(table.name, [tuple(key) for key in keys])
    return len(keys)


def parts(keys: Iterable[Any]) -> list[list[Any]]:
    """Return ``keys`` in parts that fit into one statement."""
    every = list(keys)
    return [every[at : at + AT_ONCE] for at in range(0, len(every), AT_ONCE)]


class Receipts:
    """Writes receipts under the gateway's key."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def write(
        self, connection: Connection, kind: str, rule: str, before_ms: int, removed: Removed, now_ms: int
    ) -> Receipt | None:
        """Add the receipt of what was ``removed``; None where that is nothing."""
        if not removed.names:
            return None
        last = connection.execute(
            select(DELETIONS.c.id, DELETIONS.c.document).order_by(DELETIONS.c.id.desc()).limit(1)
        ).one_or_none()
        number, previous = (1, NOTHING) if last is None else (last.id + 1, link_of(last.document))
        receipt = Receipt(
            number, self._keyring.tenant, kind, rule, before_ms, dict(sorted(removed.rows.items())),
            removed.digest.hex(), now_ms, previous,
        )  # fmt: skip
        certificate = self._keyring.certificate
        document, signature = signed(receipt, self._keyring.signing_key, certificate.id)
        connection.execute(
            insert(DELETIONS).values(
                id=number, kind=kind, rows=len(removed.names), at_ms=now_ms, document=document, signature=signature,
                suite=certificate.suite.id, certificate_id=certificate.id,
            )
        )  # fmt: skip
        return receipt


@dataclass(frozen=True, slots=True)
class Hold:
    """Something that must be kept until a person ends it; ``what``: one of `SUBJECTS`, ``key``: its id."""

    id: int
    what: str
    key: str
    why: str
    by: str
    from_ms: int
    ended_ms: int | None


class Holds:
    """What must be kept; ``key`` seals why."""

    def __init__(self, key: StoreKey) -> None:
        self._key = key.of("cases")

    def add(self, connection: Connection, what: str, key: str, why: str, by: str, now_ms: int) -> None:
        """Keep ``what`` named ``key`` from now on; again, where it is held already, changes nothing."""
        held = (HOLDS.c.what == what, HOLDS.c.key == key, HOLDS.c.ended_ms.is_(None))
        if connection.execute(select(HOLDS.c.id).where(*held)).first() is None:
            sealed = self._key.seal(why.encode(), of_hold(what, key))
            connection.execute(insert(HOLDS).values(what=what, key=key, why=sealed, by=by[:64], from_ms=now_ms))

    def end(self, connection: Connection, number: int, by: str, now_ms: int) -> None:
        """End the hold ``number``. Raises `RetentionError` where there is none that stands."""
        stands = update(HOLDS).where(HOLDS.c.id == number, HOLDS.c.ended_ms.is_(None))
        if connection.execute(stands.values(ended_ms=now_ms, ended_by=by[:64])).rowcount != 1:
            raise RetentionError(
                Text(f"没有生效中的保留 {number}", f"there is no hold {number} that stands"),
                Text("见 retention holds", "see retention holds"),
            )

    def all(self, connection: Connection) -> list[Hold]:
        """Return every hold, those that were ended too. Raises `CryptoError`."""
        return [
            Hold(row.id, row.what, row.key, self._key.open(row.why, of_hold(row.what, row.key)).decode(), row.by,
                 row.from_ms, row.ended_ms)
            for row in connection.execute(select(HOLDS).order_by(HOLDS.c.id))
        ]  # fmt: skip


def held_keys(connection: Connection, what: str) -> set[str]:
    """Return the ids of those ``what`` that must be kept."""
    query = select(HOLDS.c.key).where(HOLDS.c.what == what, HOLDS.c.ended_ms.is_(None))
    return set(connection.execute(query).scalars())
