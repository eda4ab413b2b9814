"""A terminal's alarm that its case was opened, that it left its wall, or that its door tag was changed. rule: EVIDENCE.

One finding for each cause, and one for a visit whose door tag shows it. It accuses nobody: technicians open cases.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from zhendao.gateway.judging.findings import Finding, Survey, Whole
from zhendao.gateway.visits.flags import FLAGS
from zhendao.protocol.vocabulary import TamperCause
from zhendao.protocol.wording import Text

_CLEARS = Text(
    "当时有维护工单，或现场检查确认终端与门牌完好、位置未变",
    "a work order of that time, or a look on site: terminal and door tag are whole and where they belong",
)
_ON_VISITS: Final = ("token_opened", "door_spoiled")
_WORDS: Final[dict[TamperCause, Text]] = {
    TamperCause.CASE: Text("外壳被打开", "its case was opened"),
    TamperCause.OFF_WALL: Text("终端离开墙面", "it left its wall"),
    TamperCause.DOOR_TAG_CHANGED: Text("门牌标签被更换", "its door tag was changed"),
    TamperCause.READER: Text("读卡器被动过", "its reader was tampered with"),
    TamperCause.TAG_OPENED: Text("门牌防拆回路断开", "the tamper loop of its door tag was opened"),
    TamperCause.DOOR_TAG_SPOILED: Text("门牌内容被改写", "the content of its door tag was overwritten"),
}


def _find(whole: Whole) -> Iterable[Finding]:
    for device, told in whole.terminals.items():
        times = Counter(body.cause for body in {(e.epoch, e.seq): b for e, b in told.tampers if b.active}.values())
        for cause, count in sorted(times.items()):
            said = _WORDS[cause]
            yield Finding(
                "tamper", None, ("terminal", f"{device.hex()}/{cause.name.lower()}"), count, 0, count, "alarms",
                Text(
                    f"终端报警 {count} 次：{said.zh}，应为 0 次",
                    f"the terminal raised {count} alarms that {said.en}; there should be none",
                ),
                _CLEARS,
            )  # fmt: skip
    for visit in whole.visits:
        carried = {one["flag"] for one in visit.record["flags"]}
        signs = [FLAGS[one] for one in _ON_VISITS if one in carried]
        if signs:
            why = Text("；".join(one.zh for one in signs), "; ".join(one.en for one in signs))
            yield Finding(
                "tamper", visit.visit_id, ("visit", visit.visit_id.hex()), len(signs), 0, len(signs), "signs",
                Text(f"门牌有 {len(signs)} 项拆动迹象，应为 0：{why.zh}",
                     f"{len(signs)} signs of tampering on the door tag where there should be none: {why.en}"),
                _CLEARS,
            )  # fmt: skip


SURVEY = Survey("tamper", _find)
