"""The life of a case: opened by findings, answered the same day or escalated, both sides heard, decided. Pure.

Promise: a case for a visit, whatever is found of it; late data is not overdue at birth; nobody's word decides alone,
and what an outage of ours explains is upheld against nobody; each change is a line of the log. rule: SAME-DAY
"""

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from zhendao.gateway.cases.codes import REASONS
from zhendao.gateway.cases.errors import NotNowError
from zhendao.gateway.cases.outages import Explained, When
from zhendao.gateway.cases.settings import CasesTable
from zhendao.gateway.cases.values import Act, Case, Change, Decision, Entry, Side, State
from zhendao.protocol.wording import Text

_DAY_MS: Final = 86_400_000
_HOUR_MS: Final = 3_600_000


def due_ms(seen_ms: int, table: CasesTable) -> int:
    """Return until when what was first seen at ``seen_ms`` is to be answered: that local day's end, or later.

    There are at least ``least_h`` hours. rule: SAME-DAY
    """
    offset_ms = table.utc_offset_min * 60_000
    end_ms = ((seen_ms + offset_ms) // _DAY_MS + 1) * _DAY_MS - offset_ms
    return max(end_ms, seen_ms + table.least_h * _HOUR_MS)


def opened(
    visit_id: bytes,
    when: When,
    kinds: Collection[str],
    who: tuple[str | None, str | None, str | None],
    explains: Explained,
    now_ms: int,
    table: CasesTable,
) -> Change:
    """Return a new case; ``who``: elder, caregiver, and the elder's care level."""
    found = frozenset(kinds)
    case = Case(0, visit_id, when, *who, State.OPEN, found, now_ms, due_ms(now_ms, table))
    return _explained(Change(case, (Entry(Act.OPENED, now_ms, said=_words(found)),)), explains, now_ms)


def renewed(case: Case, kinds: Collection[str], explained: Explained, now_ms: int, table: CasesTable) -> Change:
    """Return ``case`` with what is found now: cleared where nothing is, open again where it is something new.

    What was decided stays decided where nothing new is found; what is found otherwise than then is a line of the log.
    """
    found = frozenset(kinds)
    changed, entries = replace(case, kinds=found), tuple[Entry, ...]()
    if case.waits and not found:
        changed = replace(changed, state=State.CLEARED, closed_ms=now_ms)
        entries = (Entry(Act.CLEARED, now_ms),)
    elif not case.waits and found - case.settled:
        changed = replace(
            changed, state=State.OPEN, closed_ms=None, decision=None, reason=None, settled=frozenset(),
            escalated_ms=None, due_ms=due_ms(now_ms, table), heard=frozenset(),
        )  # fmt: skip
        entries = (Entry(Act.REOPENED, now_ms, said=_words(found)),)
    elif found != case.kinds:
        entries = (Entry(Act.FOUND if found else Act.CLEARED, now_ms, said=_words(found)),)
    return _explained(Change(changed, entries), explained, now_ms)


def _explained(change: Change, explained: Explained, now_ms: int) -> Change:
    case = change.case
    if (case.explained, case.explains) == (explained.reason, explained.kinds) or not case.waits:
        return change
    case = replace(case, explained=explained.reason, explains=explained.kinds)
    entry = Entry(Act.EXPLAINED, now_ms, said=explained.reason or "")
    return Change(case, (*change.entries, entry))


def overdue(case: Case, now_ms: int) -> Change:
    """Return ``case`` with the supervisors, where its time is over; else as it was."""
    if case.state is not State.OPEN or now_ms < case.due_ms:
        return Change(case)
    return Change(replace(case, state=State.ESCALATED, escalated_ms=now_ms), (Entry(Act.ESCALATED, now_ms),))


def heard(case: Case, side: Side, said: str, by: str, now_ms: int, *, reached: bool = True) -> Change:
    """Return ``case`` after ``by`` asked ``side``, and wrote down what was ``said``, or that nobody was reached."""
    _need(case.state is not State.DECIDED, "疑点单已决定", "the case is decided")
    _need(bool(said.strip()), "须写明说了什么，或如何联系过", "write down what was said, or how it was tried")
    entry = Entry(Act.HEARD if reached else Act.UNREACHED, now_ms, by, f"{side.value}: {said}")
    return Change(replace(case, heard=case.heard | {side}), (entry,))


def decided(
    case: Case, decision: Decision, reason: str, memo: str, by: str, now_ms: int, *, corrected: bool = False
) -> Change:
    """Return ``case`` decided; ``corrected``: a correction of its visit counts. Raises `NotNowError`."""
    mended = case.state is State.CLEARED and decision is Decision.FIXED
    _need(case.waits or mended, "疑点单已了结", "the case is closed")
    known = REASONS.get(reason)
    if known is None:
        raise NotNowError(Text(f"没有原因代码 {reason}", f"there is no reason {reason}"))
    _need(bool(memo.strip()) or not known.needs_memo, "该原因须说明", "this reason needs words beside it")
    by_system = case.blameless and known.of_system and decision is Decision.ACKNOWLEDGED
    _need(
        by_system or case.heard == frozenset(Side),
        "双方都须听取，或写明联系不上",
        "both sides are to be heard, or that one was not reached is to be written down",
    )
    _need(
        not (decision is Decision.UPHELD and case.blameless),
        "疑点由已知故障造成，不能归咎于人",
        "a known outage explains it: it is upheld against nobody",
    )
    _need(decision is not Decision.FIXED or corrected, "没有生效的更正", "no correction of this visit counts")
    said = f"{decision.value} {reason}" + (f": {memo}" if memo.strip() else "")
    closed = replace(
        case, state=State.DECIDED, closed_ms=now_ms, decision=decision, reason=reason, settled=case.kinds
    )  # fmt: skip
    return Change(closed, (Entry(Act.DECIDED, now_ms, by, said),))


def _need(holds: bool, zh: str, en: str) -> None:  # noqa: FBT001 - what is needed is said first
    if not holds:
        raise NotNowError(Text(zh, en))


def _words(kinds: frozenset[str]) -> str:
    return " ".join(sorted(kinds))
