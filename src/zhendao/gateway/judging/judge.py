"""All visits of a registry from facts: at one go or fact by fact, in any order, the same comes out. Pure.

Promise: `Judge.visits` follows from which facts were taken, the registry, the policy and the moment alone; a fact that
comes late draws again the lanes whose facts it changed, and no other. rule: TIME, TWO-TOKENS
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from zhendao.gateway.judging.confirmed import with_places
from zhendao.gateway.judging.days import Day, Period, check_ins_of, days_of, periods_of
from zhendao.gateway.judging.detectors import DETECTORS, SURVEYS
from zhendao.gateway.judging.facts import Fact
from zhendao.gateway.judging.faults import with_faults
from zhendao.gateway.judging.findings import Detector, Finding, Seen, Survey, Whole
from zhendao.gateway.judging.hints import Hints
from zhendao.gateway.judging.journal import Journal
from zhendao.gateway.judging.share import SHARE_PERCENT
from zhendao.gateway.judging.together import Together, together
from zhendao.gateway.judging.valid import ValidRule
from zhendao.gateway.meals.values import MealFact
from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.visits.corrected import Corrections, corrected
from zhendao.gateway.visits.drawing import LaneFacts, Policy, judged_visit, paired, successors
from zhendao.gateway.visits.joining import across
from zhendao.gateway.visits.judgement import Visit
from zhendao.gateway.visits.pairing import id_from

LaneName = tuple[bytes, bytes]
"""A terminal, and the number (uid) of a card that was read there."""


@dataclass(slots=True)
class _Lane:
    """A lane as it was drawn last; ``due_ms``: when one of its visits must be judged again."""

    facts: LaneFacts
    visits: list[Visit] = field(default_factory=list)
    names: dict[bytes, bytes] = field(default_factory=dict)
    due_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """What follows from the facts, as of ``as_of_ms`` (UTC ms): visits by begin and id, findings by visit and kind.

    ``names``: ids that a visit would have had before its other checks were known, each with the id that it has.
    ``days`` and ``periods`` by caregiver and time.
    """

    as_of_ms: int
    events: int
    visits: tuple[Visit, ...]
    findings: tuple[Finding, ...]
    names: dict[bytes, bytes]
    days: tuple[Day, ...] = ()
    periods: tuple[Period, ...] = ()
    together: tuple[Together, ...] = ()


class Judge:
    """Holds facts, and the visits drawn from them. ``clock_ms``: how far the gateway's own clock may be off."""

    def __init__(
        self,
        registry: Registry,
        policy: Policy,
        clock_ms: int,
        detectors: Iterable[Detector] = DETECTORS,
        surveys: Iterable[Survey] = SURVEYS,
        hints: Hints | None = None,
        valid: ValidRule | None = None,
        share_percent: int = SHARE_PERCENT,
    ) -> None:
        self._valid = valid if valid is not None else ValidRule(offset_ms=policy.thresholds.offset_ms)
        self._share_percent = share_percent
        self._registry, self._policy, self._clock_ms = registry, policy, clock_ms
        self._detectors, self._surveys, self._hints = tuple(detectors), tuple(surveys), hints or Hints()
        self._journals: dict[bytes, Journal] = {}
        self._lanes: dict[LaneName, _Lane] = {}
        self._changed: set[bytes] = set()
        self._last_ms = 0
        self._corrections: Corrections = {}

    def correct(self, corrections: Corrections) -> None:
        """Have ``corrections`` stand, and no others; every lane is drawn again when it is asked for."""
        self._corrections = dict(corrections)
        self._lanes.clear()
        self._changed.update(self._journals)

    def take(self, fact: Fact) -> None:
        """Take a fact; nothing is drawn yet."""
        device = fact.event.device
        journal = self._journals.get(device)
        if journal is None:
            journal = self._journals[device] = Journal(device, self._clock_ms)
        if journal.take(fact):
            self._changed.add(device)
        self._last_ms = max(self._last_ms, fact.received_ms)

    def draw(self, as_of_ms: int | None = None) -> list[Visit]:
        """Draw what the new facts, or the time, touch; return the visits that say something else than before.

        They are those of single terminals: what goes over two of them is joined in `judged`.

        ``as_of_ms`` (UTC ms): the moment as of which open visits are judged, the arrival of the last fact by default.
        It must not go back from one call to the next.
        """
        now_ms = self._last_ms if as_of_ms is None else as_of_ms
        touched: dict[LaneName, LaneFacts] = {}
        for device in sorted(self._changed):
            for uid, facts in self._journals[device].lanes().items():
                known = self._lanes.get((device, uid))
                if known is None or known.facts != facts:
                    touched[device, uid] = facts
        self._changed.clear()
        for name, lane in self._lanes.items():
            if name not in touched and lane.due_ms is not None and lane.due_ms <= now_ms:
                touched[name] = lane.facts
        return [visit for name, facts in touched.items() for visit in self._draw(name, facts, now_ms)]

    def judged(self, as_of_ms: int | None = None) -> Judged:
        """Draw what is to be drawn, and return all that follows; see `draw`."""
        self.draw(as_of_ms)
        now_ms = self._last_ms if as_of_ms is None else as_of_ms
        visits, names = self._across(now_ms)
        visits.sort(key=lambda one: (one.at_ms or 0, one.visit_id))
        findings = self.found_in(visits, now_ms)
        told = {device: self._journals[device].told() for device in sorted(self._journals)} if self._surveys else {}
        whole = Whole(tuple(visits), self._registry, self._policy, now_ms, told, self._hints)
        findings.extend(found for survey in self._surveys for found in survey.find(whole))
        findings = with_places(findings, visits)
        findings = with_faults(findings, visits, told, self._policy, self._registry)
        days = days_of(check_ins_of(visits), self._valid)
        return Judged(
            now_ms,
            sum(map(len, self._journals.values())),
            tuple(visits),
            tuple(sorted(findings, key=lambda one: one.order)),
            names,
            tuple(days),
            tuple(periods_of(days, self._valid, self._registry)),
            tuple(together(visits, self._share_percent)),
        )

    def meals(self) -> list[MealFact]:
        """Return the meals that terminals signed, in no order."""
        return [one for journal in self._journals.values() for one in journal.meals()]

    def found_in(self, visits: Iterable[Visit], as_of_ms: int) -> list[Finding]:
        """Return what the detectors find in each of ``visits`` alone, as of a moment (UTC ms); of many see `judged`."""
        seen = (Seen(visit, self._registry, self._policy, as_of_ms, self._hints) for visit in visits)
        return [found for one in seen for detector in self._detectors for found in detector.find(one)]

    def _across(self, now_ms: int) -> tuple[list[Visit], dict[bytes, bytes]]:
        """Return all visits, those that go over two terminals joined, and the names that they had."""
        alone = [visit for lane in self._lanes.values() for visit in lane.visits]
        names = {old: name for lane in self._lanes.values() for old, name in lane.names.items()}
        pairs = across(alone, self._policy.limits, self._registry)
        joined = []
        for one in pairs:
            ends = {(check.device, check.body.caregiver.uid): None for check in one.checks}
            said = LaneFacts((), opinions=tuple(word for name in ends for word in self._lanes[name].facts.opinions))
            joined.append(corrected(judged_visit(one, said, self._registry, self._policy, now_ms), self._corrections))
        parts = {id_from(check) for one in pairs for check in one.checks}
        return [*joined, *(one for one in alone if one.visit_id not in parts)], names | successors(pairs)

    def _draw(self, name: LaneName, facts: LaneFacts, now_ms: int) -> list[Visit]:
        before = self._lanes.get(name)
        said = {visit.visit_id: visit.record for visit in before.visits} if before is not None else {}
        pairs = paired(facts, self._registry, self._policy)
        drawn = (judged_visit(one, facts, self._registry, self._policy, now_ms) for one in pairs)
        visits = [corrected(one, self._corrections) for one in drawn]
        due = min((visit.due_ms for visit in visits if visit.due_ms is not None), default=None)
        self._lanes[name] = _Lane(facts, visits, successors(pairs), due)
        return [visit for visit in visits if said.get(visit.visit_id) != visit.record]
