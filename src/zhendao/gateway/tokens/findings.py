"""What can be wrong with a token, as a stable word and one sentence in each language. A finding removes nothing.

Each says what was seen and no more: a person decides what it means (promise 5).
"""

from enum import StrEnum
from typing import Final

from zhendao.protocol.vocabulary import TapReason
from zhendao.protocol.wording import Text


class Finding(StrEnum):
    """The words; those of a visit are among its flags under the same ones."""

    FORGED = "token_forged"
    COPIED = "token_copied"
    FOREIGN = "token_foreign"
    UNPROVED = "token_unproved"
    WEAKER = "token_weaker"
    STALE = "token_stale"
    UNDATED = "token_undated"
    GROUND = "token_ground"
    OPENED = "token_opened"
    REPLAYED = "token_replayed"
    CLONED = "token_cloned"
    ELSEWHERE = "token_elsewhere"
    SLOW = "token_slow"
    BLOCKED = "token_blocked"
    EXPIRED = "token_expired"


SENTENCES: Final[dict[Finding, Text]] = {
    Finding.FORGED: Text(
        "卡或门牌的签名、密文或应答是伪造的", "a card's or door tag's signature, message or answer is forged"
    ),
    Finding.COPIED: Text(
        "签名记录属于另一张卡：内容被复制到了这张卡上",
        "the signed record is that of another card: it was copied onto this one",
    ),
    Finding.FOREIGN: Text("卡或门牌由不受信任的机构签发", "a card or door tag of an issuer that is not trusted"),
    Finding.UNPROVED: Text(
        "终端报告的防伪强度无法核实（缺证据或缺密钥）",
        "the strength that the terminal reported could not be proved (evidence or key missing)",
    ),
    Finding.WEAKER: Text(
        "此卡本可证明更多，这次只出示了签名或卡号：可能是复制品",
        "this card can prove more, and showed its record or number alone: perhaps a copy",
    ),
    Finding.STALE: Text(
        "应答与本次的随机数不符：是事先采集的", "the answer does not fit this challenge: it was collected before"
    ),
    Finding.UNDATED: Text(
        "读取时没有随机数：无法排除事先采集",
        "it was read without a challenge: that it was collected before cannot be ruled out",
    ),
    Finding.GROUND: Text(
        "随机数所依据的记录不是该终端的历史", "the challenge stands on a history that is not this terminal's"
    ),
    Finding.OPENED: Text(
        "标签的防拆回路曾被断开：可能被揭下过", "the tag's tamper loop was opened: it may have been taken off"
    ),
    Finding.REPLAYED: Text(
        "计数器比更早读到的还小，或重复出现：重放",
        "its counter was used before, or is lower than one read earlier: a replay",
    ),
    Finding.CLONED: Text(
        "同一计数出现在两处：有一张是复制品，或终端时间有误",
        "the same count came from two places: one of the two is a copy, or a terminal's clock is wrong",
    ),
    Finding.ELSEWHERE: Text(
        "计数器跳跃过大：在别处被读过多次", "its counter jumped: it was read elsewhere, many times"
    ),
    Finding.SLOW: Text(
        "应答比该终端平常慢得多：可能经中继，仅供核查参考",
        "it answered much slower than usual at this terminal: perhaps relayed; a hint for review, no more",
    ),
    Finding.BLOCKED: Text("使用了已吊销或列入黑名单的卡", "a card that is revoked or on the blocklist was used"),
    Finding.EXPIRED: Text("卡或门牌已过期", "a card or door tag has expired"),
}

OF_OTHERS: Final = frozenset({Finding.REPLAYED, Finding.CLONED, Finding.ELSEWHERE, Finding.SLOW})
"""Findings that follow from other readings too, and so may come and go when facts come late."""

OF_TAPS: Final = {
    TapReason.FORGED: Finding.FORGED,
    TapReason.FOREIGN: Finding.FOREIGN,
    TapReason.REVOKED: Finding.BLOCKED,
    TapReason.BLOCKLISTED: Finding.BLOCKED,
    TapReason.EXPIRED: Finding.EXPIRED,
}
"""What a terminal refused by itself, and what that is called here."""
