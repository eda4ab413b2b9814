"""The result as tables for docs/benchmarks.md, put between its markers, and as docs/benchmarks.svg."""

from pathlib import Path
from typing import Any

import plot
from scale import Scale

BEGIN, END = "<!-- bench/terminal begins -->", "<!-- bench/terminal ends -->"

FIGURES = (
    ("idle_cpu_percent", "processor at rest, connected, without reader", "%"),
    ("sense_cpu_percent", "… with the reader sensed every 100 ms", "%"),
    ("idle_rss_mb", "memory at rest", "MB"),
    ("after_rss_mb", "memory after {backlog:,} events", "MB"),
    ("peak_rss_mb", "memory at most", "MB"),
    ("start_s", "start → takes events", "s"),
    ("first_delivered_s", "start → its first event is at the far end", "s"),
    ("ingest_per_s", "offline, {rate:,.0f} events a second offered: taken", "/s"),
    ("ingest_cpu_percent", "… processor meanwhile", "%"),
    ("stored_mb", "… on its disk after {backlog:,} events", "MB"),
    ("drain_starts_s", "link back → first event of the backlog at the far end", "s"),
    ("drain_per_s", "backlog drained", "events/s"),
    ("drain_whole_s", "link back → all of it at the far end", "s"),
)
FAULTS = {
    "broker-killed": "broker killed for {broker:.0f} s, {broker_rate:.0f} events/s",
    "half-open": "link half open for {half:.0f} s, {half_rate:.0f} events/s",
    "killed": "itself killed at {kill_rate:.0f} events/s, {kills} times",
    "disk-full": "{disk:,} events offline on a disk of 8 MB",
}


def lines(result: dict[str, Any], scale: Scale) -> list[str]:
    """Return the page's part as lines of Markdown."""
    names = list(result["candidates"])
    words = _words(scale)
    made = [f"| figure | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    for key, text, unit in FIGURES:
        cells = (_cell(result["candidates"][name]["figures"].get(key), unit) for name in names)
        made.append(f"| {text.format(**words)} | {' | '.join(cells)} |")
    made += ["", "| fault | candidate | accepted | arrived | lost | sent again |", "|---|---|---|---|---|---|"]
    for key, text in FAULTS.items():
        for name in names:
            books = result["candidates"][name]["faults"].get(key)
            shown = ("–",) * 4
            if books:
                shown = (f"{books['accepted']:,}", f"{books['delivered']:,}", _lost(books), f"{books['sent_again']:,}")
            made.append(f"| {text.format(**words)} | {name} | {' | '.join(shown)} |")
    return made


def _words(scale: Scale) -> dict[str, float]:
    return {
        "backlog": scale.backlog, "rate": scale.ingest_rate, "broker": scale.broker_away_s,
        "broker_rate": scale.broker_rate, "half": scale.half_open_s, "half_rate": scale.half_open_rate,
        "kill_rate": scale.kill_rate, "kills": scale.kills, "disk": scale.disk_events,
    }  # fmt: skip


def _cell(value: Any, unit: str) -> str:
    return "–" if value is None else f"{value:,} {unit}"


def _lost(books: dict[str, int]) -> str:
    share = 100 * books["lost"] / books["accepted"] if books["accepted"] else 0
    return f"**{books['lost']:,}** ({share:.1f} %)" if books["lost"] else "**0**"


def write(result: dict[str, Any], scale: Scale, docs: Path) -> None:
    """Put the tables into benchmarks.md in ``docs``, and the plot beside it."""
    page = docs / "benchmarks.md"
    before, _, rest = page.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    if not after:
        raise SystemExit(f"{page} lacks the markers {BEGIN} and {END}")
    page.write_text("\n".join((before + BEGIN, *lines(result, scale), END + after)), "utf-8")
    (docs / "benchmarks.svg").write_text(plot.svg(result), "utf-8")
