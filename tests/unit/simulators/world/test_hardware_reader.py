"""A box's reader: the real turns on a field in memory, without rounds that would bring nothing."""

import pytest

from zhendao.protocol.vocabulary import Technology
from zhendao.readers.values import Departure, Posting, Presence, ReaderState, Refusal, RefusalReason
from zhendao.simulators.world.box.field import Tag
from zhendao.simulators.world.box.reader import Driven, HardwareReader
from zhendao.simulators.world.engine.chance import Chance
from zhendao.simulators.world.engine.clockwork import Clockwork

MS, S = 10**6, 10**9
DOOR = Tag(bytes.fromhex("04a1b2c3d4e5f6"), bytes(range(200)))
CARD = Tag(bytes.fromhex("04112233445566"), b"c" * 150)
BARE = Tag(bytes.fromhex("deadbeef"))
PHONE = Tag(bytes.fromhex("08aabbcc"))


class Held:
    """A reader that runs, and what it posts."""

    def __init__(self) -> None:
        self.clockwork = Clockwork()
        self.reader = HardwareReader(self.clockwork, Chance(1, "reader"), lambda: self.clockwork.now_ns)
        self.posted: list[Posting] = []
        self.beats = 0
        self.driven = self.drive()
        self.wait(S)

    def drive(self) -> Driven:
        driven = self.reader.reading(self.posted.append, self._beat)
        driven.start()
        return driven

    def _beat(self) -> None:
        self.beats += 1

    def wait(self, ns: int) -> list[Posting]:
        """Let ``ns`` pass; return what was posted meanwhile."""
        before = len(self.posted)
        self.clockwork.run(self.clockwork.now_ns + ns)
        return self.posted[before:]


def test_it_says_that_it_is_up() -> None:
    assert Held().posted == [ReaderState(up=True, reason="", text=None, mono_ns=0)]


def test_two_tags_are_read_and_leave_one_after_the_other() -> None:
    held = Held()
    held.reader.bring(DOOR)
    held.reader.bring(CARD)
    came = held.wait(S)
    assert [type(one) for one in came] == [Presence, Presence]
    for one, tag in zip(came, (DOOR, CARD), strict=True):
        assert isinstance(one, Presence)
        assert one.uid == tag.uid
        assert one.technology is Technology.NTAG21X
        assert one.ndef == tag.message
        assert one.rtts_us
        assert S <= one.mono_ns <= S + 200 * MS
    held.reader.take(CARD)
    (left,) = held.wait(S)
    assert isinstance(left, Departure)
    assert left.uid == CARD.uid
    held.reader.take(DOOR)
    (left,) = held.wait(S)
    assert isinstance(left, Departure)


def test_a_card_that_is_held_for_a_day_costs_no_rounds() -> None:
    held = Held()
    held.reader.bring(BARE)
    (came,) = held.wait(S)
    assert isinstance(came, Presence)
    assert (came.technology, came.ndef) == (Technology.ISO14443A, None)
    before = held.beats
    assert held.wait(86_400 * S) == []
    assert held.beats == before
    held.driven.beat()
    assert held.beats == before + 1


def test_a_card_that_hops_is_no_second_tap() -> None:
    held = Held()
    held.reader.bring(CARD)
    held.wait(S)
    held.reader.take(CARD)
    held.wait(200 * MS)
    held.reader.bring(CARD)
    assert held.wait(S) == []


def test_a_phone_is_refused_and_what_cannot_be_read_too() -> None:
    held = Held()
    held.reader.bring(PHONE)
    (refused,) = held.wait(S)
    assert isinstance(refused, Refusal)
    assert refused.reason is RefusalReason.RANDOM_UID
    held.reader.take(PHONE)
    held.wait(S)
    held.reader.misread(1000)
    held.reader.bring(CARD)
    (unreadable,) = held.wait(S)
    assert isinstance(unreadable, Refusal)
    assert unreadable.reason is RefusalReason.UNREADABLE
    held.reader.misread(0)
    (came,) = held.wait(S)
    assert isinstance(came, Presence)


def test_walking_away_at_once_is_told() -> None:
    held = Held()
    held.reader.misread(1000)
    held.reader.bring(CARD)
    held.wait(150 * MS)
    held.reader.take(CARD)
    (left,) = held.wait(S)
    assert isinstance(left, Refusal)
    assert left.reason is RefusalReason.LEFT_EARLY


def test_a_dead_reader_is_told_once_and_found_again() -> None:
    held = Held()
    held.reader.dead(True)  # noqa: FBT003 - what is the matter
    (down,) = held.wait(60 * S)
    assert isinstance(down, ReaderState)
    assert not down.up
    held.reader.dead(False)  # noqa: FBT003 - what is the matter
    (up,) = held.wait(20 * S)
    assert isinstance(up, ReaderState)
    assert up.up
    assert held.driven.failures()


@pytest.mark.parametrize("stop", [True, False])
def test_the_next_run_reads_what_lies_there(stop: bool) -> None:  # noqa: FBT001 - a parameter
    held = Held()
    held.reader.bring(CARD)
    held.wait(S)
    if stop:
        assert held.driven.stop()
    else:
        held.reader.halt()
    assert held.driven.ended
    held.wait(S)
    held.drive()
    assert [type(one) for one in held.wait(S)] == [Presence, ReaderState]


def test_stopping_refuses_what_is_not_read_to_the_end() -> None:
    held = Held()
    held.reader.misread(1000)
    held.reader.bring(CARD)
    held.wait(150 * MS)
    before = len(held.posted)
    held.driven.stop()
    (refused,) = held.posted[before:]
    assert isinstance(refused, Refusal)
    assert refused.reason is RefusalReason.STOPPED
