"""The catalogue: every value that a mapping file may name, of what kind it is, and what it means.

Promise: a name that is not here is refused when a mapping is read; `dossier` fills all of them. docs/formats.md lists
them, and a test holds the two together.
"""

from dataclasses import dataclass
from typing import Final

from zhendao.gateway.formats.values import Kind
from zhendao.protocol.wording import Text


@dataclass(frozen=True, slots=True)
class Source:
    """One value: its kind, and what it is."""

    kind: Kind
    text: Text


def _s(kind: Kind, zh: str, en: str) -> Source:
    return Source(kind, Text(zh, en))


_T, _M, _D, _W, _F, _P = Kind.TEXT, Kind.MOMENT, Kind.DAY, Kind.WHOLE, Kind.FLAG, Kind.POINT


def _side(which: str, zh: str, en: str) -> dict[str, Source]:
    return {
        f"{which}.present": _s(_F, f"有{zh}", f"there was a {en}"),
        f"{which}.at": _s(_M, f"{zh}时间（如所见证）", f"when the {en} was, as witnessed"),
        f"{which}.id": _s(_T, f"{zh}事件的散列，十六进制", f"hash of the {en}, hex"),
        f"{which}.point": _s(_P, f"{zh}时的定位", f"the fix of the {en}"),
        f"{which}.verdict": _s(_T, "位置判断 inside、outside、cannot_tell", "inside, outside, cannot_tell"),
        f"{which}.elsewhere": _s(_F, "在认可地点而非家中", "at an approved place that is not the home"),
        f"{which}.device": _s(_T, "终端编号", "number of the terminal"),
        f"{which}.method": _s(_T, "方式，恒为 fixed", "how: always fixed, a terminal in its place"),
    }


PLAIN: Final[dict[str, Source]] = {
    "visit.id": _s(_T, "上门编号，32 位十六进制", "id of the visit, 32 hex digits"),
    "visit.revision": _s(_W, "版本", "revision"),
    "visit.sequence": _s(_W, "序号（版本×1000＋重送次数）", "number that orders what a platform gets of one visit"),
    "visit.state": _s(_T, "open、closed、withdrawn", "open, closed, withdrawn"),
    "visit.begin": _s(_M, "开始（更正后）", "begin, as corrected"),
    "visit.end": _s(_M, "结束（更正后）", "end, as corrected"),
    "visit.duration_s": _s(_W, "时长（秒）", "how long it took, seconds"),
    "planned.begin": _s(_M, "排定的开始", "begin as it was agreed"),
    "planned.end": _s(_M, "排定的结束", "end as it was agreed"),
    "visit.withdrawn": _s(_F, "已撤销", "the facts no longer show it"),
    "visit.counts": _s(_F, "计入（未撤销、疑点未被认定）", "it counts: neither withdrawn nor found wrong by people"),
    "visit.complete": _s(_F, "起止时间俱全", "begin and end are known"),
    "visit.corrected": _s(_F, "时间经人工更正", "people corrected a time of it"),
    "visit.adjusted_begin": _s(_M, "人工更正的开始", "begin as people corrected it; empty: they did not"),
    "visit.adjusted_end": _s(_M, "人工更正的结束", "end as people corrected it; empty: they did not"),
    "visit.consented": _s(_F, "老人刷卡确认", "the elder confirmed with their own card"),
    "visit.score": _s(_W, "老人评分", "the elder's opinion, 0 to 100"),
    "visit.flags": _s(_T, "疑点，空格分隔", "its flags, with blanks between"),
    "visit.place": _s(_T, "home、station、carried", "where the terminal stands: home, station, carried"),
    "visit.region": _s(_T, "区划", "region of the place"),
    "visit.made": _s(_M, "本版本形成时间", "when this revision was concluded"),
    "elder.id": _s(_T, "老人编号", "number of the elder"),
    "elder.name": _s(_T, "姓名", "name"),
    "elder.phone": _s(_T, "联系方式", "phone"),
    "elder.care_level": _s(_T, "照护等级 red、orange、yellow、green", "care level: red, orange, yellow, green"),
    "elder.ability": _s(_T, "自理能力", "ability, as the registry keeps it"),
    "elder.payer": _s(_T, "付费方式", "who pays, as the registry keeps it"),
    "elder.household": _s(_T, "户籍区划", "region of the household register"),
    "elder.address": _s(_T, "住址", "address of the home"),
    "elder.point": _s(_P, "住处坐标", "coordinates of the home"),
    "elder.region": _s(_T, "住处区划", "region of the home"),
    "caregiver.id": _s(_T, "护理员编号", "number of the caregiver"),
    "caregiver.name": _s(_T, "姓名", "name"),
    "caregiver.phone": _s(_T, "联系方式", "phone"),
    "caregiver.sex": _s(_T, "性别", "sex, as the registry keeps it"),
    "caregiver.born": _s(_D, "出生日期", "date of birth"),
    "caregiver.employed_on": _s(_D, "入职日期", "date of hire"),
    "caregiver.occupation": _s(_T, "职业类型", "occupation, as the registry keeps it"),
    "organisation.id": _s(_T, "机构编号", "number of the organisation"),
    "organisation.title": _s(_T, "机构名称", "its title"),
    "organisation.licence": _s(_T, "许可证号", "number of its licence"),
    "service.code": _s(_T, "服务代码", "code of the service"),
    "service.title": _s(_T, "服务名称", "title of the service"),
    **_side("in", "签到", "check-in"),
    **_side("out", "签退", "check-out"),
    "correction.number": _s(_W, "更正编号", "number of the correction"),
    "correction.reason": _s(_T, "更正原因", "its reason, a word of docs/cases.md"),
    "correction.code": _s(_T, "更正原因代码（01–30、71）", "its reason as a code 01 to 30, or 71"),
    "correction.memo": _s(_T, "更正说明", "words beside it"),
    "correction.by": _s(_T, "更正人", "who proposed it"),
    "correction.at": _s(_M, "更正时间", "when it was proposed"),
    "correction.attested": _s(_T, "担保", "what was attested"),
    "tasks.done": _s(_T, "完成的服务内容，以 ~ 相连", "tasks that were done, with ~ between"),
    "tasks.refused": _s(_T, "未做的服务内容，以 ~ 相连", "tasks that were refused, with ~ between"),
    "batch.made": _s(_M, "写成时间", "when the file or request was written"),
    "record.key": _s(_T, "幂等键", "idempotency key of the record"),
}
"""Values of a visit."""

