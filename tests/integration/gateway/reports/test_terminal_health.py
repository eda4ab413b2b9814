"""终端运行状况: what terminals said of themselves in signed messages, as of any moment, the worst first.

rule: EDGE-NODES
"""

from pathlib import Path
from typing import Any

import pytest

from samples.line import SOME_DAY_MS
from samples.registered import register
from samples.site import Authority, Site
from zhendao.gateway.reports.asked import Asked
from zhendao.gateway.reports.making import Source, make
from zhendao.gateway.reports.rules import Rules
from zhendao.protocol.bodies import Sensor, Tamper
from zhendao.protocol.health import Counter, HealthReport
from zhendao.protocol.vocabulary import (
    ClockSource,
    Concern,
    HealthReason,
    PartState,
    SensorClass,
    SensorCondition,
    TamperCause,
)  # fmt: skip

MINUTE, HOUR = 60_000, 3_600_000
NOW = SOME_DAY_MS + 2 * HOUR


def health(concerns: int = 0, **more: Any) -> HealthReport:
    said: dict[str, Any] = {
        "reason": HealthReason.INTERVAL, "concerns": Concern(concerns), "uptime_s": 60, "machine_up_s": 60,
        "disk_free_kib": 2_048_000, "written_kib": 1, "memory_kib": 1, "memory_free_kib": 1, "temperature_dc": 415,
        "throttled": 0, "reader": PartState.WELL, "gnss": PartState.WELL, "unacknowledged": 3, "journal_kib": 1,
        "software": "1.2.3", "wire_version": 1, "schema_version": 1, "kernel": "6.1", "model": None,
        "counters": (Counter("taps", 1),),
    }  # fmt: skip
    return HealthReport(**(said | more))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """One with a good terminal, a bad one, one that lacks numbers, one that is not registered, and a silent one."""
    site = Site(tmp_path, Authority())
    lines = {name: site.authority.terminal(device=name * 16) for name in (b"\1", b"\2", b"\3", b"\4")}
    for name in (1, 2, 3, 5):
        register(site, bytes([name]) * 16, str(name))
    for line in lines.values():
        line.add(health())
        site.take(line.message(1, 2), now_ms=NOW - HOUR)
    good, bad, lacking, stranger = lines.values()
    good.add(health(disk_free_kib=1_024))
    site.take(good.message(3, 3), now_ms=NOW - MINUTE)
    bad.add(health(Concern.READER_DOWN | Concern.DISK_LOW, reader=PartState.DOWN, temperature_dc=None))
    bad.add(Sensor("ups", SensorClass.BATTERY, 1, 0, condition=SensorCondition.WELL))
    bad.add(Tamper(TamperCause.CASE, active=True), source=ClockSource.UNSET)
    site.take(bad.message(3, 5), now_ms=NOW - 2 * MINUTE)
    for _ in range(4):
        lacking.add(health())
    site.take(lacking.message(6, 6), now_ms=NOW - 30 * MINUTE)
    stranger.add(health())
    site.take(stranger.message(3, 3), now_ms=NOW - MINUTE)
    return site


def told(site: Site, now_ms: int) -> list[list[Any]]:
    with site.store.reading() as connection:
        report = make("terminals", Source(connection, site.key, Rules(), now_ms), Asked())
    names = [column.header for column in report.columns]
    assert names == [
        "序号", "状况", "乡镇街道", "机构名称", "终端编号", "安放方式", "最后收到", "距今(小时)", "时钟", "定位",
        "读卡器", "供电", "磁盘剩余(MiB)", "温度(℃)", "未确认(条)", "缺号(条)", "软件版本", "问题",
    ]  # fmt: skip
    return [list(row) for row in report.rows]


def test_the_worst_come_first_and_what_is_wrong_is_said(site: Site) -> None:
    rows = told(site, NOW)
    site.store.close()
    assert [(row[4][:2], row[1], row[17]) for row in rows] == [
        ("02", "急", "拆动报警、读卡器故障、电池电量低、磁盘不足、未校时"),
        ("05", "急", "从未收到"),
        ("03", "注意", "日志缺号"),
        ("04", "注意", "未登记"),
        ("01", "正常", ""),
    ]
    bad, never, lacking, _, good = rows
    assert bad[7:17] == [0.03, "未校时", "正常", "故障", "电池低", 2_000, None, 3, 0, "1.2.3"]
    assert never[6:17] == ["", None, "", "", "", "", None, None, None, 0, ""]
    assert (lacking[7], lacking[15]) == (0.5, 3)
    assert good[5:17] == [
        "居家", good[6], 0.02, "卫星", "正常", "正常", "正常", 1, 41.5, 3, 0, "1.2.3",
    ]  # fmt: skip


def test_it_is_of_any_moment(site: Site) -> None:
    before = {row[4][:2]: row for row in told(site, NOW - HOUR + 30 * MINUTE - 1)}
    assert {name: (row[1], row[12], row[17]) for name, row in before.items()} == {
        "01": ("正常", 2_000, ""), "02": ("正常", 2_000, ""), "03": ("正常", 2_000, ""),
        "04": ("注意", 2_000, "未登记"), "05": ("急", None, "从未收到"),
    }  # fmt: skip
    later = {row[4][:2]: row for row in told(site, NOW + HOUR)}
    site.store.close()
    assert {name for name, row in later.items() if "失联" in row[17]} == {"01", "02", "03", "04"}
