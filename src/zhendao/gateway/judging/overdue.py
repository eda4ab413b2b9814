"""What is overdue at a moment: follow-ups, monthly checks, papers and licences, bindings and marked places. Pure.

Promise: it follows from the registry as it was written down by then; where nobody keeps records of follow-ups, nothing
is said of them. Red and orange come first, then what is overdue longest. rule: FOLLOW-UP, PAPERS, CARE-LEVEL, BINDING,
MARK-LOCATION
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from zhendao.gateway.judging.days import local_date
from zhendao.gateway.judging.deadlines import OverdueTable
from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.registry.standing import CERTIFYING
from zhendao.protocol.wording import Text

_EPOCH: Final = date(1970, 1, 1)
_DAY_MS: Final = 86_400_000
_LEVELS: Final = ("red", "orange", "yellow", "green", None)


@dataclass(frozen=True, slots=True)
class Overdue:
    """``kind`` of what should have been done by ``due_ms`` (UTC ms), about ``subject``: ("elder", its number).

    ``level``: the elder's care level; ``organisation``: who answers for it, where that is known.
    """

    kind: str
    subject: tuple[str, str]
    due_ms: int
    text: Text
    organisation: str | None = None
    level: str | None = None

    @property
    def place(self) -> tuple[int, int, str, tuple[str, str]]:
        """Where it stands in the list. rule: CARE-LEVEL."""
        return _LEVELS.index(self.level), self.due_ms, self.kind, self.subject

    def as_json(self) -> dict[str, Any]:
        """Return it as `judge` writes it."""
        return {
            "kind": self.kind,
            "subject": {"what": self.subject[0], "id": self.subject[1]},
            "due_ms": self.due_ms,
            "organisation": self.organisation,
            "care_level": self.level,
            "zh": self.text.zh,
            "en": self.text.en,
        }


def overdue_of(registry: Registry, as_of_ms: int, table: OverdueTable, offset_ms: int) -> list[Overdue]:
    """Return what is overdue at ``as_of_ms`` (UTC ms), in order; days are local, ``offset_ms`` east of Greenwich."""
    found = [*_papers(registry, as_of_ms, table), *_licences(registry, as_of_ms, table)]
    found += [*_unbound(registry, as_of_ms), *_unmarked(registry, as_of_ms)]
    if registry.standing.keeps_follow_ups:
        found += _follow_ups(registry, as_of_ms, table, offset_ms)
    return sorted(found, key=lambda one: one.place)


def _follow_ups(registry: Registry, as_of_ms: int, table: OverdueTable, offset_ms: int) -> Iterator[Overdue]:
    for elder in registry.elders_at(as_of_ms):
        done = registry.standing.follow_ups(elder.elder_id, as_of_ms)
        for agreed in registry.standing.agreements(elder.elder_id):
            if not agreed.holds_at(as_of_ms):
                continue
            who = (("elder", elder.elder_id), agreed.row.organisation, elder.care_level)
            began = local_date(agreed.from_ms, offset_ms)
            due_ms = _midnight(began + timedelta(days=table.follow_up_days + 1), offset_ms)
            if due_ms <= as_of_ms and not _was(done, "follow-up", agreed.from_ms, as_of_ms):
                late = (as_of_ms - due_ms) // _DAY_MS + 1
                said = Text(
                    f"服务自 {began} 开始，{table.follow_up_days} 天内应随访，无记录，逾期第 {late} 天",
                    f"the service began on {began}; a follow-up was due within {table.follow_up_days} days and is not "
                    f"on record: day {late} overdue",
                )
                yield Overdue("follow_up", who[0], due_ms, said, *who[1:])
            missed = _unchecked(done, began, as_of_ms, offset_ms)
            if missed:
                said = Text(
                    f"自 {missed[0]:%Y-%m} 起 {len(missed)} 个月无入户核查记录，应每月 1 次",
                    f"no check of the household is on record for {len(missed)} months from {missed[0]:%Y-%m} on; one "
                    "a month was expected",
                )
                yield Overdue("household_check", who[0], _midnight(_next(missed[0]), offset_ms), said, *who[1:])


def _was(done: Iterable[Any], kind: str, from_ms: int, until_ms: int) -> bool:
    return any(one.kind == kind and from_ms <= one.done_ms <= until_ms for one in done)


def _unchecked(done: Iterable[Any], began: date, as_of_ms: int, offset_ms: int) -> list[date]:
    """Return the months that are over, whole ones of the service, since the household was checked last."""
    checks = [one.done_ms for one in done if one.kind == "household-check" and one.done_ms <= as_of_ms]
    month = began if began.day == 1 else _next(began.replace(day=1))
    if checks:
        month = max(month, _next(local_date(max(checks), offset_ms).replace(day=1)))
    this = local_date(as_of_ms, offset_ms).replace(day=1)
    found = []
    while month < this:
        found.append(month)
        month = _next(month)
    return found


def _papers(registry: Registry, as_of_ms: int, table: OverdueTable) -> Iterator[Overdue]:
    soon_ms = as_of_ms + table.papers_days * _DAY_MS
    for who in registry.caregivers_at(as_of_ms):
        ends: dict[str, list[int | None]] = {}
        for paper in registry.standing.papers(who.caregiver_id):
            # Either of two papers makes a certified caregiver: one that runs is enough.
            kind = "certificate" if paper.row.kind in CERTIFYING else paper.row.kind
            ends.setdefault(kind, []).append(paper.to_ms)
        for kind, several in sorted(ends.items()):
            known = [one for one in several if one is not None]
            if len(known) < len(several) or max(known) > soon_ms:
                continue
            last = max(known)
            name, days = _NAMES[kind], abs(as_of_ms - last) // _DAY_MS
            over = last <= as_of_ms
            said = (
                Text(f"{name.zh}已过期 {days + 1} 天，应在有效期内", f"{name.en} ran out {days + 1} days ago")
                if over
                else Text(f"{name.zh}还有 {days} 天到期，请续期", f"{name.en} runs out in {days} days: renew it")
            )
            about = ("caregiver", who.caregiver_id)
            yield Overdue("paper" if over else "paper_soon", about, last, said, who.organisation)


def _licences(registry: Registry, as_of_ms: int, table: OverdueTable) -> Iterator[Overdue]:
    for firm in registry.standing.organisations_at(as_of_ms):
        end = firm.licensed_to_ms
        if end is None or end > as_of_ms + table.papers_days * _DAY_MS:
            continue
        days, over = abs(as_of_ms - end) // _DAY_MS, end <= as_of_ms
        said = (
            Text(f"机构许可已过期 {days + 1} 天", f"the organisation's licence ran out {days + 1} days ago")
            if over
            else Text(f"机构许可还有 {days} 天到期", f"the organisation's licence runs out in {days} days")
        )
        kind = "licence" if over else "licence_soon"
        yield Overdue(kind, ("organisation", firm.organisation), end, said, firm.organisation)


def _unbound(registry: Registry, as_of_ms: int) -> Iterator[Overdue]:
    """rule: BINDING. Where organisations are kept, every caregiver belongs to one."""
    if registry.standing.organisations_at(as_of_ms):
        for who in registry.caregivers_at(as_of_ms):
            if who.organisation is None:
                yield Overdue("unbound", ("caregiver", who.caregiver_id), as_of_ms, _UNBOUND)


def _unmarked(registry: Registry, as_of_ms: int) -> Iterator[Overdue]:
    """rule: MARK-LOCATION. Every organisation, and the home of everybody who is cared for, has a place."""
    for firm in registry.standing.organisations_at(as_of_ms):
        if firm.place_id is None or registry.place(firm.place_id, as_of_ms) is None:
            yield Overdue("unmarked", ("organisation", firm.organisation), as_of_ms, _UNMARKED, firm.organisation)
    for elder in registry.elders_at(as_of_ms):
        served = registry.standing.organisations_of(elder.elder_id, as_of_ms)
        if served and (elder.place_id is None or registry.place(elder.place_id, as_of_ms) is None):
            who = ("elder", elder.elder_id)
            yield Overdue("unmarked", who, as_of_ms, _UNMARKED, served[0], elder.care_level)


_UNBOUND: Final = Text("护理员没有绑定机构，应绑定 1 家", "the caregiver is bound to no organisation; one was expected")
_UNMARKED: Final = Text("没有登记地点（标记定位），应有 1 处", "no place is marked; one was expected")
_NAMES: Final = {
    "identity": Text("身份证", "the identity card"),
    "health": Text("健康证", "the health certificate"),
    "certificate": Text("资格证或技能等级证", "the qualification or skill grade"),
}


def _next(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def _midnight(day: date, offset_ms: int) -> int:
    """Return when the local ``day`` begins, UTC ms."""
    return (day - _EPOCH).days * _DAY_MS - offset_ms
