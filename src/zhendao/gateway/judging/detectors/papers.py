"""A visit by a caregiver one of whose papers had expired and was not renewed. rule: PAPERS, ROLES.

A kind of paper that was never written down of this caregiver is no finding: it was never checked.
"""

from collections.abc import Iterable
from typing import Final

from zhendao.gateway.judging.detectors.saying import DAY_MS, of_visit
from zhendao.gateway.judging.findings import Detector, Finding, Seen
from zhendao.gateway.registry.standing import CERTIFYING
from zhendao.protocol.wording import Text

_CLEARS = Text("登记续期后的证照（有效期须覆盖服务当日）", "the renewed paper on record, valid on the day of the visit")
_NAMES: Final = {
    "identity": Text("身份证", "identity card"),
    "health": Text("健康证", "health certificate"),
    "certifying": Text("资格证或技能等级证", "qualification or skill grade"),
}


def _find(seen: Seen) -> Iterable[Finding]:
    at_ms, caregiver = seen.visit.at_ms, seen.visit.caregiver_id
    if at_ms is None or caregiver is None:
        return
    ended: dict[str, int] = {}
    holding = set()
    for paper in seen.registry.standing.papers(caregiver):
        # Either of two papers makes a certified caregiver: one that runs is enough.
        kind = "certifying" if paper.row.kind in CERTIFYING else paper.row.kind
        if paper.holds_at(at_ms):
            holding.add(kind)
        elif paper.to_ms is not None and paper.to_ms <= at_ms:
            ended[kind] = max(paper.to_ms, ended.get(kind, paper.to_ms))
    over = sorted((to_ms, kind) for kind, to_ms in ended.items() if kind not in holding)
    if not over:
        return
    days = (at_ms - over[0][0]) // DAY_MS + 1
    ago = f"{days} day{'s' if days > 1 else ''}"
    names = [_NAMES.get(kind, Text(kind, kind)) for _, kind in over]
    yield of_visit(
        "papers", seen.visit, (days, 0, days), "d",
        Text(
            f"服务时护理员的{'、'.join(one.zh for one in names)}已过期 {days} 天，应在有效期内",
            f"the caregiver's {', '.join(one.en for one in names)} had expired {ago} before; "
            "it should have been valid",
        ),
        _CLEARS,
    )  # fmt: skip


DETECTOR = Detector("papers", _find)
