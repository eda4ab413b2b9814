"""The table of signals as a page for people: ``python -m zhendao.device.feedback.sheet > docs/signals.md``.

Promise: it holds every moment and every signal in both languages, as the code has them; a test keeps the page equal.
"""

from __future__ import annotations

import sys

from zhendao.device.feedback.console import LOOKS
from zhendao.device.feedback.moments import TABLE, Origin, Signal
from zhendao.device.feedback.patterns import PATTERNS
from zhendao.device.feedback.rows.calls import CALLS
from zhendao.device.feedback.rows.checks import CHECKS
from zhendao.device.feedback.rows.house import HOUSE
from zhendao.device.feedback.rows.meals import MEALS
from zhendao.device.feedback.rows.refused import REFUSED
from zhendao.protocol.wording import Text

LONG_S = 0.2
_ROOMS = (
    (Text("打卡、撤销、评价", "Checks, undo, what a card may hear, the elder's opinion"), CHECKS),
    (Text("用餐", "Meals"), MEALS),
    (Text("未打卡", "No check was made"), REFUSED),
    (Text("求助", "Calls for help"), CALLS),
    (Text("终端与家中设备", "The box, and what hangs on it"), HOUSE),
)
_SIGNALS: dict[Signal, Text] = {
    Signal.NOTICE: Text("看到、询问、答复；没有新的记录", "seen, asked, answered; nothing new is recorded"),
    Signal.RECORDED: Text("已写入日志", "in the journal, and the disk has confirmed it"),
    Signal.REMARKED: Text("已写入日志，单位须查看这张卡", "in the journal; the office must look at the card"),
    Signal.SENT: Text("消息代理已收", "the broker has it"),
    Signal.ACCEPTED: Text("平台网关已入库", "the gateway has committed it"),
    Signal.BAD: Text("没有打上卡", "no check was made"),
    Signal.CALLING: Text("求助已记录，正在发出", "a call is recorded, and on its way"),
    Signal.REACHED: Text("求助已到平台，还没有人接", "the call is with the gateway; no person has it yet"),
    Signal.HEARD: Text("已有人接到求助", "a person has the call"),
    Signal.UNHEARD: Text("没有人接到：请自己拨 120", "nobody has it: dial 120 yourself"),
    Signal.EXERCISE: Text("演练", "a drill"),
    Signal.TROUBLE: Text("终端或传感器有问题，照常打卡", "something is the matter; checks go on"),
}
_ORIGINS: dict[Origin, Text] = {
    Origin.TAP: Text("随时；2 秒内说完", "at any hour; within 2 s"),
    Origin.ASKED: Text("随时；有人要听，下一次刷卡即打断", "at any hour; somebody asked, the next tap cuts it"),
    Origin.LATER: Text("刷卡后一分钟内", "within a minute of the tap"),
    Origin.CALL: Text("随时，按求助音量", "at any hour, at the volume of calls"),
    Origin.HOUSE: Text("白天；夜里不响", "by day; silent at night"),
    Origin.BOX: Text("仅在刷卡后一分钟内", "only within a minute of a tap"),
}
_HEAD = """# Signals

Written by `python -m zhendao.device.feedback.sheet` from the table in `device/feedback`; a test keeps it \
equal. 本页由程序生成。

- **Nothing by colour alone, nothing by sound alone** 不单靠颜色，不单靠声音: each signal has a rhythm of \
short (▪) and long (▬) of its own; the light keeps the rhythm of the buzzer (*bad* stays on for a second \
after it), and the page adds a shape and words.
- **Two seconds** 两秒: what answers a tap is said within two seconds (measured on the prompts as built), \
taps are taken all the while, and the next tap cuts what is being said.
- **At night** 夜间 (`[voice] night_from` to `night_until`) what nobody asked for is silent, but for calls. \
Where the time of day is not known, the same.
- **Of one person alone** (私): for whoever holds that card now; kept and shown to nobody else.
- A call under duress has no row: it shows what an ordinary gesture shows, or nothing. 胁迫求助不显示任何特别信号。
- `{}` is where a time (9:02, 九点零二分, nine oh two), a code digit by digit or a count is said; elsewhere it \
is shown after the text.
"""


def sheet() -> str:
    """Return the page."""
    parts = [_HEAD, "## Light and buzzer 灯与蜂鸣", ""]
    parts += _table(
        ("signal", "green 绿", "red 红", "buzzer 蜂鸣", "looks and sounds", "看到和听到", "it means", "含义"),
        [
            (
                *(f"`{signal}`", _rhythm(pattern.green), _rhythm(pattern.red), _rhythm(pattern.buzzer)),
                *(LOOKS[signal].en, LOOKS[signal].zh, _SIGNALS[signal].en, _SIGNALS[signal].zh),
            )
            for signal, pattern in PATTERNS.items()
        ],
    )
    for title, rows in _ROOMS:
        parts += ["", f"## {title.en} {title.zh}", ""]
        parts += _table(
            ("moment", "signal", "page", "shown", "显示", "said", "播报", "heard", "何时出声"),
            [
                (
                    *(f"`{moment}`{' 私' if one.private else ''}", f"`{one.signal}`", f"`{one.page}`"),
                    *(one.text.en, one.text.zh),
                    *((one.spoken.en, one.spoken.zh) if one.spoken else ("–", "–")),
                    *(_ORIGINS[one.origin].en, _ORIGINS[one.origin].zh),
                )
                for moment, one in TABLE.items()
                if moment in rows
            ],
        )
    return "\n".join(parts) + "\n"


def _rhythm(line: tuple[float, ...]) -> str:
    return "".join("▬" if one >= LONG_S else "▪" for one in line[::2]) or "–"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    lines = [head, ("---",) * len(head), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]


if __name__ == "__main__":
    sys.stdout.write(sheet())
