"""What a tap led to, where no check came of it. Every way there: `losses`.

Promise: each has the bad signal, and says what to do next, or whom to ask.
"""

from zhendao.device.feedback.moment import Moment
from zhendao.device.feedback.shown import Origin, Page, Shown, Signal
from zhendao.protocol.wording import Text


def _bad(zh: str, en: str, said_zh: str, said_en: str) -> Shown:
    return Shown(Signal.BAD, Text(zh, en), Origin.TAP, Page.REFUSED, Text(said_zh, said_en))


REFUSED: dict[Moment, Shown] = {
    Moment.LONE: _bad(
        *("只读到一张，未打卡", "only one of the two, no check-in"),
        *("只读到一张，未打卡", "only one of two, not recorded"),
    ),
    Moment.UNKNOWN: _bad(
        *("不认识这张卡，未打卡", "unknown card, no check-in"),
        *("不认识这张卡，未打卡", "unknown card, not recorded"),
    ),
    Moment.FORGED: _bad(
        *("卡未通过验证，未打卡", "the card does not verify, no check-in"),
        *("卡验证失败，未打卡", "card not valid, not recorded"),
    ),
    Moment.FOREIGN: _bad(
        *("不是本单位发的卡，未打卡", "a card of another issuer, no check-in"),
        *("外单位的卡，未打卡", "foreign card, not recorded"),
    ),
    Moment.BLOCKLISTED: _bad(
        *("此卡已停用，未打卡，请联系单位", "this card is blocked, no check-in; ask the office"),
        *("此卡已停用，未打卡", "card blocked, not recorded"),
    ),
    Moment.UNREADABLE: _bad(
        *("没有读清，请重刷", "could not be read, hold it there again"),
        *("没有读清，请重刷", "not read, try again"),
    ),
    Moment.NOT_RECORDED: _bad(
        *("无法保存，未打卡，请通知管理员", "could not be saved, no check-in; tell the office"),
        *("无法保存，未打卡", "could not be saved"),
    ),
    Moment.TOO_MANY: _bad(
        *("终端忙不过来，未打卡，请稍候再刷", "too much at once, no check-in; wait, and hold it there again"),
        *("未打卡，请稍候再刷", "not recorded, wait, try again"),
    ),
}
