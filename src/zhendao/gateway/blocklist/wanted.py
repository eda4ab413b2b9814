"""Who belongs on the list at a moment: from the registry's tokens and from what people blocked. Pure.

rule: BLOCKLIST. On it is a token that was blocked as lost or revoked, every token that a barred person ever held, and
every token whose registration has ended and did not begin anew. By its uid a token is listed too, for a card whose
record was wiped; not so where a good token has the same chip now: nobody honest is turned away for whose card it was.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from zhendao.protocol.blocked_numbers import Numbers, numbers
from zhendao.protocol.limits import MAX_BLOCKED
from zhendao.protocol.vocabulary import Role


@dataclass(frozen=True, slots=True)
class Registered:
    """A row of the registry's tokens; it holds at ``from_ms <= t < to_ms`` (UTC ms)."""

    token_id: bytes | None
    uid: bytes | None
    role: Role
    holder_id: str
    from_ms: int
    to_ms: int | None

    def is_over(self, at_ms: int) -> bool:
        """Return whether it has ended by ``at_ms``."""
        return self.to_ms is not None and self.to_ms <= at_ms


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody blocked: one ``number`` (token id or uid), or all that a ``person`` holds."""

    number: bytes | None
    person: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """The list as it should be, how many more have no room on it, and when (UTC ms) time alone may change it."""

    numbers: Numbers
    left_out: int
    next_ms: int | None


def wanted(tokens: Iterable[Registered], entries: Iterable[Entry], now_ms: int, *, ended: bool = True) -> Wanted:
    """Return the list of ``now_ms`` (UTC ms); ``ended``: whether tokens whose registration has ended are on it."""
    known, blocked = list(tokens), list(entries)
    named = {one.number for one in blocked if one.number is not None}
    persons = {one.person for one in blocked if one.person is not None}
    stopped = [row for row in known if _is_stopped(row, named, persons)]
    # A row that is yet to begin counts as good too: it is nobody's who is gone.
    good = [row for row in known if not row.is_over(now_ms) and not _is_stopped(row, named, persons)]
    good_ids, good_uids = {row.token_id for row in good}, {row.uid for row in good}
    over = [row for row in known if ended and row.is_over(now_ms)]
    order = dict.fromkeys(sorted(named))
    for row in [*stopped, *sorted(over, key=lambda one: -(one.to_ms or 0))]:
        if row.token_id is not None and row.token_id not in good_ids:
            order[row.token_id] = None
        if row.uid is not None and row.uid not in good_uids:
            order[row.uid] = None
    several = list(order)
    moments = [ms for row in known for ms in (row.from_ms, row.to_ms) if ms is not None and ms > now_ms]
    room = several[:MAX_BLOCKED]
    return Wanted(numbers(room), len(several) - len(room), min(moments, default=None))


def _is_stopped(row: Registered, named: set[bytes], persons: set[str]) -> bool:
    by_number = row.token_id in named if row.token_id is not None else row.uid in named
    # Of a door tag the holder is a place, which may have a person's number by chance.
    return by_number or (row.role is not Role.DOOR and row.holder_id in persons)
