"""The registry of the city, as the tables of docs/registry.md: what an office would know, and nothing more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from zhendao.command.roster.check import Row
from zhendao.command.roster.sheets import BY_NAME
from zhendao.command.roster.writing import table
from zhendao.protocol.vocabulary import Placement, Role
from zhendao.simulators.city.office import agreements, authorisations, bindings, held
from zhendao.simulators.city.services import ALL, LIVING
from zhendao.simulators.city.visits import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from zhendao.simulators.city.changes import Changes
    from zhendao.simulators.city.model import City, Token
    from zhendao.simulators.city.office import Office

_SINCE_MS: Final = 60 * DAY_MS
"""Everything holds since so long before the first day."""
TENANT: Final = "xuhui"
_HOUR_M: Final = 60
_AROUND_M: Final = 15
"""Somebody is expected a quarter of an hour before and after what is booked."""


def write_registry(city: City, office: Office, changes: Changes, folder: Path, start_ms: int) -> None:
    """Write every table of the city's registry into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    since = {"valid_from": start_ms - _SINCE_MS, "tenant": TENANT}
    for name, rows in _tables(city, office, changes, start_ms):
        sheet = BY_NAME[name]
        empty: dict[str, Any] = dict.fromkeys(column.name for column in sheet.columns)
        made = (Row(sheet, empty | since | row) for row in rows)
        (folder / f"{name}.csv").write_bytes(table(sheet, made))


def write_policy(path: Path) -> None:
    """Write the policy that goes with the registry: what a table of services has no column for."""
    told = [f'[[service]]\ncode = "{one.code}"\nrecheck_s = {one.recheck_m * 60}\n' for one in ALL if one.recheck_m]
    path.write_text("\n".join(told), encoding="utf-8", newline="\n")


def _tables(
    city: City, office: Office, changes: Changes, start_ms: int
) -> Iterator[tuple[str, Iterable[dict[str, Any]]]]:
    yield "tenants", [{"title": "居家养老服务智慧监管"}]
    yield "regions", office.regions
    yield "places", _places(city)
    yield "organisations", office.organisations
    yield "elders", (
        {"elder_id": one.elder_id, "name": one.name, "phone": one.phone, "place_id": one.place.place_id,
         "care_level": one.level} | office.people[one.elder_id] for one in city.elders
    )  # fmt: skip
    yield "caregivers", (
        {"caregiver_id": one.caregiver_id, "name": one.name, "phone": one.phone,
         "organisation": one.organisation.organisation_id} | office.people[one.caregiver_id]
        for one in city.caregivers
    )  # fmt: skip
    yield "certificates", office.certificates
    yield "bindings", bindings(city, start_ms)
    yield "agreements", agreements(city)
    yield "tokens", _tokens(city, changes)
    yield "terminals", _terminals(city, changes)
    yield "blocklist", _lost(changes)
    yield (
        "services",
        (
            {
                "code": one.code,
                "title": one.title,
                "min_s": one.min_m * 60,
                "max_s": one.max_m * 60,
                "profile": one.profile,
            }
            for one in ALL
        ),
    )
    yield "schedules", _schedules(city, start_ms)
    yield "authorisations", authorisations(city)


def _places(city: City) -> Iterator[dict[str, Any]]:
    places = [*(one.place for one in city.organisations), *(one.place for one in city.elders)]
    for one in {one.place_id: one for one in places}.values():
        yield {
            "place_id": one.place_id, "lat_e7": one.lat_e7, "lon_e7": one.lon_e7, "datum": one.datum,
            "radius_m": one.radius_m, "accuracy_m": one.accuracy_m, "region": one.region, "address": one.address,
        }  # fmt: skip


def _tokens(city: City, changes: Changes) -> Iterator[dict[str, Any]]:
    for elder in city.elders:
        yield from _renewable(elder.door, Role.DOOR, elder.place.place_id, changes)
    for caregiver in city.caregivers:
        yield from _renewable(caregiver.card, Role.CAREGIVER, caregiver.caregiver_id, changes)
        yield _token(caregiver.spare, Role.CAREGIVER, caregiver.caregiver_id)


def _renewable(token: Token, role: Role, holder: str, changes: Changes) -> Iterator[dict[str, Any]]:
    made = changes.tokens.get(token.uid)
    if made is None:
        yield _token(token, role, holder)
    else:
        yield _token(token, role, holder) | {"valid_to": made.from_ms}
        yield _token(made.new, role, holder) | {"valid_from": made.from_ms}


def _lost(changes: Changes) -> Iterator[dict[str, Any]]:
    for made in changes.cards.values():
        number = made.old.token_id or made.old.uid
        yield {"number": number, "reason": "lost", "valid_from": made.from_ms}


def _token(token: Token, role: Role, holder: str) -> dict[str, Any]:
    return {"token_id": token.token_id, "uid": token.uid, "role": role, "holder_id": holder}


def _terminals(city: City, changes: Changes) -> Iterator[dict[str, Any]]:
    at_home = {one.terminal.number: one for one in city.elders if one.terminal is not None}
    at_home |= {one.new.number: one.elder for one in changes.exchanged}
    for terminal in city.terminals:
        elder = at_home.get(terminal.number)
        row = {
            "device": terminal.device, "placement": terminal.placement,
            "place_id": terminal.place.place_id if terminal.place is not None else None,
            "elder_id": elder.elder_id if elder is not None else None,
            "door_token_id": elder.door.token_id if elder is not None else None,
        }  # fmt: skip
        made = changes.doors.get(elder.elder_id) if elder is not None else None
        exchanged = changes.terminals.get(terminal.number)
        if exchanged is not None:
            yield row | {"valid_from" if terminal is exchanged.new else "valid_to": exchanged.at_ms}
        elif made is None:
            yield row
        else:
            yield row | {"valid_to": made.from_ms}
            yield row | {"valid_from": made.from_ms, "door_token_id": made.new.token_id}
        if terminal.placement is Placement.HOME and elder is None:
            raise ValueError("a terminal hangs in nobody's home")


def _schedules(city: City, start_ms: int) -> Iterator[dict[str, Any]]:
    for bond in (one for of_one in city.rounds for one in of_one):
        twice = bond.second_m is not None
        for slot, begin_m in (("午" if twice else bond.slot, bond.begin_m), ("晚", bond.second_m)):
            if begin_m is not None:
                yield {
                    "elder_id": bond.elder.elder_id, "caregiver_id": bond.caregiver.caregiver_id,
                    "code": bond.service.code, "slot": slot, "days": bond.days,
                    "hours": None if bond.service is LIVING else _hours(begin_m, begin_m + bond.minutes),
                } | held(bond, start_ms)  # fmt: skip


def _hours(begin_m: int, end_m: int) -> str:
    begin, end = (begin_m - _AROUND_M), (end_m + _AROUND_M) % (24 * _HOUR_M)
    return f"{begin // _HOUR_M:02}:{begin % _HOUR_M:02}-{end // _HOUR_M:02}:{end % _HOUR_M:02}"
