"""docs/rules.md says of each rule where it is kept and what would fail; here is held that it is so."""

import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/rules.md").read_text(encoding="utf-8")
ID = r"[A-Z][A-Z0-9]+(?:-[A-Z0-9]+)*"


def named(text: str) -> set[str]:
    """Return the ids behind every ``rule:`` of a module."""
    # The list after it goes on over commas, strokes and line ends; a word in small letters ends it.
    lists = re.findall(rf"rule:\s*((?:{ID}\b[\s,/]*)+)", text)
    return {one for found in lists for one in re.findall(rf"\b{ID}\b(?![a-z])", found)}


SOURCES = {path: named(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "src/zhendao").rglob("*.py"))}


def rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("|") and not line.startswith("|---")]
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if not line.startswith("| rule |")
    ]


def test_each_rule_has_one_line_with_modules_that_name_it_and_tests_that_are_there() -> None:
    lines = rows(PAGE)
    assert lines
    assert len({line[0] for line in lines}) == len(lines)
    for rule, _, modules, tests in lines:
        places = re.findall(r"`([a-z0-9_/]+\.py)`", modules)
        assert places, rule
        for place in places:
            assert rule in SOURCES[ROOT / "src/zhendao" / place], f"{rule}: {place} does not name it"
        checks = re.findall(r"`([a-z0-9_/]+\.py)::(\w+)`", tests)
        assert checks, rule
        for place, name in checks:
            source = (ROOT / "tests" / place).read_text(encoding="utf-8")
            assert re.search(rf"def {name}\(", source), f"{rule}: {place}::{name}"


def test_no_rule_is_named_in_the_code_and_missing_on_the_page() -> None:
    told = set(re.findall(rf"\b{ID}\b", PAGE))
    where = defaultdict(list)
    for path, ids in SOURCES.items():
        for one in ids - told:
            where[one].append(path.name)
    assert not where
