"""The chain of accesses: whatever is changed in a log that was signed, the check names where. rule: PIPL"""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from zhendao.gateway.accesses.chain import BEGINNING, Access, AccessHead, check, head_of

WORDS = st.text(max_size=12)
ROWS = st.lists(st.tuples(st.integers(0, 2**50), WORDS, WORDS, WORDS, WORDS, st.integers(0, 9), st.booleans()),
                min_size=1, max_size=12)  # fmt: skip
Log = list[tuple[Access, bytes]]


def linked(said: list[Access]) -> Log:
    made: Log = []
    for one in said:
        made.append((one, one.link(made[-1][1] if made else BEGINNING)))
    return made


def log_of(rows: list[tuple[int, str, str, str, str, int, bool]]) -> Log:
    return linked([Access(number, *row) for number, row in enumerate(rows, 1)])


def heads_at(log: Log, *rows: int) -> list[AccessHead]:
    return [AccessHead("xuhui", row, log[row - 1][1], row) for row in rows]


def always(_head: AccessHead) -> bool:
    return True


@given(ROWS, st.data())
def test_what_nobody_touched_holds_from_any_pruned_beginning_on(rows: list, data: st.DataObject) -> None:  # type: ignore[type-arg]
    log = log_of(rows)
    begin = data.draw(st.integers(0, len(log) - 1))
    heads = heads_at(log, *sorted({*([begin] if begin else []), len(log)}))
    checked = check(log[begin:], heads, always)
    assert checked.problems == ()
    assert (checked.rows, checked.first, checked.last, checked.held) == (
        len(log) - begin, begin + 1, len(log), len(log),
    )  # fmt: skip


@given(ROWS, st.data())
def test_a_row_that_was_edited_is_named(rows: list, data: st.DataObject) -> None:  # type: ignore[type-arg]
    log = log_of(rows)
    at = data.draw(st.integers(0, len(log) - 1))
    access, link = log[at]
    field = data.draw(st.sampled_from(["at_ms", "token_id", "role", "resource", "filters", "items", "names"]))
    value = getattr(access, field)
    other = (not value) if isinstance(value, bool) else value + 1 if isinstance(value, int) else value + "x"
    log[at] = (replace(access, **{field: other}), link)
    (problem,) = check(log, [], always).problems
    assert (problem.fault, problem.row) == ("altered", at + 1)


@given(ROWS, st.data())
def test_a_row_that_was_taken_out_is_missed(rows: list, data: st.DataObject) -> None:  # type: ignore[type-arg]
    log = log_of([*rows, *rows[:1]])
    at = data.draw(st.integers(0, len(log) - 2))
    heads = heads_at(log, len(log))
    (problem,) = check(log[:at] + log[at + 1 :], heads, always).problems
    assert problem.fault == "missing"
    assert problem.row == at + 1


@given(ROWS, st.data())
def test_a_log_that_was_written_anew_is_not_the_one_that_was_signed(rows: list, data: st.DataObject) -> None:  # type: ignore[type-arg]
    log = log_of(rows)
    heads = heads_at(log, len(log))
    at = data.draw(st.integers(0, len(log) - 1))
    said = [access for access, _ in log]
    said[at] = replace(said[at], filters=said[at].filters + "x")
    (problem,) = check(linked(said), heads, always).problems
    assert (problem.fault, problem.row) == ("rewritten", len(log))


@given(ROWS, st.data())
def test_an_end_that_was_cut_off_is_missed(rows: list, data: st.DataObject) -> None:  # type: ignore[type-arg]
    log = log_of(rows)
    kept = data.draw(st.integers(0, len(log) - 1))
    (problem,) = check(log[:kept], heads_at(log, len(log)), always).problems
    assert (problem.fault, problem.row, problem.since) == ("cut-off", len(log), kept)


def test_a_beginning_that_no_head_ends_before_is_missed() -> None:
    log = log_of([(1, "a", "b", "c", "d", 0, False)] * 4)
    assert check(log[2:], heads_at(log, 4), always).problems[0].fault == "missing"
    assert check(log[2:], heads_at(log, 2, 4), lambda head: head.row == 4).problems[0].row == 2


def test_a_head_that_nobody_signed_counts_for_nothing_and_is_told() -> None:
    log = log_of([(1, "a", "b", "c", "d", 0, False)])
    checked = check(log, heads_at(log, 1), lambda _head: False)
    assert [one.fault for one in checked.problems] == ["signature"]
    assert checked.held == 0
    assert check(log, [None], always).problems[0].fault == "signature"


def test_a_row_outside_the_chain_is_named() -> None:
    log = log_of([(1, "a", "b", "c", "d", 0, False)] * 2)
    assert [(one.row, one.fault) for one in check([(log[0][0], None), log[1]], [], always).problems] == [
        (1, "unchained")
    ]


def test_a_head_is_read_as_it_was_made() -> None:
    head = AccessHead("xuhui", 7, bytes(range(32)), 5)
    assert head_of(head.document()) == head
