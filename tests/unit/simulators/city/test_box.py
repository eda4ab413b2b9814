"""A terminal of the city takes in and out as a real one does, and its monotonic time never goes back."""

from zhendao.protocol.bodies import Tamper
from zhendao.protocol.vocabulary import Direction, Mounting, Placement, TamperCause
from zhendao.simulators.city.box import GUARD_MS, LONGEST_MS, Box
from zhendao.simulators.city.model import Terminal

KEY = b"card", b""
TERMINAL = Terminal(0, bytes(16), bytes(16), Placement.HOME, Mounting.CRADLE, None, receiver=False)


def test_monotonic_time_never_goes_back_and_numbers_have_no_gap() -> None:
    box = Box(TERMINAL, bytes(16), 0, -20)
    body = Tamper(cause=TamperCause.CASE, active=True)
    events = [box.write(at_ms, body) for at_ms in (10_000, 4_000, 11_000)]
    assert [one.seq for one in events] == [1, 2, 3]
    assert [one.mono_ns for one in events] == sorted(one.mono_ns for one in events)


def test_the_same_again_within_the_guard_is_repeated_and_a_restart_forgets_it() -> None:
    box = Box(TERMINAL, bytes(16), 0, 0)
    box.checked(KEY, 7, 1_000, Direction.IN)
    assert box.repeats(KEY, 1_000 + GUARD_MS) == 7
    assert box.repeats(KEY, 1_001 + GUARD_MS) is None
    box.restart(bytes(16), 5_000)
    assert box.repeats(KEY, 6_000) is None


def test_a_check_closes_what_is_open_unless_that_is_too_long_ago() -> None:
    box = Box(TERMINAL, bytes(16), 0, 0)
    box.checked(KEY, 7, 1_000, Direction.IN)
    assert box.direction(KEY, 1_000 + LONGEST_MS) == (Direction.OUT, 7)
    assert box.direction(KEY, 1_001 + LONGEST_MS) == (Direction.IN, None)
    box.checked(KEY, 8, 2_000, Direction.OUT)
    assert box.direction(KEY, 3_000) == (Direction.IN, None)


def test_only_a_check_in_is_taken_back() -> None:
    box = Box(TERMINAL, bytes(16), 0, 0)
    box.checked(KEY, 7, 1_000, Direction.IN)
    assert box.taken_back(KEY) == 7
    assert box.taken_back(KEY) is None
    box.checked(KEY, 8, 2_000, Direction.IN)
    box.checked(KEY, 9, 3_000, Direction.OUT)
    assert box.taken_back(KEY) is None
