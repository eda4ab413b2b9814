"""An organisation that has taken on more elders than its capacity, as of the moment of judging. rule: SUPPLY."""

from collections.abc import Iterable

from zhendao.gateway.judging.findings import Finding, Survey, Whole
from zhendao.protocol.wording import Text

_CLEARS = Text(
    "把多出的老人转给其他机构并登记，或登记核定的新容量；降到容量以内即消除",
    "elders passed on to another organisation, or a larger capacity that was approved; it goes once the number fits",
)


def _find(whole: Whole) -> Iterable[Finding]:
    standing = whole.registry.standing
    for one in standing.organisations_at(whole.as_of_ms):
        if one.capacity is None:
            continue
        count = len(set(standing.elders_of(one.organisation, whole.as_of_ms)))
        off = count - one.capacity
        if off > 0:
            yield Finding(
                "over_capacity", None, ("organisation", one.organisation), count, one.capacity, off, "elders",
                Text(
                    f"机构 {one.organisation} 承接老人 {count} 位，容量 {one.capacity} 位，超出 {off} 位",
                    f"organisation {one.organisation} has taken on {count} elders, its capacity is {one.capacity}: "
                    f"{off} more",
                ),
                _CLEARS,
            )  # fmt: skip


SURVEY = Survey("over_capacity", _find)