LISTS: Final[dict[str, dict[str, Source]]] = {
    "calls": {
        "item.id": _s(_T, "事件散列", "hash of the check, hex"),
        "item.at": _s(_M, "时间", "when it was, as witnessed"),
        "item.direction": _s(_T, "in 或 out", "in or out"),
        "item.point": _s(_P, "定位", "its fix"),
        "item.verdict": _s(_T, "位置判断", "inside, outside, cannot_tell"),
        "item.elsewhere": _s(_F, "在认可地点而非家中", "at an approved place that is not the home"),
        "item.device": _s(_T, "终端编号", "number of the terminal"),
        "item.method": _s(_T, "方式，恒为 fixed", "how: always fixed"),
        "item.seq": _s(_W, "终端内序号", "number in the terminal's journal"),
    },
    "changes": {
        "item.number": _s(_W, "序号，只增", "rises with each act"),
        "item.act": _s(_T, "proposed、approved、refused、withdrawn", "proposed, approved, refused, withdrawn"),
        "item.by": _s(_T, "谁", "who"),
        "item.at": _s(_M, "何时", "when"),
        "item.reason": _s(_T, "原因", "reason, a word of docs/cases.md"),
        "item.code": _s(_T, "原因代码", "reason as a code 01 to 30, or 71"),
        "item.memo": _s(_T, "说明与担保", "words and what was attested"),
    },
    "exceptions": {
        "item.word": _s(_T, "疑点", "what is odd: a flag or a finding"),
        "item.acknowledged": _s(_F, "已被人认可", "a person acknowledged it"),
        "item.reason": _s(_T, "认可的原因", "for this reason"),
    },
    "tasks": {
        "item.task": _s(_T, "服务内容", "the task"),
        "item.refused": _s(_F, "未做", "it was refused"),
        "item.why": _s(_T, "未做的原因", "why"),
    },
}
"""Lists that a group of fields can be repeated for, and the values of one item of each."""

OWN: Final = "own."
"""What a mapping's own table ``[own]`` says, or the settings file in its stead: texts."""
