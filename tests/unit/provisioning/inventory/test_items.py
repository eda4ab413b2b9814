"""How a thing stands is the worst that can be said of it, and the list holds what was asked for and nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from zhendao.protocol.vocabulary import Role, Technology
from zhendao.provisioning.cards.goals import TokenGoal
from zhendao.provisioning.cards.holdings import Ended, Held, Holdings
from zhendao.provisioning.inventory.items import Choice, Item, Kind, Moment, State, chosen
from zhendao.provisioning.inventory.tokens import tokens
from zhendao.provisioning.token_log import Issued

NOW_S, END_S = 1_795_338_000, 1_900_000_000
MOMENT = Moment(NOW_S, 100)


def token(number: int, role: Role = Role.CAREGIVER, until_s: int = END_S) -> Issued:
    return Issued(bytes([number] * 16), role, bytes([number] * 7), NOW_S - 10, until_s)


def goal(number: int, holder: str) -> TokenGoal:
    one = token(number)
    return TokenGoal(one.uid, Technology.NTAG424, one.token_id, one.role, holder, one.not_before_s, END_S, b"r")


def held(*tokens: Held) -> Holdings:
    return Holdings({one.token.token_id: one for one in tokens})


def states(found: Holdings, doors: dict[bytes, str] | None = None) -> list[State]:
    return [one.state for one in tokens(found, doors or {}, MOMENT)]


def test_by_time() -> None:
    ends = {NOW_S - 1: State.EXPIRED, NOW_S: State.EXPIRING, NOW_S + 100: State.EXPIRING, NOW_S + 101: State.ACTIVE}
    assert {until_s: MOMENT.by_time(until_s) for until_s in ends} == ends


def test_a_card_of_nobody_is_spare_until_it_expires() -> None:
    assert states(held(Held(token(1), "", NOW_S))) == [State.SPARE]
    assert states(held(Held(token(1, until_s=NOW_S - 1), "", NOW_S))) == [State.EXPIRED]
    assert states(held(Held(token(1), "C1", NOW_S))) == [State.ACTIVE]


def test_a_door_tag_belongs_where_it_hangs() -> None:
    found = held(Held(token(1, Role.DOOR), "", NOW_S))
    assert states(found) == [State.SPARE]
    (item,) = tokens(found, {bytes([1] * 16): "P1"}, MOMENT)
    assert (item.kind, item.holder, item.state) == (Kind.TAG, "P1", State.ACTIVE)


def test_what_ended_in_good_order_is_retired_all_else_revoked() -> None:
    found = Holdings(ended=[Ended(Held(token(1, until_s=0), "C1", 0), 5, why) for why in ("replaced", "blank", "lost")])
    assert states(found) == [State.RETIRED, State.RETIRED, State.REVOKED]


def test_what_was_begun_is_unfinished_and_told_once() -> None:
    again = held(Held(token(1), "C1", NOW_S))
    again.begun[token(1).uid] = goal(1, "C1")
    fresh = Holdings(begun={token(2).uid: goal(2, "C2")})
    assert states(again) == states(fresh) == [State.UNFINISHED]
    assert next(tokens(fresh, {}, MOMENT)).holder == "C2"


items = st.builds(
    Item,
    st.sampled_from(Kind),
    st.text("0123456789abcdef", min_size=32, max_size=32),
    st.sampled_from(["home", "door", "caregiver", "tls"]),
    st.sampled_from(["", "C1", "P1"]),
    st.sampled_from(State),
    st.none() | st.integers(0, 99),
    st.none() | st.integers(0, 99),
)


@given(
    st.lists(items),
    st.builds(
        Choice,
        st.frozensets(st.sampled_from(Kind)),
        st.frozensets(st.sampled_from(State)),
        st.frozensets(st.sampled_from(["home", "door"])),
        st.sampled_from(["", "C1"]),
        st.none() | st.integers(0, 99),
    ),
)
def test_a_choice_divides_the_whole(everything: list[Item], choice: Choice) -> None:
    found = chosen(everything, choice)
    assert len(chosen(everything, Choice())) == len(everything)
    for item in everything:
        fits = [
            not choice.kinds or item.kind in choice.kinds,
            not choice.states or item.state in choice.states,
            not choice.roles or item.role in choice.roles,
            choice.holder in ("", item.holder),
            choice.before_s is None or (item.until_s is not None and item.until_s < choice.before_s),
        ]
        assert (item in found) == all(fits)
    kinds = [list(Kind).index(item.kind) for item in found]
    assert kinds == sorted(kinds)
