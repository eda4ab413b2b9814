"""What reports are made from, beside visits: the registry as it was at a moment, with the titles that offices use.

Promise: everything is of one moment; what is not registered is called so, and not left out. Nothing
of it is personal: who is named in a report is read apart (`people`). rule: DAILY-RANK, ORG-TYPES, PIPL
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection

from zhendao.command.errors import UsageError
from zhendao.command.roster.choices import ORGANISATION_KINDS
from zhendao.command.roster.sheets import BY_NAME
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.current import snapshot
from zhendao.gateway.registry.snapshot import Caregiver, Registry
from zhendao.protocol.wording import Text

STREET: Final = 3
UNREGISTERED: Final = "（未登记）"
OTHER: Final = "other"


@dataclass(frozen=True, slots=True)
class Firm:
    """An organisation: its title, its kind (None: not registered), and its region as other tables name it."""

    title: str
    kind: str | None
    region: str | None

    @property
    def counts(self) -> bool:
        """Whether it is of one of the eight kinds. rule: ORG-TYPES."""
        return self.kind is not None and self.kind != OTHER

    @property
    def kind_title(self) -> str:
        """The full name of its kind."""
        return UNREGISTERED if self.kind is None else ORGANISATION_KINDS.word(self.kind, "zh")


@dataclass(frozen=True, slots=True)
class Stock:
    """The registry at ``at_ms`` (UTC ms), with titles of regions (by what other tables call them) and of firms.

    ``former``: organisations that are registered no longer, with the title and the region that they had last.
    """

    registry: Registry
    at_ms: int
    regions: Mapping[str, str]
    firms: Mapping[str, Firm]
    former: Mapping[str, Firm] = field(default_factory=dict)

    def firm(self, organisation: str | None) -> Firm | None:
        """Return an organisation, one without kind where it is not registered; None of None."""
        if organisation is None:
            return None
        return self.firms.get(organisation) or self.former.get(organisation) or Firm(organisation, None, None)

    def region_of(self, who: Caregiver) -> str | None:
        """Return where a caregiver counts: her own region, else that of her organisation. rule: PER-10K."""
        if who.region is not None:
            return who.region
        firm = self.firm(who.organisation)
        return None if firm is None else firm.region

    def workplace_of(self, who: Caregiver) -> str | None:
        """Return where a caregiver works: the region of her organisation, else her own."""
        firm = self.firm(who.organisation)
        return who.region if firm is None or firm.region is None else firm.region

    def title(self, region: str | None) -> str:
        """Return what a region is called."""
        return UNREGISTERED if region is None else self.regions.get(region, region)

    def street(self, region: str | None) -> str:
        """Return the title of the 乡镇街道 that ``region`` is or lies in; of a larger region its own."""
        if region is None:
            return UNREGISTERED
        for name in self.registry.standing.regions_from(region, self.at_ms):
            row = self.registry.standing.region(name, self.at_ms)
            if row is not None and row.level == STREET:
                return self.title(name)
        return self.title(region)

    def lies_in(self, region: str | None, wanted: str | None) -> bool:
        """Return whether ``region`` is or lies in ``wanted``, one of `wanted`; everything lies in None."""
        if wanted is None:
            return True
        return region is not None and wanted in self.registry.standing.regions_from(region, self.at_ms)

    def called(self, text: str | None) -> str | None:
        """Return the region that a list means, by what tables call it or by its title; else the text itself."""
        titled = [] if text is None else self._titled(text)
        return titled[0] if len(titled) == 1 else text

    def _titled(self, text: str) -> list[str]:
        if text in self.regions:
            return [text]
        return [region for region, title in self.regions.items() if title == text]

    def wanted(self, asked: str | None) -> str | None:
        """Return the region that is ``asked`` for by what tables call it or by its title. Raises `UsageError`."""
        if asked is None:
            return None
        titled = self._titled(asked)
        if len(titled) == 1:
            return titled[0]
        if not self.regions:
            return asked  # nobody keeps a table of regions: then they are what the other tables say
        what = Text(f"没有区划 {asked}", f"there is no region {asked}")
        if titled:
            what = Text(f"有几个区划叫 {asked}", f"several regions are called {asked}")
        raise UsageError(what, Text("见 registry show 区划", "see registry show regions"))


def stock(connection: Connection, book: Book, at_ms: int) -> Stock:
    """Return what is registered at ``at_ms`` (UTC ms), and nothing personal of it."""
    regions = book.whole(connection, BY_NAME["regions"], at_ms)
    firms, former = dict[str, Firm](), dict[str, Firm]()
    ever = (row.values for row in book.whole(connection, BY_NAME["organisations"], None))
    for values in sorted((one for one in ever if one["valid_from"] <= at_ms), key=lambda one: one["valid_from"]):
        if values["valid_to"] is None or at_ms < values["valid_to"]:
            firms[values["organisation"]] = _firm(values)
        else:
            former[values["organisation"]] = Firm(values["title"], None, values["region"])
    return Stock(
        snapshot(connection, book),
        at_ms,
        {row.values["region"]: row.values["title"] or row.values["region"] for row in regions},
        firms,
        former,
    )


def _firm(values: Mapping[str, Any]) -> Firm:
    return Firm(values["title"], values["type"], values["region"])
