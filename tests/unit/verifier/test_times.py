"""Times and lengths that a gateway may put its name to, held against what the terminal signed."""

from dataclasses import replace
from typing import Any

import pytest

from zhendao.protocol.bodies import Clock, Sensor
from zhendao.protocol.errors import CryptoError
from zhendao.protocol.event import Event
from zhendao.protocol.vocabulary import ClockReason, ClockSource, Kind, SensorClass
from zhendao.verifier.bundle.journal import Fact
from zhendao.verifier.bundle.times import How, check_length, told

DAY_MS, HOUR_MS, HOUR_NS = 1_790_000_000_000, 3_600_000, 3_600 * 10**9
RECEIVED_MS = DAY_MS + 9 * HOUR_MS
BODY = Sensor("door", SensorClass.DOOR_CONTACT, 1, 0)
BOOTS = {name: bytes([number]) * 16 for number, name in enumerate(("before", "own", "after"), 1)}


def fact(seq: int, boot: str, mono_ns: int, wall_ms: int = 0, source: ClockSource = ClockSource.UNSET) -> Fact:
    """Return an event of one journal; where its source is trusted a clock event, right to 50 ms."""
    known = source >= ClockSource.NTP
    body = Clock(ClockReason.ANCHOR, wall_ms, 50, source, mono_ns) if known else BODY
    kind = Kind.CLOCK if known else Kind.SENSOR
    bound_ms = 50 if known else None
    event = Event(b"d" * 16, b"e" * 16, seq, BOOTS[boot], mono_ns, wall_ms, source, bound_ms, kind, 1, body)
    return Fact(event, bytes([seq]) * 32, RECEIVED_MS, own=True)


BEFORE = fact(3, "before", 2 * HOUR_NS, DAY_MS, ClockSource.GNSS)
CHECK = fact(5, "own", HOUR_NS)
AFTER = fact(7, "after", HOUR_NS, DAY_MS + 4 * HOUR_MS, ClockSource.NTP)
FIRST, LAST = DAY_MS - 50 + HOUR_MS - 360, DAY_MS + 50 + 3 * HOUR_MS + 360
"""An hour after its boot began, which is after the one; before the other began, an hour before it told the time."""


def between(first_ms: int, last_ms: int) -> dict[str, Any]:
    return {"method": "neighbours", "at_ms": (first_ms + last_ms) // 2, "bound_ms": (last_ms - first_ms + 1) // 2}


@pytest.mark.parametrize(
    ("side", "facts", "how"),
    [
        (between(FIRST, LAST), [BEFORE, AFTER], How.BOUNDED),
        (between(FIRST, RECEIVED_MS), [BEFORE], How.BOUNDED),
        (between(FIRST + 10_000, LAST), [BEFORE, AFTER], How.WORD),
        (between(FIRST, LAST - 10_000), [BEFORE, AFTER], How.WORD),
        (between(FIRST, LAST), [BEFORE], How.WORD),
        (between(FIRST, LAST), [AFTER], How.WORD),
        (between(FIRST, LAST), [replace(BEFORE, event=replace(BEFORE.event, seq=6)), AFTER], How.WORD),
        (between(FIRST, LAST), [replace(BEFORE, event=replace(BEFORE.event, device=b"x" * 16)), AFTER], How.WORD),
        (between(FIRST, LAST), [replace(BEFORE, event=replace(BEFORE.event, boot_id=BOOTS["own"])), AFTER], How.WORD),
    ],
)
def test_bounds_are_proved_by_the_trusted_times_around_it_and_by_nothing_less(
    side: dict[str, Any], facts: list[Fact], how: How
) -> None:
    assert told(side, CHECK, [CHECK, *facts]) is how


@pytest.mark.parametrize("method", ["neighbours", "none", "anchor", "guessed"])
def test_a_time_that_the_terminal_knew_is_not_to_be_called_another(method: str) -> None:
    known = fact(5, "own", HOUR_NS, DAY_MS, ClockSource.NTP)
    side = {"method": method, "at_ms": DAY_MS - 8 * HOUR_MS, "bound_ms": None if method == "none" else 1_000}
    assert told(side, known, [known]) is How.FALSE
    assert told({"method": "terminal", "at_ms": DAY_MS, "bound_ms": 50}, known, [known]) is How.KNOWN


def test_a_time_that_nobody_knows_has_no_bound_and_a_word_that_nobody_knows_holds_nothing() -> None:
    assert told({"method": "none", "at_ms": 0, "bound_ms": None}, CHECK, []) is How.UNKNOWN
    assert told({"method": "none", "at_ms": 0, "bound_ms": 5}, CHECK, []) is How.FALSE
    assert told({"method": "guessed", "at_ms": 0, "bound_ms": 5}, CHECK, []) is How.FALSE


def record(seconds: int | None, bound_ms: int | None = 50, **more: Any) -> dict[str, Any]:
    """Return a record of a visit of two hours."""
    sides = {"in": DAY_MS, "out": DAY_MS + 2 * HOUR_MS}
    told_sides = {name: {"at_ms": at_ms, "bound_ms": bound_ms} for name, at_ms in sides.items()}
    return {"duration_s": seconds, **told_sides, **more}


OVER_TWO_BOOTS = {"in": CHECK, "out": fact(8, "after", HOUR_NS)}


def test_a_length_over_two_boots_lies_between_its_times() -> None:
    assert check_length(record(7_200), OVER_TWO_BOOTS) is None
    assert check_length(record(None), OVER_TWO_BOOTS) is None
    for wrong in (record(9_000), record(5_000), record(7_200, None)):
        with pytest.raises(CryptoError):
            check_length(wrong, OVER_TWO_BOOTS)
    with pytest.raises(CryptoError):
        check_length(record(7_200), {"in": CHECK})


def test_a_length_within_one_boot_is_that_of_the_monotonic_clock() -> None:
    one_boot = {"in": CHECK, "out": fact(6, "own", 2 * HOUR_NS)}
    assert check_length(record(3_600), one_boot) == HOUR_MS
    with pytest.raises(CryptoError):
        check_length(record(7_200), one_boot)


def test_a_corrected_length_is_that_of_the_correction() -> None:
    def corrected(counts_s: int, witnessed_s: int = 7_200) -> dict[str, Any]:
        told = {"counts": True, "begin_ms": None, "end_ms": DAY_MS + 3 * HOUR_MS}
        return record(counts_s, correction=told | {"witnessed": {"duration_s": witnessed_s}})

    assert check_length(corrected(3 * 3_600), OVER_TWO_BOOTS) is None
    for wrong in (corrected(5 * 3_600), corrected(7_200), corrected(3 * 3_600, 9_000)):
        with pytest.raises(CryptoError):
            check_length(wrong, OVER_TWO_BOOTS)
