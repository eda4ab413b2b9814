"""Why something does not hold, in both languages: a court reads one of them. Pure.

The exact words stay beside the plain ones: numbers and names of what it is are in them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from zhendao.protocol.errors import ProtocolError

REASONS: Final = {
    "act": "人工记录不属于本次上门，或没有写明时刻",
    "certificate-chain": "证书不能追溯到所给的根，或当时不在有效期内",
    "certificate-device": "证书属于另一终端或另一套算法",
    "certificate-missing": "文件中没有该证书",
    "certificate-other": "证书与所签内容的租户或算法不符",
    "certificate-revoked": "证书当时已被吊销",
    "certificate-role": "证书不得用于此处",
    "certificate-usage": "证书不得用于此处",
    "chain": "记录链断开",
    "correction": "更正未经批准，或由同一人提出并批准，或与批准的内容不符",
    "journal": "没有公开任何原始记录",
    "log-forked": "存在两套历史",
    "log-gap": "缺少其间的日志头",
    "log-head": "不是日志头，或可读文字与所签内容不符",
    "log-kept": "没有他处留存的日志头",
    "log-late": "所称送达时刻之后的日志头中并无此条",
    "log-missing": "有记录不在日志中",
    "log-path": "日志证明不成立",
    "record": "结论的内容有误",
    "revisions": "缺少若干次结论",
    "revocation": "吊销列表不成立",
    "signature": "签名不成立",
    "suite": "算法未知",
    "tenant": "属于另一租户或另一套算法",
    "times": "与终端时钟不符",
    "transplant": "记录被移到了别处",
    "visit": "结论与打卡不符",
}
_CERTIFICATE: Final = "不是有效的证书"
_FORM: Final = "格式不符"


def why(error: ProtocolError) -> Text:
    """Return what ``error`` means, without the step at which it was found."""
    plain = REASONS.get(error.reason, _CERTIFICATE if error.reason.startswith("certificate") else _FORM)
    return Text(f"{plain}（{error.detail}）", error.detail)
