"""The books: what people saw confirmed, what the gateway holds, what the platform has; and where they differ. Pure.

Promise: signalled = stored = delivered once. A check may be stored that nobody saw confirmed only where its terminal
was killed between disk and light, and not more often than that.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from zhendao.protocol.wording import Text

EventId = tuple[str, str, int]
"""Device and epoch in hex, sequence number."""
CHECK = "check"
GOOD = {"recorded", "remarked"}
"""The signals that promise that an event is safe."""


@dataclass(frozen=True, slots=True)
class Held:
    """An event as the gateway or the platform holds it. ``target``: the event that it takes back, if it does."""

    id: EventId
    kind: str
    target: EventId | None = None


@dataclass(slots=True)
class Account:
    """All that was written down. ``kills``: how often each terminal (by device) was killed."""

    signalled: Counter[EventId] = field(default_factory=Counter)
    stored: Sequence[Held] = ()
    delivered: Sequence[Held] = ()
    visited: Counter[EventId] = field(default_factory=Counter)
    """In how many visits that stand each check is, at the platform."""
    kills: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """One terminal's figures."""

    signalled: int
    stored: int
    delivered: int
    unseen: int
    lost: int
    twice: int


PLATFORMS = frozenset(
    {"check", "tap", "undo", "sos", "duress", "incident", "heard", "sensor", "tamper", "rating", "meal"}
)
"""Kinds of event that the platform is owed; the others are about the terminal itself."""


def rows(account: Account, devices: Iterable[str]) -> dict[str, Row]:
    """Return the figures of each device: checks, and what of them is wrong."""
    found = {}
    stored = Counter(one.id for one in account.stored)
    checks = {one.id for one in account.stored if one.kind == CHECK}
    delivered = Counter(one.id for one in account.delivered)
    for device in devices:
        mine = {one for one in account.signalled if one[0] == device}
        here = {one for one in checks if one[0] == device}
        there = {one.id for one in account.delivered if one.kind == CHECK and one.id[0] == device}
        twice = sum(max(stored[one], delivered[one]) > 1 for one in stored if one[0] == device)
        found[device] = Row(len(mine), len(here), len(there), len(here - mine), len(mine - set(stored)), twice)
    return found


def differences(account: Account) -> list[Text]:
    """Return what does not balance, one text each; nothing means that it does."""
    stored, delivered = Counter(one.id for one in account.stored), Counter(one.id for one in account.delivered)
    owed = {one.id for one in account.stored if one.kind in PLATFORMS}
    checks = {one.id for one in account.stored if one.kind == CHECK}
    taken_back = {one.target for one in account.stored if one.target is not None}
    return [
        *_each("亮过两次灯", "signalled twice", (e for e, n in account.signalled.items() if n > 1)),
        *_each("亮了灯，网关没有", "signalled, not at the gateway", set(account.signalled) - set(stored)),
        *_each("网关存了两份", "stored twice", (e for e, n in stored.items() if n > 1)),
        *_each("网关有，平台没有", "stored, not at the platform", owed - set(delivered)),
        *_each("平台有，网关没有", "at the platform, not stored", set(delivered) - owed),
        *_each("平台有两份", "at the platform twice", (e for e, n in delivered.items() if n > 1)),
        *_each(
            "不在恰好一次上门中",
            "not in exactly one visit",
            (e for e in checks | set(account.visited) if account.visited[e] != (e not in taken_back)),
        ),
        *_unseen(account, checks),
    ]


def _unseen(account: Account, checks: set[EventId]) -> Iterable[Text]:
    """A check that nobody saw confirmed is explained by a kill, one each."""
    unseen: dict[str, list[EventId]] = {}
    for one in sorted(checks - set(account.signalled)):
        unseen.setdefault(one[0], []).append(one)
    for device, events in unseen.items():
        if len(events) > account.kills.get(device, 0):
            yield from _each("已保存却没有亮灯", "stored, and no signal was given", events)


def _each(zh: str, en: str, events: Iterable[EventId]) -> list[Text]:
    return [Text(f"{zh}：{name(one)}", f"{en}: {name(one)}") for one in sorted(events)]


def name(event: EventId) -> str:
    """Return a short name of an event."""
    return f"{event[0][:8]}/{event[1][:8]}/{event[2]}"
