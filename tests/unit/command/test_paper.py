"""Sheets of paper, read by independent programs: poppler for pages and text, zbar for QR codes."""

import subprocess
from pathlib import Path

import pytest

from zhendao.command.paper import FontMissingError, Paper, find_font

MADE_S = 1_790_000_000
TEXT = "安装验收证书 Acceptance ±12 m ✓"


def sheet(text: str = TEXT, data: str = "zhendao:accepted:0123456789abcdef") -> bytes:
    paper = Paper("证书", MADE_S)
    paper.page()
    paper.text(20, 20, text, 16, most=60)
    paper.wrapped(20, 40, text * 4, 10, 60, lines=3)
    paper.qr(100, 100, 30, data)
    paper.line(20, 90, 190, 90)
    paper.box(20, 100, 30, 30)
    return paper.bytes()


def read(tool: str, *words: str | Path) -> str:
    return subprocess.run([tool, *map(str, words)], capture_output=True, check=True, text=True).stdout


@pytest.fixture
def made(tmp_path: Path) -> Path:
    file = tmp_path / "sheet.pdf"
    file.write_bytes(sheet())
    return file


def test_it_is_one_small_page_with_its_own_font(made: Path) -> None:
    about = read("pdfinfo", made)
    assert "Pages:           1" in about
    assert "证书" in about
    assert "A4" in about
    assert made.stat().st_size < 60_000
    fonts = read("pdffonts", made).splitlines()[2:]
    assert len(fonts) == 1
    assert fonts[0].split()[-5:-2] == ["yes", "yes", "yes"], "embedded, subset, with its text"


def test_its_text_can_be_read_and_its_code_scanned(made: Path, tmp_path: Path) -> None:
    assert TEXT in read("pdftotext", made, "-")
    subprocess.run(["pdftoppm", "-r", "150", "-png", str(made), str(tmp_path / "page")], check=True)
    assert read("zbarimg", "-q", "--raw", tmp_path / "page-1.png").strip() == "zhendao:accepted:0123456789abcdef"


def test_a_code_that_readers_would_guess_at_is_refused() -> None:
    with pytest.raises(ValueError, match="验收"):
        sheet(data="验收")


def test_the_same_content_gives_the_same_bytes() -> None:
    assert sheet() == sheet()


def test_what_is_too_long_is_set_smaller_and_then_cut() -> None:
    paper = Paper("", MADE_S)
    paper.page()
    paper.text(20, 20, "长" * 400, 12, most=50)
    assert paper.wrapped(20, 40, "word " * 9, 10, 30, lines=4) > 44
    assert "…" in pdf_text(paper)


def pdf_text(paper: Paper) -> str:
    return subprocess.run(["pdftotext", "-", "-"], input=paper.bytes(), capture_output=True, check=True).stdout.decode()


def test_words_are_broken_at_blanks() -> None:
    paper = Paper("", MADE_S)
    paper.page()
    paper.wrapped(20, 40, "door tag and caregiver card", 10, 25, lines=4)
    words = pdf_text(paper).split()
    assert words == ["door", "tag", "and", "caregiver", "card"]


def test_without_a_font_the_package_is_named() -> None:
    with pytest.raises(FontMissingError) as caught:
        find_font(("/nowhere/font.ttc",))
    assert caught.value.cure is not None
    assert "fonts-wqy-microhei" in caught.value.cure.en
