"""What a person at the terminal is told, and by which signal: the one table.

Promise: three good signals that differ (recorded, sent, accepted), and a bad one for everything that was not recorded
as a check. A moment never claims more than what has happened: `RECORDED` is given after the disk has confirmed, and
so is `REMARKED`, for a check with a card that is not known here or out of date (promise: flag, don't block).
"""

from dataclasses import dataclass
from enum import StrEnum

from zhendao.protocol.wording import Text


class Signal(StrEnum):
    """What is shown and heard."""

    NOTICE = "notice"
    """Something was seen, nothing is recorded yet."""
    RECORDED = "recorded"
    """Safe in the journal."""
    REMARKED = "remarked"
    """Safe in the journal, but the office must look at the card."""
    SENT = "sent"
    """The broker has it."""
    ACCEPTED = "accepted"
    """The gateway has committed it."""
    BAD = "bad"
    """No check was made."""


class Moment(StrEnum):
    """What has just happened, as far as a person cares."""

    READY = "ready"
    DOOR_SEEN = "door-seen"
    CARD_SEEN = "card-seen"
    CHECKED_IN = "checked-in"
    CHECKED_OUT = "checked-out"
    CHECKED_IN_UNKNOWN = "checked-in-unknown"
    CHECKED_OUT_UNKNOWN = "checked-out-unknown"
    CHECKED_IN_EXPIRED = "checked-in-expired"
    CHECKED_OUT_EXPIRED = "checked-out-expired"
    ALREADY_RECORDED = "already-recorded"
    UNDO_ASKED = "undo-asked"
    UNDO_LAPSED = "undo-lapsed"
    UNDONE = "undone"
    SENT = "sent"
    ACCEPTED = "accepted"
    LONE = "lone"
    UNKNOWN = "unknown"
    FORGED = "forged"
    FOREIGN = "foreign"
    BLOCKLISTED = "blocklisted"
    UNREADABLE = "unreadable"
    NOT_RECORDED = "not-recorded"
    TOO_MANY = "too-many"
    OFF_WALL = "off-wall"
    READER_DOWN = "reader-down"
    READER_UP = "reader-up"


@dataclass(frozen=True, slots=True)
class Shown:
    """How a moment is given: the signal, and the words for those who read."""

    signal: Signal
    text: Text


TABLE: dict[Moment, Shown] = {
    Moment.READY: Shown(Signal.NOTICE, Text("可以打卡", "ready")),
    Moment.DOOR_SEEN: Shown(Signal.NOTICE, Text("已读门牌，请刷工卡", "door tag read, now the card")),
    Moment.CARD_SEEN: Shown(Signal.NOTICE, Text("已读工卡，请刷门牌", "card read, now the door tag")),
    Moment.CHECKED_IN: Shown(Signal.RECORDED, Text("签到已记录", "check-in recorded")),
    Moment.CHECKED_OUT: Shown(Signal.RECORDED, Text("签退已记录", "check-out recorded")),
    Moment.CHECKED_IN_UNKNOWN: Shown(
        Signal.REMARKED,
        Text("签到已记录；这张卡未登记，请联系单位", "check-in recorded; unknown card, tell the office"),
    ),
    Moment.CHECKED_OUT_UNKNOWN: Shown(
        Signal.REMARKED,
        Text("签退已记录；这张卡未登记，请联系单位", "check-out recorded; unknown card, tell the office"),
    ),
    Moment.CHECKED_IN_EXPIRED: Shown(
        Signal.REMARKED,
        Text(
            "签到已记录；按终端时钟，卡不在有效期内，请联系单位",
            "check-in recorded; card out of its dates by this clock, tell the office",
        ),
    ),
    Moment.CHECKED_OUT_EXPIRED: Shown(
        Signal.REMARKED,
        Text(
            "签退已记录；按终端时钟，卡不在有效期内，请联系单位",
            "check-out recorded; card out of its dates by this clock, tell the office",
        ),
    ),
    Moment.ALREADY_RECORDED: Shown(
        Signal.NOTICE, Text("刚才已经记录过，不会重复计", "already recorded a moment ago, not counted twice")
    ),
    Moment.UNDO_ASKED: Shown(
        Signal.NOTICE, Text("要撤销请拿开工卡再刷一次", "to undo, take the card away and hold it there once more")
    ),
    Moment.UNDO_LAPSED: Shown(Signal.NOTICE, Text("未确认，记录不撤销", "not confirmed, the record stays")),
    Moment.UNDONE: Shown(Signal.RECORDED, Text("已撤销上一次记录（留痕）", "the last record is undone (and kept)")),
    Moment.SENT: Shown(Signal.SENT, Text("已发出", "sent")),
    Moment.ACCEPTED: Shown(Signal.ACCEPTED, Text("平台网关已收妥", "the gateway has it")),
    Moment.LONE: Shown(Signal.BAD, Text("只读到一张，未打卡", "only one of the two, no check-in")),
    Moment.UNKNOWN: Shown(Signal.BAD, Text("不认识这张卡，未打卡", "unknown card, no check-in")),
    Moment.FORGED: Shown(Signal.BAD, Text("卡未通过验证，未打卡", "the card does not verify, no check-in")),
    Moment.FOREIGN: Shown(Signal.BAD, Text("不是本单位发的卡，未打卡", "a card of another issuer, no check-in")),
    Moment.BLOCKLISTED: Shown(
        Signal.BAD, Text("此卡已停用，未打卡，请联系单位", "this card is blocked, no check-in; ask the office")
    ),
    Moment.UNREADABLE: Shown(Signal.BAD, Text("没有读清，请重刷", "could not be read, hold it there again")),
    Moment.NOT_RECORDED: Shown(
        Signal.BAD, Text("无法保存，未打卡，请通知管理员", "could not be saved, no check-in; tell the office")
    ),
    Moment.TOO_MANY: Shown(
        Signal.BAD,
        Text("终端忙不过来，未打卡，请稍候再刷", "too much at once, no check-in; wait, and hold it there again"),
    ),
    Moment.OFF_WALL: Shown(
        Signal.BAD, Text("读不到门牌，终端可能已离开墙面", "the door tag behind the terminal is gone")
    ),
    Moment.READER_DOWN: Shown(Signal.BAD, Text("读卡器故障，暂不能打卡", "the reader is down, no check-in possible")),
    Moment.READER_UP: Shown(Signal.NOTICE, Text("读卡器已恢复", "the reader works again")),
}
"""Every moment has its row; a test holds that."""
