"""How each moment looks on the page: its sign, the few words that are read from across the room, and one line more.

What kind of page it is, and how much it says, stands in the one table of moments (`feedback.moments`); here are the
short words and the signs for it. A test holds that every moment has its face, or is shown as a mark alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from zhendao.device.feedback.moments import Moment
from zhendao.device.feedback.shown import Page as Kind
from zhendao.device.page.values import Shape, Tone
from zhendao.protocol.wording import Text


@dataclass(frozen=True, slots=True)
class Face:
    """Sign, head, further lines; ``note``: the words of the bar below while it stands."""

    shape: Shape
    head: Text
    lines: tuple[Text, ...] = ()
    note: Text | None = None


TONES: dict[Kind, Tone] = {
    Kind.WELCOME: Tone.CALM,
    Kind.HALF: Tone.ASK,
    Kind.DONE: Tone.GOOD,
    Kind.REMARK: Tone.WARN,
    Kind.ANSWER: Tone.ASK,
    Kind.WAY: Tone.CALM,
    Kind.REFUSED: Tone.BAD,
    Kind.OUT_OF_ORDER: Tone.BAD,
    Kind.CALLING: Tone.CALL,
    Kind.REACHED: Tone.CALL,
    Kind.CALL_TAKEN: Tone.GOOD,
    Kind.CALL_ALONE: Tone.BAD,
    Kind.CALL_OVER: Tone.CALM,
    Kind.DRILL: Tone.ASK,
    Kind.TROUBLE: Tone.WARN,
    Kind.WELL: Tone.CALM,
}
_IN, _OUT = Text("签到已记录", "Checked in"), Text("签退已记录", "Checked out")
_UNKNOWN = Text("卡未登记，请联系单位", "unknown card: tell the office")
_EXPIRED = Text("卡不在有效期，请联系单位", "card out of date: tell the office")
_NOT = Text("没有打卡", "Not recorded")


def _refused(zh: str, en: str, head: Text = _NOT) -> Face:
    return Face(Shape.CROSS, head, (Text(zh, en),))


FACES: dict[Moment, Face] = {
    Moment.READY: Face(Shape.READY, Text("可以打卡", "Ready")),
    Moment.DOOR_SEEN: Face(Shape.CARD, Text("请刷工卡", "Now your card"), (Text("已读门牌", "door tag read"),)),
    Moment.CARD_SEEN: Face(Shape.DOOR, Text("请刷门牌", "Now the door tag"), (Text("已读工卡", "card read"),)),
    Moment.CHECKED_IN: Face(Shape.IN, _IN),
    Moment.CHECKED_OUT: Face(Shape.OUT, _OUT),
    Moment.CHECKED_IN_UNKNOWN: Face(Shape.REMARK, _IN, (_UNKNOWN,)),
    Moment.CHECKED_OUT_UNKNOWN: Face(Shape.REMARK, _OUT, (_UNKNOWN,)),
    Moment.CHECKED_IN_EXPIRED: Face(Shape.REMARK, _IN, (_EXPIRED,)),
    Moment.CHECKED_OUT_EXPIRED: Face(Shape.REMARK, _OUT, (_EXPIRED,)),
    Moment.ALREADY_RECORDED: Face(
        Shape.AGAIN, Text("已经记录过", "Already recorded"), (Text("不会重复计", "not counted twice"),)
    ),
    Moment.UNDO_ASKED: Face(
        Shape.UNDO,
        Text("要撤销吗？", "Take it back?"),
        (Text("要就拿开再刷一次", "if so, take the card away and hold it here again"),),
    ),
    Moment.UNDO_LAPSED: Face(Shape.AGAIN, Text("没有撤销", "Not taken back"), (Text("记录不变", "the record stays"),)),
    Moment.UNDONE: Face(Shape.UNDO, Text("已撤销", "Taken back"), (Text("原记录留痕", "the record is kept, too"),)),
    Moment.LONE: _refused("只读到一张", "only one of the two was read"),
    Moment.UNKNOWN: _refused("不认识这张卡", "this card is not known"),
    Moment.FORGED: _refused("卡未通过验证", "the card does not verify"),
    Moment.FOREIGN: _refused("不是本单位发的卡", "a card of another issuer"),
    Moment.BLOCKLISTED: _refused("此卡已停用，请联系单位", "this card is blocked: ask the office"),
    Moment.UNREADABLE: _refused("请再刷一次", "please hold it here again", Text("没有读清", "Not read")),
    Moment.NOT_RECORDED: _refused("无法保存，请通知管理员", "it could not be saved: tell the office"),
    Moment.TOO_MANY: _refused("终端忙，请稍候再刷", "too much at once: wait, and try again"),
    Moment.OFF_WALL: Face(
        Shape.DOOR,
        Text("读不到门牌", "No door tag"),
        (Text("终端可能已离开墙面", "is the terminal off its wall?"),),
        Text("读不到门牌", "no door tag"),
    ),
    Moment.READER_DOWN: Face(
        Shape.NO_READER,
        Text("不能打卡", "Out of order"),
        (Text("读卡器故障", "the reader is down, no check-in"),),
        Text("读卡器故障", "reader down"),
    ),
    Moment.READER_UP: Face(Shape.READY, Text("又能打卡", "Works again"), (Text("读卡器已恢复", "the reader is back"),)),
    Moment.RECEIPT: Face(Shape.NUMBER, Text("回执号", "Receipt")),
    Moment.TIMES_TODAY: Face(Shape.CLOCK, Text("今天打卡", "Today")),
    Moment.NO_TIMES_TODAY: Face(Shape.CLOCK, Text("今天还没打卡", "No check today")),
    Moment.REMIND_END: Face(
        Shape.OUT, Text("记得签退", "Check out"), (Text("服务快到时间", "when you leave: the visit ends soon"),)
    ),
    Moment.RATED: Face(Shape.STARS, Text("谢谢评价", "Thank you"), (Text("已记录", "it is recorded"),)),
    Moment.RATE_ELDER_CARD: Face(
        Shape.CARD, Text("请长者刷卡", "Elder's card"), (Text("愿意就刷，以示本人", "to say that it was you"),)
    ),
    Moment.RATE_NO_VISIT: Face(
        Shape.STARS, Text("暂不能评价", "No opinion now"), (Text("今天还没有服务", "there was no visit today"),)
    ),
    Moment.CONSENT_GIVEN: Face(Shape.PERSON, Text("本人已确认", "Confirmed"), (Text("谢谢", "thank you"),)),
    Moment.MEAL_RECORDED: Face(Shape.MEAL, Text("用餐已记录", "Meal recorded")),
    Moment.MEAL_REMARKED: Face(
        Shape.REMARK,
        Text("已记录，查此卡", "Meal, odd card"),
        (Text("卡须核对，请联系单位", "it is recorded; tell the office"),),
    ),
    Moment.MEAL_DELIVERED: Face(Shape.MEAL, Text("送餐已记录", "Delivered")),
    Moment.SOS_CALLING: Face(
        Shape.BELL, Text("正在呼救", "Calling for help"), (Text("已记录，正在发出", "recorded, on its way"),)
    ),
    Moment.SOS_ARRIVED: Face(
        Shape.BELL_SENT, Text("平台已收到", "Call arrived"), (Text("正在找值班人员", "finding a person for you"),)
    ),
    Moment.SOS_RECEIVED: Face(
        Shape.PERSON, Text("值班已收到", "A person has it"), (Text("值班人员正在处理", "the duty seat has your call"),)
    ),
    Moment.SOS_NOBODY_YET: Face(
        Shape.HOURGLASS,
        Text("还没人应答", "Nobody yet"),
        (Text("仍在呼叫", "still calling"), Text("危急请拨 120", "in danger, dial 120")),
    ),
    Moment.SOS_ESCALATED: Face(
        Shape.BELL_SENT, Text("已转上级", "Passed on"), (Text("仍在呼叫下一值班", "calling the next duty seat"),)
    ),
    Moment.SOS_OFFLINE: Face(
        Shape.PHONE,
        Text("请拨 120", "Dial 120"),
        (Text("没有网络", "no network"), Text("已记录，一直在试", "kept, and tried again")),
    ),
    Moment.SOS_RESOLVED: Face(
        Shape.AGAIN, Text("求助已办结", "Call closed"), (Text("由值班人员办结", "by the duty seat"),)
    ),
    Moment.SOS_MISTAKE: Face(
        Shape.UNDO, Text("记为误按", "By mistake"), (Text("值班仍会核实", "noted; the duty seat looks all the same"),)
    ),
    Moment.SOS_NOT_RECORDED: Face(
        Shape.CROSS, Text("请拨 120", "Dial 120"), (Text("呼救没有发出", "the call could not be made"),)
    ),
    Moment.INCIDENT_REPORTED: Face(
        Shape.INCIDENT, Text("异常已记录", "Incident noted"), (Text("正在报告值班人员", "the duty seat is being told"),)
    ),
    Moment.INCIDENT_RECEIVED: Face(
        Shape.PERSON,
        Text("值班已收到", "A person has it"),
        (Text("异常报告有人处理", "the duty seat has your report"),),
    ),
    Moment.DRILL: Face(
        Shape.DRILL,
        Text("这是演练", "A drill"),
        (Text("不是真的求助", "nobody is in danger"),),
        Text("演练", "drill"),
    ),
    Moment.BUTTON_STUCK: Face(
        Shape.BUTTON,
        Text("按钮卡住了", "Button stuck"),
        (Text("请检查", "please look at it"),),
        Text("按钮卡住", "button stuck"),
    ),
    Moment.TAMPER_OPEN: Face(
        Shape.LOCK,
        Text("外壳已打开", "Case open"),
        (Text("已记录", "this is recorded"),),
        Text("外壳打开", "case open"),
    ),
    Moment.TAMPER_CLOSED: Face(Shape.READY, Text("外壳已合上", "Case closed")),
    Moment.MAINS_LOST: Face(
        Shape.PLUG,
        Text("停电了", "No mains"),
        (Text("用电池，照常打卡", "on battery, checks go on"),),
        Text("停电", "no mains"),
    ),
    Moment.MAINS_BACK: Face(Shape.PLUG, Text("来电了", "Mains back")),
    Moment.BATTERY_LOW: Face(
        Shape.BATTERY,
        Text("电池快用完", "Battery low"),
        (Text("请接通电源", "connect the mains"),),
        Text("电池快完", "battery low"),
    ),
    Moment.SENSOR_FAULT: Face(
        Shape.SENSOR,
        Text("传感器异常", "Sensor fault"),
        (Text("请检查", "please look at it"),),
        Text("传感器异常", "sensor fault"),
    ),
    Moment.SENSOR_WELL: Face(Shape.READY, Text("传感器恢复", "Sensor well")),
    Moment.PRIVACY: Face(
        Shape.SHIELD,
        Text("隐私", "Privacy"),
        (
            Text("无摄像头和麦克风", "no camera, no mic"),
            Text("打卡之外不定位", "place only at checks"),
        ),
    ),
    Moment.OFFLINE: Face(
        Shape.OFFLINE, Text("网络断开", "No network"), (Text("照常打卡，有网再发", "checks go on, sent later"),)
    ),
    Moment.ONLINE: Face(Shape.ACCEPTED, Text("网络已恢复", "Network back")),
}
MARKS = frozenset({Moment.SENT, Moment.ACCEPTED})
"""Shown as a line of the check that they are about, and in the bar above."""
EVENT_TIMED = frozenset(
    {
        Moment.CHECKED_IN,
        Moment.CHECKED_OUT,
        Moment.CHECKED_IN_UNKNOWN,
        Moment.CHECKED_OUT_UNKNOWN,
        Moment.CHECKED_IN_EXPIRED,
        Moment.CHECKED_OUT_EXPIRED,
        Moment.MEAL_RECORDED,
        Moment.MEAL_REMARKED,
        Moment.MEAL_DELIVERED,
    }
)
"""Whose time of day is drawn large."""
ENDED_BY: dict[Moment, frozenset[Moment]] = {
    Moment.READER_DOWN: frozenset({Moment.READER_UP, Moment.READY}),
    Moment.OFF_WALL: frozenset(
        {*EVENT_TIMED, Moment.READER_DOWN, Moment.READY},
    ),
    Moment.TAMPER_OPEN: frozenset({Moment.TAMPER_CLOSED}),
    Moment.MAINS_LOST: frozenset({Moment.MAINS_BACK}),
    Moment.BATTERY_LOW: frozenset({Moment.MAINS_BACK}),
    Moment.SENSOR_FAULT: frozenset({Moment.SENSOR_WELL}),
    Moment.DRILL: frozenset({Moment.SOS_RESOLVED}),
    Moment.BUTTON_STUCK: frozenset({Moment.SOS_CALLING, Moment.RATED}),
}
"""What stands in the bar below until one of these comes, or `LONGEST` is over."""
