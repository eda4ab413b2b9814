"""What a history met: each kind of fault, and how the system reacted, counted. By it is known that a simulator sees.

Promise: counting changes nothing. Every word that can be counted is listed from the beginning, with 0, so that what was
never met in a thousand seeds shows.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from zhendao.device.feedback.moments import Moment
from zhendao.device.feedback.rows.calls import CALLS
from zhendao.simulators.world.reports import Acknowledged, Attempted, Effective, Faulted, Report, Sent, Signalled
from zhendao.simulators.world.story.kinds import FAULTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zhendao.simulators.world.invariants.books import Books

REACTIONS = (
    "sent again",
    "attempt failed",
    "acknowledged again",
    "quarantined",
    "forked",
    "new epoch",
    "taken back",
    "revised",
    "withdrawn",
    "dated by anchor",
    "dated by neighbours",
    "not dated",
)
FINDINGS = ("gap", "fork", "rollback", "new_epoch", "cut_tail", "clock_disputed", "clock_divided")
FLAGS = (
    "short",
    "no_out",
    "no_in",
    "doubled",
    "clock_unset",
    "unknown_card",
    "token_expired",
    "foreign_door",
    "outside",
    "no_fix",
)
ELSEWHERE = frozenset(
    {
        *CALLS,
        *(Moment.RATED, Moment.RATE_ELDER_CARD, Moment.REMIND_END),
        *(Moment.BUTTON_STUCK, Moment.TAMPER_OPEN, Moment.TAMPER_CLOSED, Moment.SENSOR_FAULT, Moment.SENSOR_WELL),
        *(Moment.MAINS_LOST, Moment.MAINS_BACK, Moment.BATTERY_LOW),
    }
)
"""What no terminal of a world can give: it has no buttons, no sensors and no plan of the day."""
_STATES = {1: "quarantined", 2: "forked"}
_METHODS = {"anchor": "dated by anchor", "neighbours": "dated by neighbours", "none": "not dated"}


def nothing() -> Counter[str]:
    """Return all that can be met, none of it met."""
    words: Iterable[str] = (
        *(f"fault {kind.name}" for kind in FAULTS),
        *(f"moment {moment.value}" for moment in Moment if moment not in ELSEWHERE),
        *REACTIONS,
        *(f"finding {kind}" for kind in FINDINGS),
        *(f"flag {flag}" for flag in FLAGS),
    )
    return Counter(dict.fromkeys(words, 0))


class Met:
    """Counts one history: `tell` it each report, `end` it with the books."""

    def __init__(self) -> None:
        self._counts = nothing()
        self._sent: dict[tuple[str, bytes], int] = {}
        self._acknowledged: dict[tuple[int, bytes], int] = {}

    @property
    def counts(self) -> Mapping[str, int]:
        """How often each thing was met."""
        return self._counts

    def tell(self, report: Report) -> None:
        """Count one report."""
        match report:
            case Faulted():
                self._counts[f"fault {report.fault}"] += 1
            case Signalled():
                self._counts[f"moment {report.moment}"] += 1
            case Sent():
                key = report.box, report.epoch
                self._counts["sent again"] += report.first <= self._sent.get(key, 0)
                self._sent[key] = max(report.last, self._sent.get(key, 0))
            case Attempted(ok=False):
                self._counts["attempt failed"] += 1
            case Acknowledged():
                if report.state in _STATES:
                    self._counts[_STATES[report.state]] += 1
                whose = report.terminal, report.epoch
                self._counts["acknowledged again"] += report.last <= self._acknowledged.get(whose, 0)
                self._acknowledged[whose] = max(report.last, self._acknowledged.get(whose, 0))
            case Effective():
                self._counts["revised"] += report.record_type == "visit" and report.revision > 1

    def end(self, books: Books) -> None:
        """Count what was written down."""
        epochs = {(fact.terminal, fact.epoch) for fact in books.facts}
        self._counts["new epoch"] += len(epochs) - len({terminal for terminal, _ in epochs})
        self._counts["taken back"] += sum(fact.target is not None for fact in books.facts)
        self._counts.update(f"finding {found.kind}" for found in books.findings)
        for visit in books.visits:
            self._counts["withdrawn"] += visit.state == "withdrawn"
            self._counts.update(f"flag {flag}" for flag in sorted(visit.flags))
            sides = (side for side in (visit.begin, visit.end) if side is not None)
            self._counts.update(_METHODS[side.method] for side in sides if side.method in _METHODS)
