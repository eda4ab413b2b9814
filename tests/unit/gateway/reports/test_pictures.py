"""The ranking as a picture: bars as long as their shares, in both forms, whatever the names are. rule: DAILY-RANK"""

import io
from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from PIL import Image

from zhendao.command.output import columns
from zhendao.gateway.reports.daily_rank import BARS, COLUMNS
from zhendao.gateway.reports.delivering import form_of
from zhendao.gateway.reports.errors import ReportError
from zhendao.gateway.reports.png import png
from zhendao.gateway.reports.ranking import ranking
from zhendao.gateway.reports.report import Column, Kind, Lines, Report, share
from zhendao.gateway.reports.scene import Box, Line, Scene, Words
from zhendao.gateway.reports.svg import svg
from zhendao.gateway.reports.trend import trend

HOSTILE = "</text><script>alert(1)</script>&\x00"
ROWS = (
    (1, "甲街道", "养老机构", "一院", 4, 4, share(4, 4), None),
    (2, "甲街道", "养老机构", "长" * 60, 4, 1, share(1, 4), None),
    (3, "乙街道", "护理院", HOSTILE, 0, 0, None, None),
)
REPORT = Report(
    "晾晒", "标题", "截至", COLUMNS, ROWS, ("合计", None, None, None, 8, 5, share(5, 8), ""), ("说明",), bars=BARS
)


def test_a_bar_is_as_long_as_its_share_and_says_it() -> None:
    scene = ranking(REPORT, BARS)
    boxes = [one for one in scene.parts if isinstance(one, Box)]
    whole = boxes[0].width
    assert [one.width / whole for one in boxes[1::2]] == [1.0, 0.25, 0.0, 0.625]
    words = [one.text for one in scene.parts if isinstance(one, Words)]
    assert [one for one in words if "/" in one and "<" not in one] == [
        "100.00%　4/4", "25.00%　1/4", "—　0/0", "62.50%　5/8",
    ]  # fmt: skip
    assert words.count("甲街道") == 1
    assert "长" * 11 + "…" + "长" * 10 in words
    assert max(one.y for one in scene.parts if isinstance(one, Words)) < scene.height


def test_two_branches_of_a_house_with_a_long_name_are_told_apart() -> None:
    house = "上海市徐汇区某某街道某某社区日间照料中心暨综合为老服务中心"
    rows = [(*ROWS[0][:3], f"{house}（第{one}分中心）", *ROWS[0][4:]) for one in "一二"]
    words = [one.text for one in ranking(replace(REPORT, rows=rows), BARS).parts if isinstance(one, Words)]
    cut = [one for one in words if "…" in one]
    assert len(set(cut)) == 2
    assert all(one.startswith("上海市徐汇区") and one.endswith("分中心）") and columns(one) <= 44 for one in cut)


def test_an_svg_has_every_text_as_text() -> None:
    root = fromstring(svg(ranking(REPORT, BARS)))  # noqa: S314 - our own
    texts = [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"标题", "甲街道", "一院", "合计", "说明"} <= set(texts)
    assert any(text and text.startswith("</text><script>") for text in texts)
    assert not list(root.iter("{http://www.w3.org/2000/svg}script"))


def test_a_png_is_the_same_sheet() -> None:
    scene = Scene(
        40, 30, [Box(10, 10, 20, 10, "#ff0000"), Box(10, 25, 0, 5, "#00ff00"), Line([(0, 5), (40, 5)], "#0000ff", 2)]
    )
    image = Image.open(io.BytesIO(png(scene)))
    assert image.size == (80, 60)
    seen = {place: image.getpixel(place) for place in ((19, 20), (20, 20), (59, 39), (60, 39), (40, 10), (20, 55))}
    white, red, blue = (255, 255, 255), (255, 0, 0), (0, 0, 255)
    assert list(seen.values()) == [white, red, red, white, blue, white]
    drawn = Image.open(io.BytesIO(png(ranking(REPORT, BARS))))
    assert drawn.getextrema() != ((255, 255),) * 3


def test_without_a_font_or_without_bars_it_is_told() -> None:
    with pytest.raises(ReportError, match="no font"):
        png(Scene(10, 10, []), fonts=("/nowhere.ttc",))
    with pytest.raises(ReportError, match="no picture"):
        form_of(Path("x.svg"))(Report("明细", "", "", COLUMNS, ()))


def test_a_line_goes_through_what_the_report_says_and_a_gap_is_no_nought() -> None:
    columns = (Column("日期", 10), Column("率", 8, Kind.SHARE), Column("个", 8, Kind.WHOLE))
    rows = [("2026-11-01", 0.5, 4), ("2026-11-02", None, 8), ("2026-11-03", 1.0, 0), ("2026-11-04", 0.0, 2)]
    scene = trend(Report("趋势", "标题", "日期", columns, rows, notes=("说明",)), Lines(0, (1, 2)))
    lines = [one.points for one in scene.parts if isinstance(one, Line) and one.width > 1]
    assert len(lines) == 2
    share_line, count_line = lines
    bottom, top = max(y for _, y in share_line), min(y for _, y in share_line)
    assert [(bottom - y) / (bottom - top) for _, y in share_line] == [1.0, 0.0]
    low, high = max(y for _, y in count_line), min(y for _, y in count_line)
    assert [(low - y) / (low - high) for _, y in count_line] == [0.5, 1.0, 0.0, 0.25]
    assert len([one for one in scene.parts if isinstance(one, Box)]) == 7
    words = [one.text for one in scene.parts if isinstance(one, Words)]
    assert {"标题", "说明", "100%", "8", "4", "11-01", "11-04"} <= set(words)
    assert max(one.y for one in scene.parts if isinstance(one, Words)) < scene.height
    for empty in ([], [("2026-11-01", None, 0)]):
        assert trend(Report("趋势", "", "", columns, empty), Lines(0, (1, 2))).height > 0


def test_a_picture_of_very_many_is_less_fine_and_then_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zhendao.gateway.reports.png._LONGEST", 70)
    assert [Image.open(io.BytesIO(png(Scene(40, high, [])))).size for high in (35, 36, 70)] == [
        (80, 70), (40, 36), (40, 70),
    ]  # fmt: skip
    with pytest.raises(ReportError, match="too long"):
        png(Scene(40, 71, []))
