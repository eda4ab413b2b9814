"""Mapping files are read strictly: whatever is wrong is told with line, column and cure, and nothing is half taken."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samples.told import NAMES
from zhendao.gateway.formats.errors import MappingError, NoMappingError
from zhendao.gateway.formats.located import Places
from zhendao.gateway.formats.reading import read_mapping
from zhendao.gateway.formats.shipped import content_of, mapping_of
from zhendao.gateway.formats.telling import tell
from zhendao.gateway.formats.values import Dossier

GOOD = """\
[format]
name = "mine"
zh = "我的"
en = "mine"
shape = "rows"
time_zone = "Asia/Shanghai"
needs = ["code"]

[own]
code = ""

[codes.sex]
female = "2"

[[visit]]
name = "编号"
from = "visit.id"
required = true

[[visit]]
name = "开始"
from = "visit.begin"
as = [
  "local %H:%M",
]
"""


def problems(text: str) -> list[tuple[int | None, str | None, str, str]]:
    with pytest.raises(MappingError) as caught:
        read_mapping(text.encode(), "mine.toml")
    return [(one.line, one.column, one.what.en, one.cure.en) for one in caught.value.problems]


@pytest.mark.parametrize("name", NAMES)
def test_every_mapping_that_comes_with_the_gateway_reads(name: str) -> None:
    found = mapping_of(name)
    assert found.name == name
    assert found.example is name.startswith("example")
    assert all(one.name for one in found.fields["visit"])


def test_a_good_file_reads_and_says_what_it_still_lacks() -> None:
    found = read_mapping(GOOD.encode(), "mine.toml")
    assert [one.name for one in found.fields["visit"]] == ["编号", "开始"]
    assert found.lacking() == ["code"]
    assert found.with_own({"code": "7"}).lacking() == []


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "what", "cure"),
    [
        ('from = "visit.id"', 'from = "visit.idd"', 17, "1", "no source visit.idd", "did you mean visit.id?"),
        ('"local %H:%M"', '"locall"', 23, "1", "no conversion locall", "did you mean local?"),
        ('"local %H:%M"', '"lat WGS-84"', 23, "1", "lat takes no moment", "utc, local, minute"),
        ('"local %H:%M"', '"minute"', 23, "1", "a moment cannot be written as it is", "utc, local, minute"),
        ('"local %H:%M"', '"utc", "code sexx"', 23, "1", "needs the name of a table of codes", "code TABLE"),
        ('"local %H:%M"', '"utc", "cut x"', 23, "1", "needs a whole number", "cut N"),
        ("required = true", 'required = "yes"', 18, "1", "must be true or false", "change it"),
        ("required = true", "requird = true", 18, "1", "is not known here", "did you mean required?"),
        ('name = "开始"', 'name = "编号"', 21, "1", "is there twice", "leave one"),
        ('shape = "rows"', 'shape = "row"', 5, "1", "cannot be row", "did you mean rows?"),
        ("Asia/Shanghai", "Asia/Xuhui", 6, "1", "no time zone Asia/Xuhui", "IANA"),
        ('needs = ["code"]', 'needs = ["codee"]', 7, "1", "[own] has no codee", 'codee = ""'),
        ('from = "visit.id"\n', "", 15, "1", "needs one of from, value, each", "exactly one"),
        ('from = "visit.id"', 'each = "call"', 17, "1", "cannot be call", "did you mean calls?"),
        ("required = true", 'when = ["visit.state closed"]', 18, "1", "not a condition", "SOURCE is WORD"),
        ("[codes.sex]", "[code.sex]", 12, "1", "is not known here", "did you mean codes?"),
        ('name = "编号"\n', "", 15, "1", "lacks name", "write name"),
        ('female = "2"', 'female = "2', 13, None, "is not valid TOML", "mend"),
        ('zh = "我的"\n', "", 1, "1", "lacks zh", "write zh"),
    ],
)
def test_what_is_wrong_is_told_with_line_column_and_cure(
    old: str, new: str, line: int, column: str | None, what: str, cure: str
) -> None:
    assert old in GOOD
    found = problems(GOOD.replace(old, new, 1))
    said = next(one for one in found if what in one[2])
    assert said[0] == line
    assert column is None or said[1] == column
    assert cure in said[3]


def test_all_that_is_wrong_is_told_at_once_in_order_of_lines() -> None:
    text = GOOD.replace("visit.id", "visit.x").replace("local %H", "locall %H").replace('shape = "rows"', 'shape = "x"')
    assert [line for line, *_ in problems(text)] == [5, 17, 23]


def test_a_file_of_answers_and_a_name_are_checked_too() -> None:
    more = (
        '\n[file]\nname = "x/{tyme}.csv"\nseparator = ";;"\n[response]\nname = "log.csv"\nseparator = ","\nkey = "k"\n'
    )
    said = " ".join(what for _, _, what, _ in problems(GOOD + more))
    for part in (
        "holds no slash",
        "cannot hold {tyme}",
        "needs {time}",
        "one character",
        "must hold {stem}",
        "lacks reason",
    ):
        assert part in said


def test_a_mapping_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(NoMappingError) as caught:
        mapping_of(str(tmp_path / "none.toml"))
    assert "sandata" in caught.value.cure.en


@given(st.binary(max_size=300))
def test_any_bytes_are_a_mapping_or_problems(content: bytes) -> None:
    with pytest.raises(MappingError):
        read_mapping(content, "x")


@settings(max_examples=20)
@given(st.data())
def test_a_damaged_mapping_is_read_or_told(data: st.DataObject) -> None:
    text = content_of(data.draw(st.sampled_from(NAMES))).decode()
    lines = text.splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    lines[at] = data.draw(
        st.sampled_from(["", "[[visit]]", "x = 1", "from = 3", 'as = ["lat"]', lines[at][1:], "[own]"])
    )
    with suppress(MappingError):
        assert read_mapping("\n".join(lines).encode(), "x").fields["visit"]


@given(st.text(max_size=200))
def test_places_of_any_text_are_told_or_not(text: str) -> None:
    line, column = Places(text).of(("visit", 0, "name"))
    assert (line is None) == (column is None)


def test_places_pass_over_strings_and_arrays() -> None:
    text = 'a = """\n[b]\nc = 1\n"""\nd = [\n "[x]", # ]\n  2]\n'
    text += "[[v]]\nk = 1\n[[v.f]]\nk = 2\n[[v]]\n  k = 3\n[[v.f]]\nn = 4\n"
    places = Places(text)
    assert places.of(("b",)) == (None, None)
    assert places.of(("d",)) == (5, 1)
    assert places.of(("v", 0, "f", 0, "k")) == (11, 1)
    assert places.of(("v", 1, "k")) == (13, 3)
    assert places.of(("v", 1, "f", 0, "n")) == (15, 1)
    assert places.of(("v", 1, "f", 0, "other")) == (14, 1)


def tree(*names: str) -> bytes:
    fields = "".join(f'[[visit]]\nname = "{name}"\nvalue = "x"\n' for name in names)
    return (GOOD[: GOOD.index("[[visit]]")].replace('"rows"', '"tree"') + fields).encode()


def test_names_of_a_tree_make_objects_and_arrays_with_one_object() -> None:
    made = tell(read_mapping(tree("a", "b.c", "b.d.e", "f[].g", "f[].h", "i[].j[].k"), "mine.toml"), Dossier({}))
    assert made.rows == [
        {"a": "x", "b": {"c": "x", "d": {"e": "x"}}, "f": [{"g": "x", "h": "x"}], "i": [{"j": [{"k": "x"}]}]}
    ]


@pytest.mark.parametrize(
    "names",
    [("a", "a.b"), ("a.b", "a"), ("a.b", "a[].c"), ("a[]",), ("a..b",), (".a",), ("a.",), ("a[.b",), ("a", "a[].b")],
)
def test_names_that_make_no_tree_are_told(names: tuple[str, ...]) -> None:
    with pytest.raises(MappingError) as caught:
        read_mapping(tree(*names), "mine.toml")
    (one,) = caught.value.problems
    assert (one.line, "makes no tree" in one.what.en) == (16 + 3 * (len(names) - 1), True)
