"""The tables of the registry: which columns each has, under which headers, and what they refer to.

Promise: a column is declared here once; reading, checking, storing, showing and the documentation follow. Header names
are accepted in Chinese and in English. rule: MARK-LOCATION, SERVICES, PIPL (what is personal is marked so).
"""

from dataclasses import dataclass

from zhendao.command.roster.cells import Choice, Degrees, Duration, Hex, Kind, Moment, Whole, Words
from zhendao.command.roster.shifts import Days, Hours, Names
from zhendao.protocol.vocabulary import Datum, Placement, Role

DATUMS = Choice(
    {
        "wgs-84": Datum.WGS84, "wgs84": Datum.WGS84,
        "cgcs2000": Datum.CGCS2000, "国家2000": Datum.CGCS2000,
        "gcj-02": Datum.GCJ02, "gcj02": Datum.GCJ02, "高德": Datum.GCJ02, "腾讯": Datum.GCJ02,
        "bd-09": Datum.BD09, "bd09": Datum.BD09, "百度": Datum.BD09,
    },
)  # fmt: skip
ROLES = Choice(
    {
        "door": Role.DOOR, "门牌": Role.DOOR,
        "caregiver": Role.CAREGIVER, "护理员": Role.CAREGIVER,
        "elder": Role.ELDER, "老人": Role.ELDER,
        "engineer": Role.ENGINEER, "工程": Role.ENGINEER,
    },
)  # fmt: skip
PLACEMENTS = Choice(
    {
        "home": Placement.HOME, "居家": Placement.HOME,
        "station": Placement.STATION, "机构": Placement.STATION,
        "carried": Placement.CARRIED, "随身": Placement.CARRIED,
    },
)  # fmt: skip
CARE_LEVELS = Choice(
    {"red": "red", "红": "red", "orange": "orange", "橙": "orange", "yellow": "yellow", "黄": "yellow"}
    | {"green": "green", "绿": "green"}
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column. A ``personal`` one rests sealed and is shown masked; ``refers_to`` names a table's first key."""

    name: str
    zh: tuple[str, ...]
    kind: Kind
    required: bool = True
    personal: bool = False
    refers_to: str | None = None

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


def _sheet(name: str, zh: str, key: tuple[str, ...], *columns: Column) -> Sheet:
    return Sheet(name, zh, (*columns, TENANT, FROM, TO), key)


SHEETS = (
    Sheet(
        "tenants", "租户",
        (Column("tenant", ("租户",), Words(32)), Column("title", ("名称",), Words(64), required=False), FROM, TO),
        ("tenant",),
    ),
    _sheet(
        "places", "地点", ("place_id",),
        Column("place_id", ("地点编号",), ID),
        Column("lat_e7", ("纬度", "latitude"), Degrees(90)),
        Column("lon_e7", ("经度", "longitude"), Degrees(180)),
        Column("datum", ("坐标系",), DATUMS),
        Column("radius_m", ("半径", "半径米", "radius"), Whole(1, 10_000)),
        Column("accuracy_m", ("精度", "精度米", "accuracy"), Whole(0, 1_000)),
        Column("region", ("区划", "行政区划", "街道"), Words(64), required=False),
        Column("address", ("地址",), Words(200), required=False, personal=True),
        ENTRY,
        Column("marked_by", ("标记人",), Words(64), required=False, personal=True),
        Column("marked_how", ("标记方式",), Words(64), required=False),
        Column("marked_ms", ("标记时间", "marked_at"), Moment(), required=False),
    ),
    _sheet(
        "elders", "老人", ("elder_id",),
        Column("elder_id", ("老人编号",), ID),
        NAME,
        PHONE,
        Column("place_id", ("地点编号",), ID, required=False, refers_to="places"),
        Column("care_level", ("照护等级", "等级"), CARE_LEVELS, required=False),
        ENTRY,
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
        Column("organisation", ("机构编号", "机构"), ID, required=False),
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
    ),
    _sheet(
        "services", "服务项目", ("code",),
        Column("code", ("服务代码",), ID),
        Column("title", ("服务名称",), Words(64), required=False),
        Column("min_s", ("最短时长", "min_duration"), Duration()),
        Column("max_s", ("最长时长", "max_duration"), Duration()),
    ),
    _sheet(
        "schedules", "服务安排", ("elder_id", "caregiver_id"),
        Column("elder_id", ("老人编号",), ID, refers_to="elders"),
        Column("caregiver_id", ("护理员编号",), ID, refers_to="caregivers"),
        Column("code", ("服务代码",), ID, refers_to="services"),
        Column("days", ("星期",), Days(), required=False),
        Column("hours", ("时段",), Hours(), required=False),
    ),
)  # fmt: skip

BY_NAME = {sheet.name: sheet for sheet in SHEETS}

HOLDERS = {Role.DOOR: "places", Role.CAREGIVER: "caregivers", Role.ELDER: "elders"}
"""Where the holder of a token is looked for; an engineer's card has no table."""


def sheet_called(title: str) -> Sheet | None:
    """Return the sheet that a file or a spreadsheet's tab of this title holds."""
    wanted = title.strip().lower()
    return next((sheet for sheet in SHEETS if wanted in {sheet.name, sheet.zh}), None)
