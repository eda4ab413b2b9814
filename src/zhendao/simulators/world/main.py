"""`zhendao-sim world`: one seed or many, what they came to, and how to see a failing one again.

Exit code 0 where every invariant held in every history, else 1 with the seed, the breach, and the command that shows
it again.
"""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhendao.command import output
from zhendao.protocol.wording import Language, Text
from zhendao.simulators.errors import OrderError
from zhendao.simulators.world import storyfile
from zhendao.simulators.world.many import Came, Order, came_of, run_many
from zhendao.simulators.world.picture import picture
from zhendao.simulators.world.plan import plan
from zhendao.simulators.world.profiles import PROFILES, profile_of
from zhendao.simulators.world.shrinking import made_small
from zhendao.simulators.world.timeline import timeline
from zhendao.simulators.world.trace import Trace, read
from zhendao.simulators.world.world import SUITES
from zhendao.simulators.world.world import run as run_story

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from zhendao.simulators.world.story import Story
    from zhendao.simulators.world.world import History

_SHOWN = 20
_EVERY_S = 2.0

STORY = Text(
    """\
终端与网关的真实代码在模拟的时钟、网络、代理、磁盘、读卡器、卫星、人与平台上运行；几秒钟过去许多年。一个种子就是一段历史：
同一种子在任何机器上都完全一样。每条不变式自始至终受检；被违反时给出种子和重现的命令。
{suite}

示例：
  zhendao-sim world --seed 7 --terminals 5 --days 10
  zhendao-sim world --seeds 1..1000 --workers 2
  zhendao-sim world --seed 7 --trace 历史.svg --faults power""",
    """\
The real code of terminal and gateway on a simulated clock, network, broker, disk, readers, satellites, people and
platform; years pass in seconds. One seed is one history, the same on every machine. Every invariant is checked all
along; where one is broken the seed is told, and how to see it again.
{suite}

examples:
  zhendao-sim world --seed 7 --terminals 5 --days 10
  zhendao-sim world --seeds 1..1000 --workers 2
  zhendao-sim world --seed 7 --trace history.svg --faults power""",
)
SUITE = Text(
    "默认用带键散列代替慢的签名（stand-in）；--suite sm 或 intl 用真的。",
    "Keyed hashes stand in for the slow signatures (stand-in); --suite sm or intl runs the real ones.",
)


def add_arguments(parser: argparse.ArgumentParser, language: Language) -> None:
    """Declare the arguments of a world."""
    parser.epilog = STORY.in_(language).format(suite=SUITE.in_(language))
    profiles = ", ".join(f"{one.name} ({one.text.in_(language)})" for one in PROFILES.values())
    texts = {
        "seed": Text("种子（默认 1）", "the seed (default 1)"),
        "seeds": Text("许多种子，首尾都算", "many seeds, both ends included"),
        "terminals": Text("终端数（默认 3）", "how many terminals (default 3)"),
        "days": Text("天数（默认 3）", "how many days (default 3)"),
        "faults": Text(f"故障组合（默认 everything）：{profiles}", f"what goes wrong (default everything): {profiles}"),
        "story": Text("演这份故事，不用种子", "play this story, not one of a seed"),
        "trace": Text(
            "写下历史：.svg 为图，.txt 为时间线，其他为逐条 JSON",
            "write the history down: .svg a picture, .txt a timeline, anything else JSON line by line",
        ),
        "keep": Text("把故事写成文件，供修改与重演", "write the story to a file, to be changed and played again"),
        "shrink": Text(
            "若有不变式被违反：缩成最小的故事，打印时间线，写入文件（至多十分钟）",
            "if an invariant is broken: make the story as small as it can be, print its timeline, write it to the file "
            "(ten minutes at most)",
        ),
        "suite": Text("密码套件（默认 stand-in）", "cryptographic suite (default stand-in)"),
        "workers": Text("并行进程数（默认 1）", "processes at once (default 1)"),
    }
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--seed", type=int, metavar="N", help=texts["seed"].in_(language))
    which.add_argument("--seeds", metavar="A..B", help=texts["seeds"].in_(language))
    which.add_argument("--story", type=Path, metavar="FILE", help=texts["story"].in_(language))
    parser.add_argument("--terminals", type=int, default=3, metavar="T", help=texts["terminals"].in_(language))
    parser.add_argument("--days", type=int, default=3, metavar="D", help=texts["days"].in_(language))
    parser.add_argument("--faults", default="everything", metavar="PROFILE", help=texts["faults"].in_(language))
    parser.add_argument("--trace", type=Path, metavar="FILE", help=texts["trace"].in_(language))
    parser.add_argument("--keep-story", type=Path, metavar="FILE", help=texts["keep"].in_(language))
    parser.add_argument("--shrink", type=Path, metavar="FILE", help=texts["shrink"].in_(language))
    parser.add_argument("--suite", choices=SUITES, default=SUITES[0], help=texts["suite"].in_(language))
    parser.add_argument("--workers", type=int, default=1, metavar="N", help=texts["workers"].in_(language))


