"""Who answers for what happened: the organisation of the caregiver then, else that of the elder, else of the terminal.

Promise: whatever can be told of belongs to one row of a report, at worst to the one of nobody. rule: SUPPLY, SAME-DAY
"""

from dataclasses import dataclass
from typing import Final

from zhendao.gateway.reports.stock import UNREGISTERED, Stock

NOBODY: Final = "（未归属）"


@dataclass(frozen=True, slots=True)
class Answering:
    """Finds organisations by the registry of ``stock``, as it was at each moment (UTC ms)."""

    stock: Stock

    def visit(self, caregiver_id: str | None, elder_id: str | None, at_ms: int) -> str | None:
        """Return who answers for a visit; None: nobody that is registered."""
        registry = self.stock.registry
        who = None if caregiver_id is None else registry.caregiver(caregiver_id, at_ms)
        if who is not None and who.organisation is not None:
            return who.organisation
        return None if elder_id is None else self.elder(elder_id, at_ms)

    def elder(self, elder_id: str, at_ms: int) -> str | None:
        """Return who has taken on an elder; of several the first."""
        return next(iter(self.stock.registry.standing.organisations_of(elder_id, at_ms)), None)

    def terminal(self, device: bytes, at_ms: int) -> str | None:
        """Return who answers for a terminal: whose elder it is with, or at whose place it stands."""
        one = self.stock.registry.terminal(device, at_ms)
        if one is None:
            return None
        if one.elder_id is not None:
            return self.elder(one.elder_id, at_ms)
        firms = self.stock.registry.standing.organisations_at(at_ms)
        return next((firm.organisation for firm in firms if firm.place_id == one.place_id is not None), None)

    def subject(self, what: str, name: str, at_ms: int) -> str | None:
        """Return who answers for the subject of a finding, as `Finding` names it."""
        match what:
            case "caregiver":
                return self.visit(name, None, at_ms)
            case "elder":
                return self.elder(name, at_ms)
            case "organisation":
                return name
            case "terminal":
                return self.terminal(bytes.fromhex(name.partition("/")[0]), at_ms)
        return None

    def region(self, organisation: str | None) -> str | None:
        """Return the region of an organisation."""
        firm = self.stock.firm(organisation)
        return None if firm is None else firm.region

    def place(self, organisation: str | None) -> tuple[str, str, str]:
        """Return street, title and number of an organisation: what its row is called, and where it stands."""
        firm = self.stock.firm(organisation)
        if firm is None:
            return UNREGISTERED, NOBODY, ""
        return self.stock.street(firm.region), firm.title, organisation or ""
