"""What histories came to: for a person a table, for a program JSON, and the command that shows a failing one again."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from zhendao.command import output
from zhendao.protocol.wording import Language, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zhendao.simulators.world.many import Came, Order

_SHOWN = 20
_DAYS = 365
SEED, FAULTS = Text("种子", "seed"), Text("故障", "faults")
CHECKS = Text("签到、签退", "checks in and out")
SPEED = Text("终端年 / 秒（单核）", "terminal-years a second of one core")


def tell_one(came: Came, terminals: int, days: int, replay: str, language: Language) -> None:
    """Tell one history; ``replay`` is the command that shows it again."""
    years = terminals * days / _DAYS
    _table(
        [
            (SEED, came.seed),
            (Text("终端 × 天", "terminals × days"), f"{terminals} × {days}"),
            (FAULTS, came.faults),
            (CHECKS, came.checks),
            (Text("网关保存的事件", "events at the gateway"), came.events),
            (SPEED, f"{years / max(came.took_s, 1e-9):.3f}"),
            (Text("轨迹", "trace"), f"{came.notes}  {came.digest[:16]}"),
        ],
        language,
    )
    tell_breaches(came, replay, language)


def tell_breaches(came: Came, replay: str, language: Language) -> None:
    """Tell what did not hold, and how to see it again; nothing where everything held."""
    for one in came.breaches[:_SHOWN]:
        output.line(f"✗ {one.invariant}  {_clock(one.at_ns)}  {one.who}: {one.text.in_(language)}")
    if len(came.breaches) > _SHOWN:
        more = len(came.breaches) - _SHOWN
        output.line(Text(f"……另有 {more} 处", f"… and {more} more").in_(language))
    if came.breaches:
        output.line(replay)


def tell_many(all_: Sequence[Came], took_s: float, order: Order, language: Language) -> None:
    """Tell what many seeds came to together, and what none of them met."""
    years = len(all_) * order.terminals * order.days / _DAYS
    busy_s = sum(one.took_s for one in all_)
    _table(
        [
            (Text("种子", "seeds"), len(all_)),
            (Text("违反不变式的种子", "seeds that broke an invariant"), sum(bool(one.breaches) for one in all_)),
            (Text("终端年", "terminal-years"), f"{years:.1f}"),
            (Text("秒", "seconds"), f"{took_s:.1f}"),
            (SPEED, f"{years / max(busy_s, 1e-9):.3f}"),
            (CHECKS, sum(one.checks for one in all_)),
            (FAULTS, sum(one.faults for one in all_)),
        ],
        language,
    )
    never = _never(all_)
    if never:
        output.line(Text("从未遇到：", "never met: ").in_(language) + ", ".join(never))


def as_json(came: Came) -> dict[str, Any]:
    """Return one history's outcome; of what it met only what it did meet."""
    return {**asdict(came), "met": {name: count for name, count in came.met.items() if count}}


def _table(rows: Sequence[tuple[Text, object]], language: Language) -> None:
    output.table(("", ""), [(name.in_(language), value) for name, value in rows])


def _clock(at_ns: int) -> str:
    seconds = at_ns // 1_000_000_000
    return f"{seconds // 86_400} {seconds // 3600 % 24:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _never(all_: Sequence[Came]) -> list[str]:
    """Return what no history met, though it is looked for."""
    names = {name for one in all_ for name in one.met}
    met = {name for one in all_ for name, count in one.met.items() if count}
    return sorted(names - met)
