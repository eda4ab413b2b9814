"""Bodies of checks for tests: one door tag, a few cards."""

from typing import TypeVar

from samples.line import SOME_DAY_MS, Line
from zhendao.protocol.bodies import Check, Clock, Rating, Sos, TokenRead, Undo
from zhendao.protocol.vocabulary import (
    CheckFlag,
    ClockReason,
    ClockSource,
    Direction,
    Mounting,
    Placement,
    Role,
    Strength,
    Technology,
)

AnyLine = TypeVar("AnyLine", bound=Line)
HOUR_NS = 3_600 * 10**9


def token(role: Role, uid: bytes, strength: Strength = Strength.SIGNED) -> TokenRead:
    """Return a token as it was read."""
    return TokenRead(role, strength, uid, (), 1, Technology.NTAG21X)


def check(direction: Direction, opened_by: int | None = None, card: bytes = b"card-one") -> Check:
    """Return a check with door tag and card."""
    return Check(
        door=token(Role.DOOR, b"door"),
        caregiver=token(Role.CAREGIVER, card),
        direction=direction,
        placement=Placement.HOME,
        mounting=Mounting.CRADLE,
        opened_by=opened_by,
        flags=CheckFlag(0),
    )


def day(line: Line) -> None:
    """Journal two visits of one card on one day, as events 2 to 5."""
    for hour, direction, opened_by in (
        (1, Direction.IN, None),
        (2, Direction.OUT, 2),
        (5, Direction.IN, None),
        (7, Direction.OUT, 4),
    ):
        line.add(check(direction, opened_by), mono_ns=hour * HOUR_NS)


def busy_days(line: Line) -> None:
    """Journal visits of two cards over two boots; the first boot learns the time late, a check is taken back."""
    unset = ClockSource.UNSET
    line.add(check(Direction.IN), mono_ns=HOUR_NS, wall_ms=0, source=unset)
    line.add(check(Direction.IN, card=b"card-two"), mono_ns=HOUR_NS + 5 * 10**9, wall_ms=0, source=unset)
    line.add(check(Direction.OUT, 2), mono_ns=3 * HOUR_NS, wall_ms=0, source=unset)
    known = Clock(ClockReason.ANCHOR, SOME_DAY_MS + 4 * 3_600_000, 50, ClockSource.GNSS, 4 * HOUR_NS)
    line.add(known, mono_ns=4 * HOUR_NS)
    line.add(check(Direction.OUT, 3, card=b"card-two"), mono_ns=5 * HOUR_NS)
    line.boot_id = bytes(16)
    line.start()
    line.add(check(Direction.IN), mono_ns=HOUR_NS, wall_ms=SOME_DAY_MS + 20 * 3_600_000)
    line.add(Undo(8, check(Direction.IN).caregiver, HOUR_NS), mono_ns=HOUR_NS + 10**9,
             wall_ms=SOME_DAY_MS + 20 * 3_600_000 + 1000)  # fmt: skip
    line.add(check(Direction.IN), mono_ns=2 * HOUR_NS, wall_ms=SOME_DAY_MS + 21 * 3_600_000)
    line.add(Sos(1, drill=False), mono_ns=3 * HOUR_NS, wall_ms=SOME_DAY_MS + 22 * 3_600_000)
    line.add(Rating(0, 3, refers_to=2), mono_ns=3 * HOUR_NS + 1, wall_ms=0, source=unset)
    line.add(Rating(60, 2, refers_to=10), mono_ns=3 * HOUR_NS + 2, wall_ms=SOME_DAY_MS + 22 * 3_600_000)


def lost_and_forged(line: AnyLine) -> AnyLine:
    """Three more boots: one without any time, one with, one that says a time before that."""
    for boot, wall_ms, source in (
        (1, 5_000, ClockSource.UNSET),
        (2, 1_790_150_000_000, ClockSource.NTP),
        (3, 1_790_050_000_000, ClockSource.GNSS),
    ):
        line.start()
        line.boot_id = bytes([boot]) * 16
        line.add(check(Direction.IN, card=bytes([boot]) * 7), mono_ns=10**9, wall_ms=wall_ms, source=source)
        reason = ClockReason.ANCHOR if source else ClockReason.STEP
        body = Clock(reason, wall_ms + 1000, 80 if source else 2**53 - 1, source, 2 * 10**9)
        line.add(body, mono_ns=2 * 10**9, wall_ms=wall_ms + 1000, source=source)
    return line
