"""What `bench/city` holds of a small city: frauds that leave a trace are found, nobody honest is suspected.

The bench itself is held too: where the policy lets everything pass, it says what is missed.
"""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from zhendao.simulators.city.scale import SCALES

BENCH = Path(__file__).resolve().parents[4] / "bench" / "city"
LAX = """\
[hints]
overlap_s = 86400
travel_kmh = 1000
regular_least = 1000
together_least = 1000
booked_least = 1000
"""


class Bench(NamedTuple):
    """Parts of the bench."""

    work: ModuleType
    report: ModuleType
    picture: ModuleType
    page: ModuleType


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    """The modules of `bench/city`, which is no package; they go again."""
    before = set(sys.modules)
    sys.path.insert(0, str(BENCH))
    try:
        yield Bench(*(importlib.import_module(name) for name in Bench._fields))
    finally:
        sys.path.remove(str(BENCH))
        for name in {path.stem for path in BENCH.glob("*.py")} - before:
            sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def said(bench: Bench) -> dict[str, Any]:
    """What is reported of one city of four days."""
    came = bench.work.work(bench.work.Order(6, SCALES["small"], 4, None))
    return bench.report.report(came.tally) | {
        "seeds": [6], "days": 4, "made_s": came.made_s, "judged_s": came.judged_s, "memory_mib": came.memory_mib,
        "scale": {"name": "small", "caregivers": 48, "elders": 640},
    }  # fmt: skip


def test_frauds_that_leave_a_trace_are_found_and_nobody_honest_is_suspected(said: dict[str, Any]) -> None:
    frauds = [one for one in said["classes"] if one["group"] == "fraud"]
    traced, found = sum(one["traced"] for one in frauds), sum(one["found"] for one in frauds)
    assert len([one for one in frauds if one["traced"]]) >= 7
    assert found >= 0.98 * traced > 0
    held = {one["what"]: one for one in said["targets"] if one["what"] != "recall"}
    assert held["honest"]["part"] <= 0.001 * held["honest"]["whole"]
    assert held["blamed"]["part"] == 0
    assert held["precision"]["holds"]
    assert held["suspicions"]["holds"]


def test_honest_mistakes_are_shown_as_what_they_are(said: dict[str, Any]) -> None:
    seen = {one["class"]: one for one in said["classes"]}
    for name in ("forgotten_out", "forgotten_in", "left_early", "stayed_long", "missed"):
        assert seen[name]["found"] >= 0.9 * seen[name]["traced"] > 0, name
    amiss = [kind for one in said["classes"] if one["group"] == "quiet" for kind in one["amiss"]]
    assert len(amiss) <= 1


def test_where_everything_is_let_pass_the_bench_says_what_is_missed(
    bench: Bench, said: dict[str, Any], tmp_path: Path
) -> None:
    policy = tmp_path / "lax.toml"
    policy.write_text(LAX, "utf-8")
    came = bench.work.work(bench.work.Order(6, SCALES["small"], 4, policy))
    lax = bench.report.report(came.tally)
    missed = {one["class"] for one in lax["targets"] if not one["holds"]}
    assert {"phantom", "staged_double_taps"} <= missed
    assert not lax["holds"]
    before = {one["class"]: one for one in said["classes"]}
    for one in lax["classes"]:  # what a trace is does not hang on who looks
        assert one["traced"] == before[one["class"]]["traced"], one["class"]


def test_picture_and_page_show_every_class(bench: Bench, said: dict[str, Any], tmp_path: Path) -> None:
    drawn = {language: bench.picture.picture(said, language) for language in ("zh", "en")}
    assert "挂空单" in drawn["zh"]
    assert "phantom visit" in drawn["en"]
    page = tmp_path / "benchmarks.md"
    page.write_text(f"before\n{bench.page.BEGIN}\nof last year\n{bench.page.END}\nafter\n", "utf-8")
    bench.page.write(said, tmp_path)
    text = page.read_text("utf-8")
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "of last year" not in text
    assert all(f"| {one['visits']:,} |" in text for one in said["classes"] if one["visits"])
    assert (tmp_path / "city-found.svg").read_text("utf-8") == drawn["en"]
