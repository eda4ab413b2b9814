"""Caregivers as a report may name them: masked, unless whoever asks wants them whole and is written down for it.

Promise: whoever was registered at any moment of the days asked for is there, as the last row of those days has it.
rule: RECORD-LIST (names ``*婉``, phones ``135********``), PIPL
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from zhendao.command.roster.check import Row
from zhendao.command.roster.choices import OCCUPATIONS, SEXES
from zhendao.command.roster.sheets import BY_NAME
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.masking import mask
from zhendao.gateway.registry.snapshot import Caregiver


@dataclass(frozen=True, slots=True)
class Person:
    """A caregiver of the registry with what is personal."""

    who: Caregiver
    name: str
    phone: str | None
    sex: str | None
    born: str | None

    @property
    def kind(self) -> str:
        """人员类型: what the registry says of it, else the occupation."""
        if self.who.user_type is not None:
            return self.who.user_type
        return "" if self.who.occupation is None else OCCUPATIONS.word(self.who.occupation, "zh")

    @property
    def sex_title(self) -> str:
        """性别, in one word."""
        return "" if self.sex is None else SEXES.word(self.sex, "zh")

    def age(self, on: date) -> int | None:
        """Return the full years on that day; None where no birthday is registered, or it is still to come."""
        if self.born is None:
            return None
        born = date.fromisoformat(self.born)
        years = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
        return years if years >= 0 else None

    def named(self, *, unmasked: bool) -> tuple[str, str]:
        """Return name and phone as they may be shown."""
        return veiled(self.name, self.phone, unmasked=unmasked)


def veiled(name: str | None, phone: str | None, *, unmasked: bool) -> tuple[str, str]:
    """Return a name and a phone as they may be shown."""
    found = name or "", phone or ""
    return found if unmasked else (mask("name", found[0]), mask("phone", found[1]))


def person_of(values: Mapping[str, Any]) -> Person:
    """Return the caregiver that a row of the registry is about."""
    who = Caregiver(
        values["caregiver_id"],
        values["tenant"],
        values["organisation"],
        values["region"],
        values["user_type"],
        values["occupation"],
        values["employed_on"],
    )
    return Person(who, values["name"], values["phone"], values["sex"], values["born"])


def people(connection: Connection, book: Book, from_ms: int, until_ms: int) -> dict[str, Person]:
    """Return whoever was registered from ``from_ms`` to before ``until_ms`` (UTC ms), by number, in their order."""
    return {number: person_of(row.values) for number, row in sorted(last_rows(connection, book, from_ms, until_ms))}


def last_rows(connection: Connection, book: Book, from_ms: int, until_ms: int) -> list[tuple[str, Row]]:
    """Return of each caregiver the last row that holds between those moments, in no order."""
    return list(_last(book.whole(connection, BY_NAME["caregivers"], None), from_ms, until_ms).items())


def _last(rows: Iterable[Row], from_ms: int, until_ms: int) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for row in rows:
        begins, ends = row.values["valid_from"], row.values["valid_to"]
        if begins >= until_ms or (ends is not None and ends <= from_ms):
            continue
        known = found.get(row.values["caregiver_id"])
        if known is None or known.values["valid_from"] < begins:
            found[row.values["caregiver_id"]] = row
    return found


def names_at(
    connection: Connection, book: Book, at_ms: int, wanted: Collection[tuple[str, str]]
) -> dict[tuple[str, str], tuple[str, str | None]]:
    """Return name and phone, as of ``at_ms`` (UTC ms), of whoever is ``wanted``: ("elder", number) or "caregiver"."""
    found = {}
    for what, sheet in (("elder", "elders"), ("caregiver", "caregivers")):
        if any(one == what for one, _ in wanted):
            for row in book.whole(connection, BY_NAME[sheet], at_ms):
                name = what, str(row.values[f"{what}_id"])
                if name in wanted:
                    found[name] = str(row.values["name"]), row.values["phone"]
    return found
