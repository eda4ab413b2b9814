"""Certified caregivers for every 10,000 elders by household register, of each region and month. Pure.

Promise: counted is who counts (`counted`) and has a valid month; a region counts all that lies in it. rule: PER-10K
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from zhendao.gateway.judging.days import Period
from zhendao.gateway.registry.snapshot import Registry

_EPOCH: Final = date(1970, 1, 1)
_DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class PerTenThousand:
    """``caregivers`` of ``region`` for ``residents``; ``hundredths`` of a caregiver for 10,000, to the nearest."""

    month: str
    region: str
    caregivers: int
    residents: int
    hundredths: int

    def as_json(self) -> dict[str, Any]:
        """Return it as `judge` writes it."""
        return {name: getattr(self, name) for name in self.__slots__}


def per_10k_of(periods: Iterable[Period], registry: Registry, as_of_ms: int, offset_ms: int) -> list[PerTenThousand]:
    """Return the figure of each month in ``periods`` for each region whose elders are written down, in one order.

    The registry counts as it was at the end of the month, or at ``as_of_ms`` (UTC ms) where that is earlier.
    """
    months: dict[str, list[Period]] = {}
    for one in periods:
        if "W" not in one.period:
            months.setdefault(one.period, []).append(one)
    found = []
    for month, several in sorted(months.items()):
        at_ms = min(_end_ms(month, offset_ms) - 1, as_of_ms)
        counts = counts_of(several, registry, at_ms)
        for place in registry.standing.regions_at(at_ms):
            if place.residents:
                count = counts.get(place.region, 0)
                found.append(
                    PerTenThousand(month, place.region, count, place.residents, hundredths(count, place.residents))
                )
    return found


def counts_of(periods: Iterable[Period], registry: Registry, at_ms: int) -> dict[str, int]:
    """Return how many of ``periods``, all of one month, count for each region; a region counts all that lies in it.

    The registry counts as it was at ``at_ms`` (UTC ms).
    """
    counts: dict[str, int] = {}
    for one in periods:
        region = region_of(one.caregiver_id, registry, at_ms) if one.valid and one.uncounted is None else None
        for name in () if region is None else registry.standing.regions_from(region, at_ms):
            counts[name] = counts.get(name, 0) + 1
    return counts


def hundredths(caregivers: int, residents: int) -> int:
    """Return so many for 10,000 ``residents`` (at least 1), in hundredths, to the nearest, halves up."""
    return (caregivers * 1_000_000 * 2 + residents) // (2 * residents)


def region_of(caregiver_id: str, registry: Registry, at_ms: int) -> str | None:
    """Return where a caregiver counts: her own region, else that of her organisation."""
    who = registry.caregiver(caregiver_id, at_ms)
    if who is None or who.region is not None or who.organisation is None:
        return None if who is None else who.region
    firm = registry.standing.organisation(who.organisation, at_ms)
    return None if firm is None else firm.region


def _end_ms(month: str, offset_ms: int) -> int:
    after = (date.fromisoformat(f"{month}-01") + timedelta(days=32)).replace(day=1)
    return (after - _EPOCH).days * _DAY_MS - offset_ms
