"""`zhendao-gateway attendance` and `together`: valid days, weeks and months, work done together, in a table or JSON."""

import argparse
from typing import Any, Final

from zhendao.command.output import emit_json, line, table
from zhendao.gateway.surveys.showing import asked, when
from zhendao.protocol.wording import Language, Text

_DAYS: Final = Text("护理员,日期,打卡,最早,最晚,有效,确定", "caregiver,day,checks,first,last,valid,sure")
_PERIODS: Final = Text("护理员,周期,有效天数,有效,不计原因", "caregiver,period,valid days,valid,not counted for")
_TOGETHER: Final = Text("种类,老人或护理员,开始,结束,上门记录", "kind,elder or caregiver,begin,end,visits")
_NONE: Final = Text("没有打卡", "there are no check-ins")
_ALONE: Final = Text("没有同时进行的上门", "there are none")


def attendance_command(arguments: argparse.Namespace, language: Language) -> int:
    """List days, weeks or months."""
    wanted = {"first": arguments.first, "last": arguments.last, "caregiver_id": arguments.caregiver}
    if arguments.of == "day":
        items = asked(arguments, "/attendance/days", wanted)
        rows = [
            [one["caregiver_id"], one["day"], str(one["checks"]), when(one["first_ms"]), when(one["last_ms"]),
             _mark(one["valid"]), _mark(one["sure"])]
            for one in items
        ]  # fmt: skip
        return _show(arguments, language, items, rows, (_DAYS, _NONE))
    items = asked(arguments, "/attendance/periods", wanted | {"of": arguments.of})
    rows = [
        [one["caregiver_id"], one["period"], str(one["days"]), _mark(one["valid"]), one["uncounted"] or ""]
        for one in items
    ]
    return _show(arguments, language, items, rows, (_PERIODS, _NONE))


def together_command(arguments: argparse.Namespace, language: Language) -> int:
    """List what was done together."""
    items = asked(arguments, "/together", {"kind": arguments.kind, "of": arguments.of})
    rows = [
        [one["kind"], one["of"], when(one["begin_ms"]), when(one["end_ms"]), " ".join(one["visits"])] for one in items
    ]
    return _show(arguments, language, items, rows, (_TOGETHER, _ALONE))


def _show(
    arguments: argparse.Namespace, language: Language, items: list[dict[str, Any]], rows: list[list[str]],
    said: tuple[Text, Text],
) -> int:  # fmt: skip
    if arguments.json:
        emit_json(items)
    elif rows:
        table(said[0].in_(language).split(","), rows)
    else:
        line(said[1].in_(language))
    return 0


def _mark(holds: bool) -> str:  # noqa: FBT001 - it has the one argument
    return "✓" if holds else "–"
