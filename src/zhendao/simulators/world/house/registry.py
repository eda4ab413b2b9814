"""The registry of a world's gateway: homes, elders, caregivers, their tags and services, as its town has them.

It goes into the store the way a load does, row by row checked and sealed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from zhendao.command.roster.check import Row
from zhendao.command.roster.sheets import BY_NAME
from zhendao.gateway.registry.book import Book
from zhendao.protocol.vocabulary import Datum, Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from zhendao.gateway.store.sealing import StoreKey
    from zhendao.simulators.world.people.people import Tag, Town

RADIUS_M = 100
"""How far from the surveyed point a check-in is expected."""
SURVEY_M = 5
"""What the survey of a home may err by (95 %)."""
SERVICE, LEAST_S, MOST_S = "care", 1_800, 4 * 3_600
_DAY_MS = 86_400_000
_YEAR_MS = 366 * _DAY_MS


class TownRegistry:
    """Writes the registry of ``town`` into a store; ``devices`` are its terminals by their number."""

    def __init__(self, town: Town, devices: Sequence[bytes], tenant: str, start_ms: int) -> None:
        self._town, self._devices, self._tenant = town, devices, tenant
        self._from_ms, self._now_ms = start_ms - _YEAR_MS, start_ms

    def __call__(self, connection: Connection, store_key: StoreKey) -> None:
        """Load it in the caller's transaction."""
        book = Book(store_key)
        plan = book.plan(connection, list(self._rows()), replace=True)
        book.carry_out(connection, plan, source="town", now_ms=self._now_ms)

    def _rows(self) -> Iterator[Row]:
        yield self._row("tenants", tenant=self._tenant)
        yield self._row("services", code=SERVICE, min_s=LEAST_S, max_s=MOST_S)
        for home, device in zip(self._town.homes, self._devices, strict=True):
            place, elder = f"P-{home.terminal}", f"E-{home.terminal}"
            yield self._row(
                "places", place_id=place, lat_e7=home.lat_e7, lon_e7=home.lon_e7, datum=Datum.WGS84,
                radius_m=RADIUS_M, accuracy_m=SURVEY_M,
            )  # fmt: skip
            yield self._row("elders", elder_id=elder, name=home.elder, place_id=place, care_level="orange")
            yield self._tag(home.door, Role.DOOR, place)
            yield self._row(
                "terminals", device=device, placement=home.placement, place_id=place, elder_id=elder,
                door_token_id=home.door.token_id,
            )  # fmt: skip
        for one in self._town.caregivers:
            name = f"C-{one.number}"
            yield self._row("caregivers", caregiver_id=name, name=one.name, organisation="ORG-1")
            yield self._tag(one.card, Role.CAREGIVER, name)
            for terminal in one.knows:
                yield self._row("schedules", elder_id=f"E-{terminal}", caregiver_id=name, code=SERVICE)
        for tag in self._town.revoked():  # ended: the gateway puts it on the blocklist
            row = self._tag(tag, Role.CAREGIVER, "C-0")
            yield replace(row, values={**row.values, "valid_to": self._now_ms - _DAY_MS})

    def _tag(self, tag: Tag, role: Role, holder: str) -> Row:
        return self._row("tokens", token_id=tag.token_id, uid=tag.uid, role=role, holder_id=holder)

    def _row(self, sheet_name: str, **values: Any) -> Row:
        sheet = BY_NAME[sheet_name]
        said = {column.name: values.get(column.name) for column in sheet.columns}
        return Row(sheet, said | {"tenant": self._tenant, "valid_from": self._from_ms, "valid_to": None})
