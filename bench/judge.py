"""What judging a city costs: `zhendao-gateway judge` as a process of its own on a simulated district, and a late event.

`python bench/judge.py [--days 1 2 5 10] [--scale xuhui] [--seed N] [--json] [--write]`, a city for each. Processor time
is user and system of the process, from its start to the written result, registry and facts read. Late events: a check
at a `Judge` that has judged all the others, and a signed message at a gateway's store that holds days of all others,
until every survey that it touches is made. `--write` puts the figures into docs/benchmarks.md and docs/judging.svg.
Exit code 1 above a limit; the limits are for the least of ``--days``, which is one day of the whole district.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))  # the gateway without a broker of the tests

from samples.hamlet import hamlet
from zhendao.command.output import table
from zhendao.command.uncollected import uncollected
from zhendao.gateway.judging.commands import judge_by
from zhendao.gateway.judging.facts import Fact, read_facts
from zhendao.gateway.judging.judge import Judge
from zhendao.gateway.judging.policy import read_policy
from zhendao.gateway.registry.loading import read_registry
from zhendao.protocol.bodies import Check

ZONE = ZoneInfo("Asia/Shanghai")
DAY_MS = 86_400_000
LIMITS = {"cpu_s": 10.0, "peak_rss_mb": 400.0, "late_most_ms": 50.0, "late_store_most_ms": 50.0}
LATE = 50
"""So many checks come late, one after the other."""
DOCS = Path(__file__).parent.parent / "docs"
BEGIN, END = "<!-- bench/judge begins -->", "<!-- bench/judge ends -->"
LABELS = {
    "cpu_s": ("处理器时间（秒）", "processor time, s"),
    "peak_rss_mb": ("内存最多（MB）", "memory at most, MB"),
}


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--days", type=int, nargs="+", default=[1])
    arguments.add_argument("--scale", default="xuhui")
    arguments.add_argument("--seed", type=int, default=7)
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--write", action="store_true", help="into docs/benchmarks.md and docs/judging.svg")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = []
        for days in sorted(set(chosen.days)):
            city = Path(folder) / str(days)
            what = f"--seed={chosen.seed}", f"--days={days}", f"--scale={chosen.scale}"
            run("simulators", "city", *what, f"--out={city}")
            rows.append(judged(city, days))
        late = late_ms(Path(folder) / str(rows[0]["days"]))
        stored = late_store_ms(Path(folder))
    figures = {
        "cpu_s": rows[0]["cpu_s"], "peak_rss_mb": rows[0]["peak_rss_mb"], "late_ms": statistics.median(late),
        "late_most_ms": max(late), "late_store_ms": statistics.median(stored), "late_store_most_ms": max(stored),
    }  # fmt: skip
    if chosen.json:
        print(json.dumps({"figures": figures, "limits": LIMITS, "days": rows}))
    else:
        table(list(rows[0]), [[_shown(one) for one in row.values()] for row in rows])
        shown = [(name, _shown(value), LIMITS.get(name, "")) for name, value in figures.items()]
        table(["figure", "value", "limit"], shown)
    if chosen.write:
        write(rows, figures)
    sys.exit(any(figures[name] > limit for name, limit in LIMITS.items()))


def run(package: str, *words: str) -> resource.struct_rusage:
    """Run a command of ``package`` to its end; return what it used."""
    program = f"import sys; sys.argv[0] = {package!r}; from zhendao.{package}.cli import main; main()"
    process = subprocess.Popen([sys.executable, "-c", program, *words], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(words[:1])}: exit code {process.returncode}")
    return used


def judged(city: Path, days: int) -> dict[str, float]:
    """Return what judging ``city`` takes, as its own process."""
    with (city / "events.jsonl").open("rb") as lines:
        count = sum(1 for _ in lines)
    given = f"--registry={city / 'registry'}", f"--events={city / 'events.jsonl'}", f"--policy={city / 'policy.toml'}"
    used = run("gateway", "judge", *given, f"--json={city / 'result.json'}")
    return {"days": days, "events": count, "cpu_s": used.ru_utime + used.ru_stime, "peak_rss_mb": used.ru_maxrss / 1024}


def late_ms(city: Path) -> list[float]:
    """Return milliseconds until a check that came late is judged, and its visit looked at; all others are already."""
    with uncollected():
        judge = judge_by(read_policy(city / "policy.toml"), read_registry(city / "registry", ZONE, "default"))
        with (city / "events.jsonl").open("rb") as lines:
            facts = list(read_facts(lines))
        checks = [one for one in facts if isinstance(one.event.body, Check)]
        held = checks[:: max(1, len(checks) // LATE)][:LATE]
        late = {id(one) for one in held}
        for one in facts:
            if id(one) not in late:
                judge.take(one)
        as_of_ms = judge.judged().as_of_ms
        return [_timed(judge, one, as_of_ms) for one in held]


def _timed(judge: Judge, fact: Fact, as_of_ms: int) -> float:
    begun = time.process_time()
    judge.take(fact)
    changed = judge.draw(as_of_ms)
    judge.found_in(changed, as_of_ms)
    return (time.process_time() - begun) * 1000


def late_store_ms(folder: Path) -> list[float]:
    """Return milliseconds of the processor until what a late message changes in the store is concluded and surveyed."""
    site, sent = hamlet(folder / "hamlet", seed=7, days=4, caregivers=40, elders=160)
    middle = sent[len(sent) // 3 : -len(sent) // 6]
    held = middle[:: max(1, len(middle) // (3 * LATE))]
    late = {id(one) for one in held}
    for one in sent:
        if id(one) not in late:
            site.take(one.message, now_ms=one.received_ms)
    now_ms = sent[-1].received_ms + 2 * DAY_MS
    site.settle(now_ms)
    found = []
    for at, one in enumerate(held):
        begun = time.process_time()
        changed = site.take(one.message, now_ms=now_ms + at).conclusions + site.settle(now_ms + at)
        took = time.process_time() - begun
        if changed:
            found.append(took * 1000)
    site.store.close()
    return found


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.1f}"


def write(rows: list[dict[str, float]], figures: dict[str, float]) -> None:
    """Put the figures between their marks, and the plot beside them."""
    lines = ["| days | facts | processor time | of it for 1,000 facts | memory at most |", "|---|---|---|---|---|"]
    lines += [
        f"| {one['days']} | {one['events']:,} | {one['cpu_s']:.1f} s | {1e6 * one['cpu_s'] / one['events']:.0f} ms "
        f"| {one['peak_rss_mb']:.0f} MB |"
        for one in rows
    ]
    late = (
        f"A check that comes late, the day being judged already: {figures['late_ms']:.1f} ms (median of {LATE}; "
        f"the longest {figures['late_most_ms']:.1f} ms): its visits drawn, judged and looked at. A message that comes "
        "late to a gateway with four days of forty caregivers in its store, surveys made: "
        f"{figures['late_store_ms']:.1f} ms (the longest {figures['late_store_most_ms']:.1f} ms)."
    )
    page = DOCS / "benchmarks.md"
    before, rest = page.read_text("utf-8").split(BEGIN)
    page.write_text("\n".join([before + BEGIN, *lines, "", late, END + rest.split(END)[1]]), "utf-8")
    (DOCS / "judging.svg").write_text(plot(rows), "utf-8")


def plot(rows: list[dict[str, float]]) -> str:
    """Return a picture (SVG): time and memory over the facts, and the straight line through first and last."""
    wide, high, room = 920, 404, 300
    font = "font-family=\"'Noto Sans CJK SC','Source Han Sans SC','PingFang SC','Microsoft YaHei',sans-serif\""
    title = "判定一个区的费用，随事实条数 · judging a district, over the number of facts"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" role="img" {font} fill="#1f2933">',
        f"<title>{title}</title>",
        f'<rect width="{wide}" height="{high}" fill="#ffffff"/>',
        f'<text x="24" y="34" font-size="19" font-weight="bold">{title}</text>',
    ]
    most = max(one["events"] for one in rows)
    for left, name, colour in ((70, "cpu_s", "#c2410c"), (540, "peak_rss_mb", "#2563eb")):
        top = max(one[name] for one in rows) * 1.1
        dots = [(left + 340 * one["events"] / most, 70 + room - 240 * one[name] / top - 40, one) for one in rows]
        (x1, y1, _), (x2, y2, _) = dots[0], dots[-1]
        parts += [
            f'<text x="{left}" y="66" font-size="14">{" · ".join(LABELS[name])}</text>',
            f'<path d="M{left} 80V330H{left + 350}" fill="none" stroke="#52606d"/>',
            f'<text x="{left + 350}" y="388" font-size="13" text-anchor="end">天 · days / 事实 · facts</text>',
            f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="#9aa5b1" stroke-dasharray="5 4"/>',
        ]
        for x, y, one in dots:
            days, facts = f"{one['days']}", f"{one['events'] / 1000:,.0f}k"
            parts += [
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>',
                f'<text x="{x:.1f}" y="{y - 12:.1f}" font-size="14" text-anchor="middle">{_shown(one[name])}</text>',
                f'<text x="{x:.1f}" y="348" font-size="12" text-anchor="middle">{days}</text>',
                f'<text x="{x:.1f}" y="364" font-size="12" text-anchor="middle">{facts}</text>',
            ]
    return "\n".join((*parts, "</svg>", ""))


if __name__ == "__main__":
    main()
