"""Every detector has its page and its line in the index, and no page is about a detector that is not there."""

import re
from pathlib import Path

from zhendao.gateway.judging.detectors import DETECTORS, SURVEYS

PAGES = Path(__file__).parents[4] / "docs" / "anomalies"
HEADS = ("What is measured", "What is expected", "What clears it", "What it costs when wrong")
KINDS = sorted(one.kind for one in (*DETECTORS, *SURVEYS))


def test_every_kind_is_found_by_one_detector() -> None:
    assert len(set(KINDS)) == len(KINDS)


def test_every_kind_has_a_page_with_the_four_heads_and_no_page_is_left_over() -> None:
    pages = {one.stem: one.read_text("utf-8") for one in PAGES.glob("*.md") if one.stem != "README"}
    assert sorted(pages) == KINDS
    for kind, text in pages.items():
        assert text.startswith(f"# {kind} · "), kind
        assert tuple(re.findall(r"^## (.+)$", text, re.MULTILINE)) == HEADS, kind
        for part in re.split(r"^## .+$", text, flags=re.MULTILINE)[1:]:
            assert part.strip(), kind


def test_the_index_has_one_line_for_each() -> None:
    lines = re.findall(r"^\| \[(\w+)\]\((\w+)\.md\) \|", (PAGES / "README.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(name for name, _ in lines) == KINDS
    assert all(name == page for name, page in lines)
