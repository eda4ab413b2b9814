"""Boundaries: kept exactly as drawn, refused where they say of no point whether it is inside."""

from datetime import UTC
from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.command.roster.cells import CellError
from zhendao.command.roster.outline import Outline, corners

SQUARE = [(0, 0), (0, 10), (10, 10), (10, 0)]


def cell(points: list[tuple[int, int]]) -> str:
    return "; ".join(f"{lat} {lon}" for lat, lon in points)


@given(st.lists(st.tuples(st.integers(-90, 90), st.integers(-180, 180)), min_size=3, max_size=8))
def test_what_is_kept_reads_as_what_was_drawn_and_keeps_itself(points: list[tuple[int, int]]) -> None:
    try:
        kept = Outline().take(cell(points), UTC)
    except CellError:
        return
    drawn = [(lat * 10**7, lon * 10**7) for lat, lon in points]
    assert list(corners(kept)) == (drawn[:-1] if drawn[0] == drawn[-1] else drawn)
    assert Outline().take(kept, UTC) == kept


def test_of_the_orders_of_four_corners_those_that_go_round_are_taken() -> None:
    taken = []
    for order in permutations(range(4)):
        try:
            Outline().take(cell([SQUARE[n] for n in order]), UTC)
        except CellError:
            continue
        taken.append(order)
    assert all((b - a) % 4 in {1, 3} for order in taken for a, b in pairwise(order))
    assert len(taken) == 8


@pytest.mark.parametrize(
    "drawn",
    [
        "31 121; 31.1 121",
        "31 121; 31.1 121; 31.2 121",
        "31 121; 31.1 121; 31.1 121; 31 121.1",
        "31 121; 91 121; 31 121.5",
        "31 121, 31.1 121, 31 121.1",
        "0 0; 0 10; 10 10; 5 0; 10 -10; 0 -10; 0 0; 5 5",
        "0 0; 0 10; 0 5; 5 5",
        "0 0; 0 10; 5 5; 0 5",
        ";",
        "; ".join(f"{n}.5 {n * n}" for n in range(65)),
    ],
)
def test_what_is_no_boundary_is_refused(drawn: str) -> None:
    with pytest.raises(CellError):
        Outline().take(drawn, UTC)


def test_full_width_separators_and_commas_are_understood() -> None:
    assert Outline().take("31.1，121；31.2,121 ; 31 121.1", UTC) == (
        "31.1000000 121.0000000; 31.2000000 121.0000000; 31.0000000 121.1000000"
    )
