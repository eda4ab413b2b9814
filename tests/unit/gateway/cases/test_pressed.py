"""Cases under pressure: two people at once, a disk without room, a name written another way. Nothing is half done."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from samples.registered import register
from samples.site import NOW_MS, Authority, Site, Terminal
from samples.taps import check
from zhendao.gateway.alerts.acting import Acts
from zhendao.gateway.cases.deeds import Clerk
from zhendao.gateway.cases.errors import CaseError, FourEyesError, NotNowError
from zhendao.gateway.cases.values import Act, Case, Decision, Entry, Side, State
from zhendao.gateway.errors import StoreFullError
from zhendao.protocol.vocabulary import Direction

MINUTE = 60_000
BEGAN = NOW_MS - 120 * MINUTE


@pytest.fixture
def line(site: Site, authority: Authority) -> Terminal:
    """A home in which somebody stayed for 20 minutes only, and nobody has heard of it yet."""
    line = authority.terminal()
    register(site, line.device)
    line.add(check(Direction.IN), wall_ms=BEGAN)
    line.add(check(Direction.OUT, 2), wall_ms=BEGAN + 20 * MINUTE, mono_ns=(20 * 60 + 2) * 10**9)
    return line


def clerk_of(site: Site) -> Clerk:
    assert site.pipeline.clerk is not None
    return site.pipeline.clerk


def the_case(site: Site) -> tuple[Case, list[Entry]]:
    book = clerk_of(site).casing.book
    with site.store.reading() as connection:
        (case,) = book.queue(connection, waiting=False, most=9)
        return case, book.lines(connection, case.number)


class Desk:
    """The thread that ingests, and people who ask it for something from threads of their own."""

    def __init__(self, site: Site) -> None:
        self.site, self.ready = site, threading.Event()
        self.acts = Acts(self.ready.set)

    def ask(self, several: list[Callable[[Any, Any], Any]]) -> list[Any]:
        """Have all of them asked at once; return what each was given: a result, or the error."""
        given: list[Any] = [None] * len(several)
        gate = threading.Barrier(len(several))

        def person(at: int) -> None:
            gate.wait()
            try:
                given[at] = self.acts.do(several[at], timeout_s=120)
            except Exception as error:  # noqa: BLE001 - it is what the person is told
                given[at] = error

        people = [threading.Thread(target=person, args=(at,)) for at in range(len(several))]
        for one in people:
            one.start()
        while any(one.is_alive() for one in people):
            self.ready.wait(0.05)
            self.ready.clear()
            self.site.pipeline.act(self.acts, NOW_MS, NOW_MS)
        return given


@pytest.fixture
def desk(site: Site) -> Iterator[Desk]:
    desk = Desk(site)
    yield desk
    desk.acts.close()


def test_of_two_who_decide_one_case_at_once_one_has_decided_and_the_other_is_told(
    site: Site, line: Terminal, desk: Desk
) -> None:
    site.take(line.message(1, 3))
    clerk = clerk_of(site)
    desk.ask([clerk.hear(1, side, "听过", "王芳", reached=True) for side in Side])
    given = desk.ask(
        [
            clerk.decide(1, Decision.ACKNOWLEDGED, "other_time", "", "王芳"),
            clerk.decide(1, Decision.UPHELD, "other", "早退", "赵敏"),
            clerk.decide(1, Decision.ACKNOWLEDGED, "staff_early", "", "钱伟"),
        ]
    )
    done = [one for one in given if isinstance(one, Case)]
    assert len(done) == 1
    assert all(isinstance(one, NotNowError) for one in given if one is not done[0])
    case, log = the_case(site)
    assert (case.state, case.decision, case.reason) == (State.DECIDED, done[0].decision, done[0].reason)
    assert [one.act for one in log].count(Act.DECIDED) == 1


def test_of_two_who_approve_and_refuse_one_correction_at_once_one_has_answered(
    site: Site, line: Terminal, desk: Desk
) -> None:
    site.take(line.message(1, 3))
    clerk, times = clerk_of(site), (None, BEGAN + 65 * MINUTE)
    case, _ = the_case(site)
    (one,) = desk.ask([clerk.propose(case.visit_id, times, "no_check_out", "老人在场", "", "李婉")])
    given = desk.ask([clerk.answer(one.number, act, "", "王芳") for act in (Act.APPROVED, Act.REFUSED)])
    assert sorted(isinstance(told, CaseError) for told in given) == [False, True]
    site.settle(NOW_MS)
    stands = next(told for told in given if not isinstance(told, Exception))
    assert the_case(site)[0].state is (State.CLEARED if stands.act is Act.APPROVED else State.OPEN)


def test_who_proposed_it_approves_it_under_no_other_name_of_the_same_token(site: Site, line: Terminal) -> None:
    site.take(line.message(1, 3))
    clerk, times = clerk_of(site), (None, BEGAN + 65 * MINUTE)
    case, _ = the_case(site)
    desk = Desk(site)
    (one,) = desk.ask([clerk.propose(case.visit_id, times, "no_check_out", "老人在场", "", "机构一/李婉")])
    for name in ("机构一/王芳", "机构一/李 婉", "机构一/", "机构一"):
        (told,) = desk.ask([clerk.answer(one.number, Act.APPROVED, "", name)])
        assert isinstance(told, FourEyesError), name
    (told,) = desk.ask([clerk.answer(one.number, Act.APPROVED, "", "街道/赵敏")])
    assert told.counts


@pytest.mark.parametrize("end_ms", [-(2**53), -1, 2**53, 32_503_680_000_000])
def test_a_correction_to_a_time_of_no_calendar_is_refused(site: Site, line: Terminal, end_ms: int) -> None:
    site.take(line.message(1, 3))
    case, _ = the_case(site)
    for times in ((end_ms, None), (None, end_ms)):
        doing = clerk_of(site).propose(case.visit_id, times, "no_check_out", "老人在场", "", "李婉")
        (told,) = Desk(site).ask([doing])
        assert isinstance(told, NotNowError)


def test_on_a_full_disk_neither_fact_nor_case_is_kept_and_then_both(site: Site, line: Terminal, tmp_path: Path) -> None:
    room = [0]

    @event.listens_for(site.store.engine, "begin")
    def bound(connection: Any) -> None:
        # SQLite's own bound on a file: a write beyond it fails as on a full disk.
        if room[0]:
            connection.exec_driver_sql(f"PRAGMA max_page_count={room[0]}")

    def pages() -> int:
        with site.store.reading() as connection:
            return int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())

    for number in range(300):  # a backlog, so that the check-out has to open its case where there is no room
        line.add(check(Direction.IN, card=number.to_bytes(7, "big")), wall_ms=BEGAN, mono_ns=30 * 60 * 10**9 + number)
    site.take(line.message(1, 2))
    before = pages()
    room[0] = before + 2
    with pytest.raises(StoreFullError):
        site.take(line.message(3, 303))
    with site.store.reading() as connection:
        assert clerk_of(site).casing.book.queue(connection, waiting=False, most=9) == []
    room[0] = 1_000_000
    site.take(line.message(3, 3))
    case, log = the_case(site)
    assert (case.kinds, [one.act for one in log]) == ({"short"}, [Act.OPENED])
    clerk, said = clerk_of(site), "她说" * 4_000
    room[0] = pages() + 1
    given = Desk(site).ask(
        [clerk.hear(1, Side.CAREGIVER, f"{number}{said}", "王芳", reached=True) for number in range(4)]
    )
    assert any(isinstance(one, StoreFullError) for one in given), given
    room[0] = 1_000_000
    heard = [one for one in given if isinstance(one, Case)]
    assert [one.act for one in the_case(site)[1]].count(Act.HEARD) == len(heard)
    (told,) = Desk(site).ask([clerk.hear(1, Side.ELDER, said, "王芳", reached=True)])
    assert Side.ELDER in told.heard
    assert list(tmp_path.glob("gateway.db"))
