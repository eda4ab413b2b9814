"""A visit by a caregiver whom no organisation answers for, or who is bound to other elders only. rule: BINDING, SUPPLY.

Where nobody keeps a table of organisations, or writes down for whom a caregiver cares, nothing is said. A check alone
says that nobody was served: it may be that of a caregiver at the wrong door.
"""

from collections.abc import Iterable

from zhendao.gateway.judging.detectors.saying import of_visit
from zhendao.gateway.judging.findings import Detector, Finding, Seen
from zhendao.protocol.wording import Text

_CLEARS = Text(
    "补登记绑定（可注明起始日），或说明临时替班", "the binding on record from its day on, or that it was a stand-in"
)
_NONE = Text(
    "护理员没有绑定机构，应绑定 1 家，少 1 家",
    "the caregiver is bound to no organisation where one was expected: one less",
)


def _find(seen: Seen) -> Iterable[Finding]:
    visit, at_ms = seen.visit, seen.visit.at_ms
    if at_ms is None or visit.caregiver_id is None:
        return
    who = seen.registry.caregiver(visit.caregiver_id, at_ms)
    if who is not None and who.organisation is None and seen.registry.standing.organisations_at(at_ms):
        yield of_visit("unbound", visit, (0, 1, 1), "organisations", _NONE, _CLEARS)
        return
    bound = seen.registry.standing.elders_bound_to(visit.caregiver_id, at_ms)
    alone = visit.pair is None or visit.pair.last is None
    if visit.elder_id is None or not bound or visit.elder_id in bound or (alone and "profile" not in visit.record):
        return
    count = len(bound)
    yield of_visit(
        "unbound", visit, (0, 1, 1), "bindings",
        Text(
            f"护理员登记服务的老人有 {count} 位，其中没有这位老人，应有 1 条绑定，少 1 条",
            f"the caregiver is bound to {count} elders and not to this one: one binding was expected, there is none",
        ),
        _CLEARS,
    )  # fmt: skip


DETECTOR = Detector("unbound", _find)
