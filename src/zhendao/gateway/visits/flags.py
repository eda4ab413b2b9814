"""The flags that a visit can carry: a stable word, and one sentence in each language. They never remove a visit."""

from typing import Final

from zhendao.gateway.tokens.findings import SENTENCES
from zhendao.protocol.wording import Text

FLAGS: Final[dict[str, Text]] = {
    "short": Text("服务时长低于下限", "the service was shorter than its minimum"),
    "long": Text("服务时长超过上限", "the service was longer than its maximum"),
    "duration_unknown": Text(
        "时钟不可信，时长无法确定", "the clock was not to be trusted: how long it took is not known"
    ),
    "no_out": Text("没有签退", "there is no check-out"),
    "no_in": Text("没有签到，只有签退", "there is a check-out without a check-in"),
    "reversed": Text("终端标注的进出方向与次序不符", "the directions that the terminal gave do not fit the order"),
    "resumed": Text("签退后很快又签到，按一次服务计", "checked out and in again at once: it counts as one visit"),
    "out_of_step": Text(
        "签到重复刷卡被当作签退，此后进出错位，须人工核对",
        "the check-in was held there twice and taken for the end: in and out have changed places since, somebody has "
        "to look",
    ),
    "other_terminal": Text("在同一住户的另一台终端签退", "the check-out was at another terminal of the same home"),
    "other_card": Text(
        "签到与签退用的是同一人的两张卡", "the check-in and the check-out were made with two cards of the same person"
    ),
    "doubled": Text("短时间内重复刷卡", "the card was read again within a short time"),
    "clock_unset": Text(
        "打卡时终端时间不可信，须人工核查", "the terminal had no trusted time: somebody has to look at when it was"
    ),
    "clock_disputed": Text(
        "终端时间与其他已知时间矛盾，须人工核查",
        "the terminal's time contradicts what else is known: somebody has to look at when it was",
    ),
    "outside": Text("打卡位置在登记地点之外", "the place of the check is outside the registered one"),
    "cannot_tell": Text(
        "无法判断打卡位置是否在登记地点", "whether the check was at the registered place cannot be told"
    ),
    "no_fix": Text("打卡时没有定位", "there was no position with the check"),
    "fix_doubtful": Text("定位有异常迹象", "the position shows signs of weakness or spoofing"),
    "no_place": Text("该终端没有登记地点", "no place is registered for this terminal"),
    "unknown_terminal": Text("终端未登记", "the terminal is not registered"),
    "unknown_card": Text("卡未登记", "the card is not registered"),
    "unknown_caregiver": Text("持卡人未登记为护理员", "the card's holder is not registered as a caregiver"),
    "no_door": Text("没有门牌标签", "there was no door tag"),
    "foreign_door": Text("门牌标签不属于该终端", "the door tag is not this terminal's"),
    "weak_token": Text("卡或门牌的防伪强度低于要求", "a card or door tag is easier to copy than is accepted"),
    "low_rating": Text("老人的评价低于标准", "the elder's opinion is below the threshold"),
    "consent_foreign": Text("确认用的卡不是这位老人的", "the card that consented is not this elder's"),
    "door_spoiled": Text("门牌标签的内容被改写过", "the content of the door tag was overwritten by somebody"),
    "door_elsewhere": Text("门牌属于另一台终端", "the door tag is bound to another terminal"),
    "corrected": Text(
        "时间经人工更正，原始记录一并保留", "a time was corrected by people; what was witnessed stands beside it"
    ),
    "correction_outdated": Text(
        "更正之后事实有变，更正不再采用，须再核查",
        "the facts changed after the correction: it counts no longer, somebody has to look again",
    ),
    **{str(word): text for word, text in SENTENCES.items()},
}


def said(flags: set[str]) -> list[dict[str, str]]:
    """Return ``flags`` in the order above, each with its sentences."""
    return [{"flag": name, "zh": text.zh, "en": text.en} for name, text in FLAGS.items() if name in flags]
