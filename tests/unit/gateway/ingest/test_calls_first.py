"""Calls for help stand before everything else that waits at the gateway, and nobody can abuse that to stop the rest."""

from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samples.site import NOW_MS, Authority, Site
from zhendao.gateway.ingest.group import MAX_GROUP_CALLS, take_first
from zhendao.gateway.ingest.inbox import MAX_CALL_BYTES, MAX_CALLS, MAX_WAITING, MOST_OF_ONE, Inbox, is_call
from zhendao.gateway.ingest.intake import CUT_REST_MS, Clocks, Intake
from zhendao.gateway.ingest.outcome import Outcome
from zhendao.gateway.ingest.session import Message, Outgoing
from zhendao.protocol.bodies import Sensor, Sos
from zhendao.protocol.vocabulary import SensorClass


def call(number: int, who: str = "a", payload: bytes = b"x", line: int = 0) -> Message:
    return Message(f"zd/1/t/{who}/sos", payload, number, line=line)


def other(number: int, line: int = 0) -> Message:
    return Message("zd/1/t/a/up", b"x", number, line=line)


def mids(inbox: Inbox) -> list[int]:
    return [one.mid for one in inbox.waiting]


def test_calls_stand_first_in_the_order_in_which_they_came() -> None:
    inbox = Inbox()
    for one in (other(1), call(2), other(3), call(4, "b")):
        inbox.add(one)
    assert mids(inbox) == [2, 4, 1, 3]
    assert inbox.call_waits
    taken = take_first(inbox.waiting, is_call)
    inbox.taken(taken)
    assert [one.mid for one in taken] == [2, 4]
    assert not inbox.call_waits


def test_what_is_put_back_stands_behind_the_calls_that_came_meanwhile() -> None:
    inbox = Inbox()
    for one in (call(1), other(2), other(3)):
        inbox.add(one)
    group = [inbox.waiting.popleft() for _ in range(3)]
    inbox.taken(group)
    inbox.add(call(4, "b"))
    inbox.take_back(group)
    assert mids(inbox) == [4, 1, 2, 3]
    inbox.taken([inbox.waiting.popleft(), inbox.waiting.popleft()])
    assert not inbox.call_waits


def test_one_terminal_has_so_many_places_in_front_and_a_batch_of_thousands_has_none() -> None:
    inbox = Inbox()
    inbox.add(other(1))
    for number in range(MOST_OF_ONE + 5):
        inbox.add(call(100 + number))
    inbox.add(call(200, "b"))
    inbox.add(call(300, "c", bytes(MAX_CALL_BYTES + 1)))
    assert mids(inbox)[: MOST_OF_ONE + 2] == [*range(100, 100 + MOST_OF_ONE), 200, 1]
    assert mids(inbox)[-1] == 300


def test_the_line_that_has_ended_takes_its_messages_along_and_no_others() -> None:
    inbox = Inbox()
    for one in (other(1, line=1), call(1, line=2), other(2, line=1), call(2, line=1)):
        inbox.add(one)
    inbox.forget(1)
    assert [(one.mid, one.line) for one in inbox.waiting] == [(1, 2)]
    assert inbox.call_waits
    inbox.forget(2)
    assert not inbox.waiting
    assert not inbox.call_waits


def test_calls_are_read_where_nothing_else_is_any_more_and_are_bounded_too() -> None:
    inbox = Inbox()
    for number in range(MAX_WAITING):
        inbox.add(other(number))
    assert not inbox.has_room
    assert inbox.has_room_for_calls
    for number in range(MAX_CALLS):
        inbox.add(call(number, f"{number:04}"))
    assert not inbox.has_room_for_calls


STEPS = st.lists(st.sampled_from(["call", "flood", "other", "take", "back", "forget"]), max_size=40)


