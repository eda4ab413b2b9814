"""docs/readers.md against the code: every error has its code there, every test that it names is there."""

import re
from pathlib import Path

from zhendao.readers import errors
from zhendao.readers.errors import ReaderError, TagError
from zhendao.readers.pcsc import errors as pcsc_errors

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "readers.md").read_text("utf-8")
ELSEWHERE = {"reader-hung", "tag-taken"}
"""Of the terminal's watch, of whoever writes cards; not of a reader."""


def test_every_code_is_in_the_table_and_every_code_there_is_one() -> None:
    classes = [one for module in (errors, pcsc_errors) for one in vars(module).values() if isinstance(one, type)]
    codes = {one.code for one in classes if issubclass(one, ReaderError)} - {ReaderError.code, TagError.code}
    named = set(re.findall(r"`((?:reader|pcsc|tag)-[a-z0-9-]+)`", PAGE))
    assert named - ELSEWHERE == codes


def test_every_test_in_the_fault_table_is_there() -> None:
    there = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    named = re.findall(r"`(?:unit/…::)?(test_\w+)(…?)`", PAGE)
    assert len(named) >= 20
    for name, more in named:
        assert re.search(rf"def {name}" + (r"\w*\(" if more else r"\("), there), name


def test_every_row_that_the_page_marks_is_in_the_test_of_the_table() -> None:
    table = (ROOT / "tests" / "integration" / "readers" / "test_fault_table.py").read_text("utf-8")
    marked = [one for line in PAGE.splitlines() for one in re.findall(r"\| T (.*) \|$", line)]
    assert len(marked) >= 11
    for row in re.findall(r"`((?!test_)[^`]+)`", " ".join(marked)):
        assert f'"{row.removesuffix("…")}' in table, row
