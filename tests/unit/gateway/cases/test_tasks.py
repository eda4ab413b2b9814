"""What was done in a visit and what was refused: complete, signed, in its time, and never written over."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from samples.registered import register
from samples.site import NOW_MS, Authority, Site
from samples.taps import check
from zhendao.gateway.cases.deeds import Clerk
from zhendao.gateway.cases.errors import CaseError, LockedError, NotNowError
from zhendao.gateway.cases.tables import VISIT_TASKS
from zhendao.gateway.cases.tasks import MOST, Refused, is_signed, signed, tasks_of, told
from zhendao.gateway.ingest.steady import Now
from zhendao.gateway.store.conclusions import visits
from zhendao.protocol.suite import SM
from zhendao.protocol.vocabulary import Direction

HOUR = 3_600_000
VISIT = b"v" * 16
HAIR = Refused("剪发", "老人不愿意")
words = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)


@given(st.lists(words, max_size=4), st.lists(st.tuples(words, words), max_size=4))
def test_any_words_are_a_telling_or_refused_and_read_back_as_they_were(
    done: list[str], refused: list[tuple[str, str]]
) -> None:
    names = [one.strip() for one in (*done, *(task for task, _ in refused))]
    good = all(names) and len(set(names)) == len(names) and bool(names) and all(why.strip() for _, why in refused)
    try:
        one = told(VISIT, done, [Refused(*pair) for pair in refused], "李婉", NOW_MS)
    except NotNowError:
        assert not good
        return
    assert good
    assert tasks_of(one.document()) == one
    assert [*one.done, *(no.task for no in one.refused)] == names


def test_so_many_and_no_more() -> None:
    several = [str(n) for n in range(MOST)]
    assert told(VISIT, several, [], "", 0).done == tuple(several)
    with pytest.raises(NotNowError):
        told(VISIT, several, [HAIR], "", 0)


def test_a_telling_is_signed_whole() -> None:
    key = SM.new_signing_key()
    one = told(VISIT, ["助浴"], [HAIR], "李婉", NOW_MS)
    document, signature = signed(one, key, b"c" * 32)
    verifying = SM.verifying_key(key.spki)
    assert is_signed(document, signature, verifying, SM.id, b"c" * 32)
    for other in (replace(one, by="别人"), replace(one, refused=()), replace(one, visit_id=b"w" * 16)):
        assert not is_signed(other.document(), signature, verifying, SM.id, b"c" * 32)
    assert not is_signed(document, signature, verifying, SM.id, b"d" * 32)


def clerk_of(site: Site) -> Clerk:
    assert site.pipeline.clerk is not None
    return site.pipeline.clerk


def act(site: Site, doing: Callable[[Any, Now], Any], now_ms: int = NOW_MS) -> Any:
    with site.store.writing() as connection:
        return doing(connection, Now(now_ms, now_ms))


def test_each_telling_stands_in_place_of_the_one_before_which_stays_to_be_seen(
    site: Site, authority: Authority
) -> None:
    line = authority.terminal()
    register(site, line.device)
    line.add(check(Direction.IN), wall_ms=NOW_MS - 2 * HOUR)
    site.take(line.message(1, 2))
    with site.store.reading() as connection:
        visit, before = connection.execute(select(visits.c.id, visits.c.record)).one()
    clerk = clerk_of(site)
    act(site, clerk.tell_tasks(visit, ["助浴", "剪发"], [], "李婉"))
    second = act(site, clerk.tell_tasks(visit, ["助浴"], [HAIR], "王芳"))
    assert [(one.by, one.done, one.refused) for one in second] == [
        ("王芳", ("助浴",), (HAIR,)), ("李婉", ("助浴", "剪发"), ()),
    ]  # fmt: skip
    with site.store.reading() as connection:
        rows = connection.execute(select(VISIT_TASKS).order_by(VISIT_TASKS.c.id)).all()
        after = connection.execute(select(visits.c.record)).scalar_one()
        kept = clerk.casing.book.tasks(connection, visit)
    assert after == before
    key = authority.suite.verifying_key(site.gateway_key.spki)
    assert all(
        is_signed(one.document(), row.signature, key, row.suite, row.certificate_id)
        for one, row in zip(reversed(kept), rows, strict=True)
    )
    assert not any("助浴".encode() in bytes(row.document) for row in rows)
    late = NOW_MS + 30 * 24 * HOUR
    again = clerk.tell_tasks(visit, ["助浴"], [], "李婉")
    with pytest.raises(LockedError):
        act(site, again, late)
    act(site, clerk.unlock_visit(visit, "审计", "民政"), late)
    assert len(act(site, again, late)) == 3
    with pytest.raises(CaseError):
        act(site, clerk.tell_tasks(b"x" * 16, ["助浴"], [], "李婉"))
