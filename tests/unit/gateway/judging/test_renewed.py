"""A door tag that was torn off and replaced: who could not check out there is not asked; who could is."""

from samples.taps import token
from samples.witnessed import ANNA, BINA, DAY_S, HOUR_S, MORNING_MS, Witness, known
from zhendao.gateway.config import VisitsTable
from zhendao.gateway.judging.blame import Blame
from zhendao.gateway.judging.judge import Judge
from zhendao.gateway.registry.snapshot import Token
from zhendao.gateway.registry.validity import Valid
from zhendao.gateway.visits.drawing import policy_of
from zhendao.protocol.vocabulary import Role

OLD = token(Role.DOOR, b"door")
RENEWED_MS = MORNING_MS + DAY_S * 1000


def asked(home: Witness, *, renewed_ms: int | None = RENEWED_MS, as_of_s: int = 3 * DAY_S) -> Blame:
    """Return whom the one check-out that is missing is put to."""
    door = Token(OLD.token_id, OLD.uid, Role.DOOR, "P-1")
    cards = [Token(None, card, Role.CAREGIVER, name) for card, name in ((ANNA, "C-1"), (BINA, "C-2"))]
    rows = [Valid(door, 0, renewed_ms), *(Valid(one, 0, None) for one in cards)]
    judge = Judge(known(tokens=rows), policy_of(VisitsTable()), 10_000)
    for fact in home.facts:
        judge.take(fact)
    (found,) = (one for one in judge.judged(MORNING_MS + as_of_s * 1000).findings if one.kind == "no_out")
    return found.blames


def open_visit() -> Witness:
    home = Witness()
    home.boot(-HOUR_S, b"b")
    home.come(0)
    home.rate(2, 4 * DAY_S)  # it runs on
    return home


def test_where_the_tag_was_never_read_again_and_was_replaced_nobody_is_asked() -> None:
    assert asked(open_visit()) is Blame.EQUIPMENT
    assert asked(open_visit(), renewed_ms=None) is Blame.PERSON


def test_not_before_it_is_on_record_that_it_is_replaced_within_a_week() -> None:
    assert asked(open_visit(), as_of_s=HOUR_S * 5) is Blame.EQUIPMENT
    later = RENEWED_MS + 7 * DAY_S * 1000
    assert asked(open_visit(), renewed_ms=later, as_of_s=DAY_S - 1) is Blame.PERSON
    assert asked(open_visit(), renewed_ms=later, as_of_s=DAY_S) is Blame.EQUIPMENT


def test_where_somebody_else_read_it_later_it_was_there() -> None:
    home = open_visit()
    home.leave(6 * HOUR_S, home.come(5 * HOUR_S, BINA), BINA)
    assert asked(home) is Blame.PERSON
