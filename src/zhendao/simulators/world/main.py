"""`zhendao-sim world`: one seed or many, what they came to, and how to see a failing one again.

Exit code 0 where every invariant held in every history, else 1 with the seed, the breach, and the command that shows
it again.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from zhendao.command import output
from zhendao.protocol.wording import Language, Text
from zhendao.simulators.errors import OrderError
from zhendao.simulators.world.many import EACH, Came, Order, came_of, profile_for, run_many
from zhendao.simulators.world.results import SEED, as_json, tell_breaches, tell_many, tell_one
from zhendao.simulators.world.shrinking.small import made_small
from zhendao.simulators.world.story import storyfile
from zhendao.simulators.world.story.plan import plan
from zhendao.simulators.world.story.profiles import PROFILES, profile_of
from zhendao.simulators.world.telling.picture import picture
from zhendao.simulators.world.telling.timeline import timeline
from zhendao.simulators.world.trace import Trace, read
from zhendao.simulators.world.world import SUITES
from zhendao.simulators.world.world import run as run_story

if TYPE_CHECKING:
    import argparse

    from zhendao.simulators.world.history import History
    from zhendao.simulators.world.story.story import Story

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
        "faults": Text(
            f"故障组合（默认 everything；each：每个种子轮换一种）：{profiles}",
            f"what goes wrong (default everything; each: another one for each seed in turn): {profiles}",
        ),
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
    if arguments.faults != EACH:
        profile_of(arguments.faults)
    if arguments.seeds is not None:
        return _many(arguments, language)
    story = _story(arguments)
    if arguments.keep_story is not None:
        storyfile.write(story, arguments.keep_story)
    begun = time.process_time()
    history = _one(story, arguments, language)
    came = came_of(history, time.process_time() - begun)
    if arguments.json:
        output.emit_json(as_json(came))
    else:
        tell_one(came, story.terminals, story.days, _replay(came, arguments), language)
    if arguments.shrink is not None and not history.held:
        _shrink(story, arguments, language)
    return 0 if history.held else 1


def _story(arguments: argparse.Namespace) -> Story:
    if arguments.story is not None:
        return storyfile.read(arguments.story)
    seed = 1 if arguments.seed is None else arguments.seed
    return plan(seed, arguments.terminals, arguments.days, profile_for(arguments.faults, seed))


# -- one history


def _one(story: Story, arguments: argparse.Namespace, language: Language) -> History:
    path: Path | None = arguments.trace
    shown = time.monotonic()

    def progress(day: int) -> None:
        nonlocal shown
        if not arguments.json and time.monotonic() - shown >= _EVERY_S:
            shown = time.monotonic()
            output.line(Text(f"第 {day} 天，共 {story.days} 天", f"day {day} of {story.days}").in_(language))

    if path is None:
        return run_story(story, arguments.suite, progress=progress)
    notes = path if path.suffix not in {".svg", ".txt"} else path.with_suffix(".jsonl")
    with Trace(notes, {"story": storyfile.to_json(story)}) as trace:
        history = run_story(story, arguments.suite, trace, progress)
    if path.suffix == ".svg":
        path.write_text(picture(story, read(notes), history.breaches, language), encoding="utf-8")
    elif path.suffix == ".txt":
        path.write_text("\n".join(timeline(story, read(notes), history.breaches, language)) + "\n", encoding="utf-8")
    return history


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


def _replay(came: Came, arguments: argparse.Namespace) -> str:
    """Return the command that shows a history again, as a timeline."""
    if arguments.story is not None:
        return f"zhendao-sim world --story {arguments.story} --trace history.txt"
    size = f"--terminals {arguments.terminals} --days {arguments.days} --faults {came.profile}"
    suite = "" if arguments.suite == SUITES[0] else f" --suite {arguments.suite}"
    return f"zhendao-sim world --seed {came.seed} {size}{suite} --trace history.txt"


# -- many


def _many(arguments: argparse.Namespace, language: Language) -> int:
    seeds = _range(arguments.seeds)
    order = Order(arguments.terminals, arguments.days, arguments.faults, arguments.suite)
    begun = shown = time.monotonic()
    all_: list[Came] = []
    for came in run_many(seeds, order, arguments.workers):
        all_.append(came)
        if arguments.json:
            output.emit_json(as_json(came))
        elif came.breaches:
            output.line(f"{SEED.in_(language)} {came.seed}")
            tell_breaches(came, _replay(came, arguments), language)
        elif time.monotonic() - shown >= _EVERY_S:
            shown = time.monotonic()
            output.line(f"{len(all_)} / {len(seeds)}")
    if not arguments.json:
        tell_many(all_, time.monotonic() - begun, order, language)
    return 1 if any(one.breaches for one in all_) else 0


def _range(text: str) -> range:
    first, _, last = text.partition("..")
    if first.isdecimal() and last.isdecimal() and int(first) <= int(last):
        return range(int(first), int(last) + 1)
    raise OrderError(f"--seeds {text}", Text("应如 1..1000", "say it as 1..1000"))
