"""After each batch a gateway's findings are those of `judge`, in whatever order and groups the same facts come."""

from pathlib import Path
from random import Random

import pytest

from samples.hamlet import Sent, hamlet
from samples.judged import judged, named, standing
from samples.site import Site
from zhendao.gateway.judging.hints import Hints
from zhendao.gateway.registry.current import Current
from zhendao.gateway.surveys.reading import VisitReader
from zhendao.gateway.visits.lanes import LaneReader
from zhendao.simulators.city.rates import Rates

DAY_MS = 86_400_000
RATES = Rates(caregivers=700, habit=900, power_cuts=300, forgotten_out=100, lying_time=200)
"""Nearly everybody cheats, and much is dark."""
HINTS = Hints(together_least=2, together_within_s=3_600, booked_least=2, booked_days=1, regular_least=2)
"""What is a pattern here begins with two."""


def grouped(sent: list[Sent], random: Random) -> list[list[Sent]]:
    """Return what was sent in no order and in groups of any size; and again, for what had to wait for its start."""
    groups: list[list[Sent]] = [[]]
    for one in (*random.sample(sent, len(sent)), *random.sample(sent, len(sent))):
        groups[-1].append(one)
        if random.random() < 0.05:
            groups.append([])
    return [one for one in groups if one]


def limits_of(site: Site) -> dict[bytes, tuple[int, int] | None]:
    """Return how long each visit should have taken, as a survey reads it back: of who stands in for somebody, too."""
    measures = site.measures()
    with site.store.reading() as connection:
        reader = VisitReader(
            connection,
            lambda connection, device: LaneReader(
                connection, site.terminals.get(connection, device), {}, measures.clock_ms
            ),
            Current(site.key).at(connection),
            measures.policy,
        )
        return {one.visit_id: one.limits_s for one in reader.of_all(0)}


def kinds_found(folder: Path, city: int, random: Random) -> set[str]:
    """Deliver a city to a gateway late and mixed, compare it with `judge` now and then; return what there was."""
    site, sent = hamlet(folder, seed=city, days=3, caregivers=5, elders=14, rates=RATES, hints=HINTS)
    now_ms = sent[-1].received_ms + 2 * DAY_MS
    groups = grouped(sent, random)
    compared = set(random.sample(range(len(groups)), 5)) | {len(groups) - 1}
    seen: set[str] = set()
    for at, group in enumerate(groups):
        now_ms += 1_000
        site.take(*(one.message for one in group), now_ms=now_ms)
        site.settle(now_ms)
        if at in compared:
            whole = judged(site, now_ms)
            expected = named([one.as_json() for one in whole.findings])
            assert standing(site) == expected
            assert limits_of(site) == {one.visit_id: one.limits_s for one in whole.visits}
            seen |= {kind for kind, *_ in expected}
    site.store.close()
    return seen


def test_after_each_batch_it_is_what_judge_finds(tmp_path: Path, seed: int) -> None:
    seen = kinds_found(tmp_path, 14, Random(seed))
    assert {"weak_token", "cards_together", "no_out", "overlap", "missed", "gap"} <= seen


@pytest.mark.long
def test_of_any_city_it_is_what_judge_finds(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    for city in random.sample(range(100_000), 10):
        print(f"city {city}")  # noqa: T201 - shown where the test fails
        folder = tmp_path / str(city)
        folder.mkdir()
        assert kinds_found(folder, city, random)
