"""The tables of the registry: which columns each has, under which headers, and what they refer to.

Promise: a column is declared here once; reading, checking, storing, showing and the documentation follow. Header names
are accepted in Chinese and in English. rule: MARK-LOCATION, SERVICES, PIPL (what is personal is marked so).
"""

from dataclasses import dataclass

from zhendao.command.roster.cells import Day, Degrees, Duration, Hex, Kind, Moment, Whole, Words
from zhendao.command.roster.choices import (
    ABILITIES,
    BLOCK_REASONS,
    CARE_LEVELS,
    CERTIFICATE_KINDS,
    DATUMS,
    FOLLOW_UPS,
    LEVELS,
    MEAL_POINT_KINDS,
    OCCUPATIONS,
    ORGANISATION_KINDS,
    PAYERS,
    PERIODS,
    PLACEMENTS,
    PROFILES,
    ROLES,
    SEXES,
)
from zhendao.command.roster.outline import Outline
from zhendao.command.roster.shifts import Days, Hours, Names
from zhendao.protocol.vocabulary import Role

MONTH_S = 31 * 86_400
"""The longest month: no limit of a service goes beyond it."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. A ``personal`` one rests sealed and is shown masked; ``refers_to`` names a table's first key.

    A ``late`` one was added to a table that was in use: where it is empty a row says what it said before.
    """

    name: str
    zh: tuple[str, ...]
    kind: Kind
    required: bool = True
    personal: bool = False
    refers_to: str | None = None
    late: bool = False

    @property
    def headers(self) -> tuple[str, ...]:
        """All headers that name this column."""
        return (self.name, *self.zh)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table: ``key`` names what a row is about; of one key one row holds at a time."""

    name: str
    zh: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def own(self) -> tuple[Column, ...]:
        """The columns that are kept readable in the store."""
        return tuple(column for column in self.columns if not column.personal)

    @property
    def personal(self) -> tuple[Column, ...]:
        """The columns that are kept sealed in the store."""
        return tuple(column for column in self.columns if column.personal)


ID = Words(64)
FROM = Column("valid_from", ("有效期起", "生效时间"), Moment())
TO = Column("valid_to", ("有效期止", "失效时间"), Moment(end=True), required=False)
TENANT = Column("tenant", ("租户",), Words(32), required=False, refers_to="tenants")
NAME = Column("name", ("姓名",), Words(64), personal=True)
PHONE = Column("phone", ("联系方式", "手机号码", "电话"), Words(32), required=False, personal=True)
ENTRY = Column("entry", ("进门方式", "how_to_enter"), Words(200), required=False, personal=True)
RANK = Column("rank", ("次序", "顺序", "order"), Whole(1, 99))
ELDER = Column("elder_id", ("老人编号",), ID, refers_to="elders")
CAREGIVER = Column("caregiver_id", ("护理员编号",), ID, refers_to="caregivers")
CODE = Column("code", ("服务代码",), ID, refers_to="services")


def _late(name: str, zh: tuple[str, ...], kind: Kind, *, personal: bool = False, refers: str | None = None) -> Column:
    return Column(name, zh, kind, required=False, personal=personal, refers_to=refers, late=True)


def _sheet(name: str, zh: str, key: tuple[str, ...], *columns: Column) -> Sheet:
    return Sheet(name, zh, (*columns, TENANT, FROM, TO), key)


SHEETS = (
    Sheet(
        "tenants", "租户",
        (Column("tenant", ("租户",), Words(32)), Column("title", ("名称",), Words(64), required=False), FROM, TO),
        ("tenant",),
    ),
    _sheet(
        "regions", "区划", ("region",),
        Column("region", ("区划", "区划编号", "区划代码"), ID),
        Column("level", ("级别", "区划级别"), LEVELS),
        Column("parent", ("上级区划", "上级"), ID, required=False, refers_to="regions"),
        Column("title", ("区划名称", "名称"), Words(64), required=False),
        Column("residents", ("户籍老年人数", "户籍老人数"), Whole(0, 100_000_000), required=False),
    ),
    _sheet(
        "places", "地点", ("place_id",),
        Column("place_id", ("地点编号",), ID),
        Column("lat_e7", ("纬度", "latitude"), Degrees(90), personal=True),
        Column("lon_e7", ("经度", "longitude"), Degrees(180), personal=True),
        Column("datum", ("坐标系",), DATUMS),
        Column("radius_m", ("半径", "半径米", "radius"), Whole(1, 10_000)),
        Column("accuracy_m", ("精度", "精度米", "accuracy"), Whole(0, 1_000)),
        Column("region", ("区划", "行政区划", "街道"), Words(64), required=False, refers_to="regions"),
        Column("address", ("地址",), Words(200), required=False, personal=True),
        ENTRY,
        Column("marked_by", ("标记人",), Words(64), required=False, personal=True),
        Column("marked_how", ("标记方式",), Words(64), required=False),
        Column("marked_ms", ("标记时间", "marked_at"), Moment(), required=False),
        _late("outline", ("边界", "围栏"), Outline(), personal=True),
    ),
    _sheet(
        "meal_points", "助餐点", ("point",),
        Column("point", ("助餐点编号", "编号"), ID),
        Column("title", ("助餐点名称", "名称"), Words(64)),
        Column("kind", ("类型", "助餐方式"), MEAL_POINT_KINDS),
        Column("place_code", ("场所码",), Words(32), required=False),
        Column("region", ("区划", "行政区划", "街道"), Words(64), required=False, refers_to="regions"),
        Column("place_id", ("地点编号",), ID, required=False, refers_to="places"),
        Column("organisation", ("机构编号", "机构"), ID, required=False, refers_to="organisations"),
    ),
    _sheet(
        "organisations", "机构", ("organisation",),
        Column("organisation", ("机构编号", "机构"), ID),
        Column("title", ("机构名称", "工作为老服务机构"), Words(128)),
        Column("public_title", ("机构对外名称",), Words(128), required=False),
        Column("type", ("机构类型", "为老服务机构类型"), ORGANISATION_KINDS),
        Column("region", ("区划", "行政区划", "街道"), Words(64), required=False, refers_to="regions"),
        Column("place_id", ("地点编号",), ID, required=False, refers_to="places"),
        Column("address", ("机构地址", "为老服务机构地址", "地址"), Words(200), required=False),
        Column("capacity", ("容量", "可服务老人数"), Whole(0, 1_000_000), required=False),
        Column("licence", ("许可证号", "备案号"), Words(64), required=False),
        Column("licensed_to", ("许可有效期止",), Moment(end=True), required=False),
    ),
    _sheet(
        "elders", "老人", ("elder_id",),
        Column("elder_id", ("老人编号",), ID),
        NAME,
        PHONE,
        Column("place_id", ("地点编号",), ID, required=False, refers_to="places"),
        Column("care_level", ("照护等级", "等级"), CARE_LEVELS, required=False),
        ENTRY,
        _late("ability", ("自理能力", "失能等级"), ABILITIES),
        _late("payer", ("付费方式",), PAYERS),
        _late("household", ("户籍区划", "户籍"), Words(64), refers="regions"),
        _late("died_on", ("去世日期", "死亡日期"), Day()),
    ),
    _sheet(
        "approved_places", "认可地点", ("elder_id", "place_id"),
        ELDER,
        Column("place_id", ("地点编号",), ID, refers_to="places"),
        Column("reason", ("原因", "说明"), Words(64), required=False),
    ),
    _sheet(
        "contacts", "家属", ("elder_id", "rank"),
        Column("elder_id", ("老人编号",), ID, refers_to="elders"),
        RANK,
        NAME,
        Column("phone", PHONE.zh, Words(32), personal=True),
        Column("relation", ("关系",), Words(32), required=False, personal=True),
    ),
    _sheet(
        "seats", "值班席位", ("seat", "rank", "days", "hours"),
        Column("seat", ("席位",), ID),
        RANK,
        Column("name", ("姓名", "值班人", "person"), Words(64), personal=True),
        PHONE,
        Column("days", ("星期",), Days(), required=False),
        Column("hours", ("时段",), Hours(), required=False),
        Column("regions", ("负责区划", "区划"), Names(), required=False),
    ),
    _sheet(
        "caregivers", "护理员", ("caregiver_id",),
        Column("caregiver_id", ("护理员编号",), ID),
        NAME,
        PHONE,
        Column("organisation", ("机构编号", "机构"), ID, required=False, refers_to="organisations"),
        _late("region", ("行政区划", "所属区划", "区划"), Words(64), refers="regions"),
        _late("user_type", ("用户类型", "人员类型"), Words(32)),
        _late("occupation", ("职业类型",), OCCUPATIONS),
        _late("source_check", ("法定数据源比对结果",), Words(64)),
        _late("employed_on", ("护理员入职时间", "入职时间"), Day()),
        _late("employment", ("就业类型",), Words(32)),
        _late("sex", ("性别",), SEXES, personal=True),
        _late("born", ("出生日期",), Day(), personal=True),
    ),
    _sheet(
        "certificates", "证照", ("caregiver_id", "kind"),
        CAREGIVER,
        Column("kind", ("证照类型", "证件类型"), CERTIFICATE_KINDS),
        Column("grade", ("等级",), Words(32), required=False),
        Column("number", ("证照编号", "证件号码"), Words(64), required=False, personal=True),
    ),
    _sheet(
        "bindings", "绑定", ("caregiver_id", "elder_id"),
        CAREGIVER,
        ELDER,
    ),
    _sheet("absences", "请假", ("caregiver_id",), CAREGIVER),
    _sheet(
        "agreements", "服务协议", ("elder_id", "organisation"),
        ELDER,
        Column("organisation", ("机构编号", "机构"), ID, refers_to="organisations"),
    ),
    _sheet(
        "tokens", "标签", ("token_id", "uid"),
        Column("token_id", ("标签编号",), Hex(16, 16), required=False),
        Column("uid", ("芯片号", "卡号"), Hex(4, 10), required=False),
        Column("role", ("角色",), ROLES),
        Column("holder_id", ("持有者编号", "持有者"), ID),
    ),
    _sheet(
        "terminals", "终端", ("device",),
        Column("device", ("终端编号",), Hex(16, 16)),
        Column("placement", ("安放方式",), PLACEMENTS),
        Column("place_id", ("地点编号",), ID, required=False, refers_to="places"),
        Column("elder_id", ("老人编号",), ID, required=False, refers_to="elders"),
        Column("door_token_id", ("门牌标签编号", "door_token"), Hex(16, 16), required=False, refers_to="tokens"),
        _late("meal_point", ("助餐点编号", "助餐点"), ID, refers="meal_points"),
    ),
    _sheet(
        "services", "服务项目", ("code",),
        Column("code", ("服务代码",), ID),
        Column("title", ("服务名称",), Words(64), required=False),
        Column("min_s", ("最短时长", "min_duration"), Duration()),
        Column("max_s", ("最长时长", "max_duration"), Duration()),
        _late("times", ("次数",), Whole(1, 999)),
        _late("period", ("周期",), PERIODS),
        _late("least_s", ("周期最少时长", "least_per_period"), Duration(MONTH_S)),
        _late("hours", ("时段",), Hours()),
        _late("profile", ("服务方式",), PROFILES),
        _late("staff", ("服务人数",), Whole(1, 9)),
    ),
    _sheet(
        "schedules", "服务安排", ("elder_id", "caregiver_id", "slot"),
        ELDER,
        CAREGIVER,
        CODE,
        Column("days", ("星期",), Days(), required=False),
        Column("hours", ("时段",), Hours(), required=False),
        _late("slot", ("班次",), Words(32)),
    ),
    _sheet(
        "authorisations", "核定时数", ("elder_id", "code"),
        ELDER,
        CODE,
        Column("amount_s", ("核定时长", "amount"), Duration(MONTH_S)),
        Column("period", ("周期",), PERIODS),
        Column("times", ("核定次数",), Whole(1, 999), required=False),
    ),
    _sheet(
        "blocklist", "禁入名单", ("person", "number"),
        Column("person", ("人员编号",), ID, required=False),
        Column("number", ("标签编号", "芯片号", "卡号"), Hex(4, 16), required=False),
        Column("reason", ("原因",), BLOCK_REASONS),
        Column("street", ("街道记录",), Words(200), required=False, personal=True),
        Column("civil", ("民政记录",), Words(200), required=False, personal=True),
        Column("police", ("公安记录",), Words(200), required=False, personal=True),
        _late("entered_ms", ("登记时间", "entered_at"), Moment()),
    ),
    _sheet(
        "follow_ups", "随访记录", ("elder_id", "kind", "done_ms"),
        ELDER,
        Column("kind", ("随访类型",), FOLLOW_UPS),
        Column("done_ms", ("随访时间", "done_at"), Moment()),
        Column("done_by", ("随访人",), Words(64), personal=True),
        Column("said", ("随访记录", "记录"), Words(400), personal=True),
    ),
)  # fmt: skip

BY_NAME = {sheet.name: sheet for sheet in SHEETS}

POSITION = frozenset({"lat_e7", "lon_e7", "outline"})
"""Where a place is: sealed with what is personal of it, and kept as long as visits that are judged by it."""

ONLY_WHERE_LISTED = frozenset({"tenants", "regions", "organisations"})
"""Tables that an office need not keep: while one has no rows, what refers to it is taken as it is."""

HOLDERS = {Role.DOOR: "places", Role.CAREGIVER: "caregivers", Role.ELDER: "elders"}
"""Where the holder of a token is looked for; an engineer's card has no table."""


def sheet_called(title: str) -> Sheet | None:
    """Return the sheet that a file or a spreadsheet's tab of this title holds."""
    wanted = title.strip().lower()
    return next((sheet for sheet in SHEETS if wanted in {sheet.name, sheet.zh}), None)
