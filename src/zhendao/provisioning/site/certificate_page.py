"""The certificate of acceptance on one page of A4, Chinese with English beside it, and a code to check it by.

The paper proves nothing by itself: its code names the content of the JSON file, which `zhendao-verify acceptance`
checks. Names of elders and streets are not on it; whoever signs by hand reads numbers that the registry explains.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from zhendao.command.paper import Paper
from zhendao.protocol.position import offset_m

if TYPE_CHECKING:
    from zhendao.protocol.statement import Statement

CODE = "ZHENDAO-ACCEPTANCE"
_CHINA = timezone(timedelta(hours=8), "UTC+8")
_LEFT, _RIGHT, _MIDDLE = 18.0, 192.0, 105.0
_MARKS = {"passed": "✓", "noted": "!", "skipped": "–", "failed": "×"}
_PARTS = {
    "identity": ("身份", "identity"),
    "disk": ("磁盘", "disk"),
    "key": ("密钥", "key"),
    "broker": ("消息代理", "broker"),
    "gnss": ("卫星定位", "receiver"),
    "clock": ("时钟", "clock"),
    "reader": ("读卡器", "reader"),
    "door": ("门牌", "door tag"),
    "card": ("工卡", "card"),
    "signals": ("声光提示", "signals"),
}
_OUTCOMES = {
    "accepted": ("验收合格", "accepted"),
    "accepted_with_remarks": ("验收合格，有备注", "accepted, with remarks"),
    "accepted_despite_failures": ("自检有未通过项，仍予接收", "taken over although parts of the self-test failed"),
}
_REMARK, _FOOT = 6.5, 240.0
_GREY, _RULE = 110, 190


def qr_text(found: Statement, url: str | None = None) -> str:
    """Return what the code says: device and check value; before them ``url``, where somebody serves such a page."""
    device, value = found.facts["device"], found.check_value()
    return f"{CODE} {device} {value}" if url is None else f"{url.rstrip('/')}/{device}/{value}"


def draw(found: Statement, url: str | None = None) -> bytes:
    """Return the PDF of a certificate. Raises `FontMissingError`, and ValueError for a ``url`` that is not ASCII."""
    facts = found.facts
    site = facts["site"]
    paper = Paper(f"安装验收证书 {facts['device']}", facts["made_ms"] // 1000)
    paper.page()
    _head(paper, found)
    y = _who(paper, facts, site, 51)
    y = _tests(paper, facts["self_test"]["facts"], y + 9)
    y = _place(paper, site, facts["survey"]["facts"], y + 9)
    _remarks(paper, facts["remarks"], y + 9)
    _foot(paper, found, url)
    return paper.bytes()


def _head(paper: Paper, found: Statement) -> None:
    zh, en = _OUTCOMES.get(found.facts["outcome"], (found.facts["outcome"],) * 2)
    paper.text(_MIDDLE, 22, "安装验收证书", 24, align="centre")
    paper.text(_MIDDLE, 29.5, "Certificate of acceptance", 11, align="centre", grey=_GREY)
    paper.text(_MIDDLE, 39, f"{zh}  {en}", 13, align="centre", most=_RIGHT - _LEFT)
    paper.line(_LEFT, 43, _RIGHT, 43, thick=0.5)


def _who(paper: Paper, facts: dict[str, Any], site: dict[str, Any], y: float) -> float:
    made = _time(facts["made_ms"])
    rows = [
        (("地点", "place"), site["place"], ("老人编号", "elder"), site["elder"] or "—"),
        (("机构", "tenant"), facts["tenant"], ("工程师", "engineer"), site["engineer"]),
        (("用途", "placement"), _PLACEMENTS[site["placement"]], ("安装", "mounting"), _MOUNTINGS[site["mounting"]]),
        (("终端", "terminal"), facts["device"], ("时间", "time"), made),
        (
            ("门牌", "door tag"),
            site["door"] or "未绑定 not bound",
            ("软件", "software"),
            facts["survey"]["facts"]["software"],
        ),
    ]
    for number, (left, first, right, second) in enumerate(rows):
        at = y + 8 * number
        _label(paper, _LEFT, at, *left)
        paper.text(_LEFT + 27, at, str(first), 10, most=67)
        _label(paper, _MIDDLE + 10, at, *right)
        paper.text(_MIDDLE + 37, at, str(second), 10, most=_RIGHT - _MIDDLE - 37)
        paper.line(_LEFT, at + 2.4, _RIGHT, at + 2.4, thick=0.1, grey=_RULE)
    return y + 8 * len(rows) - 6


_PLACEMENTS = {"home": "居家 home", "station": "机构 station", "carried": "随身 carried"}
_MOUNTINGS = {"cradle": "座式 cradle", "wall": "上墙 wall"}


def _tests(paper: Paper, tested: dict[str, Any], y: float) -> float:
    _title(paper, y, "自检", "Self-test", _time(tested["made_ms"]))
    parts = tested["parts"]
    half = math.ceil(len(parts) / 2)
    for number, one in enumerate(parts):
        x, at = (_LEFT, y + 7.5 + 7 * number) if number < half else (_MIDDLE + 3, y + 7.5 + 7 * (number - half))
        zh, en = _PARTS.get(one["part"], (one["part"], ""))
        paper.text(x, at, _MARKS.get(one["outcome"], "?"), 12)
        paper.text(x + 6, at, zh, 9.5)
        paper.text(x + 6, at + 2.7, en, 6, grey=_GREY)
        paper.text(x + 25, at, one["what"]["zh"], 8.5, most=57)
        paper.text(x + 25, at + 2.7, one["what"]["en"], 6, most=57, grey=_GREY)
    return y + 7.5 + 7 * half - 3


def _place(paper: Paper, site: dict[str, Any], survey: dict[str, Any], y: float) -> float:
    _title(paper, y, "位置测量", "Site survey", f"{len(survey['fixes'])} / {survey['wanted']}")
    position = site["position"]
    if position is None:
        receiver = survey["receiver"]
        zh, en = ("未设置接收机", "no receiver is set up") if receiver is None else (receiver["zh"], receiver["en"])
        paper.text(_LEFT, y + 9, f"没有可靠的定位，如实记录：{zh}", 9.5, most=_RIGHT - _LEFT)
        paper.text(_LEFT, y + 13.5, f"no good fix, recorded as it is: {en}", 7, grey=_GREY, most=_RIGHT - _LEFT)
        return y + 14
    major, minor, turn = position["error95"]
    rows = [
        (("纬度", "latitude"), f"{position['lat_e7'] / 1e7:.7f}°"),
        (("经度", "longitude"), f"{position['lon_e7'] / 1e7:.7f}°"),
        (("坐标系", "datum"), "WGS-84"),
        (("误差 95%", "error"), f"{major / 10:.1f} × {minor / 10:.1f} m，{turn}°"),
        (
            ("散布 95%", "scatter"),
            f"{position['spread95'][0] / 10:.1f} × {position['spread95'][1] / 10:.1f} m",
        ),
    ]
    for number, (names, value) in enumerate(rows):
        _label(paper, _LEFT, y + 9 + 7 * number, *names)
        paper.text(_LEFT + 27, y + 9 + 7 * number, value, 10, most=68)
    _plot(paper, site, survey, _RIGHT - 54, y + 4, 54)
    compared = site["comparison"]
    bottom = y + 9 + 7 * len(rows)
    if compared is not None:
        paper.wrapped(_LEFT, bottom, compared["zh"], 9, 112, lines=2)
        paper.wrapped(_LEFT, bottom + 10, compared["en"], 6.5, 112, lines=2, grey=_GREY)
    return y + 59


def _plot(paper: Paper, site: dict[str, Any], survey: dict[str, Any], x: float, y: float, size: float) -> None:
    """Draw the fixes about the surveyed place, north up, with both ellipses and a scale."""
    position = site["position"]
    centre = position["lat_e7"], position["lon_e7"]
    half = 1.25 * max(15.0, position["spread95"][0] / 10, position["error95"][0] / 10)
    scale, middle = size / 2 / half, (x + size / 2, y + size / 2)
    paper.box(x, y, size, size, thick=0.15, grey=_RULE)
    for row in survey["fixes"]:
        east, north = offset_m(centre, (row[0], row[1]))
        if max(abs(east), abs(north)) < half:
            paper.dot(middle[0] + east * scale, middle[1] - north * scale, 0.45, grey=120)
    for name, grey in (("spread95", 170), ("error95", 0)):
        major, minor, turn = position[name]
        paper.outline(_ellipse(middle, major / 10 * scale, minor / 10 * scale, turn), grey=grey)
    paper.line(middle[0] - 1.5, middle[1], middle[0] + 1.5, middle[1])
    paper.line(middle[0], middle[1] - 1.5, middle[0], middle[1] + 1.5)
    bar = 10 ** math.floor(math.log10(half))
    paper.line(x + 3, y + size - 3, x + 3 + bar * scale, y + size - 3, thick=0.5)
    paper.text(x + 3, y + size - 4.5, f"{bar} m", 6.5)
    paper.text(x + size - 3, y + 5, "北 N ↑", 6.5, align="right")


def _ellipse(middle: tuple[float, float], major: float, minor: float, turn: int) -> list[tuple[float, float]]:
    sin, cos = math.sin(math.radians(turn)), math.cos(math.radians(turn))
    around = [2 * math.pi * step / 72 for step in range(72)]
    along = [(major * math.cos(one), minor * math.sin(one)) for one in around]
    return [(middle[0] + a * sin + b * cos, middle[1] - a * cos + b * sin) for a, b in along]


def _remarks(paper: Paper, remarks: list[dict[str, str]], y: float) -> None:
    _title(paper, y, "备注", "Remarks", str(len(remarks)))
    if not remarks:
        paper.text(_LEFT, y + 7, "无  none", 9)
    most = int((_FOOT - 1 - y) // _REMARK)
    shown = remarks if len(remarks) <= most else remarks[: most - 1]
    for number, one in enumerate(shown):
        at = y + 6.5 + _REMARK * number
        paper.text(_LEFT, at, f"{number + 1}.", 8.5)
        paper.text(_LEFT + 5, at, one["zh"], 8.5, most=_RIGHT - _LEFT - 5)
        paper.text(_LEFT + 5, at + 2.6, one["en"], 6, most=_RIGHT - _LEFT - 5, grey=_GREY)
    if len(shown) < len(remarks):
        more = len(remarks) - len(shown)
        at = y + 6.5 + _REMARK * len(shown)
        paper.text(_LEFT, at, f"另有 {more} 条，见文件  {more} more, in the file", 8.5)


def _foot(paper: Paper, found: Statement, url: str | None) -> None:
    value = found.check_value()
    paper.line(_LEFT, _FOOT, _RIGHT, _FOOT, thick=0.5)
    paper.qr(_LEFT - 2, 243, 34, qr_text(found, url))
    x = _LEFT + 36
    paper.text(x, 249, "校验值", 9)
    paper.text(x + 14, 249, "check value", 6.5, grey=_GREY)
    paper.text(x, 255, " ".join(value[start : start + 4] for start in range(0, 32, 4)), 11, most=75)
    for number, one in enumerate(found.signatures):
        zh, en = {"terminal": ("终端签名", "signed by the terminal"), "authority": ("机构会签", "countersigned")}[
            one.by
        ]
        paper.text(x, 261 + 5 * number, f"{zh} {en}: {one.certificate.id.hex()[:16]}", 7.5, most=75)
    paper.text(x, 273, "zhendao-verify acceptance FILE --check …", 6.5, grey=_GREY)
    for number, (zh, en) in enumerate((("工程师签字", "engineer"), ("用户签字", "resident or family"))):
        at = 253 + 15 * number
        paper.text(140, at, zh, 9)
        paper.text(140, at + 3.4, en, 6.5, grey=_GREY)
        paper.line(160, at + 1, _RIGHT, at + 1, thick=0.15)
    made = datetime.fromtimestamp(found.facts["made_ms"] / 1000, UTC).astimezone(_CHINA)
    paper.text(_MIDDLE, 287, f"真到 Zhendao · {made:%Y-%m-%d}", 7, align="centre", grey=_GREY)


def _title(paper: Paper, y: float, zh: str, en: str, right: str) -> None:
    paper.area(_LEFT, y - 5, _RIGHT - _LEFT, 7, grey=238)
    paper.text(_LEFT + 2, y, zh, 11)
    paper.text(_LEFT + 4 + paper.width_of(zh, 11), y, en, 7.5, grey=_GREY)
    paper.text(_RIGHT - 2, y, right, 8.5, align="right", grey=_GREY)


def _label(paper: Paper, x: float, y: float, zh: str, en: str) -> None:
    paper.text(x, y, zh, 9)
    paper.text(x + 1 + paper.width_of(zh, 9), y, en, 6.5, grey=_GREY, most=26 - paper.width_of(zh, 9))


def _time(ms: int) -> str:
    """Return a moment as clocks in China show it."""
    return f"{datetime.fromtimestamp(ms / 1000, UTC).astimezone(_CHINA):%Y-%m-%d %H:%M} UTC+8"
