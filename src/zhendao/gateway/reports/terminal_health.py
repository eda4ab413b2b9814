"""终端运行状况: each terminal as it was known at a moment, the worst first. Pure.

Promise: every terminal that is registered or was heard of has a row; what is wrong with it is said in words, and what
it never told is left empty. rule: EDGE-NODES
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Final

from zhendao.command.roster.choices import PLACEMENTS
from zhendao.gateway.registry.snapshot import Terminal
from zhendao.gateway.reports.answering import NOBODY, Answering
from zhendao.gateway.reports.moment import Span
from zhendao.gateway.reports.report import Cell, Column, Kind, Report
from zhendao.gateway.reports.stock import Stock
from zhendao.protocol.vocabulary import ClockSource, Concern, PartState

TITLE: Final = "终端运行状况"
COLUMNS: Final = (
    Column("序号", 7, Kind.WHOLE),
    Column("状况", 7),
    Column("乡镇街道", 13),
    Column("机构名称", 22, left=True),
    Column("终端编号", 35),
    Column("安放方式", 9),
    Column("最后收到", 17),
    Column("距今(小时)", 11, Kind.DECIMAL),
    Column("时钟", 11),
    Column("定位", 7),
    Column("读卡器", 7),
    Column("供电", 9),
    Column("磁盘剩余(MiB)", 14, Kind.WHOLE),
    Column("温度(℃)", 9, Kind.DECIMAL),
    Column("未确认(条)", 11, Kind.WHOLE),
    Column("缺号(条)", 9, Kind.WHOLE),
    Column("软件版本", 14),
    Column("问题", 34, left=True),
)
_CLOCKS: Final = {
    ClockSource.UNSET: "未校时", ClockSource.RTC: "电池钟", ClockSource.HOLDOVER: "守时", ClockSource.NTP: "网络",
    ClockSource.GNSS: "卫星",
}  # fmt: skip
_PARTS: Final = {
    PartState.ABSENT: "未装", PartState.WELL: "正常", PartState.WEAK: "弱", PartState.DOWN: "故障",
}  # fmt: skip
_GRADES: Final = ("正常", "注意", "急")
_WELL, _MIND, _URGENT = range(3)
_CONCERNS: Final = {
    Concern.READER_DOWN: (_URGENT, "读卡器故障"),
    Concern.POWER: (_MIND, "电压低"),
    Concern.DISK_LOW: (_MIND, "磁盘不足"),
    Concern.CLOCK_UNSET: (_MIND, "未校时"),
    Concern.GNSS_JAMMED: (_MIND, "定位受干扰"),
    Concern.GNSS_SUSPECT: (_MIND, "定位可疑"),
    Concern.HOT: (_MIND, "过热"),
    Concern.MEMORY_LOW: (_MIND, "内存不足"),
    Concern.GNSS_UNPLUGGED: (_MIND, "定位模块拔出"),
    Concern.GNSS_SILENT: (_MIND, "定位模块无声"),
    Concern.GNSS_UNREADABLE: (_MIND, "定位数据不可读"),
    Concern.GNSS_BABBLING: (_MIND, "定位数据杂乱"),
}
_ALERTS: Final = {
    "tamper": (_URGENT, "拆动报警"), "mains": (_MIND, "市电断开"), "battery": (_MIND, "电池电量低"),
    "sensor": (_MIND, "传感器故障"),
}  # fmt: skip
ALERTS: Final = frozenset(_ALERTS)
_FINDINGS: Final = {
    "fork": (_URGENT, "日志分叉"), "rollback": (_URGENT, "日志回退"), "cut_tail": (_URGENT, "日志尾部缺失"),
    "clock_disputed": (_MIND, "时间有矛盾"), "clock_divided": (_MIND, "时间来源不一致"),
}  # fmt: skip
FINDINGS: Final = frozenset(_FINDINGS)
_NONE: Final = Concern(0)
_HOUR_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True)
class Health:
    """How a terminal said that it is; None where it did not say. ``temperature_dc``: tenths of a degree Celsius."""

    concerns: Concern = _NONE
    reader: PartState | None = None
    gnss: PartState | None = None
    disk_kib: int | None = None
    temperature_dc: int | None = None
    unacknowledged: int | None = None
    software: str = ""


@dataclass(slots=True)
class Heard:
    """What is known of a terminal: when something came last (UTC ms), its clock then, how it is, what is wrong.

    ``missing``: numbers of its journal; ``alerts`` and ``findings``: kinds that stand.
    """

    device: bytes
    received_ms: int | None = None
    clock: ClockSource | None = None
    health: Health = field(default_factory=Health)
    missing: int = 0
    alerts: set[str] = field(default_factory=set)
    findings: set[str] = field(default_factory=set)

    def troubles(self, at_ms: int, silence_ms: int, *, registered: bool) -> Iterator[tuple[int, str]]:
        """Give what is wrong with it, and how bad that is."""
        if self.received_ms is None:
            yield _URGENT, "从未收到"
        elif at_ms - self.received_ms > silence_ms:
            yield _URGENT, "失联"
        if not registered:
            yield _MIND, "未登记"
        yield from (_ALERTS[one] for one in sorted(self.alerts))
        yield from (_FINDINGS[one] for one in sorted(self.findings))
        yield from (said for concern, said in _CONCERNS.items() if concern in self.health.concerns)
        if self.clock is ClockSource.UNSET and Concern.CLOCK_UNSET not in self.health.concerns:
            yield _CONCERNS[Concern.CLOCK_UNSET]
        if self.health.reader is PartState.DOWN and Concern.READER_DOWN not in self.health.concerns:
            yield _CONCERNS[Concern.READER_DOWN]
        if self.missing:
            yield _MIND, "日志缺号"

    @property
    def power(self) -> str:
        """How it is supplied, as far as it told."""
        if "battery" in self.alerts:
            return "电池低"
        if "mains" in self.alerts:
            return "市电断"
        if Concern.POWER in self.health.concerns:
            return "电压低"
        return "" if self.health.reader is None else "正常"


def terminal_health(
    stock: Stock, heard: Collection[Heard], span: Span, silence_ms: int, region: str | None = None
) -> Report:
    """Return the report of the end of ``span``; a terminal of which nothing came for ``silence_ms`` is not heard of."""
    known = {one.device: one for one in stock.registry.terminals_at(stock.at_ms)}
    answering = Answering(stock)
    found = []
    told = {one.device for one in heard}
    for one in (*heard, *(Heard(device) for device in known if device not in told)):
        terminal = known.get(one.device)
        organisation = answering.terminal(one.device, stock.at_ms)
        place = _region(stock, terminal) or answering.region(organisation)
        if not stock.lies_in(place, region):
            continue
        troubles = sorted(
            one.troubles(stock.at_ms, silence_ms, registered=terminal is not None), key=lambda trouble: -trouble[0]
        )
        grade = max((bad for bad, _ in troubles), default=_WELL)
        order = -grade, -len(troubles), one.received_ms or 0, one.device
        title = answering.place(organisation)[1] if organisation is not None else NOBODY
        found.append((order, (grade, stock.street(place), title, _placed(terminal), one, troubles)))
    found.sort(key=lambda each: each[0])
    counts = [sum(row[0] == grade for _, row in found) for grade in range(len(_GRADES))]
    where = "" if region is None else stock.title(region)
    said = "，".join(f"{name} {count} 台" for name, count in zip(reversed(_GRADES), reversed(counts), strict=True))
    return Report(
        TITLE,
        f"{where}{TITLE}",
        f"截至 {span.stamp}",
        COLUMNS,
        [_row(place, *row, span) for place, (_, row) in enumerate(found, 1)],
        notes=[f"共 {len(found)} 台：{said}。{silence_ms // 60_000} 分钟未收到任何消息为失联。"],
        landscape=True,
        sifted=True,
    )


def _row(
    place: int, grade: int, street: str, title: str, placed: str, one: Heard, troubles: Collection[tuple[int, str]],
    span: Span,
) -> tuple[Cell, ...]:  # fmt: skip
    health = one.health
    since = None if one.received_ms is None else round(max(0, span.at_ms - one.received_ms) / _HOUR_MS, 2)
    return (
        place, _GRADES[grade], street, title, one.device.hex(), placed,
        "" if one.received_ms is None else span.clock(one.received_ms), since,
        "" if one.clock is None else _CLOCKS[one.clock],
        "" if health.gnss is None else _PARTS[health.gnss],
        "" if health.reader is None else _PARTS[health.reader],
        one.power,
        None if health.disk_kib is None else health.disk_kib // 1024,
        None if health.temperature_dc is None else health.temperature_dc / 10,
        health.unacknowledged, one.missing or 0, health.software, "、".join(said for _, said in troubles),
    )  # fmt: skip


def _placed(terminal: Terminal | None) -> str:
    return "" if terminal is None else PLACEMENTS.word(terminal.placement, "zh")


def _region(stock: Stock, terminal: Terminal | None) -> str | None:
    if terminal is None:
        return None
    place_id = terminal.place_id
    if place_id is None and terminal.elder_id is not None:
        elder = stock.registry.elder(terminal.elder_id, stock.at_ms)
        place_id = None if elder is None else elder.place_id
    place = None if place_id is None else stock.registry.place(place_id, stock.at_ms)
    return None if place is None else place.region
