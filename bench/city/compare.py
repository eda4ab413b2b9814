"""What was judged beside what really was, of one city: counts that can be added to those of other cities.

A judged visit and a true one are the same where they have a check in common. The one place of the project that knows
truth and judgement.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from answers import FRAUDS, FROM_FACTS, MISTAKES, OFFICE, OFFICE_KINDS, PATTERN_LEAST, PATTERNS, SUSPECT
from right import Cause, Rightness, touched
from truth import Stay, Truth

from zhendao.gateway.judging.blame import Blame
from zhendao.gateway.judging.findings import Finding
from zhendao.gateway.judging.judge import Judged
from zhendao.gateway.registry.snapshot import Registry

EXAMPLES = 4
"""Of each kind of miss and mistake, kept of each city to be shown."""
AROUND_MS = 3_600_000
"""Around the hours agreed: who comes then has come."""
HIDES_LENGTH = frozenset(
    {"forgotten_out", "forgotten_in", "not_witnessed", "carried_over", "double_tap", "wrong_order"}
)
"""Mistakes that leave no two checks from which the length of a visit follows."""
_ZONE_MS = 8 * 3_600_000


@dataclass(slots=True)
class Tally:
    """Counts of one city, or of several. ``classes``: by class, then by column; ``kinds``: by kind and cause."""

    visits: int = 0
    events: int = 0
    honest_visits: int = 0
    """With facts, booked to somebody who neither cheats nor lends a card."""
    classes: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    kinds: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    matrix: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """Of each class, at how many visits each kind was found; ``visits``: of how many, ``nothing``: at how many none."""
    amiss: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """The same of those findings that are wrong."""
    flagged: Counter[str] = field(default_factory=Counter)
    """Visits of honest caregivers with a wrong suspicion, by kind; ``any``: with one of any kind."""
    blamed: Counter[str] = field(default_factory=Counter)
    """Findings that a fault of ours caused and that blame a person, by kind."""
    examples: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, other: "Tally") -> None:
        """Add the counts of ``other``."""
        self.visits += other.visits
        self.events += other.events
        self.honest_visits += other.honest_visits
        for table in ("classes", "kinds", "matrix", "amiss"):
            mine = getattr(self, table)
            for name, counts in getattr(other, table).items():
                mine[name].update(counts)
        self.flagged.update(other.flagged)
        self.blamed.update(other.blamed)
        for name, several in other.examples.items():
            self.examples[name] += several


def compare(truth: Truth, judged: Judged, registry: Registry, heard: Mapping[str, int]) -> Tally:
    """Return what ``judged`` is worth against ``truth``; ``heard``: when each terminal was heard of last, UTC ms."""
    return _Comparison(truth, judged, registry, heard).tally()


class _Comparison:
    def __init__(self, truth: Truth, judged: Judged, registry: Registry, heard: Mapping[str, int]) -> None:
        self._truth, self._judged, self._registry, self._heard = truth, judged, registry, heard
        self._right = Rightness(truth, registry)
        self._said = Tally(len(truth.stays), judged.events)
        self._stays_of = _stays_by_visit(truth, judged)
        self._planned: dict[tuple[str, ...], list[Stay]] = defaultdict(list)
        for one in truth.stays:
            self._planned[one.elder, one.caregiver, one.service, _local(one.planned[0])[:10]].append(one)
        moment = truth.stays[0].planned[0] if truth.stays else 0
        self._home = {one.device.hex(): one.elder_id for one in registry.terminals_at(moment)}
        self._device = {elder: device for device, elder in self._home.items() if elder is not None}
        self._at: dict[str, dict[Stay, None]] = defaultdict(dict)
        for one in truth.stays:
            for name in one.facts:
                self._at[name[0]][one] = None
        self._found: dict[Stay, Counter[str]] = defaultdict(Counter)
        """Kinds of findings that are of a visit, or name its terminal or its plan."""
        self._wrong: dict[Stay, set[str]] = defaultdict(set)
        self._patterns: dict[tuple[str, str], int] = Counter()
        """Patterns by kind and caregiver."""

    def tally(self) -> Tally:
        for finding in self._judged.findings:
            self._take(finding)
        self._frauds()
        self._mistakes()
        self._office()
        for one in self._truth.stays:
            if one.facts and one.booked is not None and one.booked not in self._truth.cheats:
                self._said.honest_visits += 1
        return self._said

    # -- each finding

    def _take(self, finding: Finding) -> None:
        kind, (what, name) = finding.kind, finding.subject
        stays = self._stays_of.get(finding.visit_id, []) if finding.visit_id is not None else []
        cause = self._cause(finding, stays)
        if kind not in FROM_FACTS:
            self._said.kinds[kind][cause] += 1
        for one in stays:
            self._found[one][kind] += 1
            if cause is Cause.WRONG and kind not in FROM_FACTS:
                self._wrong[one].add(kind)
        if what in {"caregiver", "caregivers"}:
            for person in name.split("/"):
                self._patterns[kind, person] += 1
        if kind in FROM_FACTS:
            return
        if cause is Cause.WRONG:
            self._example(f"wrong {kind}", stays, finding)
            self._suspected(finding, stays)
        if _blames_person(finding) and (cause is Cause.FAULT or (cause is Cause.WRONG and touched(stays))):
            self._said.blamed[kind] += 1
            self._example(f"blamed {kind}", stays, finding)

    def _cause(self, finding: Finding, stays: list[Stay]) -> Cause:
        kind, (what, name) = finding.kind, finding.subject
        if what in {"caregiver", "caregivers"} and kind in PATTERNS.values():
            return self._right.of_people(kind, name.split("/"))
        if what == "terminal":
            device = name.partition("/")[0]
            if kind not in {"moved", "tamper"}:
                return Cause.WRONG  # no journal of the city is amiss
            for one in self._at.get(device, ()):
                self._found[one][kind] += 1
            return self._right.of_terminal(self._home.get(device))
        if what == "organisation":
            return self._right.organisation(kind, name)
        if what == "schedule":
            meant = self._meant(name)
            for one in meant:
                self._found[one][kind] += 1
            return self._right.of_plan(meant)
        return self._right.of_visit(kind, stays, asks_a_person=_blames_person(finding))

    def _meant(self, name: str) -> list[Stay]:
        """Return the visit that a schedule's name means: of that day the one whose hours begin nearest to it."""
        elder, caregiver, service, at = name.split("/")
        several = self._planned.get((elder, caregiver, service, at[:10]), [])
        return sorted(several, key=lambda one: abs(_minute(_local(one.planned[0])) - _minute(at)))[:1]

    def _suspected(self, finding: Finding, stays: list[Stay]) -> None:
        people = {one.booked for one in stays if one.booked is not None}
        if finding.kind in SUSPECT and people and not people & self._truth.cheats:
            self._said.flagged[finding.kind] += 1

    # -- each class

    def _frauds(self) -> None:
        habit = Counter((one.fraud, one.booked) for one in self._truth.stays if one.fraud in PATTERNS and one.facts)
        for one in self._truth.stays:
            if one.fraud is None:
                continue
            counts, answers = self._said.classes[one.fraud], FRAUDS[one.fraud]
            kinds = set(self._found[one]) | {
                kind for kind in answers for name in (one.booked, one.caregiver, one.by)
                if name is not None and self._patterns[kind, name]
            }  # fmt: skip
            self._matrix(one.fraud, one, kinds)
            counts["all"] += 1
            found = bool(kinds & answers)
            if not one.facts or not one.traces:
                counts["no_trace"] += 1
                counts["found_without"] += found
                continue
            single = one.traces - {PATTERNS.get(one.fraud, "")} - {"unscheduled"}
            if one.fraud in PATTERNS and not single and habit[one.fraud, one.booked] < PATTERN_LEAST:
                counts["too_few"] += 1
                counts["found_without"] += found
                continue
            counts["traced"] += 1
            counts["found"] += found
            counts["hint_alone"] += found and not kinds & answers & SUSPECT
            if not found:
                self._example(f"missed {one.fraud}", [one], None)

    def _mistakes(self) -> None:
        for one in self._truth.stays:
            if one.fraud is not None:
                continue
            kinds = set(self._found[one])
            for name in one.classes:
                self._matrix(name, one, kinds)
                counts = self._said.classes[name]
                counts["all"] += 1
                if name not in MISTAKES or not self._shows(name, one):
                    counts["no_trace"] += 1
                    continue
                counts["traced"] += 1
                found = bool(kinds & MISTAKES[name])
                counts["found"] += found
                if not found:
                    self._example(f"missed {name}", [one], None)

    def _shows(self, mistake: str, stay: Stay) -> bool:
        """Tell whether the facts can show it."""
        if mistake in {"missed", "no_card"}:
            return self._would_be_missed(stay)
        if mistake in {"left_early", "stayed_long"}:
            return len(stay.facts) > 1 and not stay.mistakes & HIDES_LENGTH
        return bool(stay.facts)

    def _would_be_missed(self, stay: Stay) -> bool:
        """Tell whether the terminal in the home ran all the time and was heard of afterwards."""
        device = self._device.get(stay.elder)
        if device is None or self._heard.get(device, 0) < stay.planned[1] + AROUND_MS:
            return False
        begin_ms, end_ms = stay.planned[0] - AROUND_MS, stay.planned[1] + AROUND_MS
        return not any(dark < end_ms and begin_ms < back for dark, back in self._truth.dark.get(device, ()))

    def _office(self) -> None:
        said = Counter((one.kind, one.subject[1]) for one in self._judged.findings)
        of_visits: dict[str, set[str]] = defaultdict(set)
        for one, kinds in self._found.items():
            who = one.booked or one.caregiver
            held = self._registry.caregiver(who, one.planned[0])
            for kind in kinds:
                of_visits[kind] |= {who, (held.organisation or "") if held is not None else ""}
        for name, held in (
            ("over_capacity", self._truth.over_capacity),
            ("unlicensed", self._truth.unlicensed),
            ("health_certificate", self._truth.expired),
        ):
            kind, counts = OFFICE[name], self._said.classes[name]
            for one in held:
                counts["all"] += 1
                counts["traced"] += 1
                counts["found"] += bool(said[kind, one]) or one in of_visits[kind]

    def _matrix(self, name: str, stay: Stay, kinds: set[str]) -> None:
        row = self._said.matrix[name]
        row.update(kinds)
        row["visits"] += 1
        row["nothing"] += not kinds - OFFICE_KINDS - FROM_FACTS
        self._said.amiss[name].update(self._wrong[stay])

    def _example(self, name: str, stays: list[Stay], finding: Finding | None) -> None:
        kept = self._said.examples[name]
        if len(kept) < EXAMPLES:
            told = "; ".join(
                f"{one.visit} {one.fraud or ','.join(sorted(one.mistakes)) or 'honest'} {one.elder} "
                f"{one.caregiver}→{one.booked} traces={','.join(sorted(one.traces))} outages={len(one.outages)} "
                f"facts={[seq for _, _, seq in one.facts]} found={sorted(self._found.get(one, ()))}"
                for one in stays
            )
            said = "" if finding is None else f" | {finding.visit_id.hex() if finding.visit_id else ''}"
            kept.append(f"seed {self._truth.seed}: {told}{said} | {finding.text.en if finding else ''}")


def _blames_person(finding: Finding) -> bool:
    return finding.blames is Blame.PERSON


def _local(at_ms: int) -> str:
    return f"{datetime.fromtimestamp((at_ms + _ZONE_MS) / 1000, UTC):%Y-%m-%d %H:%M}"


def _minute(at: str) -> int:
    return int(at[11:13]) * 60 + int(at[14:16])


def _stays_by_visit(truth: Truth, judged: Judged) -> Mapping[bytes, list[Stay]]:
    of_check = {name: one for one in truth.stays for name in one.facts}
    found: dict[bytes, list[Stay]] = {}
    for visit in judged.visits:
        checks = visit.pair.checks if visit.pair is not None else ()
        names = ((one.device.hex(), one.epoch.hex(), one.seq) for one in checks)
        stays = {stay: None for name in names if (stay := of_check.get(name)) is not None}
        found[visit.visit_id] = list(stays)
    return found
