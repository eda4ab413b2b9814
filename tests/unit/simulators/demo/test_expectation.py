"""What the platform must hold follows from what was signalled, and every difference is told."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from zhendao.simulators.demo.expectation import Rules, Signal, Visit, differences, expected, missing_or_more
from zhendao.simulators.demo.script import LI, WANG, Spot

RULES = Rules(min_service_s=3, radius_m=100)
HOMES = {home.key: home for home in (WANG, LI)}
FAR = Spot(WANG.spot.lat_e7 + 200_000, WANG.spot.lon_e7)


def signal(
    seq: int, at_s: float, *, incoming: bool, home: str = "wang", who: str = "a", spot: Spot | None = None
) -> Signal:
    check = (f"device-{home}", "epoch", seq)
    return Signal(check, home, who, incoming, int(at_s * 1e9), spot or HOMES[home].spot)


DAY = [
    signal(2, 10, incoming=True),
    signal(3, 14, incoming=False),
    signal(2, 10.5, incoming=True, home="li", who="b"),
    signal(3, 12, incoming=False, home="li", who="b"),
]
VISITS = expected(DAY, HOMES, RULES)


def test_visits_follow_from_signals() -> None:
    assert (
        Visit(
            ("device-li", "epoch", 2),
            ("device-li", "epoch", 3),
            "E-li",
            "C-b",
            too_short=True,
            place=("inside", "inside"),
        ),
        Visit(
            ("device-wang", "epoch", 2),
            ("device-wang", "epoch", 3),
            "E-wang",
            "C-a",
            too_short=False,
            place=("inside", "inside"),
        ),
    ) == VISITS


def test_a_check_from_elsewhere_is_outside_and_an_open_visit_stays_open() -> None:
    day = [signal(2, 10, incoming=True, spot=FAR), signal(3, 11, incoming=True), signal(9, 5, incoming=False)]
    assert expected(day, HOMES, RULES) == (
        Visit(("device-wang", "epoch", 2), None, "E-wang", "C-a", too_short=False, place=("outside",)),
        Visit(("device-wang", "epoch", 3), None, "E-wang", "C-a", too_short=False, place=("inside",)),
    )


def test_every_difference_is_told() -> None:
    li, wang = VISITS
    assert differences(VISITS, VISITS) == []
    assert differences(VISITS, tuple(reversed(VISITS))) == []
    assert [text.en.split(" C-")[0] for text in differences(VISITS, [li])] == ["the platform lacks"]
    assert len(differences(VISITS, [li, replace(wang, place=("inside", "outside"))])) == 1
    assert "nobody signalled" in differences([li], VISITS)[0].en
    twice = differences(VISITS, [li, wang, wang])
    assert [text.en for text in twice] == [
        "the platform has device-w/epoch/2 2 times",
        "the platform has device-w/epoch/3 2 times",
    ]


def test_each_check_is_there_once() -> None:
    ids = [one.check for one in DAY]
    assert missing_or_more(DAY, ids) == []
    stray = ("device-x", "epoch", 1)
    assert [text.en for text in missing_or_more(DAY, [*ids[1:], ids[1], stray])] == [
        "the platform has device-w/epoch/2 0 times, not once",
        "the platform has device-w/epoch/3 2 times, not once",
        "the platform has device-x/epoch/1 1 times, not once",
    ]


@given(st.permutations(DAY))
def test_the_order_in_which_signals_were_noted_does_not_matter(day: list[Signal]) -> None:
    assert expected(day, HOMES, RULES) == VISITS


@given(st.sets(st.sampled_from(VISITS)), st.sets(st.sampled_from(VISITS)))
def test_equal_sets_differ_in_nothing_and_others_do(wanted: set[Visit], held: set[Visit]) -> None:
    assert (differences(list(wanted), list(held)) == []) == (wanted == held)
