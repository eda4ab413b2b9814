"""How a timeline and a picture call what a trace notes: one table, in both languages.

A note that is not in the table is shown as it stands: nothing that happened is left out for want of a word.
"""

from collections.abc import Mapping
from typing import Final

from zhendao.device.feedback.moments import TABLE, Moment, Signal
from zhendao.protocol.wording import Language, Text
from zhendao.simulators.world.story.kinds import KINDS

WORDS: Final[dict[str, Text]] = {
    "plugged in": Text("通电", "gets power"),
    "power cut": Text("断电", "loses power"),
    "killed": Text("进程被杀", "is killed"),
    "told to stop": Text("收到停止信号", "is told to stop"),
    "stops": Text("停止", "stops"),
    "starts": Text("启动", "starts"),
    "ended": Text("进程结束", "ends"),
    "error": Text("出错", "fails"),
    "comes": Text("来到终端 {terminal}", "comes to terminal {terminal}"),
    "leaves": Text("离开终端 {terminal}（{good} 次打卡成功）", "leaves terminal {terminal} ({good} good checks)"),
    "held": Text("有人刷 {tag}", "{tag} is held to the reader"),
    "sends": Text("发出第 {first}–{last} 条", "sends events {first}–{last}"),
    "acknowledges": Text(
        "回执终端 {terminal} 的第 {first}–{last} 条", "acknowledges {first}–{last} of terminal {terminal}"
    ),
    "took": Text("入库 {events} 条（重复 {again}）", "commits {events} events ({again} again)"),
    "effective": Text("{type} 生效（第 {revision} 版）", "{type} becomes effective (revision {revision})"),
    "connects": Text("连上代理", "connects"),
    "does not connect": Text("连接失败", "does not get through"),
    "fault": Text("故障", "fault"),
    "fault over": Text("故障结束", "fault over"),
}
"""By the word of the note; what stands in braces is one of its facts."""

SIGNALS: Final[dict[Signal, str]] = {
    Signal.RECORDED: "●",
    Signal.REMARKED: "◉",
    Signal.BAD: "✕",
    Signal.SENT: "↑",
    Signal.ACCEPTED: "✓",
    Signal.NOTICE: "·",
    Signal.CALLING: "▲",
    Signal.REACHED: "△",
    Signal.HEARD: "★",
    Signal.UNHEARD: "‼",
    Signal.EXERCISE: "◇",
    Signal.TROUBLE: "▽",
}
"""A sign for each signal, told apart by shape."""


def signal_of(what: str) -> Signal | None:
    """Return the signal that a moment of the terminal was given by; None for a note that is no moment."""
    return TABLE[Moment(what)].signal if what in _MOMENTS else None


def say(what: str, facts: Mapping[str, int | str], language: Language) -> str:
    """Return a note in words."""
    if what in _MOMENTS:
        shown = TABLE[Moment(what)]
        about = f"  #{facts['seq']}" if facts.get("seq") else ""
        return f"{SIGNALS[shown.signal]} {shown.text.in_(language)}{about}"
    if what == "fault" and facts.get("fault") in KINDS:
        return KINDS[str(facts["fault"])].text.in_(language)
    known = WORDS.get(what)
    if known is None:
        return " ".join([what, *(f"{name}={value}" for name, value in facts.items())])
    try:
        return known.in_(language).format_map(facts)
    except KeyError:
        return f"{known.in_(language)} {dict(facts)}"


_MOMENTS: Final = frozenset(one.value for one in Moment)
