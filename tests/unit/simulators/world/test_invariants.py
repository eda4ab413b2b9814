"""Each invariant breaks when what it says is not so, and holds when it is: by reports made by hand."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.protocol.seal import StartKeys, seal_event
from zhendao.simulators.world.engine.chance import Chance
from zhendao.simulators.world.engine.clockwork import Clockwork
from zhendao.simulators.world.engine.sealings import WatchedStandIn
from zhendao.simulators.world.engine.standin import StandIn
from zhendao.simulators.world.invariants.books import Books, Fact, Found, Side, Standing, Visited
from zhendao.simulators.world.invariants.ranges import Ranges
from zhendao.simulators.world.judge.oracle import INVARIANTS, Oracle
from zhendao.simulators.world.reports import (
    Acknowledged,
    Attempted,
    Clocked,
    Effective,
    Faulted,
    GatewayOpened,
    Gauge,
    JournalOpened,
    Knocked,
    Report,
    Sealed,
    Sent,
    Signalled,
    Stretch,
    Tapped,
)

EPOCH, DEVICE, HEAD, CARD = b"e" * 16, b"d" * 16, b"h" * 32, b"card"
BOX = "terminal 0"
SECOND = 1_000_000_000
START_MS = 1_795_305_600_000

TAP = Tapped(5 * SECOND, BOX, 0, "caregiver 0", CARD)
SIGNAL = Signalled(5 * SECOND, BOX, 0, "checked-in", "recorded", EPOCH, 2, survives=True)
ACK = Acknowledged(6 * SECOND, 0, EPOCH, 1, 2, HEAD, 0, committed=True)
STARTED = JournalOpened(7 * SECOND, BOX, 0, b"b" * 16, (Stretch(EPOCH, 1, 2, HEAD),), ((EPOCH, 1, 2, 0),))
KEY = f"{DEVICE.hex()}/{EPOCH.hex()}/2/{HEAD.hex()}"
EFFECT = Effective(8 * SECOND, "event", KEY, 1)
BOOT = Fact(0, EPOCH, 1, b"1" * 32, b"0" * 32, 1, 1, b"b" * 16, SECOND, START_MS, 3, 100, START_MS + 6000)
CHECK = replace(BOOT, seq=2, head=HEAD, prev=BOOT.head, kind=3, mono_ns=5 * SECOND, uid=CARD, wall_ms=START_MS + 5000)
BEGIN = Side(EPOCH, 2, START_MS + 5000, 100, "terminal")
VISIT = Visited(b"v" * 16, 0, "open", 1, frozenset(), CARD, BEGIN, None, None, None, (), b"digest")
SEEN = Effective(9 * SECOND, "visit", VISIT.visit_id.hex(), 1)
BOOKS = Books(
    ended_ns=3600 * SECOND,
    started_ms=START_MS,
    facts=(BOOT, CHECK),
    findings=(),
    visits=(VISIT,),
    owed=(("event", KEY, 1),),
    unanswered=0,
    open_gaps=(),
    boxes=(Standing(BOX, 0, alive=True, connected=True, unacknowledged=0, held=(Stretch(EPOCH, 1, 2, HEAD),)),),
    replayed=(VISIT,),
    devices=(DEVICE,),
)
GOOD_DAY: tuple[Report, ...] = (TAP, SIGNAL, ACK, STARTED, EFFECT, SEEN)


def broken(*reports: Report, books: Books | None = None) -> set[str]:
    oracle = Oracle()
    for one in reports:
        oracle.tell(one)
    if books is not None:
        oracle.end(books)
    return {one.invariant for one in oracle.breaches}


def test_every_invariant_has_a_name_of_its_own_and_says_what_it_is() -> None:
    assert len({one.name for one in INVARIANTS}) == len(INVARIANTS)
    assert all(one.says.zh and one.says.en for one in INVARIANTS)
    promises = (Path(__file__).parents[4] / "docs/promises.md").read_text(encoding="utf-8")
    assert [one.name for one in INVARIANTS if f"`{one.name}`" not in promises] == []


def test_a_good_day_breaks_nothing() -> None:
    assert broken(*GOOD_DAY, books=BOOKS) == set()


def test_a_signalled_event_that_is_nowhere() -> None:
    other = replace(SIGNAL, seq=3)
    assert "signalled-stored-effective" in broken(*GOOD_DAY, other, books=BOOKS)
    destroyed = Faulted(9 * SECOND, "journal-destroyed", BOX, 9 * SECOND)
    assert "signalled-stored-effective" not in broken(*GOOD_DAY, other, destroyed, books=BOOKS)


def test_two_boxes_with_one_card_are_owed_two_facts() -> None:
    clone = replace(SIGNAL, box="terminal 0 clone")
    two = replace(BOOKS, boxes=(*BOOKS.boxes, replace(BOOKS.boxes[0], box="terminal 0 clone")))
    assert "signalled-stored-effective" in broken(*GOOD_DAY, clone, books=two)
    assert "signalled-stored-effective" not in broken(*GOOD_DAY, clone, books=BOOKS), "it was taken away"


def test_a_fact_that_is_not_effective_or_twice() -> None:
    assert broken(*GOOD_DAY[:4], SEEN, books=BOOKS) == {"signalled-stored-effective"}
    assert broken(*GOOD_DAY, EFFECT, books=BOOKS) == {"signalled-stored-effective"}
    stray = replace(EFFECT, key=KEY.replace("/2/", "/9/"))
    assert broken(*GOOD_DAY, stray, books=BOOKS) == {"signalled-stored-effective"}


def test_a_visit_whose_newest_revision_is_not_at_the_platform() -> None:
    books = replace(BOOKS, visits=(replace(VISIT, revision=2),))
    assert broken(*GOOD_DAY, books=books) == {"signalled-stored-effective"}


def test_a_check_that_nobody_saw_confirmed_needs_a_fault_of_its_own_box() -> None:
    days = (TAP, ACK, STARTED, EFFECT, SEEN)
    assert "signalled-stored-effective" in broken(*days, books=BOOKS)
    assert "signalled-stored-effective" not in broken(Faulted(0, "kill", BOX, 0), *days, books=BOOKS)
    other = Faulted(0, "kill", "terminal 01", 0)
    assert "signalled-stored-effective" in broken(other, *days, books=BOOKS)


def test_a_good_signal_before_the_disk_has_it() -> None:
    assert broken(replace(SIGNAL, survives=False)) == {"no-false-good-signal"}


def test_what_was_promised_survives_every_start() -> None:
    opened = JournalOpened(20 * SECOND, BOX, 0, b"c" * 16, (Stretch(EPOCH, 1, 1, BOOT.head),))
    assert broken(SIGNAL, opened) == {"no-false-good-signal"}
    assert broken(SIGNAL, ACK, opened) == set()
    assert broken(SIGNAL, Faulted(9, "image-restored", BOX, 9), opened) == set()


def test_order() -> None:
    assert broken(SIGNAL, replace(SIGNAL, seq=1)) == {"order-per-terminal"}
    assert broken(replace(EFFECT, revision=2), EFFECT) == {"order-per-terminal"}
    back = replace(CHECK, mono_ns=SECOND // 2)
    assert "order-per-terminal" in broken(*GOOD_DAY, books=replace(BOOKS, facts=(BOOT, back)))


def test_a_terminal_does_not_go_on_in_a_second_history() -> None:
    other = replace(CHECK, head=b"i" * 32, kind=13)
    restored = Faulted(SECOND, "image-restored", BOX, SECOND)
    fork = Found(0, EPOCH, 2, "fork", "", START_MS, None)
    books = replace(BOOKS, facts=(BOOT, CHECK, other), findings=(fork,))
    assert broken(restored, *GOOD_DAY, books=books) == set()
    box = replace(BOOKS.boxes[0], held=(Stretch(EPOCH, 1, 2, other.head),))
    assert broken(restored, *GOOD_DAY, books=replace(books, boxes=(box,))) == {"order-per-terminal"}
    renewed = replace(box, held=(*box.held, Stretch(b"f" * 16, 1, 1, HEAD)))
    assert broken(restored, *GOOD_DAY, books=replace(books, boxes=(renewed,))) == set()


def test_what_arrived_and_was_never_linked() -> None:
    apart = replace(BOOKS, chains=((0, EPOCH, 1, 1), (0, EPOCH, 2, 2)))
    assert broken(*GOOD_DAY, books=apart) == {"order-per-terminal"}
    assert broken(*GOOD_DAY, books=replace(BOOKS, chains=((0, EPOCH, 1, 2),))) == set()


def test_an_acknowledgement_before_the_commit() -> None:
    assert broken(replace(ACK, committed=False)) == {"no-ack-before-commit"}
    assert broken(STARTED) == {"no-ack-before-commit"}
    assert broken(ACK, replace(STARTED, settled=((EPOCH, 1, 3, 0),))) == {"no-ack-before-commit"}
    assert broken(ACK, replace(STARTED, settled=((EPOCH, 3, 3, 1),))) == set(), "refused, which names no range"
    box = replace(BOOKS.boxes[0], settled=((EPOCH, 3, 3, 0),))
    assert broken(*GOOD_DAY, books=replace(BOOKS, boxes=(box,))) == {"no-ack-before-commit"}
    assert broken(ACK, GatewayOpened(9, ((0, Stretch(EPOCH, 1, 1, HEAD)),))) == {"no-ack-before-commit"}
    assert broken(ACK, GatewayOpened(9, ((0, Stretch(EPOCH, 1, 2, HEAD)),))) == set()


def test_a_replay_that_comes_to_something_else() -> None:
    assert broken(*GOOD_DAY, books=replace(BOOKS, replayed=())) == {"conclusions-replay"}
    assert broken(*GOOD_DAY, books=replace(BOOKS, differs=("findings …",))) == {"conclusions-replay"}
    other = replace(BOOKS, replayed=(replace(VISIT, digest=b"other"),))
    assert broken(*GOOD_DAY, books=other) == {"conclusions-replay"}
    gone = replace(BOOKS, visits=(VISIT, replace(VISIT, visit_id=b"w" * 16, state="withdrawn")))
    effect = Effective(9 * SECOND, "visit", (b"w" * 16).hex(), 1)
    assert broken(*GOOD_DAY, effect, books=gone) == set()


def test_a_fork_a_hole_and_a_new_journal_have_to_be_named() -> None:
    second = replace(CHECK, head=b"i" * 32, kind=13)
    assert broken(*GOOD_DAY, books=replace(BOOKS, facts=(BOOT, CHECK, second))) == {"nothing-unnamed"}
    later = replace(CHECK, seq=4, head=b"j" * 32, kind=13)
    assert broken(*GOOD_DAY, books=replace(BOOKS, facts=(BOOT, CHECK, later))) == {"nothing-unnamed"}
    other = replace(BOOT, epoch=b"f" * 16)
    new = replace(BOOKS, facts=(BOOT, CHECK, other))
    assert broken(*GOOD_DAY, books=new) == {"nothing-unnamed"}
    named = replace(new, findings=(Found(0, b"f" * 16, 1, "new_epoch", "", START_MS, None),))
    assert broken(*GOOD_DAY, books=named) == {"nothing-unnamed"}, "and nothing had been done to it"
    assert broken(*GOOD_DAY, Faulted(SECOND, "journal-destroyed", BOX, SECOND), books=named) == set()


def test_a_destroyed_journal_with_a_loss_has_to_be_named() -> None:
    lost, destroyed = replace(SIGNAL, seq=3), Faulted(9 * SECOND, "journal-destroyed", BOX, 9 * SECOND)
    assert broken(*GOOD_DAY, lost, destroyed, books=BOOKS) == {"nothing-unnamed"}
    cut = Found(0, EPOCH, 1, "cut_tail", "", START_MS, None)
    assert broken(*GOOD_DAY, lost, destroyed, books=replace(BOOKS, findings=(cut,))) == set()


def test_no_finding_is_without_a_cause_and_a_power_cut_is_none() -> None:
    rollback = replace(BOOKS, findings=(Found(0, EPOCH, 1, "rollback", "", START_MS, None),))
    assert broken(*GOOD_DAY, books=rollback) == {"nothing-unnamed"}
    assert broken(*GOOD_DAY, Faulted(SECOND, "power-cut", BOX, SECOND), books=rollback) == {"nothing-unnamed"}
    assert broken(*GOOD_DAY, Faulted(SECOND, "image-restored", BOX, SECOND), books=rollback) == set()
    assert broken(*GOOD_DAY, Faulted(SECOND, "image-restored", "terminal 1", SECOND), books=rollback) != set()


def test_a_visit_is_lost_invented_or_somebody_elses() -> None:
    nothing = replace(BOOKS, visits=(), replayed=())
    assert broken(*GOOD_DAY, books=nothing) == {"truth"}
    twice = replace(BOOKS, visits=(replace(VISIT, doubled=((EPOCH, 2),)),))
    assert broken(*GOOD_DAY, books=twice) == {"truth"}
    invented = replace(BOOKS, visits=(replace(VISIT, end=replace(BEGIN, seq=9)),))
    assert broken(*GOOD_DAY, books=invented) == {"truth"}
    assert broken(*GOOD_DAY[1:], books=BOOKS) == {"truth"}, "nobody held a card"
    assert broken(replace(TAP, uid=b"other"), *GOOD_DAY[1:], books=BOOKS) == {"truth"}


def test_a_check_that_was_taken_back_is_in_no_visit() -> None:
    undo = replace(CHECK, seq=3, head=b"u" * 32, kind=5, target=2)
    effect = replace(EFFECT, key=f"{DEVICE.hex()}/{EPOCH.hex()}/3/{undo.head.hex()}")
    books = replace(BOOKS, facts=(BOOT, CHECK, undo))
    assert broken(*GOOD_DAY, effect, books=books) == {"truth"}
    assert broken(*GOOD_DAY, effect, books=replace(books, visits=(), replayed=())) == set()


def test_an_in_and_the_out_after_it_are_one_visit_of_the_true_length() -> None:
    minutes = 90 * 60 * 1000
    at_ns = SIGNAL.at_ns + minutes * 1_000_000
    out = replace(CHECK, seq=3, head=b"o" * 32, mono_ns=at_ns)
    reports = (
        *GOOD_DAY,
        replace(TAP, at_ns=at_ns),
        replace(SIGNAL, at_ns=at_ns, seq=3, moment="checked-out"),
        replace(EFFECT, key=f"{DEVICE.hex()}/{EPOCH.hex()}/3/{out.head.hex()}"),
    )
    end = replace(BEGIN, seq=3, at_ms=START_MS + 5000 + minutes)
    visit = replace(VISIT, end=end, duration_ms=minutes, duration_bound_ms=0)
    books = replace(BOOKS, facts=(BOOT, CHECK, out), visits=(visit,))
    assert broken(*reports, books=books) == set()
    apart = (VISIT, replace(VISIT, visit_id=b"w" * 16, begin=None, end=end))
    other = Effective(9 * SECOND, "visit", (b"w" * 16).hex(), 1)
    assert "truth" in broken(*reports, other, books=replace(books, visits=apart, replayed=apart))
    unheard = replace(CHECK, seq=4, head=b"u" * 32)  # got the bad signal, and stands there all the same
    merged = replace(visit, begin=replace(BEGIN, seq=4), doubled=((EPOCH, 2),))
    assert "truth" not in broken(*reports, books=replace(books, facts=(*books.facts, unheard), visits=(merged,)))
    longer = replace(books, visits=(replace(visit, duration_ms=minutes + 3_600_000),))
    assert broken(*reports, books=longer) == {"truth"}
    unknown = replace(visit, duration_ms=9, duration_bound_ms=None, flags=frozenset({"duration_unknown"}))
    assert broken(*reports, books=replace(books, visits=(unknown,))) == set(), "it says that it does not know"
    assert broken(*reports, books=replace(books, visits=(replace(unknown, flags=frozenset()),))) == {"truth"}
    late = replace(books, visits=(replace(visit, begin=replace(BEGIN, at_ms=START_MS + 3_600_000)),))
    assert broken(*reports, books=late) == {"truth"}
    lied = Faulted(0, "ntp-wrong", BOX, SECOND)
    assert broken(*reports, lied, books=late) == set(), "a source of time lied"


def test_bounds() -> None:
    assert broken(Gauge(1, BOX, "flights", 5)) == {"bounds"}
    assert broken(Gauge(1, BOX, "flights", 4)) == set()


def test_endless_sending_again() -> None:
    often = [Sent(at * 10 * SECOND, BOX, 0, EPOCH, 1, 2, 500) for at in range(40)]
    assert broken(*often) == {"bounds"}
    slowly = [Sent(at * 10 * SECOND, BOX, 0, EPOCH, 1 + at // 4, 60, 500) for at in range(200)]
    assert broken(*slowly) == set(), "a broker that drops half of everything"
    around = [Sent(at * SECOND, BOX, 0, EPOCH, 1 + at % 3, 60, 500) for at in range(90)]
    assert broken(*around) == {"bounds"}, "the same three, again and again"
    seldom = [Sent(at * 300 * SECOND, BOX, 0, EPOCH, 1, 2, 500) for at in range(400)]
    assert broken(*seldom) == set()


def test_attempts_without_a_pause() -> None:
    assert broken(*[Attempted(at * SECOND // 4, BOX, 0, ok=False) for at in range(200)]) == {"bounds"}
    assert broken(*[Attempted(at * SECOND, BOX, 0, ok=False) for at in range(200)]) == set()


def test_a_fleet_that_comes_back_in_one_moment() -> None:
    def back(fleet: int, together: int, *, started: bool = False) -> set[str]:
        boxes = [f"terminal {number}" for number in range(fleet)]
        begun: list[Report] = [Knocked(0, box) for box in boxes]
        if started:
            begun += [JournalOpened(SECOND, box, number, b"b" * 16, ()) for number, box in enumerate(boxes)]
        again = [
            Knocked(60 * SECOND + (0 if number < together else number * SECOND), box)
            for number, box in enumerate(boxes)
        ]
        return broken(*begun, *again)

    assert back(40, 40) == {"spread"}
    assert back(40, 35) == {"spread"}
    assert back(40, 20) == set(), "by chance half of them come within a tenth of half a second now and then"
    assert back(10, 10) == set()
    assert back(40, 40, started=True) == set(), "they were all switched on"


@pytest.mark.parametrize(
    "change",
    [
        {"alive": False},
        {"connected": False},
        {"unacknowledged": 1},
    ],
)
def test_a_box_that_is_not_at_rest(change: dict[str, object]) -> None:
    box = replace(BOOKS.boxes[0], **change)
    assert broken(*GOOD_DAY, books=replace(BOOKS, boxes=(box,))) == {"quiet"}


def test_an_outbox_and_a_gap_that_stay() -> None:
    assert broken(*GOOD_DAY, books=replace(BOOKS, unanswered=1)) == {"quiet"}
    assert broken(*GOOD_DAY, books=replace(BOOKS, refused=1)) == {"quiet"}
    gap = replace(BOOKS, open_gaps=((0, EPOCH, 3, 4),))
    assert "quiet" in broken(*GOOD_DAY, books=gap)
    destroyed = Faulted(9, "image-restored", BOX, 9)
    assert "quiet" not in broken(*GOOD_DAY, destroyed, books=gap)
    held = replace(BOOKS.boxes[0], held=(Stretch(EPOCH, 1, 5, HEAD),))
    assert "quiet" in broken(*GOOD_DAY, destroyed, books=replace(gap, boxes=(held,)))


def test_a_time_is_not_better_than_it_is_said_to_be_unless_a_source_lied() -> None:
    right, wrong = (Clocked(9, BOX, 0, "ntp", 100, off) for off in (-100, 101))
    assert broken(right, replace(wrong, bound_ms=None)) == set()
    assert broken(wrong) == {"honest-time"}
    for lie in (
        Faulted(8, "ntp-wrong", BOX, 9),
        Faulted(8, "gateway-clock", "gateway", 9),
        Faulted(8, "cloned", BOX, 9),
    ):
        assert broken(lie, wrong) == set()
    assert broken(Faulted(8, "ntp-off", BOX, 9), Faulted(8, "ntp-wrong", "terminal 1", 9), wrong) == {"honest-time"}


def test_a_key_and_a_nonce_meet_once() -> None:
    one = Sealed(1, DEVICE, b"key", b"\0" * 11 + b"\5", b"plaintext")
    assert broken(one, one) == set()
    assert broken(one, replace(one, plaintext=b"another")) == {"no-nonce-twice"}


def test_the_witness_hears_each_sealing_and_changes_nothing() -> None:
    heard: list[Report] = []
    suite = WatchedStandIn(Chance(1, "keys"), Clockwork(), heard.append)
    keys = StartKeys(b"k" * 16, b"m" * 32, DEVICE, EPOCH, 1)
    for salt in (b"1" * 16, b"1" * 16, b"2" * 16):
        made = seal_event(suite, keys, 2, b"plaintext", salt)
        assert made == seal_event(StandIn(Chance(1, "keys")), keys, 2, b"plaintext", salt)
    assert broken(*heard[:2]) == set()
    assert broken(*heard) == {"no-nonce-twice"}
    assert {one.device for one in heard if isinstance(one, Sealed)} == {DEVICE}


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 6))), st.integers(1, 40), st.integers(0, 8))
def test_ranges_are_the_set_they_stand_for(several: list[tuple[int, int]], first: int, more: int) -> None:
    ranges, numbers = Ranges(), set()
    for begin, length in several:
        ranges.add(begin, begin + length)
        numbers |= set(range(begin, begin + length + 1))
    assert {n for low, high in ranges.pairs() for n in range(low, high + 1)} == numbers
    assert all(high + 1 < low for (_, high), (low, _) in zip(ranges.pairs(), ranges.pairs()[1:], strict=False))
    absent = [n for n in range(first, first + more + 1) if n not in numbers]
    assert ranges.missing(first, first + more) == (absent[0] if absent else None)