def run(arguments: argparse.Namespace, language: Language) -> int:
    """Run the worlds asked for; return the exit code."""
    profile_of(arguments.faults)
    if arguments.seeds is not None:
        return _many(arguments, language)
    story = _story(arguments)
    if arguments.keep_story is not None:
        storyfile.write(story, arguments.keep_story)
    begun = time.process_time()
    history = _one(story, arguments, language)
    came = came_of(history, time.process_time() - begun)
    _tell(came, story, arguments, language)
    if arguments.shrink is not None and not history.held:
        _shrink(story, arguments, language)
    return 0 if history.held else 1


def _story(arguments: argparse.Namespace) -> Story:
    if arguments.story is not None:
        return storyfile.read(arguments.story)
    return plan(arguments.seed or 1, arguments.terminals, arguments.days, arguments.faults)


# -- one history


def _one(story: Story, arguments: argparse.Namespace, language: Language) -> History:
    path: Path | None = arguments.trace
    if path is None:
        return run_story(story, arguments.suite)
    notes = path if path.suffix not in {".svg", ".txt"} else path.with_suffix(".jsonl")
    with Trace(notes, {"story": storyfile.to_json(story)}) as trace:
        history = run_story(story, arguments.suite, trace)
    if path.suffix == ".svg":
        path.write_text(picture(story, read(notes), history.breaches, language), encoding="utf-8")
    elif path.suffix == ".txt":
        path.write_text("\n".join(timeline(story, read(notes), history.breaches, language)) + "\n", encoding="utf-8")
    return history


def _tell(came: Came, story: Story, arguments: argparse.Namespace, language: Language) -> None:
    if arguments.json:
        output.emit_json(_as_json(came))
        return
    years = story.terminals * story.days / 365
    rows = [
        (Text("种子", "seed"), story.seed),
        (Text("终端 × 天", "terminals × days"), f"{story.terminals} × {story.days}"),
        (Text("故障", "faults"), sum(one.of.is_fault for one in story.acts)),
        (Text("签到、签退", "checks in and out"), came.checks),
        (Text("网关保存的事件", "events at the gateway"), came.events),
        (Text("终端年 / 秒（单核）", "terminal-years a second of one core"), f"{years / came.took_s:.2f}"),
        (Text("轨迹", "trace"), f"{came.notes}  {came.digest[:16]}"),
    ]
    output.table(("", ""), [(name.in_(language), value) for name, value in rows])
    _tell_breaches(came, language)
    if came.breaches:
        output.line(_replay(came.seed, arguments))


def _tell_breaches(came: Came, language: Language) -> None:
    for one in came.breaches[:_SHOWN]:
        output.line(f"✗ {one.invariant}  {_clock(one.at_ns)}  {one.who}: {one.text.in_(language)}")
    if len(came.breaches) > _SHOWN:
        more = len(came.breaches) - _SHOWN
        output.line(Text(f"……另有 {more} 处", f"… and {more} more").in_(language))


def _clock(at_ns: int) -> str:
    seconds = at_ns // 1_000_000_000
    return f"{seconds // 86_400} {seconds // 3600 % 24:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _replay(seed: int, arguments: argparse.Namespace) -> str:
    if arguments.story is not None:
        return f"zhendao-sim world --story {arguments.story} --trace history.txt"
    size = f"--terminals {arguments.terminals} --days {arguments.days} --faults {arguments.faults}"
    suite = "" if arguments.suite == SUITES[0] else f" --suite {arguments.suite}"
    return f"zhendao-sim world --seed {seed} {size}{suite} --trace history.txt"


