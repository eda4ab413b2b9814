"""A tally as plain values: rows of classes and of kinds, and the targets. What is shown, drawn and written as JSON.

Precision of a class is that of the kinds that answer it: a finding of such a kind is right or wrong wherever it stands.
"""

from collections.abc import Iterable
from typing import Any, Final

from answers import FRAUDS, MISTAKES, OFFICE, OFFICE_KINDS, SUSPECT
from compare import Tally
from right import Cause
from words import CLASSES

RECALL: Final = 0.98
PRECISION: Final = 0.98
PER_THOUSAND: Final = 1.0


def report(tally: Tally) -> dict[str, Any]:
    """Return everything that `tally` says."""
    targets = list(_targets(tally))
    return {
        "visits": tally.visits,
        "events": tally.events,
        "honest_visits": tally.honest_visits,
        "classes": [_class(tally, group, name) for group, name in _names(tally)],
        "kinds": [_kind(tally, kind) for kind in sorted(tally.kinds)],
        "targets": targets,
        "holds": all(one["holds"] for one in targets),
    }


def _names(tally: Tally) -> list[tuple[str, str]]:
    known = [*FRAUDS, *MISTAKES, *OFFICE]
    order = {name: at for at, name in enumerate(CLASSES)}
    quiet = sorted({*tally.classes} - {*known}, key=lambda name: (order.get(name, len(order)), name))
    return [
        *(("fraud", name) for name in FRAUDS),
        *(("mistake", name) for name in MISTAKES),
        *(("quiet", name) for name in quiet),
        *(("office", name) for name in OFFICE),
    ]


def _class(tally: Tally, group: str, name: str) -> dict[str, Any]:
    counts = tally.classes.get(name, {})
    seen = {kind: count for kind, count in tally.matrix.get(name, {}).items() if kind not in {"visits", "nothing"}}
    answers = FRAUDS.get(name) or MISTAKES.get(name) or ({OFFICE[name]} if name in OFFICE else frozenset())
    right, told = counted(tally, answers)
    traced = counts.get("traced", 0)
    return {
        "class": name,
        "group": group,
        "visits": counts.get("all", 0),
        "no_trace": counts.get("no_trace", 0) if group in {"fraud", "mistake"} else 0,
        "too_few": counts.get("too_few", 0),
        "traced": traced,
        "found": counts.get("found", 0),
        "recall": counts.get("found", 0) / traced if traced else None,
        "hint_alone": counts.get("hint_alone", 0),
        "found_without_trace": counts.get("found_without", 0),
        "answers": sorted(answers),
        "precision": right / told if told else None,
        "nothing": tally.matrix.get(name, {}).get("nothing", 0),
        "amiss": {kind: count for kind, count in sorted(tally.amiss.get(name, {}).items()) if count},
        "seen": dict(sorted(seen.items(), key=lambda one: (-one[1], one[0]))),
    }


def _kind(tally: Tally, kind: str) -> dict[str, Any]:
    counts = tally.kinds[kind]
    right, told = counted(tally, [kind])
    return {
        "kind": kind,
        "findings": sum(counts.values()),
        **{str(cause): counts.get(cause, 0) for cause in Cause},
        "precision": right / told if told else None,
        "honest": tally.flagged.get(kind, 0),
        "blamed": tally.blamed.get(kind, 0),
    }


def counted(tally: Tally, kinds: Iterable[str]) -> tuple[int, int]:
    """Return how many findings of ``kinds`` are right, and how many there are of which that can be told."""
    right = wrong = 0
    for kind in kinds:
        counts = tally.kinds.get(kind, {})
        wrong += counts.get(Cause.WRONG, 0)
        right += sum(counts.get(cause, 0) for cause in (Cause.PERSON, Cause.OFFICE, Cause.FAULT))
    return right, right + wrong


def _targets(tally: Tally) -> Iterable[dict[str, Any]]:
    for name in FRAUDS:
        counts = tally.classes.get(name, {})
        traced, found = counts.get("traced", 0), counts.get("found", 0)
        yield _target("recall", RECALL, found, traced, holds=not traced or found / traced >= RECALL, name=name)
    facts = [kind for kind in tally.kinds if kind not in OFFICE_KINDS]
    for what, kinds in (("precision", facts), ("suspicions", sorted(SUSPECT))):
        right, told = counted(tally, kinds)
        yield _target(what, PRECISION, right, told, holds=not told or right / told >= PRECISION)
    suspected = sum(tally.flagged.values())
    rate = 1000 * suspected / max(1, tally.honest_visits)
    yield _target("honest", PER_THOUSAND, suspected, tally.honest_visits, holds=rate <= PER_THOUSAND)
    blamed = sum(tally.blamed.values())
    yield _target("blamed", 0, blamed, sum(sum(one.values()) for one in tally.kinds.values()), holds=not blamed)


def _target(what: str, limit: float, part: int, whole: int, *, holds: bool, name: str = "") -> dict[str, Any]:
    return {"what": what, "class": name, "limit": limit, "part": part, "whole": whole, "holds": holds}
