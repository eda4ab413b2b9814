"""From the tables that people keep to a verdict: an outline and an approved place, drawn on a Chinese web map."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from zhendao.gateway.place.approved import judge_each
from zhendao.gateway.place.geofence import Answer, judge
from zhendao.gateway.registry.loading import read_registry
from zhendao.gateway.registry.snapshot import Registry
from zhendao.protocol.bodies import Fix
from zhendao.protocol.datum import to_datum
from zhendao.protocol.position import moved_by
from zhendao.protocol.vocabulary import Constellation, Datum, FixSign

HOME_E7 = (311_883_000, 1_214_368_000)
COURT_M = [(-100, -30), (100, -30), (100, 30), (-100, 30)]
NOON_MS = 1_793_592_000_000  # 2026-11-02 12:00 in Shanghai
DAY_MS = 86_400_000


def on_map(east: float, north: float) -> str:
    lat, lon = (e7 / 1e7 for e7 in moved_by(HOME_E7, east, north))
    return "{:.7f} {:.7f}".format(*to_datum(lat, lon, Datum.WGS84, Datum.GCJ02))


def fix(east: float, north: float) -> Fix:
    at = moved_by(HOME_E7, east, north)
    return Fix(*at, Datum.WGS84, 150, 500, 20, 14, 90, constellations=Constellation.BEIDOU, signs=FixSign(0))


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    outline = "; ".join(on_map(*corner) for corner in COURT_M)
    (home_lat, home_lon), (lat, lon) = on_map(0, 0).split(), on_map(3_000, 0).split()
    tables = {
        "地点": f"""地点编号,纬度,经度,坐标系,半径,精度,边界,有效期起
P1,{home_lat},{home_lon},GCJ-02,20,5,{outline},2026-11-01
P2,{lat},{lon},高德,60,5,,2026-11-01
""",
        "老人": "老人编号,姓名,地点编号,有效期起\nE1,王秀兰,P1,2026-11-01\n",
        "认可地点": "老人编号,地点编号,原因,有效期起,有效期止\nE1,P2,女儿家,2026-11-01,2026-11-02\n",
    }
    for name, text in tables.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return read_registry(tmp_path, ZoneInfo("Asia/Shanghai"), "xuhui")


@pytest.mark.parametrize(
    ("east", "north", "at_ms", "answer", "where"),
    [
        (80, 0, NOON_MS, Answer.INSIDE, "P1"),
        (0, 80, NOON_MS, Answer.OUTSIDE, "P1"),
        (3_010, 5, NOON_MS, Answer.INSIDE, "P2"),
        (3_010, 5, NOON_MS + DAY_MS, Answer.OUTSIDE, "P1"),
    ],
)
def test_what_is_written_down_is_what_is_judged_by_on_its_day(
    registry: Registry, east: float, north: float, at_ms: int, answer: Answer, where: str
) -> None:
    verdict, place = judge_each(registry.place("P1", at_ms), registry.approved("E1", at_ms), fix(east, north), judge)
    assert place is not None
    assert (verdict.answer, place.place_id) == (answer, where)
