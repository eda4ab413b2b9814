"""The simulated worlds are known to see: each broken copy of the real code is caught in few seeds of a fitting profile.

A catch counts only where the real code, in the very same story, breaks nothing. The quick ones run always; all of them
in the long suite, where the table of docs/found-by-simulation.md is held to be the outcome.
"""

import re
from pathlib import Path

import pytest

from samples.mutants import MOST_SEEDS, MUTANTS, Caught, catch

PAGE = Path(__file__).parents[4] / "docs/found-by-simulation.md"
QUICK = (
    "no fsync",
    "good signal before the disk confirms",
    "acknowledged range one too long",
    "acknowledged before commit",
    "sent again every second",
    "outbox marked before sending",
)
"""Caught in the first worlds."""


def told(name: str) -> Caught | None:
    found = re.search(rf"^\| {re.escape(name)} \|.*\| (\d+) \| `([a-z-]+)` \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    return Caught(int(found[1]), found[2]) if found else None


@pytest.mark.parametrize("name", QUICK)
def test_a_broken_copy_is_caught_at_once(name: str) -> None:
    caught = catch(MUTANTS[name], range(20))
    assert caught is not None
    assert caught.invariant in MUTANTS[name].seen_by


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(MUTANTS.keys() - set(QUICK)))
def test_a_broken_copy_is_caught_within_200_seeds(name: str) -> None:
    known = told(name)
    assert known is not None
    near = range(known.seed, min(known.seed + 1, MOST_SEEDS))  # where it was caught last; else from the beginning
    assert catch(MUTANTS[name], near) or catch(MUTANTS[name], range(MOST_SEEDS))


def test_the_page_tells_of_each_by_which_invariant_and_at_which_seed() -> None:
    assert len(MUTANTS) >= 10
    for name, mutant in MUTANTS.items():
        caught = told(name)
        assert caught is not None, f"{name}: make the table anew (python -m samples.make_mutants_table)"
        assert caught.seed < MOST_SEEDS
        assert caught.invariant in mutant.seen_by
