"""A format over our own interface: `payload` is in the platform's words, and everything else is as it always is."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from samples.aggregated import Feeding
from samples.platform import platform
from samples.visited import Visited


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Visited]:
    found = Visited(tmp_path)
    yield found
    found.site.store.close()


def test_visits_alone_go_in_the_words_of_the_mapping_and_order_is_as_ever(site: Visited) -> None:
    with platform() as taker:
        taker.control(next="error-after")
        feed = Feeding(
            site, f'kind = "https"\nurl = "{taker.url}"\nmapping = "example-ltci"\nown = {{ org_code = "H1" }}'
        )
        site.visit(0)
        site.visit(180, 20)
        feed.feed(until=lambda: feed.waiting() == 0)
        site.correct(site.ids()[1], 245)
        site.act(site.clerk.tell_tasks(site.ids()[0], ["助洁"], [], "李婉"))
        feed.feed(until=lambda: feed.waiting() == 0)
        first, second = (one.hex() for one in site.ids())
        assert sorted(taker.taken()) == sorted([(first, 1), (second, 1), (second, 2)])
        assert taker.taken("note") == []
        assert feed.dead() == []


def test_types_leave_out_what_people_wrote_about_visits(site: Visited, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    feed = Feeding(
        site, f'kind = "file"\nurl = "file://{folder}"\nmapping = "hhax"\ntypes = ["visit"]\n'
        'own = { tax_id = "1", payer_id = "2" }',
    )  # fmt: skip
    site.visit(0)
    feed.feed(until=lambda: feed.waiting() == 0)
    site.act(site.clerk.tell_tasks(site.ids()[0], ["助洁"], [], "李婉"))
    feed.feed(until=lambda: feed.waiting() == 0)
    assert len(list(folder.iterdir())) == 1
