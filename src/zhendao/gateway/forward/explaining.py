"""Why a platform refused a record and what helps, in plain words: pure.

Promise: the platform's own words are kept beside these and never replaced; where they mean nothing known, it is said
that only the platform can tell.
"""

from typing import Final

from zhendao.protocol.wording import Text

_LONG: Final = Text(
    "这条记录本身对平台来说太大。请平台放宽请求大小的上限，再重新上送",
    "the record by itself is too long for the platform: have its limit raised, then replay it",
)
_FORM: Final = Text(
    "平台读不懂这条记录（格式或字段不合其要求）。与平台核对字段；改好后重新上送",
    "the platform could not read the record: compare its fields with what the platform asks for, then replay it",
)
_NUMBER: Final = Text(
    "平台已见过这个序号。重新上送会用一个新序号，平台即可接收",
    "the platform knows this number already: a replay takes a new number, which it can take",
)
_UNKNOWN: Final = Text(
    "平台不认识记录中的人、机构或地点。先在平台登记，再重新上送",
    "the platform does not know a person, an organisation or a place that the record names: register it there, "
    "then replay it",
)
_THEIRS: Final = Text(
    "平台给出的原因见上，含义由平台解释；问题解决后重新上送",
    "the reason is the platform's own; settle it there, then replay it",
)
_MAPPING: Final = Text(
    "映射写不出这次上门，原因见各字段。改映射（zhendao-gateway mapping check）或补全登记，再重新上送",
    "the mapping cannot tell this visit, each field says why: mend the mapping (zhendao-gateway mapping check) or the "
    "registry, then replay it",
)
GOES_AGAIN: Final = Text(
    "平台暂不接收，多为尚未登记。在平台登记即可，无需重送：会自动再送，间隔逐次加长，最长六小时",
    "not taken yet, as a rule for want of a registration there: register it and do nothing more; it goes again by "
    "itself, later each time, after six hours at most",
)
_BY_STATUS: Final = {"413": _LONG, "400": _FORM, "422": _FORM, "409": _NUMBER}
_NUMBERS: Final = ("duplicate revision", "cannot be used again", "sequenceid", "sequence id", "序号")
_UNKNOWNS: Final = ("unknown", "no such", "not found", "does not exist", "not registered", "不存在", "未登记", "未注册")


def explain(status: str, reason: str, newer: int | None = None) -> Text:
    """Return what a refusal means, from the platform's ``status`` and ``reason``, and what helps.

    ``newer``: the revision of the same record that the platform has taken since.
    """
    said = reason.lower()
    if status == "mapping":
        found = _MAPPING
    elif any(word in said for word in _NUMBERS):
        found = _NUMBER
    elif any(word in said for word in _UNKNOWNS):
        found = _UNKNOWN
    else:
        found = _BY_STATUS.get(status, _THEIRS)
    if newer is None:
        return found
    return Text(
        f"平台已有更新的第 {newer} 版，这一版只作历史。{found.zh}",
        f"the platform has the newer revision {newer}, this one would only be history; {found.en}",
    )