@settings(max_examples=60)
@given(STEPS)
def test_whatever_comes_the_count_is_that_of_the_calls_in_front(steps: list[str]) -> None:
    inbox, group = Inbox(), list[Message]()
    for number, step in enumerate(steps, 1):
        match step:
            case "call":
                inbox.add(call(number, str(number), line=number % 2))
            case "flood":
                inbox.add(call(number, line=number % 2))
            case "other":
                inbox.add(other(number, line=number % 2))
            case "take":
                group = [inbox.waiting.popleft() for _ in range(min(3, len(inbox.waiting)))]
                inbox.taken(group)
            case "back":
                inbox.take_back(group)
                group = []
            case _:
                inbox.forget(number % 2)
        front = 0
        for one in inbox.waiting:
            if not is_call(one):
                break
            front += 1
        assert inbox._calls <= front
        assert sum(inbox._first.values()) == inbox._calls
        assert inbox._bytes == len(inbox.waiting)


def test_calls_are_committed_in_groups_that_the_last_of_them_need_not_wait_long_for() -> None:
    waiting = deque(call(number) for number in range(MAX_GROUP_CALLS + 1))
    assert len(take_first(waiting, is_call)) == MAX_GROUP_CALLS


class Desk:
    """A link whose messages are given by hand, and what became of them."""

    def __init__(self) -> None:
        self.inbox = Inbox()
        self.waiting, self.taken, self.take_back = self.inbox.waiting, self.inbox.taken, self.inbox.take_back
        self.stored: list[Message] = []

    def acknowledge(self, messages: Iterable[Message]) -> None:
        self.stored += messages

    def publish(self, outgoing: Iterable[Outgoing]) -> None:
        assert list(outgoing)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def intake(desk: Desk, site: Site, hurried: Callable[[], bool]) -> Intake:
    def took(outcome: Outcome) -> None:
        assert not outcome.refused

    return Intake(desk, site.pipeline, took, Clocks(NOW_MS, 0), hurried=hurried)


def test_a_group_that_is_being_stored_ends_for_a_call_and_goes_on_after_it(
    tmp_path: Path, authority: Authority
) -> None:
    site, desk, line, caller = Site(tmp_path, authority), Desk(), authority.terminal(), authority.terminal()
    for number in range(5):
        line.add(Sensor("door", SensorClass.DOOR_CONTACT, number, 0))
    caller.add(Sos(1, drill=False))
    for seq in range(1, 7):
        desk.inbox.add(line.message(seq, seq))
    asked = []

    def hurried() -> bool:
        asked.append(1)
        if len(asked) == 2:
            desk.inbox.add(caller.wrapped(caller.message(1, 2).payload, "sos"))
        return desk.inbox.call_waits

    work = intake(desk, site, hurried)
    now = Clocks(NOW_MS, CUT_REST_MS)
    assert work.take(now)
    assert len(desk.stored) == 2, "no more than had been taken when the call came"
    assert work.take(now)
    assert [one.topic for one in desk.stored[2:]] == [str(desk.stored[2].topic)]
    assert is_call(desk.stored[2])
    assert work.take(now)
    assert len(desk.stored) == 7
    with site.store.reading() as connection:
        assert connection.exec_driver_sql("select count(*) from events").scalar_one() == 8
    site.store.close()


def test_whoever_calls_without_end_does_not_stop_everybody_else(tmp_path: Path, authority: Authority) -> None:
    site, desk, line, caller = Site(tmp_path, authority), Desk(), authority.terminal(), authority.terminal()
    for number in range(9):
        line.add(Sensor("door", SensorClass.DOOR_CONTACT, number, 0))
    for seq in range(1, 11):
        desk.inbox.add(line.message(seq, seq))
    again = caller.wrapped(caller.message(1, 1).payload, "sos")

    def hurried() -> bool:
        desk.inbox.add(again)
        return True

    work = intake(desk, site, hurried)
    now = Clocks(NOW_MS, CUT_REST_MS)
    while any(not is_call(one) for one in desk.waiting):
        assert work.take(now)
    assert len([one for one in desk.stored if not is_call(one)]) == 10, "cut once, and not again for a while"
    site.store.close()
