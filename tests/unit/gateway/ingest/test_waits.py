"""What waits at the gateway, and when it tries again: bounded, in order, never a crowd."""

from hypothesis import given
from hypothesis import strategies as st

from zhendao.gateway.ingest.attempts import LONGEST_WAIT_S, SHORTEST_WAIT_S, Attempts
from zhendao.gateway.ingest.inbox import MAX_WAITING, MAX_WAITING_BYTES, Inbox
from zhendao.gateway.ingest.session import Message


def test_reading_stops_while_too_many_or_too_large_wait_and_goes_on_when_some_were_taken() -> None:
    for payload, most in ((b"x", MAX_WAITING), (bytes(1 << 20), MAX_WAITING_BYTES >> 20)):
        inbox = Inbox()
        for number in range(most):
            assert inbox.has_room
            inbox.add(Message("up", payload, number + 1))
        assert not inbox.has_room
        group = [inbox.waiting.popleft() for _ in range(3)]
        inbox.taken(group)
        assert inbox.has_room
        inbox.take_back(group)
        assert not inbox.has_room
        assert [one.mid for one in inbox.waiting] == list(range(1, most + 1)), "the order is that of the broker"
        inbox.forget()
        assert inbox.has_room
        assert not inbox.waiting


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_waits_double_with_jitter_up_to_their_bound(units: list[float]) -> None:
    chance = iter(units)
    attempts = Attempts(lambda: next(chance))
    for tries, unit in enumerate(units):
        longest = min(LONGEST_WAIT_S, SHORTEST_WAIT_S * 2**tries)
        attempts.put_off(100)
        assert longest / 2 <= attempts.next_s - 100 <= longest
        assert abs(attempts.next_s - 100 - longest * (1 + unit) / 2) < 1e-9
    assert attempts.connected(200)
    assert attempts.failed == 0


def test_an_end_that_was_told_already_is_no_second_failure() -> None:
    attempts = Attempts(lambda: 0.5)
    assert attempts.lost(10)
    assert not attempts.lost(10), "refused, and then cut off: one failure"
    assert attempts.lost(20)
    assert attempts.failed == 2


def test_two_gateways_that_throw_each_other_out_wait_longer_and_are_told_of_ever_more_rarely() -> None:
    attempts, now, told, waits = Attempts(lambda: 1.0), 100.0, 0, []
    for _ in range(64):
        told += attempts.connected(now)
        assert attempts.lost(now + 0.1)
        told += attempts.noteworthy
        waits.append(attempts.next_s - now - 0.1)
        attempts.begin_again()  # the other session was let in, and will be thrown out too
        now += 5.0
    assert all(abs(wait - LONGEST_WAIT_S) < 1e-9 for wait in waits[2:])
    assert told <= 16, "64 times in and out are no 128 lines"
    assert attempts.connected(now)
    assert attempts.lost(now + 3600.0)
    assert attempts.brief == 0
    attempts.begin_again()
    assert attempts.next_s == 0.0
