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

_ASKED: Final = frozenset({Blame.PERSON, Blame.SUPPLY})
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


def hours_of(visits: Iterable[Visit], findings: Iterable[Finding], registry: Registry, offset_ms: int) -> list[Hours]:
    """Return the sums of ``visits`` at elders' homes, in one order; months are local, ``offset_ms`` ahead of UTC."""
    doubted = {
        one.visit_id for one in findings
        if one.visit_id is not None and one.base_permille is None and one.blames in _ASKED
    }  # fmt: skip
    found: dict[_Key, Hours] = {}
    for visit in visits:
        at_ms, caregiver, seconds = visit.at_ms, visit.caregiver_id, visit.record.get("duration_s")
        attested = "profile" in visit.record
        if at_ms is None or caregiver is None or visit.elder_id is None or visit.state != "closed":
            continue
        if seconds is None and not attested:
            continue
        who, elder = registry.caregiver(caregiver, at_ms), registry.elder(visit.elder_id, at_ms)
        key = (
            names_of(local_date(visit.begin_ms or at_ms, offset_ms))[1],
            caregiver,
            None if who is None else who.organisation,
            visit.record["service"],
            None if elder is None else elder.payer,
            None if elder is None else elder.ability,
        )
        sums = found.get(key)
        if sums is None:
            sums = found[key] = Hours(*key)
        if visit.visit_id in doubted:
            sums.doubted, sums.doubted_s = sums.doubted + 1, sums.doubted_s + (seconds or 0)
        else:
            sums.visits, sums.seconds = sums.visits + 1, sums.seconds + (seconds or 0)
    return [found[key] for key in sorted(found, key=lambda one: tuple(part or "" for part in one))]
