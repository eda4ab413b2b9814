"""Every report as LibreOffice opens and prints it: an independent program reads the same cells on the same pages."""

import csv
import io
import subprocess
from pathlib import Path

import pytest

from samples.served import NOVEMBER, Served
from zhendao.gateway.cases.values import Act, Decision
from zhendao.gateway.reports.moment import DAY_MS

NAMES = {
    "daily-rank": 3, "daily-detail": 3, "record-list": 3, "roster": 3, "per-10k": 3, "hours": 4, "pay-hours": 4,
    "anomalies": 4, "cases": 4, "overdue": 3, "terminals": 3, "trend": 3,
}  # fmt: skip
"""The reports, and how many rows stand above the first: title, moment, headers in one line or two."""
OF_DAYS = {"record-list", "hours", "pay-hours", "anomalies", "cases", "trend"}
LONG = {"daily-detail", "record-list", "roster", "pay-hours"}


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Served:
    """One in which much happens to many."""
    office = Served(tmp_path, capsys)
    for number in range(8, 200):
        office.more.append(f"C{number},李{number},13{number:09},O{number % 5 + 1},,护理员,养老护理员,女,,2026-01-01")
    office.load_more()
    for number in range(8, 80):
        visit = office.serve(f"C{number}", f"E{number % 4 + 1}", 2, 480 + number, 45, ("助洁", "助浴")[number % 2])
        if number % 9 == 0:
            office.find("short", visit, at_ms=NOVEMBER + DAY_MS)
            office.case(
                visit, f"C{number}", {"short"}, NOVEMBER + DAY_MS, (Act.DECIDED, NOVEMBER + DAY_MS + 1), level="red",
                decision=Decision.UPHELD,
            )  # fmt: skip
    return office


def converted(folder: Path, to: str, *files: Path) -> None:
    home = f"-env:UserInstallation=file://{folder}/profile"
    words = ["soffice", home, "--headless", "--convert-to", to, "--outdir", str(folder), *map(str, files)]
    subprocess.run(words, check=True, capture_output=True, timeout=600)


@pytest.mark.long
def test_libreoffice_reads_the_same_cells_and_prints_headers_on_each_page(office: Served, tmp_path: Path) -> None:
    sheets = []
    for name in NAMES:
        day = ("--from", "2026-11-01", "--to", "2026-11-02") if name in OF_DAYS else ("--date", "2026-11-02")
        for ending in ("xlsx", "csv"):
            office.call("report", name, *day, "--out", str(tmp_path / f"{name}.{ending}"))
        sheets.append(tmp_path / f"{name}.xlsx")
    out = tmp_path / "seen"
    converted(out, "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true", *sheets)
    converted(out, "pdf", *sheets)
    for name, top in NAMES.items():
        text = (tmp_path / f"{name}.csv").read_text("utf-8-sig")
        ours = list(csv.reader(io.StringIO(text)))
        lines = list(csv.reader(io.StringIO((out / f"{name}.csv").read_text("utf-8"))))
        assert lines[top : top + len(ours) - 1] == ours[1:]
        above, headers = (lines[2], lines[3]) if top > 3 else ([""] * len(ours[0]), lines[2])
        said, over = [], ""
        for upper, lower in zip(above, headers, strict=True):
            over = upper if upper not in {"", lower} else over if upper == "" else ""
            said.append(f"{over}·{lower}" if over and lower else upper or lower)
        assert said == ours[0]
        text = subprocess.run(
            ["pdftotext", "-layout", str(out / f"{name}.pdf"), "-"], check=True, capture_output=True, timeout=120
        ).stdout.decode()
        pages = text.split("\f")[:-1]
        assert (len(pages) > 1) == (name in LONG)
        for number, page in enumerate(pages, 1):
            assert f"第 {number} 页，共 {len(pages)} 页" in page
            assert ours[0][1].partition("·")[0][:2] in page
