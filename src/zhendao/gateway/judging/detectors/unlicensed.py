"""A visit of an organisation whose licence had run out. rule: SUPPLY.

Where no licence is written down nothing is said: that the register does not keep it is no fault of the organisation.
"""

from collections.abc import Iterable

from zhendao.gateway.judging.detectors.saying import DAY_MS, of_visit
from zhendao.gateway.judging.findings import Detector, Finding, Seen
from zhendao.protocol.wording import Text

_CLEARS = Text(
    "登记已续期的许可（有效期须覆盖服务当日）", "a renewed licence on record that held on the day of the visit"
)


def _find(seen: Seen) -> Iterable[Finding]:
    at_ms, registry = seen.visit.at_ms, seen.registry
    if at_ms is None or seen.visit.caregiver_id is None:
        return
    who = registry.caregiver(seen.visit.caregiver_id, at_ms)
    name = who.organisation if who is not None else None
    organisation = registry.standing.organisation(name, at_ms) if name is not None else None
    if organisation is None or organisation.licensed_to_ms is None or organisation.is_licensed(at_ms) is not False:
        return
    days = (at_ms - organisation.licensed_to_ms) // DAY_MS + 1
    yield of_visit(
        "unlicensed", seen.visit, (days, 0, days), "d",
        Text(
            f"服务时机构 {name} 的许可已过期 {days} 天，应在有效期内",
            f"the licence of organisation {name} had run out {days} days before; it should have been valid",
        ),
        _CLEARS,
    )  # fmt: skip


DETECTOR = Detector("unlicensed", _find)
