"""What a tap or a button led to, where it went well: checks, undo, what a card may hear, the elder's opinion.

Promise: nothing here takes longer than two seconds to say (measured on the prompts as built), but the times of today,
which somebody holds a card there to hear; and what is about one person is marked private.
"""

from zhendao.device.feedback.moment import Moment
from zhendao.device.feedback.shown import Origin, Page, Shown, Signal
from zhendao.protocol.wording import Text

CHECKS: dict[Moment, Shown] = {
    Moment.DOOR_SEEN: Shown(
        Signal.NOTICE,
        Text("已读门牌，请刷工卡", "door tag read, now the card"),
        *(Origin.TAP, Page.HALF),
        Text("请刷工卡", "now your card"),
    ),
    Moment.CARD_SEEN: Shown(
        Signal.NOTICE,
        Text("已读工卡，请刷门牌", "card read, now the door tag"),
        *(Origin.TAP, Page.HALF),
        Text("请刷门牌", "now the door tag"),
    ),
    Moment.CHECKED_IN: Shown(
        Signal.RECORDED,
        Text("签到已记录", "check-in recorded"),
        *(Origin.TAP, Page.DONE),
        Text("签到已记录", "check-in recorded"),
    ),
    Moment.CHECKED_OUT: Shown(
        Signal.RECORDED,
        Text("签退已记录", "check-out recorded"),
        *(Origin.TAP, Page.DONE),
        Text("签退已记录", "check-out recorded"),
    ),
    Moment.CHECKED_IN_UNKNOWN: Shown(
        Signal.REMARKED,
        Text("签到已记录；这张卡未登记，请联系单位", "check-in recorded; unknown card, tell the office"),
        *(Origin.TAP, Page.REMARK),
        Text("已签到，卡未登记", "check-in recorded, unknown card"),
    ),
    Moment.CHECKED_OUT_UNKNOWN: Shown(
        Signal.REMARKED,
        Text("签退已记录；这张卡未登记，请联系单位", "check-out recorded; unknown card, tell the office"),
        *(Origin.TAP, Page.REMARK),
        Text("已签退，卡未登记", "check-out recorded, unknown card"),
    ),
    Moment.CHECKED_IN_EXPIRED: Shown(
        Signal.REMARKED,
        Text(
            "签到已记录；按终端时钟，卡不在有效期内，请联系单位",
            "check-in recorded; card out of its dates by this clock, tell the office",
        ),
        *(Origin.TAP, Page.REMARK),
        Text("已签到，卡期不符", "check-in recorded, card out of date"),
    ),
    Moment.CHECKED_OUT_EXPIRED: Shown(
        Signal.REMARKED,
        Text(
            "签退已记录；按终端时钟，卡不在有效期内，请联系单位",
            "check-out recorded; card out of its dates by this clock, tell the office",
        ),
        *(Origin.TAP, Page.REMARK),
        Text("已签退，卡期不符", "check-out recorded, card out of date"),
    ),
    Moment.ALREADY_RECORDED: Shown(
        Signal.NOTICE,
        Text("已经记录过，不会重复计", "already recorded, not counted twice"),
        *(Origin.TAP, Page.ANSWER),
        Text("已记录{}", "recorded already {}"),
        private=True,
    ),
    Moment.UNDO_ASKED: Shown(
        Signal.NOTICE,
        Text("要撤销请拿开工卡再刷一次", "to undo, take the card away and hold it there once more"),
        *(Origin.TAP, Page.ANSWER),
        Text("撤销请再刷一次", "to undo, tap again"),
    ),
    Moment.UNDO_LAPSED: Shown(
        Signal.NOTICE,
        Text("未确认，记录不撤销", "not confirmed, the record stays"),
        *(Origin.TAP, Page.ANSWER),
        Text("没有撤销", "not undone"),
    ),
    Moment.UNDONE: Shown(
        Signal.RECORDED,
        Text("已撤销上一次记录（留痕）", "the last record is undone (and kept)"),
        *(Origin.TAP, Page.DONE),
        Text("已撤销", "undone"),
    ),
    Moment.SENT: Shown(Signal.SENT, Text("已发出", "sent"), Origin.LATER, Page.WAY),
    Moment.ACCEPTED: Shown(Signal.ACCEPTED, Text("平台网关已收妥", "the gateway has it"), Origin.LATER, Page.WAY),
    Moment.RECEIPT: Shown(
        Signal.NOTICE,
        Text("回执号", "receipt"),
        *(Origin.ASKED, Page.ANSWER),
        Text("回执{}", "receipt {}"),
        private=True,
    ),
    Moment.TIMES_TODAY: Shown(
        Signal.NOTICE,
        Text("今天本卡的打卡", "this card today"),
        *(Origin.ASKED, Page.ANSWER),
        Text("今天{}", "today {}"),
        private=True,
    ),
    Moment.NO_TIMES_TODAY: Shown(
        Signal.NOTICE,
        Text("本卡今天还没有打卡", "no check with this card today"),
        *(Origin.ASKED, Page.ANSWER),
        Text("今天还没有打卡", "no check today"),
        private=True,
    ),
    Moment.REMIND_END: Shown(
        Signal.NOTICE,
        Text("服务快到时间，走时请签退", "the visit is about to end, check out when you leave"),
        *(Origin.HOUSE, Page.ANSWER),
        Text("服务快到时间，走时请签退", "the visit ends soon, please check out"),
    ),
    Moment.RATED: Shown(
        Signal.RECORDED,
        Text("评价已记录，谢谢", "your opinion is recorded, thank you"),
        *(Origin.TAP, Page.DONE),
        Text("谢谢您的评价", "thank you"),
    ),
    Moment.RATE_ELDER_CARD: Shown(
        Signal.NOTICE,
        Text("如愿确认，请长者刷自己的卡", "to confirm it, hold the elder's own card there"),
        *(Origin.TAP, Page.ANSWER),
        Text("请长者刷卡确认", "elder's card, please"),
    ),
    Moment.CONSENT_GIVEN: Shown(
        Signal.RECORDED,
        Text("长者本人已确认", "confirmed by the elder"),
        *(Origin.TAP, Page.DONE),
        Text("本人已确认", "confirmed by you"),
        private=True,
    ),
    Moment.RATE_NO_VISIT: Shown(
        Signal.NOTICE,
        Text("今天还没有服务，没有记录评价", "no visit today, no opinion was recorded"),
        *(Origin.TAP, Page.ANSWER),
        Text("今天还没有服务", "no visit today"),
    ),
}
