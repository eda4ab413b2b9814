"""What of the reports a trace keeps: the way of events from terminal to platform, and faults, in a few words.

With it a timeline and a picture can be drawn from the file alone. Bytes are cut to what tells them apart. What a part
notes by itself (signals, starts), and what is told often and says nothing to a reader (figures, sealings), is left out.
"""

from collections.abc import Callable
from typing import Any

from zhendao.simulators.world.reports import (
    Acknowledged,
    Attempted,
    Effective,
    Faulted,
    Report,
    Sent,
)
from zhendao.simulators.world.trace import Trace

_SHORT = 4
"""So many bytes of an epoch, a boot or a card tell it from the others of one history."""

Facts = dict[str, int | str]


def note(trace: Trace, report: Report) -> None:
    """Write ``report`` down, if it says something to a reader."""
    write = _WRITERS.get(type(report))
    if write is not None:
        who, what, facts = write(report)
        trace.note(report.at_ns, who, what, **facts)


def _sent(one: Sent) -> tuple[str, str, Facts]:
    return one.box, "sends", {"epoch": _cut(one.epoch), "first": one.first, "last": one.last, "size": one.size}


def _attempt(one: Attempted) -> tuple[str, str, Facts]:
    return one.box, "connects" if one.ok else "does not connect", {}


def _acknowledges(one: Acknowledged) -> tuple[str, str, Facts]:
    return (
        "gateway",
        "acknowledges",
        {
            "terminal": one.terminal,
            "epoch": _cut(one.epoch),
            "first": one.first,
            "last": one.last,
            "state": one.state,
            "committed": int(one.committed),
        },
    )


def _effective(one: Effective) -> tuple[str, str, Facts]:
    parts = one.key.split("/")
    facts: Facts = {"type": one.record_type, "device": parts[0][: 2 * _SHORT], "revision": one.revision}
    if len(parts) > 2:  # noqa: PLR2004 - device, epoch, seq, h
        facts |= {"epoch": parts[1][: 2 * _SHORT], "seq": int(parts[2])}
    return "platform", "effective", facts


def _fault(one: Faulted) -> tuple[str, str, Facts]:
    return one.who, "fault", {"fault": one.fault, "ends_ns": one.ends_ns}


def _cut(value: bytes) -> str:
    return value[:_SHORT].hex()


_WRITERS: dict[type, Callable[[Any], tuple[str, str, Facts]]] = {
    Sent: _sent,
    Attempted: _attempt,
    Acknowledged: _acknowledges,
    Effective: _effective,
    Faulted: _fault,
}
