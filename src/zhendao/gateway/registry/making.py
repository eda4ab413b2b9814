"""From rows, out of files or out of the store, to the registry as rules see it. Pure.

Promise: the same rows make the same registry, in whatever order and from wherever they come; nothing personal goes in.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar, cast

from zhendao.command.roster.check import Row
from zhendao.command.roster.outline import corners
from zhendao.gateway.registry.snapshot import (
    Approved,
    Caregiver,
    Elder,
    Place,
    Registry,
    Schedule,
    Seat,
    Service,
    Terminal,
    Token,
)
from zhendao.gateway.registry.standing import (
    Absence,
    Agreement,
    Authorisation,
    Binding,
    Block,
    Certificate,
    FollowUp,
    MealPoint,
    Organisation,
    Region,
    Standing,
)
from zhendao.gateway.registry.validity import Valid
from zhendao.protocol.vocabulary import Datum, Placement, Role

T = TypeVar("T")
Columns = Mapping[Any, Any]
Spans = Iterable[tuple[Columns, int, int | None]]
"""The readable columns of each row, and from when to when (UTC ms) it holds."""


def _place(r: Columns) -> Place:
    outline = corners(r["outline"]) if r["outline"] else ()
    return Place(
        r["place_id"], r["lat_e7"], r["lon_e7"], Datum(r["datum"]), r["radius_m"], r["accuracy_m"], r["region"], outline
    )


def _caregiver(r: Columns) -> Caregiver:
    return Caregiver(
        r["caregiver_id"],
        r["tenant"],
        r["organisation"],
        r["region"],
        r["user_type"],
        r["occupation"],
        r["employed_on"],
    )


def _organisation(r: Columns) -> Organisation:
    return Organisation(
        r["organisation"], r["tenant"], r["type"], r["region"], r["place_id"], r["capacity"], r["licence"],
        r["licensed_to"],
    )  # fmt: skip


def _seat(r: Columns) -> Seat:
    regions = tuple(r["regions"].split("、")) if r["regions"] else ()
    return Seat(r["seat"], r["tenant"], r["rank"], r["days"], r["hours"], regions)


def _terminal(r: Columns) -> Terminal:
    return Terminal(
        r["device"], r["elder_id"], r["place_id"], Placement(r["placement"]), r["door_token_id"], r["meal_point"]
    )


def _service(r: Columns) -> Service:
    return Service(
        r["code"], r["min_s"], r["max_s"], r["times"], r["period"], r["least_s"], r["hours"], r["profile"] or "visit",
        r["staff"] or 1,
    )  # fmt: skip


_MAKE: Final[dict[str, Callable[[Columns], Any]]] = {
    "terminals": _terminal,
    "tokens": lambda r: Token(r["token_id"], r["uid"], Role(r["role"]), r["holder_id"]),
    "places": _place,
    "caregivers": _caregiver,
    "elders": lambda r: Elder(
        r["elder_id"], r["tenant"], r["place_id"], r["care_level"], r["ability"], r["payer"], r["household"],
        r["died_on"],
    ),
    "services": _service,
    "schedules": lambda r: Schedule(
        r["elder_id"], r["caregiver_id"], r["code"], r["days"], r["hours"], r["slot"]
    ),
    "seats": _seat,
    "regions": lambda r: Region(r["region"], r["level"], r["parent"], r["residents"]),
    "meal_points": lambda r: MealPoint(
        r["point"], r["tenant"], r["title"], r["kind"], r["place_code"], r["region"], r["place_id"]
    ),
    "organisations": _organisation,
    "certificates": lambda r: Certificate(r["caregiver_id"], r["kind"]),
    "bindings": lambda r: Binding(r["caregiver_id"], r["elder_id"]),
    "agreements": lambda r: Agreement(r["elder_id"], r["organisation"]),
    "authorisations": lambda r: Authorisation(r["elder_id"], r["code"], r["amount_s"], r["period"], r["times"]),
    "follow_ups": lambda r: FollowUp(r["elder_id"], r["kind"], r["done_ms"]),
    "absences": lambda r: Absence(r["caregiver_id"]),
    "approved_places": lambda r: Approved(r["elder_id"], r["place_id"]),
}  # fmt: skip


def _blocks(spans: Spans) -> Iterator[Valid[Block]]:
    """Give the entries of the blocklist, each from when it was made on. rule: BLOCKLIST."""
    for r, from_ms, to_ms in spans:
        since_ms = max(from_ms, from_ms if r["entered_ms"] is None else r["entered_ms"])
        if to_ms is None or since_ms < to_ms:
            yield Valid(Block(r["person"], r["number"], r["reason"]), since_ms, to_ms)


def registry_of(spans: Callable[[str], Spans]) -> Registry:
    """Return the registry of the rows that ``spans`` gives for each table. Raises `OverlapError`."""

    def of(name: str, kind: type[T]) -> Iterator[Valid[T]]:
        del kind
        make = cast("Callable[[Columns], T]", _MAKE[name])
        return (Valid(make(columns), from_ms, to_ms) for columns, from_ms, to_ms in spans(name))

    return Registry(
        terminals=of("terminals", Terminal),
        tokens=of("tokens", Token),
        places=of("places", Place),
        caregivers=of("caregivers", Caregiver),
        elders=of("elders", Elder),
        services=of("services", Service),
        schedules=of("schedules", Schedule),
        seats=of("seats", Seat),
        approved=of("approved_places", Approved),
        standing=Standing(
            regions=of("regions", Region),
            organisations=of("organisations", Organisation),
            meal_points=of("meal_points", MealPoint),
            certificates=of("certificates", Certificate),
            bindings=of("bindings", Binding),
            agreements=of("agreements", Agreement),
            authorisations=of("authorisations", Authorisation),
            blocks=_blocks(spans("blocklist")),
            follow_ups=of("follow_ups", FollowUp),
            absences=of("absences", Absence),
        ),
    )


def registry_of_rows(rows: Iterable[Row]) -> Registry:
    """Return the registry that ``rows`` are, as `loading.read_rows` reads them from files. Raises `OverlapError`."""
    held: dict[str, list[tuple[Columns, int, int | None]]] = {}
    for row in rows:
        values = row.values
        held.setdefault(row.sheet.name, []).append((values, values["valid_from"], values["valid_to"]))
    return registry_of(lambda name: held.get(name, ()))
