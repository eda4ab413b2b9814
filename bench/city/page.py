"""The result as tables of docs/benchmarks.md, put between its markers, and as docs/city-found.svg."""

from pathlib import Path
from typing import Any, Final

from picture import picture
from table import target
from words import HOLDS, called

BEGIN, END = "<!-- bench/city begins -->", "<!-- bench/city ends -->"
_SHOWN: Final = 3


def lines(result: dict[str, Any]) -> list[str]:
    """Return the page's part as lines of Markdown."""
    scale = result["scale"]
    said = (
        f"{len(result['seeds'])} cities × {result['days']} days, each of {scale['caregivers']:,} caregivers and "
        f"{scale['elders']:,} elders: {result['visits']:,} visits, {result['events']:,} events. Making them took "
        f"{result['made_s']:,.0f} s of a processor, judging {result['judged_s']:,.0f} s, at most "
        f"{result['memory_mib']:,} MiB each."
    )
    made = [
        said,
        "",
        "| class | 中文 | visits | no trace | too few | traced | found | recall | precision | found most |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    made += [_class(row) for row in result["classes"] if row["visits"]]
    made += ["", "| kind | findings | somebody's doing | registry | fault of ours | moot | wrong | precision |",
             "|---|---|---|---|---|---|---|---|"]  # fmt: skip
    for row in result["kinds"]:
        counts = " | ".join(f"{row[name]:,}" for name in ("person", "office", "fault", "moot", "wrong"))
        made.append(f"| `{row['kind']}` | {row['findings']:,} | {counts} | {_share(row['precision'])} |")
    made.append("")
    made += [f"- {target(one, 'en')}: **{HOLDS[one['holds']].en}**" for one in result["targets"]]
    return made


def _class(row: dict[str, Any]) -> str:
    name = called(row["class"])
    seen = ", ".join(f"`{kind}` {count:,}" for kind, count in list(row["seen"].items())[:_SHOWN])
    if row["group"] == "quiet":
        cells = [f"{row['visits']:,}", "", "", "", "", "", ""]
    else:
        cells = [
            f"{row['visits']:,}", f"{row['no_trace']:,}", f"{row['too_few']:,}" if row["too_few"] else "",
            f"{row['traced']:,}", f"{row['found']:,}", _share(row["recall"]), _share(row["precision"]),
        ]  # fmt: skip
    bold = "**" if row["group"] == "fraud" else ""
    return f"| {bold}{name.en}{bold} | {name.zh} | {' | '.join(cells)} | {seen} |"


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def write(result: dict[str, Any], docs: Path) -> None:
    """Put the tables into benchmarks.md in ``docs``, and the picture beside it."""
    page = docs / "benchmarks.md"
    before, _, rest = page.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    if not after:
        raise SystemExit(f"{page} lacks the markers {BEGIN} and {END}")
    page.write_text("\n".join((before + BEGIN, *lines(result), END + after)), "utf-8")
    (docs / "city-found.svg").write_text(picture(result, "en"), "utf-8")
