"""Every report as LibreOffice opens and prints it: an independent program reads the same cells on the same pages."""

import csv
import io
import subprocess
from pathlib import Path

import pytest

from samples.office import Office, busy_office

NAMES = ("daily-rank", "daily-detail", "record-list", "roster")


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    return busy_office(tmp_path, capsys)


def converted(folder: Path, to: str, *files: Path) -> None:
    home = f"-env:UserInstallation=file://{folder}/profile"
    words = ["soffice", home, "--headless", "--convert-to", to, "--outdir", str(folder), *map(str, files)]
    subprocess.run(words, check=True, capture_output=True, timeout=600)


@pytest.mark.long
def test_libreoffice_reads_the_same_cells_and_prints_headers_on_each_page(office: Office, tmp_path: Path) -> None:
    for number in range(8, 200):
        office.more.append(f"C{number},李{number},13{number:09},O{number % 5 + 1},,护理员,养老护理员,女,,2026-01-01")
    office.load_more()
    sheets = []
    for name in NAMES:
        day = ("--to", "2026-11-02") if name == "record-list" else ("--date", "2026-11-02")
        for ending in ("xlsx", "csv"):
            office.call("report", name, *day, "--out", str(tmp_path / f"{name}.{ending}"))
        sheets.append(tmp_path / f"{name}.xlsx")
    out = tmp_path / "seen"
    converted(out, "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true", *sheets)
    converted(out, "pdf", *sheets)
    for name in NAMES:
        text = (tmp_path / f"{name}.csv").read_text("utf-8-sig")
        ours = list(csv.reader(io.StringIO(text)))
        seen = list(csv.reader(io.StringIO((out / f"{name}.csv").read_text("utf-8"))))[2:]
        assert seen[: len(ours)] == ours
        text = subprocess.run(
            ["pdftotext", "-layout", str(out / f"{name}.pdf"), "-"], check=True, capture_output=True, timeout=120
        ).stdout.decode()
        pages = text.split("\f")[:-1]
        assert len(pages) == 1 if name == "daily-rank" else len(pages) > 1
        for number, page in enumerate(pages, 1):
            assert f"第 {number} 页，共 {len(pages)} 页" in page
            assert ours[0][1][:2] in page
