"""Which organisations may be offered new elders, as the registry is at a moment. Pure.

Promise: one that has taken on as many elders as it may, or more, is offered none until it is below again; where no
capacity is written down it may be offered any. rule: SUPPLY
"""

from dataclasses import dataclass
from typing import Any

from zhendao.gateway.registry.snapshot import Registry


@dataclass(frozen=True, slots=True)
class Supply:
    """An organisation: how many ``elders`` it has taken on of its ``capacity``, and why it may be offered none.

    ``barred``: ``over``, ``full``, ``unlicensed``; None: it may be offered elders.
    """

    organisation: str
    capacity: int | None
    elders: int
    barred: str | None

    def as_json(self) -> dict[str, Any]:
        """Return it as `judge` writes it."""
        return {
            "organisation": self.organisation,
            "capacity": self.capacity,
            "elders": self.elders,
            "offered": self.barred is None,
            "barred": self.barred,
        }


def supply_of(registry: Registry, at_ms: int) -> list[Supply]:
    """Return every organisation that is registered at ``at_ms`` (UTC ms), in the order of their numbers."""
    found = []
    for firm in registry.standing.organisations_at(at_ms):
        elders = len(set(registry.standing.elders_of(firm.organisation, at_ms)))
        barred = None
        if firm.capacity is not None and elders >= firm.capacity:
            barred = "over" if elders > firm.capacity else "full"
        elif firm.is_licensed(at_ms) is False:
            barred = "unlicensed"
        found.append(Supply(firm.organisation, firm.capacity, elders, barred))
    return sorted(found, key=lambda one: one.organisation)
