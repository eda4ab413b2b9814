"""docs/formats.md tells of every source, conversion and mapping that there is, with its kind."""

from pathlib import Path

from samples.told import NAMES
from zhendao.gateway.formats.conversions import CONVERSIONS
from zhendao.gateway.formats.shipped import mapping_of
from zhendao.gateway.formats.sources import LISTS, PLAIN

PAGE = (Path(__file__).parents[4] / "docs" / "formats.md").read_text("utf-8")


def test_every_source_stands_on_the_page() -> None:
    for name, source in [*PLAIN.items(), *(one for items in LISTS.values() for one in items.items())]:
        assert f"| `{name}` | {source.kind} |" in PAGE, name


def test_every_conversion_and_mapping_stands_on_the_page() -> None:
    told = PAGE[PAGE.index("| conversion |") : PAGE.index("## Sending")]
    first = {
        words
        for line in told.splitlines()[2:]
        if line.startswith("|")
        for words in line.split(" | ")[0].split("`")[1::2]
    }
    assert {one.split()[0] for one in first} == set(CONVERSIONS)
    for name in NAMES:
        assert f"| `{name}` |" in PAGE
    for name in ("hhax", "carebridge"):
        assert f"{len(mapping_of(name).fields['visit'])} columns" in PAGE
