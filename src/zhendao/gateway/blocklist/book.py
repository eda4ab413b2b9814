"""What people enter on the blocklist and take off it again: kept for ever, what was said sealed under the store key.

rule: BLOCKLIST: a person is barred for life, after 街道, 民政 and 公安 confirmed it together; without the record of all
three nobody is entered.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, select, update

from zhendao.command.atrest.catalogue import of_entry
from zhendao.gateway.blocklist.tables import entries
from zhendao.gateway.errors import GatewayError
from zhendao.gateway.registry.tables import TABLES
from zhendao.gateway.store.sealing import StoreKey
from zhendao.protocol.vocabulary import Role
from zhendao.protocol.wording import Text

REASONS: Final = ("lost", "revoked", "barred")
OFFICES: Final = ("street", "civil", "police")
"""街道, 民政, 公安: who confirm together that somebody is barred."""


class BlocklistError(GatewayError):
    """What is asked for cannot be entered, or is not there."""

    code = "blocklist"


@dataclass(frozen=True, slots=True)
class Entered:
    """One entry as people see it; times are UTC ms."""

    id: int
    number: bytes | None
    person: str | None
    reason: str
    said: Mapping[str, str]
    by: str
    added_ms: int
    ended_ms: int | None
    ended_by: str | None


class Blockings:
    """Reads and writes entries, in the caller's transaction."""

    def __init__(self, key: StoreKey) -> None:
        self._key = key.of("blocklist")

    def add(
        self,
        connection: Connection,
        *,
        number: bytes | None,
        person: str | None,
        reason: str,
        said: Mapping[str, str],
        by: str,
        now_ms: int,
    ) -> int:
        """Enter a token id, a uid, or a person who holds tokens; return the entry's number.

        Raises `BlocklistError` if it is there already, the person holds none, or the confirmations are not complete.
        """
        missing = [office for office in OFFICES if reason == "barred" and not said.get(office)]
        if (reason == "barred") is not (person is not None) or missing:
            raise BlocklistError(
                Text(
                    "禁入须指明人员，并有街道、民政、公安三方记录", "to bar somebody takes a person and three records"
                ),
                Text(
                    "--person 编号 --reason barred --street … --civil … --police …",
                    "--person ID --reason barred --street … --civil … --police …",
                ),
            )
        if person is not None:
            held = select(TABLES["tokens"].c.id).where(
                TABLES["tokens"].c.holder_id == person, TABLES["tokens"].c.role != int(Role.DOOR)
            )
            known = select(TABLES["caregivers"].c.id).where(TABLES["caregivers"].c.caregiver_id == person)
            if connection.execute(held).first() is None and connection.execute(known).first() is None:
                raise BlocklistError(
                    Text(f"登记中没有 {person}", f"the registry knows no {person}"),
                    Text("先用 registry show 核对编号", "look up the id with registry show"),
                )
        there = select(entries.c.id).where(
            entries.c.number == number if number is not None else entries.c.person == person,
            entries.c.ended_ms.is_(None),
        )
        found = connection.execute(there).scalar()
        if found is not None:
            raise BlocklistError(Text(f"已在名单上（第 {found} 项）", f"it is on the list already (entry {found})"))
        made = connection.execute(
            insert(entries).values(
                number=number,
                person=person,
                reason=reason,
                said=self._seal(said, of_entry(now_ms, number, person, "said")),
                by=by[:64],
                added_ms=now_ms,
            )
        ).inserted_primary_key
        return int(made[0]) if made is not None else 0

    def end(self, connection: Connection, entry: int, *, note: str, by: str, now_ms: int) -> None:
        """Take an entry off the list; it stays known. Raises `BlocklistError` if there is none that holds."""
        stands = (entries.c.id == entry, entries.c.ended_ms.is_(None))
        row = connection.execute(select(entries.c.added_ms, entries.c.number, entries.c.person).where(*stands)).first()
        if row is not None:
            said = self._seal({"note": note}, of_entry(*row, "ended_said"))
            ended = {"ended_ms": now_ms, "ended_by": by[:64], "ended_said": said}
            connection.execute(update(entries).where(*stands).values(ended))
        else:
            raise BlocklistError(
                Text(f"名单上没有第 {entry} 项", f"there is no entry {entry} on the list"),
                Text("用 blocklist ls 查看", "see blocklist ls"),
            )

    def all(self, connection: Connection, *, ended: bool) -> list[Entered]:
        """Return the entries that hold, with ``ended`` all that ever did, oldest first."""
        query = select(entries).order_by(entries.c.id)
        rows = connection.execute(query if ended else query.where(entries.c.ended_ms.is_(None)))
        return [self._entered(row) for row in rows]

    def _entered(self, row: Row[Any]) -> Entered:
        said = self._opened(row, "said")
        if row.ended_said is not None:
            said |= {"ended": self._opened(row, "ended_said")["note"]}
        return Entered(
            row.id, row.number, row.person, row.reason, said, row.by, row.added_ms, row.ended_ms, row.ended_by
        )

    def _opened(self, row: Row[Any], column: str) -> dict[str, str]:
        sealed = getattr(row, column)
        if sealed is None:
            return {}
        bound_to = of_entry(row.added_ms, row.number, row.person, column)
        said: dict[str, str] = json.loads(self._key.open(sealed, bound_to, _BOUND))
        return said

    def _seal(self, said: Mapping[str, str], bound_to: bytes) -> bytes | None:
        kept = {name: text for name, text in said.items() if text}
        return self._key.seal(json.dumps(kept, ensure_ascii=False).encode(), bound_to) if kept else None


_BOUND: Final = b"blocklist entry"
"""What entries of before there were data keys are bound to."""
