"""A backlog for measurements: a journal made by the real recorder, of what a terminal meets offline.

Busy: of twenty events twelve are checks (six visits, two signed tokens and a fix each), four health, two taps of
somebody's own card, one sensor, one clock anchor. Home: of thirty events four are checks, eighteen health, six clock
anchors, one tap, one sensor. Make it in memory (/dev/shm): every event is a synced commit.
"""

import os
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count, islice
from pathlib import Path

from zhendao.device.clock.stamp import Stamp
from zhendao.device.identity.values import Identity
from zhendao.device.journal.folder import DataFolder
from zhendao.device.journal.recorder import Recorder
from zhendao.device.journal.store import Journal
from zhendao.protocol.bodies import Body, Check, Clock, Fix, Health, Sensor, Tap, TokenRead
from zhendao.protocol.health import Counter as Count
from zhendao.protocol.keys import SigningKey
from zhendao.protocol.token import sign_token
from zhendao.protocol.vocabulary import (
    CheckFlag,
    ClockReason,
    ClockSource,
    Constellation,
    Datum,
    Direction,
    FixSign,
    Mounting,
    PartState,
    Placement,
    Role,
    SensorClass,
    Strength,
    TapReason,
    Technology,
)

CARDS = 24
STEP_NS = 150 * 10**9
"""Two and a half minutes between events: 50,000 of them are 87 days."""
_IN, _OUT = ("in",) * 3, ("out",) * 3
_QUIET = ("health", "health", "health", "clock")
MIXES = {
    "busy": ("health", *_IN, "tap", *_OUT, "clock", "health", *_IN, "sensor", *_OUT, "health", "tap", "health"),
    "home": (*_QUIET * 3, "in", "tap", "out", *_QUIET * 3, "in", "sensor", "out"),
}
"""By name, what happens one after the other, again and again."""


@dataclass(frozen=True)
class Cast:
    """Who comes: a door tag and the caregivers' cards, with the records that are on them."""

    door: TokenRead
    cards: tuple[TokenRead, ...]


def cast(issuer: SigningKey, door_id: bytes, card_ids: tuple[bytes, ...]) -> Cast:
    """Return tokens signed by ``issuer``, as a reader gives them."""

    def read(role: Role, number: int, token_id: bytes) -> TokenRead:
        uid = bytes([4, *number.to_bytes(6, "big")])
        proof = sign_token(issuer, role, token_id, uid, 0, 1 << 40)
        return TokenRead(
            role, Strength.SIGNED, uid, token_id=token_id, proof=proof, rtts_us=(2104, 2098),
            mono_ns=1 << 40, technology=Technology.NTAG21X,
        )  # fmt: skip

    cards = tuple(read(Role.CAREGIVER, number, one) for number, one in enumerate(card_ids, 1))
    return Cast(read(Role.DOOR, 0, door_id), cards)


def bodies(
    who: Cast, mix: tuple[str, ...], since_ms: int, lat_e7: int, lon_e7: int, seed: int = 50_000
) -> Iterator[Body]:
    """Return what happens, for ever; event 1 is the boot, so the first of these is event 2."""
    chance = random.Random(seed)
    opened: dict[int, int] = {}
    card = 0
    for at in count():
        seq, mono_ns = at + 2, (at + 2) * STEP_NS
        fix = Fix(
            lat_e7 + int(chance.gauss(0, 300)), lon_e7 + int(chance.gauss(0, 300)), Datum.WGS84, 65, 400, 20, 14, 92,
            cn0_deci=384, constellations=Constellation.GPS | Constellation.BEIDOU, signs=FixSign(0),
            gnss_ms=since_ms + mono_ns // 10**6,
        )  # fmt: skip
        match mix[at % len(mix)]:
            case "in" | "out" as way:
                number = card % CARDS
                card += 1
                if way == "out":
                    number = min(opened, key=opened.__getitem__)
                body: Body = Check(
                    door=replace(who.door, mono_ns=mono_ns - 2 * 10**9),
                    caregiver=replace(who.cards[number], mono_ns=mono_ns),
                    fix=fix,
                    direction=Direction.IN if way == "in" else Direction.OUT,
                    placement=Placement.HOME,
                    mounting=Mounting.CRADLE,
                    opened_by=opened.pop(number) if way == "out" else None,
                    flags=CheckFlag(0),
                )
                if way == "in":
                    opened[number] = seq
            case "health":
                counters = (Count("acknowledgements", at), Count("batches", at), Count("taps", at))
                body = Health(
                    at * 150, 8 << 20, PartState.WELL, PartState.WELL, at, temperature_dc=412,
                    software="zhendao", counters=counters,
                )  # fmt: skip
            case "tap":
                body = Tap(
                    token=TokenRead(
                        Role.UNKNOWN, Strength.UID, b"\x08\x11\x22\x33", rtts_us=(2100,), mono_ns=mono_ns,
                        technology=Technology.ISO_DEP,
                    ),
                    reason=TapReason.UNKNOWN,
                )  # fmt: skip
            case "sensor":
                body = Sensor("front-door", SensorClass.DOOR_CONTACT, at % 2, 0)
            case _:
                wall_ms = since_ms + mono_ns // 10**6
                body = Clock(ClockReason.ANCHOR, wall_ms, 30, ClockSource.GNSS, mono_ns)
        yield body


def write(folder: Path, who: Identity, events: int, happened: Iterator[Body], since_ms: int) -> Counter[str]:
    """Journal ``events`` events, the boot among them, into the data folder ``folder``; return how many of each kind."""
    made: Counter[str] = Counter({"boot": 1})
    data = DataFolder(folder)
    journal = Journal(data, who.suite, who.device, lambda: 0)
    journal._file.db.execute("PRAGMA synchronous = OFF")
    recorder = Recorder(journal, who, "bench", os.urandom)
    boot_id = os.urandom(16)

    def stamp(seq: int) -> Stamp:
        mono_ns = seq * STEP_NS
        return Stamp(boot_id, mono_ns, since_ms + mono_ns // 10**6, ClockSource.GNSS, 50)

    recorder.begin(stamp(1))
    for body in islice(happened, events - 1):
        recorder.record(body, stamp(recorder.seq + 1))
        made[type(body).__name__.lower()] += 1
    journal.close()
    data.close()
    return made
