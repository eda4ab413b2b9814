"""Targets and debouncing: any answer of the chip, any sequence of rounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.readers.reader import Target
from zhendao.readers.sense import ABSENT_NS, Change, TargetsError, Watch, cascaded, parse_activated, parse_targets

ROUND_NS = 100_000_000
TAGS = [Target(1, bytes((n, 1, 2, 3)), 0x4400, 0) for n in range(3)]


def test_two_targets() -> None:
    answer = bytes.fromhex("02 01 0044 00 07 04a1b2c3d4e5f6 02 0004 08 04 deadbeef")
    first, second = parse_targets(answer)
    assert first == Target(1, bytes.fromhex("04a1b2c3d4e5f6"), 0x0044, 0x00)
    assert first.type2
    assert not first.iso_dep
    assert second == Target(2, bytes.fromhex("deadbeef"), 0x0004, 0x08)
    assert not second.type2
    assert parse_targets(b"\x00") == ()


@pytest.mark.parametrize(
    "answer", ["", "01", "03", "0001", "0101004400", "010100440005aabbccddee", "010100440004aabbcc"]
)
def test_other_answers_are_refused(answer: str) -> None:
    with pytest.raises(TargetsError):
        parse_targets(bytes.fromhex(answer))


@given(st.binary(max_size=40))
def test_any_answer(answer: bytes) -> None:
    try:
        targets = parse_targets(answer)
    except TargetsError:
        return
    assert len(targets) == answer[0] <= 2


@given(st.lists(st.sets(st.sampled_from(TAGS), max_size=2), max_size=40))
def test_arrivals_and_departures_alternate_and_a_departure_needs_absence(rounds: list[set[Target]]) -> None:
    watch, here, last = Watch(), set[bytes](), dict[bytes, int]()
    for number, seen in enumerate(rounds):
        now = number * ROUND_NS
        change = watch.round(now, tuple(seen))
        for target in change.arrived:
            assert target.uid not in here
            here.add(target.uid)
        last.update({target.uid: now for target in seen})
        for target in change.departed:
            assert now - last[target.uid] >= ABSENT_NS
            here.remove(target.uid)
        assert {target.uid for target in seen} <= here


def test_a_bad_contact_is_no_departure() -> None:
    watch = Watch()
    assert watch.round(0, (TAGS[0],)) == Change(arrived=(TAGS[0],))
    for number, seen in enumerate([(), (), (TAGS[0],), (), (), ()], 1):
        assert watch.round(number * ROUND_NS, seen) == Change()
    assert watch.round(7 * ROUND_NS, ()) == Change(departed=(TAGS[0],))


def test_what_falls_silent_is_still_there_and_no_second_tag() -> None:
    watch, mute = Watch(), Target(1, b"", 0, 0)
    assert watch.round(0, (TAGS[0],)).arrived == (TAGS[0],)
    for number in range(1, 20):
        assert watch.round(number * ROUND_NS, (mute,)) == Change()
    changes = [watch.round(number * ROUND_NS, ()) for number in range(20, 26)]
    assert [change.departed for change in changes if change.departed] == [(TAGS[0],)]
    assert watch.round(30 * ROUND_NS, (mute,)).arrived == (mute,)
    assert watch.round(31 * ROUND_NS, (TAGS[1],)).arrived == (TAGS[1],)


def test_random_uids_are_known_by_their_first_byte() -> None:
    assert Target(1, bytes.fromhex("08112233"), 4, 0x20).random_uid
    assert not Target(1, bytes.fromhex("08112233445566"), 4, 0x20).random_uid


def test_a_uid_is_sent_with_its_cascade_tags() -> None:
    assert cascaded(b"1234") == b"1234"
    assert cascaded(b"1234567") == b"\x881234567"
    assert cascaded(b"123456789a") == b"\x88123\x88456789a"


@pytest.mark.parametrize("ats", ["0675778102 80", "0278", "01"])
def test_an_activated_target_and_whatever_ats_it_has(ats: str) -> None:
    assert parse_activated(bytes.fromhex("0101034420 04 deadbeef" + ats), bytes.fromhex("deadbeef"))
    assert not parse_activated(b"\x00", bytes.fromhex("deadbeef"))
    assert not parse_activated(bytes.fromhex("0101034420 04 deadbeef"), bytes.fromhex("deadbeef"))


@pytest.mark.parametrize("rest", ["00", "0278ff", "0578", "78"])
def test_an_ats_of_another_length_is_none(rest: str) -> None:
    with pytest.raises(TargetsError):
        parse_activated(bytes.fromhex("0101034420 04 deadbeef" + rest), bytes.fromhex("deadbeef"))


@given(st.binary(max_size=40), st.sampled_from([bytes(4), bytes(7), bytes(10)]))
def test_any_activation(answer: bytes, uid: bytes) -> None:
    try:
        found = parse_activated(answer, uid)
    except TargetsError:
        return
    assert not found or answer[6 : 6 + len(uid)] == uid


def test_what_is_no_uid_of_this_standard() -> None:
    assert Target(1, b"", 0, 0).mute
    assert not Target(1, bytes(8), 0, 0).supported
    assert Target(1, bytes(7), 0, 0).supported
