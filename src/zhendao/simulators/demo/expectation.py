"""What the platform must hold at the end of the day, computed from the good signals at the doors; and what differs.

Pure. Nothing is written down beforehand: each check-in that a person saw confirmed must be there once, in the visit
that it belongs to, with the verdicts that its duration and its true place ask for. rule: TWO-TOKENS, TIME, LOCATION.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from zhendao.protocol.datum import distance_m
from zhendao.protocol.wording import Text
from zhendao.simulators.demo.script import Home, Spot

CheckId = tuple[str, str, int]
"""Device and epoch in hex, sequence number: what names a check."""


@dataclass(frozen=True, slots=True)
class Signal:
    """A good signal for a check: who saw it, where the terminal truly was, when (CLOCK_BOOTTIME of this machine).

    ``caregiver`` is None for a card that nobody knows.
    """

    check: CheckId
    home: str
    caregiver: str | None
    incoming: bool
    mono_ns: int
    spot: Spot


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit as the platform should have it, or has it."""

    opened: CheckId
    closed: CheckId | None
    elder: str
    caregiver: str
    too_short: bool
    place: tuple[str, ...]
    """For the opening and the closing check: ``inside``, ``outside`` or ``cannot tell``."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The limits that the registry of the demo states."""

    min_service_s: float
    radius_m: float


def expected(signals: Iterable[Signal], homes: Mapping[str, Home], rules: Rules) -> tuple[Visit, ...]:
    """Return the visits that follow from ``signals``, in the order in which they were given at each door."""
    visits: list[Visit] = []
    opened: dict[tuple[str, str | None], Signal] = {}
    for signal in sorted(signals, key=lambda one: one.mono_ns):
        key = (signal.home, signal.caregiver)
        if signal.incoming:
            if key in opened:
                visits.append(_visit(opened[key], None, homes, rules))
            opened[key] = signal
        elif key in opened:
            visits.append(_visit(opened.pop(key), signal, homes, rules))
    visits.extend(_visit(signal, None, homes, rules) for signal in opened.values())
    return tuple(visits)


def _visit(first: Signal, last: Signal | None, homes: Mapping[str, Home], rules: Rules) -> Visit:
    lasted_s = (last.mono_ns - first.mono_ns) / 1e9 if last else None
    return Visit(
        opened=first.check,
        closed=last.check if last else None,
        elder=f"E-{first.home}",
        caregiver=f"C-{first.caregiver}" if first.caregiver else "",
        too_short=lasted_s is not None and lasted_s < rules.min_service_s,
        place=tuple(_place(one.spot, homes[one.home].spot, rules) for one in (first, last) if one),
    )


def _place(spot: Spot, home: Spot, rules: Rules) -> str:
    away = distance_m(spot.lat_e7 / 1e7, spot.lon_e7 / 1e7, home.lat_e7 / 1e7, home.lon_e7 / 1e7)
    return "inside" if away <= rules.radius_m else "outside"


def missing_or_more(signals: Iterable[Signal], events: Iterable[CheckId]) -> list[Text]:
    """Compare the checks that were signalled with those that the platform holds as ``events``, one text each."""
    held = Counter(events)
    wanted = {signal.check for signal in signals}
    return [
        Text(f"平台应有 1 次，实有 {held[c]} 次：{_name(c)}", f"the platform has {_name(c)} {held[c]} times, not once")
        for c in sorted(wanted | set(held))
        if held[c] != (1 if c in wanted else 0)
    ]


def differences(wanted: Sequence[Visit], held: Sequence[Visit]) -> list[Text]:
    """Return what differs between visits, one text each; nothing means that they are exactly the same."""
    found: list[Text] = []
    by_opening = {visit.opened: visit for visit in held}
    for visit in wanted:
        other = by_opening.get(visit.opened)
        if other is None:
            found.append(Text(f"平台没有：{_show(visit)}", f"the platform lacks {_show(visit)}"))
        elif other != visit:
            found.append(
                Text(
                    f"应为 {_show(visit)}，平台上是 {_show(other)}",
                    f"should be {_show(visit)}, the platform has {_show(other)}",
                )
            )
    openings = {visit.opened for visit in wanted}
    found.extend(
        Text(f"平台多出：{_show(visit)}", f"the platform has {_show(visit)} that nobody signalled")
        for visit in held
        if visit.opened not in openings
    )
    counted = Counter(check for visit in held for check in (visit.opened, visit.closed) if check)
    found.extend(
        Text(f"平台有 {n} 次：{_name(check)}", f"the platform has {_name(check)} {n} times")
        for check, n in counted.items()
        if n > 1
    )
    return found


def _name(check: CheckId) -> str:
    return f"{check[0][:8]}/{check[1][:8]}/{check[2]}"


def _show(visit: Visit) -> str:
    closed = _name(visit.closed) if visit.closed else "-"
    short = ", short" if visit.too_short else ""
    return f"{visit.caregiver}@{visit.elder} {_name(visit.opened)}…{closed} ({'/'.join(visit.place)}{short})"
