"""Lists with something wrong: what can stay without the rest."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from zhendao.command.roster.check import Row, sift
from zhendao.command.roster.problems import Problem, RosterError
from zhendao.command.roster.sheets import BY_NAME
from zhendao.protocol.wording import Text

SHEET = BY_NAME["elders"]
WRONG, MEND = Text("错", "wrong"), Text("改", "mend")


def row(line: int) -> Row:
    return Row(SHEET, {"elder_id": str(line), "valid_from": 0}, "elders.csv", line)


@given(st.sets(st.integers(1, 30)), st.dictionaries(st.integers(1, 30), st.integers(1, 30)))
def test_what_rests_on_a_row_that_goes_goes_too_and_no_other(bad: set[int], rests_on: dict[int, int]) -> None:
    def check(left: Sequence[Row]) -> list[Problem]:
        there = {one.line for one in left}
        gone = [one for one in left if one.line in bad or rests_on.get(one.line or 0, one.line) not in there]
        return [one.problem(None, WRONG, MEND) for one in gone]

    good, told = sift([row(n) for n in range(1, 21)], check)
    stays = set(range(1, 21)) - bad
    while (fewer := {n for n in stays if rests_on.get(n, n) in stays}) != stays:
        stays = fewer
    assert {one.line for one in good} == stays
    assert {one.line for one in told} == set(range(1, 21)) - stays


def test_a_problem_that_is_no_rows_leaves_none() -> None:
    whole = Problem("elders.csv", None, None, WRONG, MEND)
    assert sift([row(1), row(2)], lambda left: [whole] if left else []) == ([], [whole])


def test_what_is_wrong_is_told_one_line_each_and_no_control_character_reaches_a_terminal() -> None:
    error = RosterError([row(3).problem("elder_id\x1b[2J", WRONG, MEND), row(4).problem(None, WRONG, MEND)])
    said = error.explain("en").splitlines()
    assert said == [
        "elders.csv, line 3, column elder_id?[2J: wrong -> mend",
        "elders.csv, line 4: wrong -> mend",
        "2 problem(s); nothing was changed",
    ]
