"""What a duty seat sees of alerts on its screen, and when it is to hear a bell. Pure: alerts as JSON in, lines out.

Promise: nothing by colour or sound alone: whoever waits stands in words, longest first, with how long. What the elder
heard of it stands beside it.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from zhendao.gateway.alerts.values import KIND_WORDS, STATE_WORDS, AlertKind, State
from zhendao.protocol.wording import Language, Text

Item = Mapping[str, Any]
BELL_MS: Final = 10_000
_SECONDS: Final = 100  # less is said in seconds
_MINUTES: Final = 6_000  # less is said in minutes
HEADERS: Final = Text(
    "编号,告警,状态,等待,对象,次数,说明,经手,老人已听到", "no.,alert,state,waits,home,count,remarks,with,elder heard"
)
_HEARD: Final = {
    "arrived": Text("已送达", "arrived"),
    "received": Text("值班已接", "received"),
    "nobody_yet": Text("尚无人接", "nobody yet"),
    "escalated": Text("已上报", "escalated"),
    "resolved": Text("已处理", "resolved"),
    "false_alarm": Text("误报", "false alarm"),
}


def waits(item: Item) -> bool:
    """Tell whether nobody has it yet."""
    return item["state"] in {State.RAISED.value, State.TOLD.value}


def is_open(item: Item) -> bool:
    """Tell whether nobody has ended it."""
    return item["closed_ms"] is None


def ordered(items: Iterable[Item]) -> list[Item]:
    """Return alerts as a seat reads them: who waits first, the most urgent first, the longest first."""
    rank = {"call": 0, "soon": 1, "notice": 2}
    return sorted(items, key=lambda one: (not waits(one), rank[one["urgency"]], one["raised_ms"], one["id"]))


def rows(items: Iterable[Item], now_ms: int, language: Language) -> list[list[str]]:
    """Return the cells of a table of alerts at ``now_ms`` (UTC ms), in the order of `ordered`."""
    return [
        [
            str(one["id"]),
            KIND_WORDS[AlertKind(one["kind"])].in_(language),
            STATE_WORDS[State(one["state"])].in_(language),
            lasting((now_ms if waits(one) else one["acknowledged_ms"] or now_ms) - one["raised_ms"], language),
            one["elder_id"] or one["place_id"] or one["device"][:8],
            str(one["count"]),
            ("，" if language == "zh" else ", ").join(text.in_(language) for text in remarks(one, language)),
            one["closed_by"] or one["acknowledged_by"] or "",
            _HEARD[one["heard"]].in_(language) if one["heard"] in _HEARD else "",
        ]
        for one in ordered(items)
    ]


def remarks(one: Item, language: Language) -> list[Text]:
    """Return what is to be known of an alert beside its kind."""
    late, step, minutes = lasting(one["late_ms"], language), one["step"], one["minutes"]
    known = (
        (one["drill"], Text("演练", "drill")),
        (one["late_ms"], Text(f"迟到 {late}", f"{late} late")),
        (one["past"], Text("过往", "of the past")),
        (one["mistake_ms"] is not None, Text("称误按", "said to be a mistake")),
        (one["cleared_ms"] is not None, Text("已复位", "cleared")),
        (one["doubtful"], Text("存疑", "doubtful")),
        (step, Text(f"第 {step} 级", f"step {step}")),
        (one["reached"] < 0 and waits(one), Text("无人值班", "nobody on duty")),
        (minutes is not None and is_open(one), Text(f"{minutes} 分钟到", f"there in {minutes} min")),
        (one["subject"], Text(one["subject"], one["subject"])),
    )
    return [text for holds, text in known if holds]


def lasting(ms: int, language: Language) -> str:
    """Return a duration as people say it."""
    seconds = max(0, ms) // 1000
    if seconds < _SECONDS:
        return Text(f"{seconds} 秒", f"{seconds} s").in_(language)
    if seconds < _MINUTES:
        return Text(f"{seconds // 60} 分钟", f"{seconds // 60} min").in_(language)
    return Text(f"{seconds // 3600} 小时", f"{seconds // 3600} h").in_(language)


def told(one: Item, now_ms: int, language: Language) -> str:
    """Return one line about one alert, for a log or a pipe."""
    (cells,) = rows([one], now_ms, language)
    return "  ".join(cell for cell in cells if cell)


def rings(items: Iterable[Item], rung_ms: int | None, now_ms: int) -> bool:
    """Tell whether the bell is to ring: somebody waits, and it did not ring for a while (UTC ms)."""
    calls = any(waits(one) and one["urgency"] != "notice" for one in items)
    return calls and (rung_ms is None or not 0 <= now_ms - rung_ms < BELL_MS)
