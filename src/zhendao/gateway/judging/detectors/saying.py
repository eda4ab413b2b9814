"""What findings have in common: the visit that one is about, and moments as people read them. Pure."""

from datetime import UTC, datetime

from zhendao.gateway.judging.findings import Finding
from zhendao.gateway.visits.judgement import Visit
from zhendao.protocol.wording import Text

DAY_MS = 86_400_000


def of_visit(
    kind: str, visit: Visit, figures: tuple[int | None, int | None, int | None], unit: str, text: Text, clears: Text
) -> Finding:
    """Return a finding about ``visit``; ``figures``: measured, expected, how far off, whole numbers of ``unit``."""
    return Finding(kind, visit.visit_id, ("visit", visit.visit_id.hex()), *figures, unit, text, clears)


def when(at_ms: int, offset_ms: int) -> str:
    """Return ``at_ms`` (UTC ms) as ``2026-09-22 08:05`` where it is ``offset_ms`` later than at Greenwich."""
    return f"{datetime.fromtimestamp((at_ms + offset_ms) / 1000, UTC):%Y-%m-%d %H:%M}"
