"""`zhendao-sim city`: a city of which everything is known, as the two inputs of a judge, and the truth beside them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zhendao.command import output
from zhendao.protocol.suite import INTL, SM, suite_by_name
from zhendao.protocol.wording import Language, Text
from zhendao.simulators.city.picture import day_picture
from zhendao.simulators.city.rates import HONEST, Rates
from zhendao.simulators.city.running import START_MS, Run
from zhendao.simulators.city.scale import SCALES
from zhendao.simulators.city.writing import write_city
from zhendao.simulators.errors import OrderError

if TYPE_CHECKING:
    import argparse

_MOST_DAYS = 366

STORY = Text(
    """\
造一座城：机构、护理员、老人、地址、终端、标签、排班与路程，以及停电断网、诚实的差错和各种作弊。
写出三样：registry/（登记表）、events.jsonl（终端见证的事实，按到达先后）、truth.json（真相，判定者不得读）。
同一种子处处得到同样的字节。""",
    """\
Makes a city: organisations, caregivers, elders, addresses, terminals, tokens, rounds and the ways between the doors,
with power cuts, dead networks, honest mistakes and frauds. Writes registry/ (its tables), events.jsonl (what terminals
witnessed, in order of arrival) and truth.json (what really was: not for whoever judges). One seed gives the same bytes
everywhere.""",
)


def add_arguments(parser: argparse.ArgumentParser, language: Language) -> None:
    """Declare the arguments of a city."""
    parser.epilog = STORY.in_(language) + "\n\n  zhendao-sim city --seed 7 --days 5 --scale small --out city/"
    texts = {
        "seed": Text("种子（默认 1）", "the seed (default 1)"),
        "days": Text("天数，从星期一起（默认 1）", "how many days, from a Monday on (default 1)"),
        "scale": Text("规模（默认 small；xuhui 为全区）", "how large (default small; xuhui is the whole district)"),
        "out": Text("写入的文件夹（新的或空的）", "the folder to write (new, or empty)"),
        "batches": Text(
            "另写 batches/：网关的密钥，以及同一批事实的签名消息（密钥每次新造）",
            "write batches/ too: the gateway's keys, and the same facts as signed messages (keys are drawn anew)",
        ),
        "suite": Text("消息的密码套件（默认 sm）", "cryptographic suite of the messages (default sm)"),
        "picture": Text("把第一天画成图（SVG）", "draw the first day (SVG)"),
        "honest": Text("没有人作弊", "nobody cheats"),
    }
    parser.add_argument("--seed", type=int, default=1, metavar="N", help=texts["seed"].in_(language))
    parser.add_argument("--days", type=int, default=1, metavar="D", help=texts["days"].in_(language))
    parser.add_argument("--scale", choices=sorted(SCALES), default="small", help=texts["scale"].in_(language))
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help=texts["out"].in_(language))
    parser.add_argument("--batches", action="store_true", help=texts["batches"].in_(language))
    parser.add_argument("--suite", choices=(SM.name, INTL.name), default=SM.name, help=texts["suite"].in_(language))
    parser.add_argument("--picture", type=Path, metavar="FILE", help=texts["picture"].in_(language))
    parser.add_argument("--honest", action="store_true", help=texts["honest"].in_(language))


def run(arguments: argparse.Namespace, language: Language) -> int:
    """Make the city asked for, write it, and say what was written."""
    if not 1 <= arguments.days <= _MOST_DAYS:
        raise OrderError(f"--days {arguments.days}", Text(f"应为 1 至 {_MOST_DAYS}", f"1 to {_MOST_DAYS} are possible"))
    out: Path = arguments.out
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise OrderError(f"--out {out}", Text("已有内容，不覆盖", "it is not empty, and nothing is overwritten"))
    rates = HONEST if arguments.honest else Rates()
    city = Run(arguments.seed, SCALES[arguments.scale], arguments.days, rates)
    written = write_city(city, out, suite_by_name(arguments.suite) if arguments.batches else None)
    if arguments.picture is not None:
        drawn = day_picture(written.first_day, city.outages.all, START_MS, language)
        arguments.picture.write_text(drawn, encoding="utf-8", newline="\n")
    if arguments.json:
        output.emit_json(written.as_json())
        return 0
    told = Text(
        f"{written.visits} 次计划的上门，{written.events} 条事实；作弊 {written.frauds} 次，"
        f"另有差错或意外的 {written.mistakes} 次",
        f"{written.visits} planned visits, {written.events} facts; {written.frauds} of them frauds, "
        f"{written.mistakes} with a mistake or mishap",
    )
    output.line(told.in_(language))
    return 0
