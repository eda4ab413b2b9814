"""The books balance exactly when signalled = stored = delivered once; whatever else is named."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.simulators.soak.books import Account, Held, differences, name, rows

D = "aa" * 16
E = "bb" * 16


def balanced(count: int = 5) -> Account:
    held = tuple(Held((D, E, seq), "check") for seq in range(2, count + 2))
    others = (Held((D, E, 1), "boot"), Held((D, E, 99), "tap"))
    ids = [one.id for one in held]
    return Account(Counter(ids), (*held, *others), (*held, others[1]), Counter(ids))


def said(account: Account) -> list[str]:
    return [text.en for text in differences(account)]


def test_what_balances_is_not_complained_of() -> None:
    account = balanced()
    assert said(account) == []
    row = rows(account, [D])[D]
    assert (row.signalled, row.stored, row.delivered, row.lost, row.twice, row.unseen) == (5, 5, 5, 0, 0, 0)


def test_a_check_that_was_signalled_and_is_nowhere_is_lost() -> None:
    account = balanced()
    account.signalled[D, E, 7] += 1
    assert said(account) == [f"signalled, not at the gateway: {name((D, E, 7))}"]
    assert rows(account, [D])[D].lost == 1


def test_what_the_platform_lacks_or_has_twice_or_alone() -> None:
    account = balanced()
    account.delivered = account.delivered[1:]
    assert said(account) == [f"stored, not at the platform: {name((D, E, 2))}"]
    account = balanced()
    account.delivered = (*account.delivered, account.delivered[0])
    assert said(account) == [f"at the platform twice: {name((D, E, 2))}"]
    assert rows(account, [D])[D].twice == 1
    account = balanced()
    account.delivered = (*account.delivered, Held((D, E, 50), "check"))
    assert said(account) == [f"at the platform, not stored: {name((D, E, 50))}"]


def test_what_the_gateway_holds_twice_and_what_was_signalled_twice() -> None:
    account = balanced()
    account.stored = (*account.stored, account.stored[0])
    assert said(account) == [f"stored twice: {name((D, E, 2))}"]
    account = balanced()
    account.signalled[D, E, 3] += 1
    assert said(account) == [f"signalled twice: {name((D, E, 3))}"]


def test_each_check_is_in_exactly_one_visit_unless_it_was_taken_back() -> None:
    account = balanced()
    account.visited[D, E, 2] = 2
    account.visited[D, E, 3] = 0
    assert said(account) == [f"not in exactly one visit: {name((D, E, n))}" for n in (2, 3)]
    account = balanced()
    undo = Held((D, E, 60), "undo", (D, E, 3))
    account.stored, account.delivered = (*account.stored, undo), (*account.delivered, undo)
    account.signalled[undo.id] = 1
    assert said(account) == [f"not in exactly one visit: {name((D, E, 3))}"]
    del account.visited[D, E, 3]
    assert said(account) == []


@pytest.mark.parametrize("kills", [0, 1, 2])
def test_a_check_without_a_light_is_explained_by_a_kill_one_each(kills: int) -> None:
    account = balanced()
    del account.signalled[D, E, 2], account.signalled[D, E, 3]
    account = replace(account, kills={D: kills})
    expected = [] if kills == 2 else [f"stored, and no signal was given: {name((D, E, n))}" for n in (2, 3)]
    assert said(account) == expected
    assert rows(account, [D])[D].unseen == 2


@given(st.integers(0, 4), st.sampled_from(["signalled", "stored", "delivered", "visited"]))
def test_taking_one_entry_out_of_any_book_is_noticed(index: int, book: str) -> None:
    account = balanced()
    event = (D, E, index + 2)
    if book in {"signalled", "visited"}:
        del getattr(account, book)[event]
    else:
        setattr(account, book, tuple(one for one in getattr(account, book) if one.id != event))
    assert differences(account)
