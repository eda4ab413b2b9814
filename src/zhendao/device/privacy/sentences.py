"""What a terminal holds, in plain words for whoever lives with it: figures in, sentences out. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from zhendao.device.privacy.tally import BOX
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from collections import Counter

    from zhendao.device.privacy.holdings import Holdings

_SORTS: dict[str, Text] = {
    "checks": Text("签到签退", "checks in and out"),
    "taps": Text("其他刷卡", "other taps"),
    "undos": Text("撤销", "checks taken back"),
    "opinions": Text("评价", "opinions"),
    "meals": Text("助餐", "meals"),
    "calls": Text("求助与异常", "calls and incidents"),
    "sensors": Text("传感器", "sensors"),
    "box-places": Text("终端自身位置", "places of the box itself"),
    BOX: Text("终端自身状态", "the state of the box"),
}
_MINUTE, _HOUR = 60, 3600


def sentences(found: Holdings) -> list[Text]:
    """Return what there is to say, the most asked for first."""
    return [*_today(found), *_kept(found), *_sent(found), *_places(found), *_senses(found), *_beside(found)]


def counted(today: Counter[str]) -> list[tuple[Text, int]]:
    """Return each sort that was recorded, and how often."""
    return [(text, today[sort]) for sort, text in _SORTS.items() if today[sort]]


def _today(found: Holdings) -> list[Text]:
    if found.today is None:
        return [
            Text(
                "终端没有运行，今天记了什么无法按种类说：日志已加密，本机没有钥匙。",
                "The terminal does not run: what it recorded today is sealed, and no key is here to tell the kinds.",
            )
        ]
    several = counted(found.today)
    zh = "，".join(f"{text.zh} {n} 条" for text, n in several) or "没有记录"
    en = ", ".join(f"{text.en} {n}" for text, n in several) or "nothing"
    day = (
        Text("今天", "Today")
        if found.clock_known
        else Text("本次运行（时间未知）", "In this run (the day is not known)")
    )
    span = _span(found.since_s or 0)
    return [
        Text(
            f"{day.zh}本机记录了：{zh}。终端已运行 {span.zh}，之前的不在此数。",
            f"{day.en} this box recorded: {en}. It has run for {span.en}; what was before is not in these numbers.",
        )
    ]


def _kept(found: Holdings) -> list[Text]:
    lines = [
        Text(
            f"日志里共有 {found.stored} 条记录，全部加密，在本机上谁也打不开。",
            f"The journal holds {found.stored} records in all, each sealed: nobody can open them on this box.",
        ),
        Text(
            f"网关确认收到后，最多再留 {found.keep_events} 条或 {found.keep_mib} MiB 作凭据，更早的删除。",
            f"Of what the gateway has confirmed, at most {found.keep_events} records or {found.keep_mib} MiB stay as "
            "evidence; older ones are deleted.",
        ),
        Text(
            f"另有 {found.rows} 个小条目：未结束的服务与最近打卡（用代号，不含姓名）、未了结的求助。",
            f"Beside them {found.rows} small rows: open visits and last checks, under pseudonyms without a name; calls "
            "that are not settled.",
        ),
    ]
    if found.aside:
        lines.append(
            Text(f"搁置的损坏日志 {found.aside} 份。", f"Damaged journals that were set aside: {found.aside}.")
        )
    return lines


def _sent(found: Holdings) -> list[Text]:
    if found.unsent == 0:
        return [Text("网关已全部确认收到。", "The gateway has confirmed all of them.")]
    sent = found.stored - found.unsent
    return [
        Text(
            f"网关已确认 {sent} 条，还有 {found.unsent} 条待送达；未送达的不删除。",
            f"The gateway has confirmed {sent}; {found.unsent} wait to be sent, and none of those is deleted.",
        )
    ]


def _places(found: Holdings) -> list[Text]:
    home = (
        Text("本机存有安装时测得的住处位置。", "The place of this home, as surveyed at its installation, is kept here.")
        if found.home
        else Text("本机没有存住处位置。", "The place of this home is not kept here.")
    )
    if found.places is None or found.places_between is None:
        return [home]
    box = 0 if found.today is None else found.today["box-places"]
    lines = [
        Text(
            f"今天记下位置 {found.places} 次，都在打卡或求助时；打卡之外 {found.places_between} 次。",
            f"A position was recorded {found.places} times today, each with a check or a call; "
            f"between checks: {found.places_between}.",
        )
    ]
    if box:
        lines.append(
            Text(
                f"另有 {box} 次是终端自身的位置（安装后或被移动）。",
                f"{box} more are the box's own, after its installation or when it was moved.",
            )
        )
    return [*lines, home]


def _senses(found: Holdings) -> list[Text]:
    seen = found.senses
    if not found.running:
        seen = replace(seen, cameras_open=(), microphones_open=())  # what does not run has nothing open
    return [
        _sense(seen.cameras_open, seen.cameras, Text("摄像头", "camera")),
        _sense(seen.microphones_open, seen.microphones, Text("麦克风", "microphone")),
    ]


def _sense(opened: tuple[str, ...] | None, there: tuple[str, ...], what: Text) -> Text:
    if opened:
        names = ", ".join(opened)
        return Text(
            f"警告：终端打开了{what.zh}：{names}。请联系单位。",
            f"WARNING: the terminal has a {what.en} open: {names}. Tell the office.",
        )
    box = (
        Text(f"本机接有：{'、'.join(there)}", f"connected to this machine: {', '.join(there)}")
        if there
        else Text(f"本机没有{what.zh}", "this machine has none")
    )
    if opened is None:
        return Text(
            f"{what.zh}：{box.zh}；终端打开了什么，未能查看。",
            f"{what.en.capitalize()}: {box.en}; what the terminal has open could not be looked at.",
        )
    return Text(
        f"{what.zh}：终端没有打开任何{what.zh}；{box.zh}。",
        f"{what.en.capitalize()}: the terminal has none open; {box.en}.",
    )


def _beside(found: Holdings) -> list[Text]:
    lines = []
    if found.door:
        lines.append(Text("存有本户门牌的编号。", "The number of this home's door tag is kept here."))
    if found.plan:
        lines.append(
            Text(
                "存有本户当天计划的服务时间（卡用代号，不含姓名）。",
                "The times of the visits planned here for the day are kept here, cards under pseudonyms.",
            )
        )
    return lines


def _span(seconds: int) -> Text:
    if seconds >= _HOUR:
        return Text(f"{seconds // _HOUR} 小时", f"{seconds // _HOUR} h")
    return Text(f"{seconds // _MINUTE} 分钟", f"{seconds // _MINUTE} min")
