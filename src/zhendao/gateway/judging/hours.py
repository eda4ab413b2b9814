"""Hours of service from visits: by month, caregiver, organisation, service, and who pays. Pure.

Promise: only visits that are closed, last as long as is known, and about which nothing is found that a person or an
organisation is asked for count as verified; the others are summed beside them, not left out. Each visit counts once, by
the registry as it was at its beginning. rule: HOURS, PAYER
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from zhendao.gateway.judging.blame import Blame
from zhendao.gateway.judging.days import local_date, names_of
from zhendao.gateway.judging.findings import Finding
from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.visits.judgement import Visit

ASKED: Final = frozenset({Blame.PERSON, Blame.SUPPLY})
"""Of a visit about which one of these is asked, nothing is verified."""
_Key = tuple[str, str, str | None, str | None, str | None, str | None]


@dataclass(slots=True)
class Hours:
    """``visits`` that are verified and their ``seconds``; ``doubted`` ones and theirs.

    ``payer`` and ``ability`` as `choices` has them; None where nothing is written down.
    """

    month: str
    caregiver_id: str
    organisation: str | None
    service: str | None
    payer: str | None
    ability: str | None
    visits: int = 0
    seconds: int = 0
    doubted: int = 0
    doubted_s: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return it as `judge` writes it."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Served:
    """What counts of a closed visit at an elder's home: whose it is, and how long it surely took (``seconds``).

    0 where it is attested. Where clocks do not know, nobody is paid for their error, and a correction settles it.
    """

    visit_id: bytes
    at_ms: int
    caregiver_id: str
    elder_id: str
    organisation: str | None
    service: str | None
    payer: str | None
    ability: str | None
    seconds: int


def served_by(visit: Visit, registry: Registry) -> Served | None:
    """Return what counts of ``visit``, by the registry as it was then; None where it is not closed, or not known."""
    at_ms, caregiver, seconds = visit.at_ms, visit.caregiver_id, visit.record.get("duration_s")
    if at_ms is None or caregiver is None or visit.elder_id is None or visit.state != "closed":
        return None
    if seconds is None and "profile" not in visit.record:
        return None
    who, elder = registry.caregiver(caregiver, at_ms), registry.elder(visit.elder_id, at_ms)
    return Served(
        visit.visit_id,
        at_ms if visit.begin_ms is None else visit.begin_ms,
        caregiver,
        visit.elder_id,
        None if who is None else who.organisation,
        visit.record["service"],
        None if elder is None else elder.payer,
        None if elder is None else elder.ability,
        max(0, (seconds or 0) - (visit.record.get("duration_bound_ms") or 0) // 1000),
    )


def hours_of(visits: Iterable[Visit], findings: Iterable[Finding], registry: Registry, offset_ms: int) -> list[Hours]:
    """Return the sums of ``visits`` at elders' homes, in one order; months are local, ``offset_ms`` ahead of UTC."""
    doubted = {
        one.visit_id for one in findings
        if one.visit_id is not None and one.base_permille is None and one.blames in ASKED
    }  # fmt: skip
    found: dict[_Key, Hours] = {}
    for visit in visits:
        one = served_by(visit, registry)
        if one is None:
            continue
        month = names_of(local_date(one.at_ms, offset_ms))[1]
        key = month, one.caregiver_id, one.organisation, one.service, one.payer, one.ability
        sums = found.get(key)
        if sums is None:
            sums = found[key] = Hours(*key)
        if one.visit_id in doubted:
            sums.doubted, sums.doubted_s = sums.doubted + 1, sums.doubted_s + one.seconds
        else:
            sums.visits, sums.seconds = sums.visits + 1, sums.seconds + one.seconds
    return [found[key] for key in sorted(found, key=lambda one: tuple(part or "" for part in one))]
