"""The families of receivers that can be set up, by the name that the command takes. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from zhendao.device.gnss.setup import casic, ublox, unicore

if TYPE_CHECKING:
    from collections.abc import Collection

    from zhendao.device.gnss.setup.steps import Plan


class Planner(Protocol):
    """Makes the plan of one family."""

    def __call__(self, baud: int, *, change: bool) -> Plan:
        """Return the steps for a line at ``baud``; ``change``: it is at another rate now."""
        ...


@dataclass(frozen=True, slots=True)
class Module:
    """A family: at which rates it speaks, and how it is set up."""

    bauds: Collection[int]
    plan: Planner


MODULES: dict[str, Module] = {
    "atgm336h": Module(casic.BAUDS, casic.plan),
    "l76k": Module(casic.BAUDS, casic.plan),
    "ublox-m8": Module(ublox.BAUDS, ublox.plan_m8),
    "ublox-m10": Module(ublox.BAUDS, ublox.plan_m10),
    "um220": Module(unicore.BAUDS, unicore.plan),
}
