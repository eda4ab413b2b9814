"""Who belongs on the list: against a plain reading of the rules, over any registry."""

from hypothesis import given
from hypothesis import strategies as st

from zhendao.gateway.blocklist.wanted import Entry, Registered, wanted
from zhendao.protocol.limits import MAX_BLOCKED
from zhendao.protocol.vocabulary import Role

NOW = 1_000
IDS = [letter * 16 for letter in (b"a", b"b", b"c", b"d")]
UIDS = [letter * 7 for letter in (b"1", b"2", b"3", b"4")]


def row(number: int, holder: str = "C1", from_ms: int = 0, to_ms: int | None = None, **more: object) -> Registered:
    said = {"token_id": IDS[number], "uid": UIDS[number], "role": Role.CAREGIVER} | more
    return Registered(holder_id=holder, from_ms=from_ms, to_ms=to_ms, **said)  # type: ignore[arg-type]


def on_it(tokens: list[Registered], entries: list[Entry] = [], *, ended: bool = True) -> set[bytes]:  # noqa: B006
    return set(wanted(tokens, entries, NOW, ended=ended).numbers)


def test_a_good_token_is_not_on_it() -> None:
    assert on_it([row(0), row(1, to_ms=NOW + 1), row(2, from_ms=NOW + 1)]) == set()


def test_a_token_whose_registration_ended_is_on_it_from_that_moment() -> None:
    assert on_it([row(0, to_ms=NOW)]) == {IDS[0], UIDS[0]}
    assert on_it([row(0, to_ms=NOW)], ended=False) == set()
    found = wanted([row(0, to_ms=NOW + 5), row(1, from_ms=NOW + 3)], [], NOW)
    assert (len(found.numbers), found.next_ms) == (0, NOW + 3)


def test_a_row_that_goes_on_in_another_is_no_end() -> None:
    assert on_it([row(0, to_ms=NOW), row(0, "C2", from_ms=NOW)]) == set()
    assert on_it([row(0, to_ms=NOW), row(0, "C2", from_ms=NOW + 50)]) == set()


def test_a_blocked_token_is_on_it_with_its_chip() -> None:
    assert on_it([row(0), row(1)], [Entry(IDS[0], None)]) == {IDS[0], UIDS[0]}
    assert on_it([], [Entry(IDS[3], None), Entry(UIDS[3], None)]) == {IDS[3], UIDS[3]}


def test_a_chip_that_is_a_good_token_now_is_not_on_it_for_what_it_was() -> None:
    old, new = row(0, to_ms=NOW), row(1, "C2", uid=UIDS[0])
    assert on_it([old, new]) == {IDS[0]}
    assert on_it([row(0), new], [Entry(IDS[0], None)]) == {IDS[0]}
    assert on_it([row(0), new], [Entry(IDS[0], None), Entry(UIDS[0], None)]) == {IDS[0], UIDS[0]}


def test_all_that_a_barred_person_ever_held_is_on_it_and_no_door() -> None:
    tokens = [row(0, "C1"), row(1, "C1", to_ms=5), row(2, "C2"), row(3, "C1", role=Role.DOOR)]
    assert on_it(tokens, [Entry(None, "C1")], ended=False) == {IDS[0], IDS[1], UIDS[0], UIDS[1]}
    later = row(3, "C1", from_ms=NOW + 9, uid=None)
    assert IDS[3] in on_it([row(0, "C1"), later], [Entry(None, "C1")]), "also the card that she is yet to get"
    assert on_it([row(2, "C2"), row(2, "C1", from_ms=NOW + 9)], [Entry(None, "C1")]) == set(), "it is C2's now"


def test_what_has_no_room_is_counted_and_the_longest_ended_goes_first() -> None:
    over = [Registered(n.to_bytes(16, "big"), None, Role.CAREGIVER, "C1", 0, n + 1) for n in range(MAX_BLOCKED + 2)]
    found = wanted(over, [Entry(IDS[0], None)], MAX_BLOCKED * 2)
    assert (len(found.numbers), found.left_out) == (MAX_BLOCKED, 3)
    assert IDS[0] in found.numbers
    assert (2).to_bytes(16, "big") not in found.numbers
    assert (3).to_bytes(16, "big") in found.numbers


ROW = st.builds(
    Registered,
    st.none() | st.sampled_from(IDS),
    st.none() | st.sampled_from(UIDS),
    st.sampled_from([Role.CAREGIVER, Role.DOOR]),
    st.sampled_from(["C1", "C2"]),
    st.sampled_from([0, NOW, NOW + 1]),
    st.sampled_from([None, NOW, NOW + 1]),
)
ENTRY = st.builds(Entry, st.sampled_from(IDS + UIDS), st.none()) | st.builds(Entry, st.none(), st.just("C1"))


@given(st.lists(ROW, max_size=8), st.lists(ENTRY, max_size=3))
def test_no_good_token_is_ever_on_it(tokens: list[Registered], entries: list[Entry]) -> None:
    """Whoever is registered, whom nobody blocked by number or person, is refused by neither id nor chip."""
    found = wanted(tokens, entries, NOW).numbers
    named = {one.number for one in entries}
    for one in tokens:
        barred = one.holder_id == "C1" and one.role is not Role.DOOR and any(e.person for e in entries)
        good = not one.is_over(NOW) and not barred and one.token_id not in named and one.uid not in named
        if (
            good
            and one.token_id is not None
            and not any(other.token_id == one.token_id and other.holder_id != one.holder_id for other in tokens)
        ):
            assert one.token_id not in found
        if good and one.uid is not None:
            assert one.uid not in found


@given(st.lists(ROW, max_size=8), st.lists(ENTRY, max_size=3))
def test_whatever_was_named_is_on_it(tokens: list[Registered], entries: list[Entry]) -> None:
    found = wanted(tokens, entries, NOW).numbers
    assert all(one.number in found for one in entries if one.number is not None)
    for one in tokens:
        if one.token_id is not None and one.token_id in {entry.number for entry in entries}:
            assert one.token_id in found
