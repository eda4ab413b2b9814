"""服务量汇总: hours of service by organisation and service, for the civil-affairs department. Pure.

Promise: every closed visit at an elder's home is in exactly one of verified, doubted, and not counted; of what is
verified the hours are told apart by who pays and by how able the elder is; beside it stands what is granted. Sums are
of seconds, and rounded once. rule: HOURS, PAYER
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from zhendao.command.roster.choices import ABILITIES, PAYERS
from zhendao.gateway.judging.hours import Served
from zhendao.gateway.reports.daily_detail import UNBOUND
from zhendao.gateway.reports.doubts import Doubt
from zhendao.gateway.reports.moment import Span
from zhendao.gateway.reports.report import Cell, Column, Kind, Report, share
from zhendao.gateway.reports.stock import Stock

TITLE: Final = "服务量汇总"
NOT_AGREED: Final = "（未约定）"
_PAYERS: Final = ("free", "reduced", "self-paid", None)
_ABILITIES: Final = ("independent", "assisted", "dependent", None)
UNWRITTEN: Final = "未登记"
VERIFIED: Final = "核实时长为已结束、时长可知、无未决疑点的上门服务；单位为小时，按秒累加后四舍五入。"


def hours(seconds: int) -> float:
    """Return so many seconds in hours, to the nearest hundredth, halves up."""
    return (seconds * 2 + 36) // 72 / 100


def payer_columns(width: int = 9) -> tuple[Column, ...]:
    """Return the columns that tell hours apart by who pays."""
    names = (UNWRITTEN if one is None else PAYERS.word(one, "zh") for one in _PAYERS)
    return tuple(Column(name, width, Kind.DECIMAL, over="按付费方式(小时)") for name in names)


def doubt_columns() -> tuple[Column, ...]:
    """Return the columns of what is not verified."""
    return tuple(
        Column(name, 8, kind, over=over)
        for over in ("存疑", "不予认定")
        for name, kind in (("人次", Kind.WHOLE), ("小时", Kind.DECIMAL))
    )


COLUMNS: Final = (
    Column("序号", 6, Kind.WHOLE),
    Column("乡镇街道", 14, merged=True),
    Column("机构名称", 26, merged=True, left=True),
    Column("服务项目", 12),
    Column("服务老人(人)", 13, Kind.WHOLE),
    Column("服务人次", 9, Kind.WHOLE),
    Column("核实时长(小时)", 15, Kind.DECIMAL),
    *payer_columns(),
    *(
        Column(UNWRITTEN if one is None else ABILITIES.word(one, "zh"), 9, Kind.DECIMAL, over="按自理能力(小时)")
        for one in _ABILITIES
    ),
    Column("核定时长(小时)", 15, Kind.DECIMAL),
    Column("核定使用率", 11, Kind.SHARE),
    *doubt_columns(),
)


@dataclass(slots=True)
class Sums:
    """What was served to somebody or by somebody: ``visits`` verified and their ``seconds``, and what is in doubt."""

    visits: int = 0
    seconds: int = 0
    payers: dict[str | None, int] = field(default_factory=dict)
    abilities: dict[str | None, int] = field(default_factory=dict)
    elders: set[str] = field(default_factory=set)
    doubted: dict[Doubt, tuple[int, int]] = field(default_factory=dict)
    within: int = 0
    """Seconds that were verified of what was granted."""
    granted: int = 0

    def add(self, one: Served, doubt: Doubt | None) -> None:
        """Take in a visit."""
        if doubt is not None:
            count, seconds = self.doubted.get(doubt, (0, 0))
            self.doubted[doubt] = count + 1, seconds + one.seconds
            return
        self.visits, self.seconds = self.visits + 1, self.seconds + one.seconds
        self.payers[one.payer] = self.payers.get(one.payer, 0) + one.seconds
        self.abilities[one.ability] = self.abilities.get(one.ability, 0) + one.seconds
        self.elders.add(one.elder_id)

    def paid(self) -> list[Cell]:
        """Return the cells of `payer_columns`."""
        return [hours(self.payers.get(one, 0)) for one in _PAYERS]

    def doubtful(self) -> list[Cell]:
        """Return the cells of `doubt_columns`."""
        found = [self.doubted.get(one, (0, 0)) for one in (Doubt.ASKED, Doubt.UPHELD)]
        return [cell for count, seconds in found for cell in (count, hours(seconds))]

    def cells(self) -> list[Cell]:
        """Return the figures of a row of `COLUMNS`."""
        return [
            len(self.elders), self.visits, hours(self.seconds), *self.paid(),
            *(hours(self.abilities.get(one, 0)) for one in _ABILITIES),
            hours(self.granted), share(self.within, self.granted), *self.doubtful(),
        ]  # fmt: skip


def service_hours(
    stock: Stock,
    served: Iterable[tuple[Served, Doubt | None]],
    granted: Mapping[tuple[str, str], int],
    span: Span,
    region: str | None = None,
) -> Report:
    """Return what was ``served`` in ``span``; ``granted``: seconds by elder and service (see `granted_in`)."""
    found: dict[tuple[str | None, str | None], Sums] = {}
    total, counted = Sums(), set[tuple[str, str]]()
    for one, doubt in served:
        if not stock.lies_in(_region(stock, one.organisation), region):
            continue
        sums = found.setdefault((one.organisation, one.service), Sums())
        sums.add(one, doubt)
        total.add(one, doubt)
        if doubt is None and one.service is not None and (one.elder_id, one.service) in granted:
            sums.within, total.within = sums.within + one.seconds, total.within + one.seconds
    for (elder_id, code), seconds in granted.items():
        for organisation in stock.registry.standing.organisations_of(elder_id, stock.at_ms):
            if stock.lies_in(_region(stock, organisation), region):
                found.setdefault((organisation, code), Sums()).granted += seconds
                if (elder_id, code) not in counted:  # with several organisations it is granted once all the same
                    counted.add((elder_id, code))
                    total.granted += seconds
    ordered = sorted(((_name(stock, *key), sums) for key, sums in found.items()), key=lambda one: one[0])
    rows = [
        (place, street, title, code, *sums.cells()) for place, ((street, title, _, code), sums) in enumerate(ordered, 1)
    ]
    where = "" if region is None else stock.title(region)
    notes = [VERIFIED, "核定时长按核定周期折算到所列日期；由几家机构签约的老人在各家各列一次，合计只计一次。"]
    totals = ("合计", None, None, None, *total.cells())
    return Report(TITLE, f"{where}{TITLE}", span.dates, COLUMNS, rows, totals, notes, landscape=True)


def _region(stock: Stock, organisation: str | None) -> str | None:
    firm = stock.firm(organisation)
    return None if firm is None else firm.region


def _name(stock: Stock, organisation: str | None, code: str | None) -> tuple[str, str, str, str]:
    """Return street, title, number and service: what a row is called, and where it stands."""
    firm = stock.firm(organisation)
    title = UNBOUND if firm is None else firm.title
    return stock.street(None if firm is None else firm.region), title, organisation or "", code or NOT_AGREED
