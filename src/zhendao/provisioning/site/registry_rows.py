"""A surveyed site as rows of the registry: 地点.csv and 终端.csv, for `zhendao-gateway registry load`. Pure."""

from __future__ import annotations

import csv
import io
import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

_CHINA = timezone(timedelta(hours=8), "UTC+8")
_DATUMS = {"wgs84": "WGS-84", "cgcs2000": "CGCS2000", "gcj02": "GCJ-02", "bd09": "BD-09"}
_PLACEMENTS = {"home": "居家", "station": "机构", "carried": "随身"}


def rows(site: dict[str, Any], radius_m: int) -> dict[str, str]:
    """Return the text of each file by its name.

    The place is the surveyed one; where there was no fix it is the registered address in the datum that it is said to
    be in, and where that is not known there is no row of a place.
    """
    begin = datetime.fromtimestamp(site["bound_ms"] / 1000, UTC).astimezone(_CHINA)
    moment, day = f"{begin:%Y-%m-%d %H:%M}", f"{begin:%Y-%m-%d}"
    files = {
        "终端.csv": _csv(
            ["终端编号", "安放方式", "地点编号", "老人编号", "门牌标签编号", "有效期起"],
            [
                *(
                    site["device"],
                    _PLACEMENTS[site["placement"]],
                    site["place"],
                    site["elder"] or "",
                    site["door"] or "",
                ),
                day,
            ],
        )
    }
    place = _place(site)
    if place is not None:
        header = ["地点编号", "纬度", "经度", "坐标系", "半径", "精度", "标记人", "标记方式", "标记时间", "有效期起"]
        how = "现场测量" if site["position"] is not None else "登记地址"
        files["地点.csv"] = _csv(
            header, [site["place"], *place[:3], str(radius_m), place[3], site["engineer"], how, moment, day]
        )
    return files


def _place(site: dict[str, Any]) -> tuple[str, str, str, str] | None:
    position, address = site["position"], site["address"]
    if position is not None:
        accuracy = math.ceil(position["error95"][0] / 10)
        return _degrees(position["lat_e7"]), _degrees(position["lon_e7"]), "WGS-84", str(accuracy)
    if address is not None and address["stated"] is not None:
        datum = _DATUMS[address["stated"]]
        return _degrees(address["lat_e7"]), _degrees(address["lon_e7"]), datum, str(max(1, address["accuracy_m"]))
    return None


def _degrees(e7: int) -> str:
    sign, whole = ("-" if e7 < 0 else ""), abs(e7)
    return f"{sign}{whole // 10_000_000}.{whole % 10_000_000:07d}"


def merged(before: str, new: str) -> str:
    """Return table ``before`` with the one row of ``new`` in the place of the row about the same, or behind the others.

    Raises:
        ValueError: ``before`` has other columns.
    """
    old, fresh = list(csv.reader(io.StringIO(before))), list(csv.reader(io.StringIO(new)))
    if old and old[0] != fresh[0]:
        raise ValueError(old[0])
    kept = [row for row in old[1:] if row and row[0] != fresh[1][0]]
    return _csv(fresh[0], *kept, fresh[1])


def _csv(header: list[str], *lines: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header, *lines])
    return out.getvalue()
