"""What the reasons for which a message was set aside mean, in a sentence each; and when one is told to the log. Pure.

A reason is a stable word, often with a detail behind it (``malformed-length``, ``companion-signature``): the longest
beginning that is known gives the sentence.
"""

from collections.abc import Iterable
from typing import Final

from zhendao.protocol.wording import Text

QUIET_NS: Final = 600 * 10**9
"""So long the same reason is not told again: who floods the gateway does not flood its log."""

PASSING: Final = frozenset({"certificate-unknown", "boot-unknown"})
"""Reasons that pass by themselves: the terminal is asked, and sends what is missing."""

_OTHER = Text("无法采信", "it cannot be believed")
_SENTENCES = {
    "certificate-chain": Text(
        "证书不是本机构签发的：未知终端", "no certificate of this authority: an unknown terminal"
    ),
    "certificate-unknown": Text(
        "尚无该终端的证书，已请其发送", "its certificate is not held yet; the terminal is asked for it"
    ),
    "certificate-other": Text("所带证书不是所称的那一张", "it carries another certificate than the one that it names"),
    "certificate-not-of-this-terminal": Text("证书属于另一台终端", "the certificate is another terminal's"),
    "certificate-revoked": Text(
        "终端证书已吊销：打卡在吊销之后", "the terminal's certificate was revoked, and this is a check from after it"
    ),
    "certificate": Text("证书不能用", "the certificate is of no use"),
    "signature": Text(
        "签名无效：内容被改动，或不是该终端所签", "the signature does not hold: changed, or signed by somebody else"
    ),
    "device-not-of-topic": Text("以别的终端的名义发送", "sent in the name of another terminal"),
    "topic": Text("不是终端的主题", "not a topic of a terminal"),
    "boot-unknown": Text(
        "尚无该次启动的密钥，已请其发送", "the keys of its start are not held yet; the terminal is asked for them"
    ),
    "boot": Text("启动事件打不开", "its boot event cannot be opened"),
    "companion": Text("随带的启动事件无法采信", "the boot event that it brings cannot be believed"),
    "malformed": Text("不是本协议的报文", "not a message of this protocol"),
    "seq-range": Text("编号超出范围", "a number out of range"),
    "state": Text("状态报文无法采信", "a state message that cannot be believed"),
    "internal": Text("处理时出错，见日志", "it could not be processed, see the log"),
}


def sentence(reason: str) -> Text:
    """Return what ``reason`` means."""
    found = [known for known in _SENTENCES if reason == known or reason.startswith(known + "-")]
    return _SENTENCES[max(found, key=len)] if found else _OTHER


class Telling:
    """Remembers what was told; one for each gateway."""

    def __init__(self) -> None:
        self._told: dict[str, int] = {}

    def news(self, reasons: Iterable[str], now_ns: int) -> list[str]:
        """Return the lines to be logged for ``reasons`` at ``now_ns`` of the monotonic clock."""
        lines = []
        for reason in dict.fromkeys(reasons):
            first = reason.partition("-")[0] if reason.startswith("malformed") else reason
            if reason in PASSING or now_ns < self._told.get(first, now_ns):
                continue
            self._told[first] = now_ns + QUIET_NS
            lines.append(f"a message was refused ({reason}): {sentence(reason).en}; see /api/v1/quarantine")
        return lines
