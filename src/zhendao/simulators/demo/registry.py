"""The registry that the demo's office keeps: tables with Chinese headers, each place in the datum it was surveyed in.

Pure: people and places of the script in, CSV texts by file name out. rule: MARK-LOCATION, SERVICES.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from zhendao.protocol.datum import to_datum
from zhendao.protocol.vocabulary import Datum
from zhendao.simulators.demo.script import DUTY, MAX_SERVICE_S, MIN_SERVICE_S, SEAT, SERVICE, TENANT, Caregiver, Home

RADIUS_M = 100
"""How far from the surveyed point a check-in is expected, metres."""
SURVEY_M = 5
"""What the survey of a home may err by (95 %), metres."""
FROM = "2026-01-01"
_DATUMS = {Datum.WGS84: "WGS-84", Datum.GCJ02: "GCJ-02"}


@dataclass(frozen=True, slots=True)
class Installed:
    """What the provisioning of one home gave: ids in hex."""

    home: Home
    device: str
    door_token: str


def tables(installed: Sequence[Installed], caregivers: Iterable[Caregiver], cards: Mapping[str, str]) -> dict[str, str]:
    """Return the CSV text of each table by its file name; ``cards`` gives each caregiver's token id in hex."""
    homes = [one.home for one in installed]
    staff = [one for one in caregivers if one.registered and one.key in cards]
    people = [(c, h) for c in staff for h in homes]
    sheets: dict[str, tuple[str, Iterable[Sequence[object]]]] = {
        "地点.csv": ("地点编号,纬度,经度,坐标系,半径,精度,地址,标记人,标记方式", map(_place, homes)),
        "老人.csv": (
            "老人编号,姓名,地点编号,照护等级",
            ((f"E-{h.key}", h.elder, f"P-{h.key}", "橙") for h in homes),
        ),
        "护理员.csv": ("护理员编号,姓名,机构编号", ((f"C-{c.key}", c.name, "ORG-1") for c in staff)),
        "标签.csv": (
            "标签编号,角色,持有者编号",
            (
                *((one.door_token, "门牌", f"P-{one.home.key}") for one in installed),
                *((cards[c.key], "护理员", f"C-{c.key}") for c in staff),
            ),
        ),
        "终端.csv": (
            "终端编号,安放方式,地点编号,老人编号,门牌标签编号",
            ((o.device, "居家", f"P-{o.home.key}", f"E-{o.home.key}", o.door_token) for o in installed),
        ),
        "值班席位.csv": ("席位,次序,姓名,联系方式", [(SEAT, 1, DUTY, "13800000001")]),
        "服务项目.csv": (
            "服务代码,服务名称,最短时长,最长时长",
            [(SERVICE, "演示服务", f"{MIN_SERVICE_S}秒", f"{MAX_SERVICE_S}秒")],
        ),
        "服务安排.csv": (
            "老人编号,护理员编号,服务代码",
            ((f"E-{h.key}", f"C-{c.key}", SERVICE) for c, h in people),
        ),
    }
    return {name: _csv(f"{header},租户,有效期起", rows) for name, (header, rows) in sheets.items()}


def _place(home: Home) -> Sequence[object]:
    lat, lon = to_datum(home.spot.lat_e7 / 1e7, home.spot.lon_e7 / 1e7, Datum.WGS84, home.datum)
    where = (f"{lat:.7f}", f"{lon:.7f}", _DATUMS[home.datum], RADIUS_M, SURVEY_M)
    return (f"P-{home.key}", *where, home.address, "王工", "现场标定")


def _csv(header: str, rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header.split(","))
    writer.writerows((*row, TENANT, FROM) for row in rows)
    return out.getvalue()
