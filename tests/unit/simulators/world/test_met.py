"""What was met is counted, and what was not met shows with 0."""

from zhendao.simulators.world.invariants.books import Books, Fact, Found, Side, Visited
from zhendao.simulators.world.judge.met import FLAGS, Met, nothing
from zhendao.simulators.world.reports import Acknowledged, Attempted, Effective, Faulted, Sent, Signalled

E1, E2, BOX = b"\1" * 8, b"\2" * 8, "terminal 0"


def fact(epoch: bytes, seq: int, target: int | None = None) -> Fact:
    return Fact(0, epoch, seq, b"", b"", 1, 3, b"", 0, 0, 0, None, 0, None, target)


def books(**more: object) -> Books:
    plain = {"facts": (), "findings": (), "visits": (), "owed": (), "unanswered": 0, "open_gaps": (), "boxes": ()}
    return Books(ended_ns=0, started_ms=0, **{**plain, **more})  # type: ignore[arg-type]


def met(*reports: object, **more: object) -> dict[str, int]:
    counted = Met()
    for one in reports:
        counted.tell(one)  # type: ignore[arg-type]
    counted.end(books(**more))
    return {what: times for what, times in counted.counts.items() if times}


def test_everything_that_can_be_met_is_listed_with_0() -> None:
    assert set(nothing().values()) == {0}
    assert "fault power-cut" in nothing()
    assert "moment undone" in nothing()
    assert met() == {}


def test_faults_and_signals_are_counted_by_their_names() -> None:
    assert met(
        Faulted(1, "kill", BOX, 2),
        Faulted(1, "kill", BOX, 2),
        Signalled(1, BOX, 0, "checked-in", "recorded", E1, 1, survives=True),
        Signalled(1, BOX, 0, "checked-in", "recorded", None, None, survives=True),
    ) == {"fault kill": 2, "moment checked-in": 2}


def test_what_is_sent_or_acknowledged_again_is_told_from_what_is_new() -> None:
    reports = [Sent(1, BOX, 0, E1, first, last, 9) for first, last in ((1, 3), (4, 5), (5, 5), (6, 9))]
    assert met(*reports, Sent(1, BOX, 0, E2, 1, 1, 9)) == {"sent again": 1}
    said = [Acknowledged(1, 0, E1, 1, 3, b"", 0, committed=True)] * 2
    assert met(*said, Acknowledged(1, 0, E1, 4, 4, b"", 1, committed=True)) == {
        "acknowledged again": 1,
        "quarantined": 1,
    }
    assert met(Attempted(1, BOX, 0, ok=False), Attempted(1, BOX, 0, ok=True)) == {"attempt failed": 1}
    assert met(Effective(1, "visit", "a", 1), Effective(1, "visit", "a", 2), Effective(1, "event", "b", 2)) == {
        "revised": 1
    }


def test_the_books_are_counted() -> None:
    side = Side(E1, 1, 0, 0, "anchor")
    visit = Visited(b"", 0, "open", 1, frozenset({FLAGS[0]}), None, side, None, None, None, (), b"")
    assert met(
        facts=(fact(E1, 1), fact(E1, 2, 1), fact(E2, 1)),
        findings=(Found(0, E1, 1, "gap", "", 0, None),),
        visits=(visit,),
    ) == {"new epoch": 1, "taken back": 1, "finding gap": 1, f"flag {FLAGS[0]}": 1, "dated by anchor": 1}
