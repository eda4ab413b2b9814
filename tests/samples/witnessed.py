"""Facts as `judge` reads them, made without keys or messages: a terminal that witnesses, and a registry around it."""

from dataclasses import dataclass, field
from typing import Any

import orjson

from samples.taps import check, token
from zhendao.gateway.judging.facts import Fact, fact_of
from zhendao.gateway.registry.snapshot import Caregiver, Elder, Place, Registry, Schedule, Service, Terminal, Token
from zhendao.gateway.registry.standing import Standing
from zhendao.gateway.registry.validity import Valid
from zhendao.protocol.bodies import Body, Boot, Rating, Undo
from zhendao.protocol.event import Event, kind_and_version
from zhendao.protocol.jsonform import event_to_json
from zhendao.protocol.vocabulary import BootReason, ClockSource, Datum, Direction, Mounting, Placement, Role

MORNING_MS = 1_790_035_200_000
"""08:00 in China on 2026-09-22."""
HOUR_S, MINUTE_S, DAY_S = 3_600, 60, 86_400
ANNA, BINA = b"card-one", b"card-two"
DEVICE = bytes(range(16))


@dataclass
class Witness:
    """A terminal; times in seconds after `MORNING_MS`. ``facts`` is its journal, in order."""

    device: bytes = DEVICE
    epoch: bytes = b"e" * 16
    boot_id: bytes = b"b" * 16
    began_s: int = -HOUR_S
    delay_s: int = 5
    facts: list[Fact] = field(default_factory=list)

    def add(
        self, body: Body, at_s: int, *, source: ClockSource = ClockSource.GNSS, h: bytes | None = None, **more: Any
    ) -> Fact:
        """Journal an event; it comes ``delay_s`` later. ``more``: ``received_s``, ``seq``, ``evidence``, ``step_s``."""
        kind, version = kind_and_version(body)
        known = source is not ClockSource.UNSET
        event = Event(
            device=self.device,
            epoch=self.epoch,
            seq=more.get("seq", len(self.facts) + 1),
            boot_id=self.boot_id,
            mono_ns=(at_s - self.began_s) * 10**9,
            wall_ms=MORNING_MS + (at_s + more.get("step_s", 0)) * 1000 if known else 0,
            clock_source=source,
            clock_bound_ms=50 if known else None,
            kind=kind,
            version=version,
            body=body,
        )
        received_ms = MORNING_MS + more.get("received_s", at_s + self.delay_s) * 1000
        fact = fact_of(event, received_ms, more.get("evidence"), h)
        self.facts.append(fact)
        return fact

    def boot(self, at_s: int, name: bytes, reason: BootReason = BootReason.START, **more: Any) -> Fact:
        """Begin a start at ``at_s``: its monotonic clock counts from there."""
        self.boot_id, self.began_s = name * 16, at_s
        body = Boot(bytes(16), reason, software="test", placement=Placement.HOME, mounting=Mounting.CRADLE)
        return self.add(body, at_s, **more)

    def come(self, at_s: int, card: bytes = ANNA, **more: Any) -> int:
        """Check in; return the number of the event."""
        return self.add(check(Direction.IN, card=card), at_s, **more).event.seq

    def leave(self, at_s: int, opened_by: int | None = None, card: bytes = ANNA, **more: Any) -> int:
        """Check out; return the number of the event."""
        return self.add(check(Direction.OUT, opened_by, card), at_s, **more).event.seq

    def undo(self, target: int, at_s: int, card: bytes = ANNA) -> int:
        """Take a check back."""
        return self.add(Undo(target, token(Role.CAREGIVER, card), 1), at_s).event.seq

    def rate(self, about: int, at_s: int, score: int = 60) -> int:
        """Press a button for a visit."""
        return self.add(Rating(score, 2, refers_to=about), at_s).event.seq


def always(row: Any) -> Any:
    """Return ``row`` as one that holds for ever."""
    return Valid(row, 0, None)


def known(standing: Standing | None = None, **more: list[Any]) -> Registry:
    """Return a registry of one home with two caregivers; ``more`` tables stand instead of these, rows as they are."""
    rows: dict[str, list[Any]] = {
        "terminals": [Terminal(DEVICE, "E-1", "P-1", Placement.HOME, None)],
        "places": [Place("P-1", 311_886_000, 1_214_365_000, Datum.WGS84, 60, 10)],
        "elders": [Elder("E-1", "xuhui", "P-1", "red")],
        "caregivers": [Caregiver("C-1", "xuhui", None), Caregiver("C-2", "xuhui", None)],
        "tokens": [
            Token(None, ANNA, Role.CAREGIVER, "C-1"),
            Token(None, BINA, Role.CAREGIVER, "C-2"),
            Token(None, b"door", Role.DOOR, "P-1"),
        ],
        "services": [Service("BATH", 1_800, 5_400)],
        "schedules": [Schedule("E-1", "C-1", "BATH")],
    }
    made = {name: [one if isinstance(one, Valid) else always(one) for one in found] for name, found in rows.items()}
    made |= {name: [one if isinstance(one, Valid) else always(one) for one in found] for name, found in more.items()}
    return Registry(standing=standing, **made)


def line_of(fact: Fact) -> bytes:
    """Return ``fact`` as a line of a file."""
    proofs = None
    if fact.evidence is not None:
        proofs = {{"card": "caregiver"}.get(name, name): part for name, part in fact.evidence.items()}
    said = {"received_ms": fact.received_ms, "event": event_to_json(fact.event), "proofs": proofs, "h": fact.h.hex()}
    return orjson.dumps(said) + b"\n"
