"""The doctor's look at the machine: room, memory, heat, voltage, clock, cryptography. Figures in, findings out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from zhendao.command.findings import bad, good, note
from zhendao.device.care import vitals
from zhendao.device.clock import kernel as kernel_clock
from zhendao.protocol.errors import ZhendaoError
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from zhendao.command.findings import Finding
    from zhendao.device.care.vitals import Vitals
    from zhendao.device.config import DeviceSettings

_LEAST_MIB = 8
"""With less room than this a terminal cannot begin a journal, its reserve and its log."""
_BUILT_S = 1_790_000_000
"""2026-09-21: a clock before this is wrong for certain."""
_LOW_VOLTAGE_NOW, _THROTTLED_NOW, _LOW_VOLTAGE_BEFORE = 1 << 0, 1 << 2, 1 << 16


def look(settings: DeviceSettings) -> list[Finding]:
    """Look at this machine."""
    folder = settings.terminal.data_dir
    figures = vitals.look(next(one for one in (folder, *folder.parents) if one.exists()))
    bound_ms = kernel_clock.kernel_bound_ms()
    return [*judge(figures, settings), clock(time.time(), bound_ms, gnss=settings.gnss is not None), cryptography()]


def judge(figures: Vitals, settings: DeviceSettings) -> list[Finding]:
    """Judge the figures by the thresholds of ``[health]``."""
    table = settings.health
    return [_disk(figures.disk_free >> 20, table.disk_low_mib), *_heat(figures, table.hot_c), *_voltage(figures)]


def _disk(free_mib: int, low_mib: int) -> Finding:
    if free_mib < _LEAST_MIB:
        return bad(
            "disk",
            Text(f"磁盘只剩 {free_mib} MiB，无法可靠记录", f"{free_mib} MiB are free: too little to record"),
            Text(
                "请腾出空间（journalctl --vacuum-size=50M，apt-get clean）",
                "free some space: journalctl --vacuum-size=50M, apt-get clean",
            ),
        )
    if free_mib < low_mib:
        return note("disk", Text(f"磁盘只剩 {free_mib} MiB", f"only {free_mib} MiB are free"))
    return good("disk", f"磁盘剩余 {free_mib} MiB", f"{free_mib} MiB are free")


def _heat(figures: Vitals, hot_c: int) -> list[Finding]:
    if figures.temperature_dc is None:
        return []
    degrees = figures.temperature_dc / 10
    if degrees < hot_c:
        return [good("heat", f"处理器 {degrees:.0f} ℃", f"the processor has {degrees:.0f} °C")]
    return [
        note(
            "heat",
            Text(f"处理器过热：{degrees:.0f} ℃", f"the processor is hot: {degrees:.0f} °C"),
            Text("请改善通风，避免阳光直射", "give it air, and take it out of the sun"),
        )
    ]


def _voltage(figures: Vitals) -> list[Finding]:
    if figures.throttled is None:
        return []
    cure = Text("请更换电源或电源线（5 V，3 A）", "change the power supply or its cable (5 V, 3 A)")
    if figures.throttled & (_LOW_VOLTAGE_NOW | _THROTTLED_NOW):
        return [bad("power", Text("电压不足", "the voltage is too low"), cure)]
    if figures.throttled & _LOW_VOLTAGE_BEFORE:
        return [note("power", Text("开机以来电压曾不足", "the voltage was too low since the start"), cure)]
    return [good("power", "电压正常", "the voltage is good")]


def clock(now_s: float, bound_ms: int | None, *, gnss: bool) -> Finding:
    """Judge the wall clock; ``bound_ms`` is the kernel's bound where it is synchronised by NTP."""
    if now_s < _BUILT_S:
        return bad(
            "clock",
            Text("系统时钟明显错误", "the clock is wrong for certain"),
            Text(
                "请接通网络或卫星天线；终端照常记录，时间待校正后补正",
                "let it reach NTP or satellites; visits are recorded, and dated once the time is known",
            ),
        )
    if bound_ms is not None:
        return good("clock", f"已由 NTP 校时（±{bound_ms} ms）", f"synchronised by NTP (± {bound_ms} ms)")
    if gnss:
        return good("clock", "NTP 未同步，由卫星授时", "NTP is not synchronised; satellites give the time")
    return note(
        "clock",
        Text("没有可信的时间来源", "there is no source of time to trust"),
        Text(
            "请启用 systemd-timesyncd 或 chrony，或接上接收机", "enable systemd-timesyncd or chrony, or fit a receiver"
        ),
    )


def cryptography() -> Finding:
    """Try the algorithms of the default suite against their known answers."""
    try:
        from zhendao.protocol.suite import SM  # noqa: PLC0415 - its failure is a finding

        key = SM.new_signing_key()
        if SM.verifying_key(key.spki).verify(b"doctor", key.sign(b"doctor")):
            return good("crypto", "SM2/SM3/SM4 自检通过", "SM2, SM3, SM4 work")
        detail = "SM2"
    except (ZhendaoError, OSError, ImportError) as error:
        detail = str(error)
    return bad(
        "crypto",
        Text(f"国密算法不可用：{detail}", f"the national algorithms do not work: {detail}"),
        Text("请安装 libssl3（3.0 或更新）", "install libssl3 (3.0 or newer)"),
    )
