"""Writes a city down: the registry's tables, `events.jsonl` in order of arrival, and `truth.json` apart from both."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from os import devnull
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhendao.protocol.jsonform import event_to_json
from zhendao.simulators.city.batches import Senders
from zhendao.simulators.city.enrolled import Enrolled
from zhendao.simulators.city.evidence import Cards
from zhendao.simulators.city.rates import Fraud
from zhendao.simulators.city.registry import TENANT, write_policy, write_registry
from zhendao.simulators.city.running import START_MS

if TYPE_CHECKING:
    from zhendao.protocol.suite import Suite
    from zhendao.simulators.city.facts import Fact
    from zhendao.simulators.city.running import Run
    from zhendao.simulators.city.visits import Visit

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(slots=True)
class Written:
    """What was written, in figures."""

    events: int = 0
    visits: int = 0
    frauds: int = 0
    mistakes: int = 0
    first_day: list[Visit] = field(default_factory=list)
    """The visits of the first day, for its picture."""

    def as_json(self) -> dict[str, int]:
        """Return the figures by name."""
        return {"events": self.events, "visits": self.visits, "frauds": self.frauds, "mistakes": self.mistakes}


def write_city(run: Run, folder: Path, suite: Suite | None = None) -> Written:
    """Run the city and write it into ``folder``: the registry and its policy, facts, corrections, and the truth.

    With ``suite``, ``batches/`` too: the gateway's keys, and the messages in which the facts came.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_registry(run.city, run.office, run.changes, folder / "registry", START_MS)
    write_policy(folder / "policy.toml")
    written = Written()
    senders = None
    if suite is not None:
        enrolled = Enrolled(suite, TENANT)
        enrolled.write(folder / "batches" / "keys")
        cards = Cards()
        cards.write(folder / "batches" / "keys")
        senders = Senders(enrolled, cards)
    with (
        (folder / "batches" / "messages.jsonl" if senders else Path(devnull)).open("w", encoding="ascii") as messages,
        (folder / "events.jsonl").open("w", encoding="utf-8", newline="\n") as events,
        (folder / "truth.json").open("w", encoding="utf-8", newline="\n") as truth,
        (folder / "corrections.jsonl").open("w", encoding="utf-8", newline="\n") as corrections,
    ):
        truth.write(_head(run))
        for facts, visits in run.play():
            events.writelines(line(fact) + "\n" for fact in facts)
            if senders is not None:
                messages.writelines(message.line() for message in senders.messages(facts))
            written.events += len(facts)
            facts.clear()  # else a day's facts are held while the next is made
            written.first_day = written.first_day or visits
            corrections.writelines(_json(one) + "\n" for one in run.corrections(visits))
            for visit in visits:
                truth.write(("," if written.visits else "") + "\n" + _json(visit.as_json()))
                written.visits += 1
                written.frauds += visit.fraud is not None
                written.mistakes += bool(visit.mistakes)
        for name, several in (("shifts", run.shifts), ("outages", run.outages.all)):
            truth.write(f'\n],\n"{name}":[\n' + ",\n".join(_json(one.as_json()) for one in several))
        truth.write("\n]}\n")
    return written


def line(fact: Fact) -> str:
    """Return the line of `events.jsonl` for one fact (docs/judge.md)."""
    return _json({"received_ms": fact.received_ms, "event": event_to_json(fact.event), "proofs": fact.proofs})


def _head(run: Run) -> str:
    cheats: dict[str, list[str]] = {
        fraud: [run.city.caregivers[number].caregiver_id for number, kind in sorted(run.habits.of.items())
                if kind is fraud]
        for fraud in Fraud
    }  # fmt: skip
    head = {
        "zhendao-city": 1, "seed": run.seed, "scale": run.scale.name, "days": run.days, "start_ms": START_MS,
        "rates": run.rates.as_json(), "office": run.office.as_json(), "habits": cheats,
        "changes": run.changes.as_json(),
        "moved": {elder: bond.caregiver.caregiver_id for elder, bond in sorted(run.habits.moved.items())},
    }  # fmt: skip
    return _json(head)[:-1] + ',\n"visits":['


def _json(value: Any) -> str:
    return _ENCODER.encode(value)
