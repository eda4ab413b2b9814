"""The words that a column of the registry takes, in both languages and in daily use, and what each of them means.

Promise: of each value the English word comes first, then the Chinese one by which it is shown; short names in daily use
are aliases. rule: ORG-TYPES (eight kinds of organisation), ROLES, CARE-LEVEL, PAYER, PAPERS, BLOCKLIST.
"""

from typing import Final

from zhendao.command.roster.cells import Choice
from zhendao.protocol.vocabulary import Datum, Placement, Role

DATUMS: Final = Choice(
    {
        "wgs-84": Datum.WGS84, "wgs84": Datum.WGS84,
        "cgcs2000": Datum.CGCS2000, "国家2000": Datum.CGCS2000,
        "gcj-02": Datum.GCJ02, "gcj02": Datum.GCJ02, "高德": Datum.GCJ02, "腾讯": Datum.GCJ02,
        "bd-09": Datum.BD09, "bd09": Datum.BD09, "百度": Datum.BD09,
    },
)  # fmt: skip
ROLES: Final = Choice(
    {
        "door": Role.DOOR, "门牌": Role.DOOR,
        "caregiver": Role.CAREGIVER, "护理员": Role.CAREGIVER,
        "elder": Role.ELDER, "老人": Role.ELDER,
        "engineer": Role.ENGINEER, "工程": Role.ENGINEER,
    },
)  # fmt: skip
PLACEMENTS: Final = Choice(
    {
        "home": Placement.HOME, "居家": Placement.HOME,
        "station": Placement.STATION, "机构": Placement.STATION,
        "carried": Placement.CARRIED, "随身": Placement.CARRIED,
    },
)  # fmt: skip
CARE_LEVELS: Final = Choice(
    {"red": "red", "红": "red", "orange": "orange", "橙": "orange", "yellow": "yellow", "黄": "yellow"}
    | {"green": "green", "绿": "green"}
)
LEVELS: Final = Choice(
    {
        "city": 1, "市": 1, "地级市": 1,
        "district": 2, "区": 2, "县": 2, "区县": 2, "县市区": 2,
        "street": 3, "街道": 3, "镇": 3, "乡": 3, "乡镇": 3, "镇街": 3, "街镇": 3, "乡镇街道": 3,
        "village": 4, "居": 4, "村": 4, "居委": 4, "居村": 4, "社区": 4, "村居": 4, "居委会": 4, "村委会": 4,
    },
)  # fmt: skip
"""A region of a lower level has the greater number."""
MEAL_POINT_KINDS: Final = Choice(
    {
        "canteen": "canteen", "食堂": "canteen", "助餐点": "canteen", "堂食": "canteen", "老年食堂": "canteen",
        "delivery": "delivery", "送餐": "delivery", "配送点": "delivery", "送餐点": "delivery",
    },
)  # fmt: skip
"""Where meals are taken, or from where they are brought. rule: MEAL-POINT."""
ORGANISATION_KINDS: Final = Choice(
    {
        "residence": "residence", "养老机构": "residence", "养老院": "residence", "敬老院": "residence",
        "town-centre": "town-centre", "镇街居家养老服务中心": "town-centre", "居养中心": "town-centre",
        "居家养老服务中心": "town-centre",
        "day-centre": "day-centre", "照料中心": "day-centre", "社区日间照料中心": "day-centre",
        "日间照料中心": "day-centre",
        "rehabilitation": "rehabilitation", "康复医院": "rehabilitation",
        "veterans": "veterans", "荣军医院": "veterans",
        "nursing-home": "nursing-home", "护理院": "nursing-home",
        "home-care": "home-care", "居家服务商": "home-care", "居家养老服务商": "home-care",
        "disabled-care": "disabled-care", "残疾人托管中心": "disabled-care", "残疾人托养中心": "disabled-care",
        "other": "other", "其他": "other", "其它": "other",
    },
)  # fmt: skip
"""The eight kinds that count, and ``other``: reported, and not counted. rule: ORG-TYPES."""
OCCUPATIONS: Final = Choice(
    {
        "carer": "carer", "养老护理员": "carer", "护理员": "carer",
        "nurse": "nurse", "护士": "nurse",
        "therapist": "therapist", "康复治疗师": "therapist",
        "other": "other", "其他": "other", "其它": "other",
    },
)  # fmt: skip
"""The three occupations that count, and ``other``: reported, and not counted. rule: ROLES."""
SEXES: Final = Choice({"female": "female", "女": "female", "male": "male", "男": "male"})
PAYERS: Final = Choice(
    {
        "free": "free", "免费": "free", "无偿": "free",
        "reduced": "reduced", "减免": "reduced", "低偿": "reduced", "补贴": "reduced",
        "self-paid": "self-paid", "自费": "self-paid", "有偿": "self-paid",
    },
)  # fmt: skip
ABILITIES: Final = Choice(
    {
        "independent": "independent", "自理": "independent",
        "assisted": "assisted", "介助": "assisted",
        "dependent": "dependent", "介护": "dependent",
    },
)  # fmt: skip
CERTIFICATE_KINDS: Final = Choice(
    {
        "identity": "identity", "身份证": "identity",
        "health": "health", "健康证": "health",
        "qualification": "qualification", "资格证": "qualification", "职业资格证": "qualification",
        "skill": "skill", "技能等级证": "skill", "技能等级证书": "skill", "等级证": "skill",
    },
)  # fmt: skip
PERIODS: Final = Choice(
    {
        "day": "day", "日": "day", "天": "day", "每日": "day", "每天": "day",
        "week": "week", "周": "week", "每周": "week",
        "month": "month", "月": "month", "每月": "month",
        "year": "year", "年": "year", "每年": "year",
    },
)  # fmt: skip
PROFILES: Final = Choice(
    {
        "visit": "visit", "上门": "visit",
        "live-in": "live-in", "住家": "live-in",
        "remote": "remote", "远程": "remote",
    },
)  # fmt: skip
"""How a service is given: in and out at each visit, or living in (one attestation a day), or from afar."""
FOLLOW_UPS: Final = Choice(
    {
        "follow-up": "follow-up", "随访": "follow-up", "首次随访": "follow-up",
        "household-check": "household-check", "入户核查": "household-check", "入户检查": "household-check",
    },
)  # fmt: skip
"""After a service began, and each month by the supervisors. rule: FOLLOW-UP."""
BLOCK_REASONS: Final = Choice(
    {
        "lost": "lost", "挂失": "lost", "遗失": "lost",
        "revoked": "revoked", "注销": "revoked",
        "barred": "barred", "禁入": "barred", "行业禁入": "barred",
    },
)  # fmt: skip
