"""How a terminal says it is: a report a day, with the figures of a small computer that is well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.protocol.health import HealthReport
from zhendao.protocol.vocabulary import Concern, HealthReason, PartState

if TYPE_CHECKING:
    from zhendao.simulators.city.box import Box
    from zhendao.simulators.world.engine.chance import Chance


def report(
    box: Box, at_ms: int, software: str, reason: HealthReason, chance: Chance, *, reader_dead: bool
) -> HealthReport:
    """Return the report at ``at_ms`` (UTC ms)."""
    up_s = box.mono_ns(at_ms) // 10**9
    blind = box.terminal.place is not None and box.terminal.place.sky.blind
    gnss = PartState.ABSENT if not box.terminal.receiver else PartState.WEAK if blind else PartState.WELL
    concerns = Concern.CLOCK_UNSET if box.bound_ms is None else Concern(0)
    if reader_dead:
        concerns |= Concern.READER_DOWN
    return HealthReport(
        reason=reason, concerns=concerns, uptime_s=up_s, machine_up_s=up_s + 9,
        disk_free_kib=chance.between(5_000_000, 6_000_000), written_kib=None,
        memory_kib=chance.between(36_000, 42_000), memory_free_kib=None, temperature_dc=chance.between(380, 520),
        throttled=0, reader=PartState.DOWN if reader_dead else PartState.WELL, gnss=gnss, unacknowledged=0,
        journal_kib=chance.between(300, 900),
        software=software, wire_version=1, schema_version=1, kernel="6.6.51", model=None, counters=(),
    )  # fmt: skip
