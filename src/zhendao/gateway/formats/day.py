"""A day of visits in a format, for looking at: what would be sent of each visit as it stands now.

Promise: nothing is sent and nothing is settled; a visit that cannot be told is named with its faults.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from sqlalchemy import Connection, select

from zhendao.gateway.formats import writing
from zhendao.gateway.formats.dossier import Dossiers
from zhendao.gateway.formats.mapping import Mapping
from zhendao.gateway.formats.telling import Fault, tell, wanted
from zhendao.gateway.formats.values import Dossier
from zhendao.gateway.forward.record import SEQUENCES
from zhendao.gateway.store.conclusions import visits

DAY_MS: Final = 86_400_000
_PEOPLE: Final = ("elder", "caregiver")


@dataclass(slots=True)
class Day:
    """What a format has of a day: ``rows`` of visits, people by kind and number, and visits that cannot be told."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    people: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    faults: list[tuple[str, tuple[Fault, ...]]] = field(default_factory=list)
    left_out: int = 0

    def content(self, mapping: Mapping) -> bytes:
        """Return it as the platform gets it; of trees one document with people and visits."""
        if mapping.shape == "rows":
            return writing.as_file(mapping, self.rows)
        whole = {f"{what}s": list(self.people.get(what, {}).values()) for what in _PEOPLE} | {"visits": self.rows}
        return orjson.dumps(whole, option=orjson.OPT_INDENT_2) + b"\n"


def dossiers_of(connection: Connection, dossiers: Dossiers, from_ms: int, until_ms: int) -> Iterator[Dossier]:
    """Give the dossiers of the visits that began, or where that is not known ended, between the moments (UTC ms)."""
    begun = visits.c.begin_ms
    there = (begun >= from_ms) & (begun < until_ms)
    ended = begun.is_(None) & (visits.c.end_ms >= from_ms) & (visits.c.end_ms < until_ms)
    query = select(visits.c.id, visits.c.record, visits.c.revision).where(there | ended).order_by(begun, visits.c.id)
    for visit_id, record, revision in connection.execute(query).all():
        yield dossiers.of(visit_id, record, revision, revision * SEQUENCES)


def made(mapping: Mapping, dossiers: Iterable[Dossier], now_ms: int) -> Day:
    """Return the day of ``dossiers`` in the words of ``mapping``."""
    day = Day()
    for found in dossiers:
        plain = {**found.plain, "batch.made": now_ms, "record.key": f"visit/{found.plain['visit.id']}"}
        dossier = Dossier(plain, found.lists)
        if not wanted(mapping, dossier):
            day.left_out += 1
            continue
        told = tell(mapping, dossier)
        persons = {what: tell(mapping, dossier, what) for what in _PEOPLE if what in mapping.fields}
        faults = [*told.faults, *(fault for one in persons.values() for fault in one.faults)]
        if faults:
            day.faults.append((plain["visit.id"], tuple(faults)))
            continue
        day.rows += told.rows
        for what, one in persons.items():
            day.people.setdefault(what, {})[plain[f"{what}.id"]] = one.rows[0]
    return day
