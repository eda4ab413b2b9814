"""What a meal leads to: at a canteen the elder's card, at a door the card or the tag. What repeats one: `checks`.

Promise: said within two seconds, and nothing of whose card it was.
"""

from zhendao.device.feedback.moment import Moment
from zhendao.device.feedback.shown import Origin, Page, Shown, Signal
from zhendao.protocol.wording import Text

MEALS: dict[Moment, Shown] = {
    Moment.MEAL_RECORDED: Shown(
        Signal.RECORDED,
        Text("用餐已记录", "meal recorded"),
        *(Origin.TAP, Page.DONE),
        Text("用餐已记录", "meal recorded"),
    ),
    Moment.MEAL_REMARKED: Shown(
        Signal.REMARKED,
        Text("用餐已记录；这张卡须核对，请联系单位", "meal recorded; the card must be looked at, tell the office"),
        *(Origin.TAP, Page.REMARK),
        Text("已记录，卡须核对", "recorded, check the card"),
    ),
    Moment.MEAL_DELIVERED: Shown(
        Signal.RECORDED,
        Text("送餐已记录", "delivery recorded"),
        *(Origin.TAP, Page.DONE),
        Text("送餐已记录", "delivery recorded"),
    ),
}
