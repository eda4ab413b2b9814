"""The list of caregivers (护理员信息清单) as offices exchange it: its columns in their order, and nothing of ours.

Promise: every column of the list is known by its header; those that are figures of past days are read and left aside,
for they follow from visits, and are written from them. rule: ROSTER.
"""

from typing import Final

from zhendao.command.roster.cells import Day, Kind, Words
from zhendao.command.roster.choices import OCCUPATIONS, ORGANISATION_KINDS
from zhendao.command.roster.sheets import Column, Sheet


def _column(name: str, header: str, kind: Kind, *more: str, required: bool = False) -> Column:
    return Column(name, (header, *more), kind, required=required)


CAREGIVER_LIST: Final = Sheet(
    "caregiver_list",
    "护理员信息清单",
    (
        _column("region", "行政区划", Words(64)),
        _column("name", "姓名", Words(64), required=True),
        _column("phone", "联系方式", Words(32), "手机号码", "电话"),
        _column("user_type", "用户类型", Words(32), "人员类型"),
        _column("occupation", "职业类型", OCCUPATIONS),
        _column("source_check", "法定数据源比对结果", Words(64)),
        _column("month_days", "上月有效打卡天数", Words(32)),
        _column("month_valid", "上月打卡是否有效", Words(32)),
        _column("week_days", "上周有效打卡天数", Words(32)),
        _column("week_valid", "上周打卡是否有效", Words(32)),
        _column("yesterday", "昨日打卡情况", Words(64)),
        _column("organisation", "工作为老服务机构", Words(64)),
        _column("public_title", "机构对外名称", Words(128)),
        _column("address", "为老服务机构地址", Words(200)),
        _column("type", "为老服务机构类型", ORGANISATION_KINDS),
        _column("employed_on", "护理员入职时间", Day(), "入职时间"),
        _column("employment", "就业类型", Words(32)),
    ),
    ("name", "phone"),
)

OF_THE_PERSON: Final = ("region", "user_type", "occupation", "source_check", "employed_on", "employment")
"""What the list says of the caregiver, beside name, phone and organisation."""
OF_THE_ORGANISATION: Final = ("public_title", "address", "type")
"""What the list says of the organisation, beside its name."""
