"""Recall and precision of what `zhendao-gateway judge` finds, in cities of which everything is known.

    python bench/city [--seeds 1..20] [--days 5] [--scale small | xuhui | CAREGIVERS] [--workers 2] [--honest]
                      [--examples [WORDS]] [--json FILE] [--picture FILE] [--lang zh | en]

Makes each city with its honest mistakes, mishaps and frauds, judges the facts, and compares with the truth. The exit
code is 1 where a target is missed. ``--examples`` shows some of what was missed or wrong, with WORDS in its heading.
"""

import argparse
import json
import multiprocessing
import sys
import time
from pathlib import Path

import page
import table
from compare import Tally
from picture import picture
from report import report
from work import Came, Order, work

from zhendao.command.language import LANGUAGES, choose
from zhendao.command.output import line
from zhendao.protocol.wording import Language, Text
from zhendao.simulators.city.scale import SCALES, Scale


def main() -> int:
    """Make, judge and compare all cities; exit code 1 where a target is missed."""
    chosen = _arguments()
    language = choose(sys.argv[1:])
    begun = time.monotonic()
    total, came = Tally(), list[Came]()
    orders = [Order(seed, chosen.scale, chosen.days, chosen.policy, chosen.honest) for seed in chosen.seeds]
    # A process for each city, so that its memory goes with it.
    with multiprocessing.get_context("spawn").Pool(chosen.workers, maxtasksperchild=1) as pool:
        for one in pool.imap(work, orders, chunksize=1):
            came.append(one)
            total.add(one.tally)
            print(_told(one, language), file=sys.stderr, flush=True)
    said = report(total) | _circumstances(chosen, came, time.monotonic() - begun)
    line(_head(said, language))
    line("")
    table.show(said, language)
    if chosen.examples is not None:
        _examples(total, chosen.examples)
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", "utf-8")
    if chosen.picture is not None:
        chosen.picture.write_text(picture(said, language), "utf-8")
    if chosen.write:
        page.write(said, Path(__file__).resolve().parents[2] / "docs")
    return 0 if said["holds"] else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", default="1..20", type=_seeds, metavar="A..B", help="which cities (1..20)")
    parser.add_argument("--days", default=5, type=int, help="days of each, from a Monday on (5)")
    parser.add_argument("--scale", default="small", type=_scale, help="small, xuhui, or how many caregivers (small)")
    parser.add_argument("--workers", default=2, type=int, help="cities at once (2)")
    parser.add_argument("--policy", type=Path, metavar="FILE", help="judge by this policy (docs/judge.md)")
    parser.add_argument("--honest", action="store_true", help="cities in which nobody cheats")
    parser.add_argument("--examples", nargs="?", const="", metavar="WORDS", help="show what was missed or wrong")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the result as JSON")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="draw what was found of what (SVG)")
    parser.add_argument("--write", action="store_true", help="put it into docs/benchmarks.md and docs/city-found.svg")
    parser.add_argument("--lang", choices=LANGUAGES)
    return parser.parse_args()


def _seeds(text: str) -> list[int]:
    first, _, last = text.partition("..")
    return list(range(int(first), int(last or first) + 1))


def _scale(text: str) -> Scale:
    """Return a scale by its name, or the reference city cut down to so many caregivers."""
    if text in SCALES:
        return SCALES[text]
    whole, people = SCALES["xuhui"], int(text)
    return Scale(
        text,
        max(3, whole.organisations * people // whole.caregivers),
        people,
        whole.elders * people // whole.caregivers,
        min(whole.regions, max(2, whole.regions * people // whole.caregivers + 1)),
    )


def _told(one: Came, language: Language) -> str:
    figures = f"{one.tally.events:,}", f"{one.made_s:.1f} s", f"{one.judged_s:.1f} s", f"{one.memory_mib} MiB"
    return Text(
        "种子 {}：{} 条事实，造城 {}，判定 {}，内存至多 {}", "seed {}: {} events, made in {}, judged in {}, {} at most"
    ).in_(language).format(one.seed, *figures)  # fmt: skip


def _circumstances(chosen: argparse.Namespace, came: list[Came], took_s: float) -> dict[str, object]:
    scale = chosen.scale
    return {
        "seeds": [one.seed for one in came],
        "days": chosen.days,
        "scale": {"name": scale.name, "caregivers": scale.caregivers, "elders": scale.elders},
        "workers": chosen.workers,
        "took_s": round(took_s, 1),
        "made_s": round(sum(one.made_s for one in came), 1),
        "judged_s": round(sum(one.judged_s for one in came), 1),
        "memory_mib": max((one.memory_mib for one in came), default=0),
    }


def _head(said: dict[str, object], language: Language) -> str:
    scale = said["scale"]
    return Text(
        "{cities} 座城 × {days} 天，每城护理员 {caregivers} 人、老人 {elders} 人："
        "{visits:,} 次服务，{events:,} 条事实；用时 {took_s:.0f} 秒（{workers} 个进程）",
        "{cities} cities × {days} days, each of {caregivers} caregivers and {elders} elders: {visits:,} visits, "
        "{events:,} events; {took_s:.0f} s with {workers} workers",
    ).in_(language).format(cities=len(said["seeds"]), **{**said, **scale})  # fmt: skip


def _examples(total: Tally, words: str) -> None:
    for name, several in sorted(total.examples.items()):
        if words in name:
            line(f"\n{name}")
            for one in several:
                line(f"  {one}")


if __name__ == "__main__":
    sys.exit(main())