def _as_json(came: Came) -> dict[str, Any]:
    return {**asdict(came), "met": {name: count for name, count in came.met.items() if count}}


def _shrink(story: Story, arguments: argparse.Namespace, language: Language) -> None:
    """Make ``story`` small, write it down, and tell what happens in it."""
    shown = time.monotonic()

    def tried(one: Story) -> None:
        nonlocal shown
        if not arguments.json and time.monotonic() - shown >= _EVERY_S:
            shown = time.monotonic()
            output.line(
                Text(
                    f"…… {len(one.acts)} 件事，{one.terminals} 台，{one.days} 天",
                    f"… {len(one.acts)} acts, {one.terminals} terminals, {one.days} days",
                ).in_(language)
            )

    found = made_small(story, arguments.suite, tried)
    storyfile.write(found.story, arguments.shrink)
    if arguments.json:
        output.emit_json(
            {"story": str(arguments.shrink), "acts": len(found.story.acts), "runs": found.runs, "done": found.finished}
        )
        return
    trace = Trace()
    history = run_story(found.story, arguments.suite, trace)
    output.line("")
    for line in timeline(found.story, trace.last(), history.breaches, language):
        output.line(line)
    output.line("")
    output.line(f"zhendao-sim world --story {arguments.shrink} --trace history.svg")


# -- many


def _many(arguments: argparse.Namespace, language: Language) -> int:
    seeds = _range(arguments.seeds)
    order = Order(arguments.terminals, arguments.days, arguments.faults, arguments.suite)
    begun = shown = time.monotonic()
    all_: list[Came] = []
    for came in run_many(seeds, order, arguments.workers):
        all_.append(came)
        now = time.monotonic()
        if arguments.json:
            output.emit_json(_as_json(came))
        elif came.breaches:
            output.line(Text(f"种子 {came.seed}", f"seed {came.seed}").in_(language))
            _tell_breaches(came, language)
            output.line(_replay(came.seed, arguments))
        elif now - shown >= _EVERY_S:
            shown = now
            output.line(f"{len(all_)} / {len(seeds)}")
    broken = [one for one in all_ if one.breaches]
    if not arguments.json:
        _tell_many(all_, broken, time.monotonic() - begun, order, language)
    return 1 if broken else 0


def _tell_many(all_: list[Came], broken: list[Came], took_s: float, order: Order, language: Language) -> None:
    years = len(all_) * order.terminals * order.days / 365
    per_core = years / max(1e-9, sum(one.took_s for one in all_))
    rows = [
        (Text("种子", "seeds"), len(all_)),
        (Text("被违反的种子", "seeds that broke an invariant"), len(broken)),
        (Text("终端年", "terminal-years"), f"{years:.1f}"),
        (Text("秒", "seconds"), f"{took_s:.1f}"),
        (Text("终端年 / 秒（单核）", "terminal-years a second of one core"), f"{per_core:.3f}"),
        (Text("签到、签退", "checks in and out"), sum(one.checks for one in all_)),
        (Text("故障", "faults"), sum(one.faults for one in all_)),
    ]
    output.table(("", ""), [(name.in_(language), value) for name, value in rows])
    never = sorted(_never(all_))
    if never:
        said = Text("从未遇到：", "never met: ").in_(language)
        output.line(said + ", ".join(never))


def _never(all_: Iterable[Came]) -> set[str]:
    """Return what no history met."""
    names: set[str] = set()
    met: set[str] = set()
    for one in all_:
        names |= one.met.keys()
        met |= {name for name, count in one.met.items() if count}
    return names - met


def _range(text: str) -> range:
    first, _, last = text.partition("..")
    if first.isdecimal() and last.isdecimal() and int(first) <= int(last):
        return range(int(first), int(last) + 1)
    raise OrderError(f"--seeds {text}", Text("应如 1..1000", "say it as 1..1000"))
