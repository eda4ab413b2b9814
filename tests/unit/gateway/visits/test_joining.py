"""Which loose ends are one visit: each by those next to it, whatever else there is. rule: TWO-TOKENS."""

from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from samples.taps import check
from samples.witnessed import ANNA, BINA, MORNING_MS
from zhendao.gateway.visits.joining import NEAR, Loose, join
from zhendao.gateway.visits.moments import Moment
from zhendao.gateway.visits.pairing import CheckFact, Pair
from zhendao.protocol.vocabulary import ClockSource, Direction

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
OPEN_MS, APART_MS, MOST_MS = 16 * HOUR_MS, 5 * MINUTE_MS, 90 * MINUTE_MS
Fate = tuple[bytes, bytes]
IN, OUT = Direction.IN, Direction.OUT


def loose(number: int, minute: int, at: int, direction: Direction, card: bytes = ANNA, bound_ms: int = 50) -> Loose:
    boot = bytes([at]) * 16
    moment = Moment(boot, minute * MINUTE_MS * 10**6, MORNING_MS + minute * MINUTE_MS, bound_ms, ClockSource.GNSS)
    body = check(direction, None, card)
    return Loose(Pair(CheckFact(boot, b"e" * 16, number, bytes([number]) * 32, moment, body, 0)), MOST_MS)


def fates(several: list[Loose], changed: frozenset[int] = frozenset()) -> dict[bytes, Fate]:
    """Return, for each end that became a part of a visit, its two parts; terminals of ``changed`` hung there later."""
    pairs = join(several, OPEN_MS, APART_MS, lambda _, end: end.device[0] in changed)
    found = {}
    for one in pairs:
        assert one.last is not None
        both = one.visit_id, Pair(one.last).visit_id
        found |= dict.fromkeys(both, both)
    return found


ends = st.lists(
    st.tuples(
        st.integers(0, 3_000) | st.integers(0, 200),
        st.integers(0, 2),
        st.sampled_from(Direction),
        st.sampled_from([ANNA, BINA]),
        st.sampled_from([50, 50, 40 * MINUTE_MS]),
    ),
    max_size=14,
).map(lambda several: [loose(number, *one) for number, one in enumerate(several)])


@given(ends, st.frozensets(st.integers(0, 2), max_size=1), st.randoms())
def test_what_becomes_of_an_end_follows_from_those_next_to_it(
    several: list[Loose], changed: frozenset[int], random: Random
) -> None:
    all_of_them = fates(several, changed)
    order = sorted(several, key=lambda one: one.place)
    for at, one in enumerate(order):
        near = order[max(0, at - NEAR) : at + NEAR + 1]
        random.shuffle(near)
        assert fates(near, changed).get(one.pair.visit_id) == all_of_them.get(one.pair.visit_id)


@given(ends)
def test_each_end_is_in_one_visit_and_no_visit_ends_before_it_begins(several: list[Loose]) -> None:
    pairs = join(several, OPEN_MS, APART_MS, lambda *_: False)
    names = [check.seq for one in pairs for check in (one.first, one.last) if check is not None]
    assert len(names) == len(set(names))
    for one in pairs:
        assert one.last is not None
        lasted_ms = one.last.moment.wall_ms - one.first.moment.wall_ms
        assert 0 < lasted_ms <= OPEN_MS


def test_an_end_goes_to_the_beginning_just_before_it() -> None:
    first, second, end = loose(1, 0, 0, IN), loose(2, 60, 0, IN, BINA), loose(3, 120, 1, OUT)
    assert fates([first, second, end]) == dict.fromkeys((second.pair.visit_id, end.pair.visit_id),
                                                        (second.pair.visit_id, end.pair.visit_id))  # fmt: skip


def test_of_three_cards_in_a_row_nobody_can_tell() -> None:
    three = [loose(n, 40 * n, 0, IN, card) for n, card in enumerate((ANNA, BINA, ANNA))]
    assert fates(three) == {}
    assert len(fates(three[:2])) == 2


def test_an_end_is_looked_for_no_further_than_a_visit_may_be_open() -> None:
    begun = loose(1, 0, 0, IN)
    assert fates([begun, loose(2, 16 * 60, 1, OUT)])
    late = loose(2, 16 * 60 + 1, 1, OUT)
    vague = replace(late, pair=replace(late.pair, first=replace(late.pair.first, moment=replace(
        late.pair.first.moment, bound_ms=HOUR_MS))))  # fmt: skip
    assert not fates([begun, late])
    assert not fates([begun, vague]), "its clock may be off, and still nobody looks further"
