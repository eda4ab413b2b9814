"""The person that somebody asks about: how the tables of the store name him or her.

Promise: an elder is found by ``elder_id``, a caregiver by ``caregiver_id``, both as the holder of cards and on the
blocklist; the rows of the registry come opened, of all times. rule: PIPL
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Table, or_, select

from zhendao.command.roster.check import Row
from zhendao.command.roster.sheets import SHEETS, Sheet
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.tables import TABLES
from zhendao.gateway.store.conclusions import visits
from zhendao.protocol.errors import CryptoError
from zhendao.protocol.vocabulary import Role

What = Literal["elder", "caregiver"]
_HELD = {"elder": Role.ELDER, "caregiver": Role.CAREGIVER}


@dataclass(frozen=True, slots=True)
class Subject:
    """A person by kind and id."""

    what: What
    key: str

    @property
    def column(self) -> str:
        """How the person's own column is called."""
        return f"{self.what}_id"

    @property
    def visits(self) -> ColumnElement[bool]:
        """The condition of the person's visits."""
        return visits.c[self.column] == self.key

    def rows_of(self, table: Table) -> ColumnElement[bool] | None:
        """Return the condition of the person's rows in a table of the registry; None where it names nobody."""
        if self.column in table.c:
            return table.c[self.column] == self.key
        if "holder_id" in table.c:
            return (table.c.holder_id == self.key) & (table.c.role == int(_HELD[self.what]))
        if "person" in table.c:
            return table.c.person == self.key
        return None


def registered(connection: Connection, book: Book, subject: Subject) -> Iterator[tuple[Sheet, int, Row]]:
    """Give the person's rows of the registry with their ids, opened, and those of the places that they name."""
    places: set[str] = set()
    for sheet in SHEETS:
        here = subject.rows_of(TABLES[sheet.name])
        if here is None:
            continue
        for number, row in _rows(connection, book, sheet, here):
            place = row.values.get("place_id")
            if place and subject.what == "elder":
                places.add(place)
            yield sheet, number, row
    (sheet,) = (one for one in SHEETS if one.name == "places")
    table = TABLES["places"]
    for number, row in _rows(connection, book, sheet, or_(table.c.place_id.in_(sorted(places)))):
        yield sheet, number, row


def _rows(connection: Connection, book: Book, sheet: Sheet, here: ColumnElement[bool]) -> Iterator[tuple[int, Row]]:
    table = TABLES[sheet.name]
    for record in connection.execute(select(table).where(here).order_by(table.c.id)).mappings():
        values: dict[str, Any] = {one.name: record[one.name] for one in sheet.own if not one.name.startswith("valid_")}
        row = Row(sheet, values | {"valid_from": record["from_ms"], "valid_to": record["to_ms"]})
        blank = {one.name: None for one in sheet.personal}
        try:
            personal = book.personal(row, record["personal"])
        except CryptoError:  # altered: it is told, and can be erased
            personal = {"unreadable": True}
        yield record["id"], Row(sheet, {**blank, **row.values, **personal})
