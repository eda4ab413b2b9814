"""What an office keeps about organisations and papers: licences, capacities, certificates, agreements, granted hours.

Some of it is not in order, at stated rates: that is no fraud, and stands in the truth as what the office could see.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from zhendao.simulators.city.making import served_by
from zhendao.simulators.city.services import LIVING
from zhendao.simulators.city.visits import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zhendao.simulators.city.model import Bond, City
    from zhendao.simulators.world.engine.chance import Chance

_OVER: Final = 110
"""Of a thousand organisations, those that have taken on more elders than they may (at least one)."""
_UNLICENSED: Final = 60
_ENDING: Final = 60
"""Of a thousand organisations, those whose licence ends with the first day or the second."""
_EXPIRED: Final = 10
"""Of a thousand caregivers, those whose health certificate ran out some days ago, or runs out in the first week."""
_RESIDENTS: Final = (9_000, 32_000)
_YEAR: Final = 365 * DAY_MS
_WEEKS_A_MONTH: Final = 5
_OCCUPATIONS: Final = (*("carer",) * 7, "nurse", "therapist", "other")
_ABILITIES: Final = ("independent", "assisted", "assisted", "dependent")
_PAYERS: Final = ("free", "reduced", "self-paid", "self-paid")

Row = dict[str, Any]


@dataclass(slots=True)
class Office:
    """The rows of the office's own tables, and what of them is not in order."""

    organisations: list[Row] = field(default_factory=list)
    certificates: list[Row] = field(default_factory=list)
    people: dict[str, Row] = field(default_factory=dict)
    """More columns of caregivers and elders, by their number."""
    regions: list[Row] = field(default_factory=list)
    over_capacity: list[str] = field(default_factory=list)
    unlicensed: list[str] = field(default_factory=list)
    expired: list[str] = field(default_factory=list)
    marked_wrong: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, list[str]]:
        """Return what is not in order, for `truth.json`."""
        return {
            "over_capacity": self.over_capacity, "unlicensed": self.unlicensed, "health_certificate": self.expired,
            "marked_wrong": self.marked_wrong,
        }  # fmt: skip


def open_office(city: City, start_ms: int, chance: Chance) -> Office:
    """Return what the office knows when the city's first day begins at ``start_ms`` (UTC ms)."""
    office = Office()
    office.regions = [{"region": "徐汇", "level": 2}]
    for name in city.regions:
        office.regions.append(
            {"region": name, "level": 3, "parent": "徐汇", "residents": chance.child(name).between(*_RESIDENTS)}
        )
    _organisations(city, office, start_ms, chance.child("organisations"))
    for caregiver in city.caregivers:
        _papers(caregiver.caregiver_id, caregiver.organisation.region, office, start_ms, chance)
    office.marked_wrong = [one.elder_id for one in city.elders if one.place.marked_wrong]
    for elder in city.elders:
        dice = chance.child(elder.elder_id)
        office.people[elder.elder_id] = {
            "ability": dice.pick(_ABILITIES), "payer": dice.pick(_PAYERS), "household": elder.place.region,
        }  # fmt: skip
    return office


def bindings(city: City, start_ms: int) -> Iterator[Row]:
    """Give who is to care for whom; ``start_ms``: the first day, UTC ms."""
    pairs = {(bond.caregiver.caregiver_id, bond.elder.elder_id): bond for bond in _bonds(city)}
    for (caregiver_id, elder_id), bond in pairs.items():
        yield {"caregiver_id": caregiver_id, "elder_id": elder_id} | held(bond, start_ms)


def held(bond: Bond, start_ms: int) -> Row:
    """Return from when to when an agreement holds, where it does not all the time."""
    row: Row = {}
    if bond.since is not None:
        row["valid_from"] = start_ms + bond.since * DAY_MS
    if bond.until is not None:
        row["valid_to"] = start_ms + bond.until * DAY_MS
    return row


def agreements(city: City) -> Iterator[Row]:
    """Give which organisation has taken on which elder."""
    for number, elder in enumerate(city.elders):
        organisation = city.organisations[served_by(number, city)]
        yield {"elder_id": elder.elder_id, "organisation": organisation.organisation_id}


def authorisations(city: City) -> Iterator[Row]:
    """Give the hours that are granted: what is booked in a month of five weeks, at the service's most."""
    granted: dict[tuple[str, str], tuple[int, int]] = {}
    for bond in (one for one in _bonds(city) if one.service is not LIVING and one.since is None):
        times = bond.days.bit_count() * (1 if bond.second_m is None else 2) * _WEEKS_A_MONTH
        key = bond.elder.elder_id, bond.service.code
        amount_s, before = granted.get(key, (0, 0))
        granted[key] = amount_s + times * bond.service.max_m * 60, before + times
    for (elder_id, code), (amount_s, times) in granted.items():
        yield {"elder_id": elder_id, "code": code, "amount_s": amount_s, "period": "month", "times": times}


def _bonds(city: City) -> Iterator[Bond]:
    return (bond for of_one in city.rounds for bond in of_one)


def _organisations(city: City, office: Office, start_ms: int, chance: Chance) -> None:
    served = [0] * len(city.organisations)
    for number in range(len(city.elders)):
        served[served_by(number, city)] += 1
    over = max(1, len(city.organisations) * _OVER // 1000)
    crowded = chance.shuffled(city.organisations)[:over]
    for one, elders in zip(city.organisations, served, strict=True):
        dice = chance.child(one.organisation_id)
        capacity = elders * (dice.between(88, 97) if one in crowded else dice.between(102, 130)) // 100
        unlicensed = dice.likely(_UNLICENSED)
        licensed_to = start_ms - dice.between(3, 50) * DAY_MS if unlicensed else start_ms + dice.between(1, 3) * _YEAR
        soon = dice.child("licence")
        if not unlicensed and soon.likely(_ENDING):
            unlicensed, licensed_to = True, start_ms + soon.between(1, 2) * DAY_MS
        office.organisations.append({
            "organisation": one.organisation_id, "title": one.title, "type": "home-care", "region": one.region,
            "place_id": one.place.place_id, "address": one.place.address, "capacity": capacity,
            "licence": f"沪养备 2024-{dice.between(100, 999)}", "licensed_to": licensed_to,
        })  # fmt: skip
        if capacity < elders:
            office.over_capacity.append(one.organisation_id)
        if unlicensed:
            office.unlicensed.append(one.organisation_id)


def _papers(caregiver_id: str, region: str, office: Office, start_ms: int, chance: Chance) -> None:
    dice = chance.child(caregiver_id)
    occupation = dice.pick(_OCCUPATIONS)
    office.people[caregiver_id] = {
        "region": region, "user_type": "护理员", "occupation": occupation, "source_check": "一致",
        "employed_on": f"{dice.between(2019, 2025)}-{dice.between(1, 12):02}-01", "employment": "全职",
    }  # fmt: skip
    expired = dice.likely(_EXPIRED)
    health_to = start_ms + (dice.between(-20, 5) * DAY_MS if expired else dice.between(30, 330) * DAY_MS)
    if expired:
        office.expired.append(caregiver_id)
    papers: list[tuple[str, int, int | None]] = [
        ("identity", start_ms - 3 * _YEAR, start_ms + 9 * _YEAR),
        ("health", health_to - _YEAR, health_to),
    ]
    if occupation != "other":
        papers.append(("skill" if occupation == "carer" else "qualification", start_ms - 2 * _YEAR, None))
    for kind, since_ms, until_ms in papers:
        office.certificates.append(
            {"caregiver_id": caregiver_id, "kind": kind, "valid_from": since_ms, "valid_to": until_ms}
        )
