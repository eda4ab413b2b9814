"""What waits at the gateway is bounded, and a home has one terminal at any moment."""

from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples.family import DEVICE, make_family
from samples.site import NOW_MS, Site
from zhendao.command.roster.sheets import BY_NAME
from zhendao.gateway.enrolment import binding, queue
from zhendao.gateway.enrolment.rate import Rate
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.errors import LoadError, RegistryError
from zhendao.gateway.registry.loading import load
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.invitation import invite
from zhendao.protocol.suite import INTL
from zhendao.protocol.vocabulary import Placement

A, B = b"a" * 16, b"b" * 16
MINUTE_NS = 60 * 10**9


def test_a_request_waits_is_answered_and_is_gone_after_a_week(site: Site) -> None:
    request = make_family(INTL).request
    with site.store.writing() as connection:
        left = queue.leave(connection, request, NOW_MS)
        assert queue.leave(connection, request, NOW_MS) == left
        assert queue.leave(connection, invite(INTL, bytes(32), "K7Q", request), NOW_MS) == left
        assert [(one.id, one.device) for one in queue.waiting(connection)] == [(left, DEVICE)]
        assert queue.settle(connection, left, None, "no", NOW_MS)
        assert queue.fetch(connection, left).refused == "no"  # type: ignore[union-attr]
        assert queue.waiting(connection) == []
        queue.leave(connection, request, NOW_MS)  # with another code, perhaps
        assert len(queue.waiting(connection)) == 1
        assert queue.settle(connection, left, b"answer", None, NOW_MS)
        queue.leave(connection, request, NOW_MS)
        assert queue.fetch(connection, left).answer == b"answer"  # type: ignore[union-attr]
        queue.leave(connection, make_family(INTL).request, NOW_MS + queue.KEPT_MS + 1)
        assert queue.fetch(connection, left) is None
        assert not queue.settle(connection, left, b"answer", None, NOW_MS)


def test_junk_takes_no_place_and_a_full_queue_takes_no_more(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "MOST_WAITING", 2)
    with site.store.writing() as connection:
        for junk in (b"", b"junk", make_family(INTL).request[:-1]):
            with pytest.raises(ProtocolError):
                queue.leave(connection, junk, NOW_MS)
        first = queue.leave(connection, make_family(INTL).request, NOW_MS)
        queue.leave(connection, make_family(INTL).request, NOW_MS)
        with pytest.raises(queue.QueueFullError):
            queue.leave(connection, make_family(INTL).request, NOW_MS)
        queue.settle(connection, first, b"answer", None, NOW_MS)
        queue.leave(connection, make_family(INTL).request, NOW_MS)


@given(st.lists(st.integers(0, 10 * MINUTE_NS), max_size=200))
def test_nobody_knocks_more_often_than_is_allowed(moments: list[int]) -> None:
    rate = Rate(5, 6)
    allowed = [at_ns for at_ns in sorted(moments) if rate.allows("10.0.0.1", at_ns)]
    for place, at_ns in enumerate(allowed):
        within = sum(one <= at_ns + MINUTE_NS for one in allowed[place:])
        assert within <= 5 + 6 + 1


def test_one_address_does_not_keep_another_out() -> None:
    rate = Rate(1, 1)
    assert rate.allows("a", 0)
    assert not rate.allows("a", 1)
    assert rate.allows("b", 2)
    for number in range(5000):
        rate.allows(f"n{number}", 3)
    assert len(rate._left) <= 4096


@pytest.fixture
def book(site: Site, tmp_path: Path) -> Book:
    folder = tmp_path / "registry"
    folder.mkdir()
    (folder / "places.csv").write_text(
        "place_id,latitude,longitude,datum,radius,accuracy,valid_from\nP1,31.1,121.4,wgs-84,60,5,2020-01-01\n"
    )
    (folder / "elders.csv").write_text("elder_id,name,phone,place_id,valid_from\nE1,王秀兰,13512345678,P1,2020-01-01\n")
    found = Book(site.key)
    load(site.store, found, folder, zone=UTC, tenant="xuhui")
    return found


def bind(site: Site, book: Book, device: bytes, elder: str | None = "E1", at_ms: int = NOW_MS) -> bool:
    with site.store.writing() as connection:
        return binding.bind(
            connection, book, device, placement=Placement.HOME, door=None, elder=elder, tenant="xuhui", now_ms=at_ms
        )


def swap(site: Site, book: Book, old: bytes, new: bytes, at_ms: int) -> bool:
    with site.store.writing() as connection:
        return binding.swap(connection, book, old, new, at_ms, at_ms)


def homes(site: Site, book: Book, at_ms: int) -> list[tuple[bytes, str, str]]:
    with site.store.reading() as connection:
        rows = book.rows(connection, BY_NAME["terminals"], at_ms)
    return [(one.values["device"], one.values["elder_id"], one.values["place_id"]) for one, _ in rows]


def test_a_swap_ends_one_row_where_the_other_begins(site: Site, book: Book) -> None:
    assert bind(site, book, A)
    assert not bind(site, book, A, at_ms=NOW_MS + 5), "done again it changes nothing"
    assert swap(site, book, A, B, NOW_MS + 100)
    assert not swap(site, book, A, B, NOW_MS + 100), "done again it changes nothing"
    assert homes(site, book, NOW_MS + 99) == [(A, "E1", "P1")]
    assert homes(site, book, NOW_MS + 100) == [(B, "E1", "P1")]


def test_what_cannot_be_swapped_or_bound_changes_nothing(site: Site, book: Book) -> None:
    with pytest.raises(LoadError):
        bind(site, book, A, "E9")
    with pytest.raises(RegistryError):
        swap(site, book, A, B, NOW_MS)
    bind(site, book, A)
    bind(site, book, B)
    with pytest.raises(RegistryError):
        swap(site, book, A, B, NOW_MS + 1)
    assert len(homes(site, book, NOW_MS + 1)) == 2
