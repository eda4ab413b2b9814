"""Labels as other programs see them: poppler tells where each word stands, zbar reads the codes."""

import json
import re
import subprocess
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import pytest

from zhendao.protocol.enrolment import KeyStore
from zhendao.protocol.suite import INTL
from zhendao.protocol.vocabulary import Mounting, Placement, Role
from zhendao.provisioning import audit, token_log
from zhendao.provisioning.cards.holdings import Held
from zhendao.provisioning.cli import main
from zhendao.provisioning.duty import Duty
from zhendao.provisioning.founding import found
from zhendao.provisioning.labels.content import Label, chosen, labels
from zhendao.provisioning.labels.printing import print_labels
from zhendao.provisioning.labels.sheets import A4, SHEETS, LabelSheet
from zhendao.provisioning.terminals import Terminal
from zhendao.provisioning.token_log import Issued

NOW_S = 1_795_338_000
CHIP = bytes.fromhex("04a1b2c3d4e5f6")
HELD = [
    Held(Issued(b"d" * 16, Role.DOOR, CHIP, 0, 9), "P001", 0),
    Held(Issued(b"c" * 16, Role.CAREGIVER, CHIP, 0, 9), "C001", 0),
    Held(Issued(b"s" * 16, Role.CAREGIVER, CHIP, 0, 9), "", 0),
    Held(Issued(b"e" * 16, Role.ELDER, CHIP, 0, 9), "很长很长的持有者编号" * 6, 0),
]
TERMINALS = [Terminal("0a" * 16, Duty(Placement.HOME, Mounting.WALL), KeyStore.FILE, 0, 9)]
NAMES = {"C001": "李婉"}
_WORD = re.compile(r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(.*?)</word>')
MM = 25.4 / 72


def made() -> list[Label]:
    return labels(HELD, TERMINALS, "xuhui", NAMES)


def pdf(folder: Path, several: Sequence[Label], sheet: LabelSheet, first: int = 1) -> Path:
    file = folder / "labels.pdf"
    file.write_bytes(print_labels(several, sheet, "xuhui", "zh", NOW_S, first))
    return file


class Printed(NamedTuple):
    """Three of each label on a sheet."""

    sheet: LabelSheet
    several: list[Label]
    file: Path


@pytest.fixture(scope="module", params=SHEETS.values(), ids=SHEETS)
def printed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Printed:
    several = made() * 3
    return Printed(request.param, several, pdf(tmp_path_factory.mktemp("labels"), several, request.param))


def text(file: Path) -> str:
    return subprocess.run(["pdftotext", str(file), "-"], capture_output=True, check=True, text=True).stdout


def codes(file: Path, all_: set[str]) -> set[str]:
    """Return what can be scanned, seen more sharply until it is ``all_``: a reader misses one of many now and then."""
    found: set[str] = set()
    for sharp in ("150", "200", "300"):
        pages = file.with_name(f"page-{sharp}")
        subprocess.run(["pdftoppm", "-r", sharp, "-png", str(file), str(pages)], check=True)
        for page in file.parent.glob(f"{pages.name}-*.png"):
            read = subprocess.run(["zbarimg", "-q", "--raw", str(page)], capture_output=True, check=False, text=True)
            found |= set(read.stdout.split())
        if found >= all_:
            break
    return found


@pytest.mark.parametrize("sheet", SHEETS.values(), ids=SHEETS)
def test_the_labels_of_a_sheet_lie_on_it_and_not_on_each_other(sheet: LabelSheet) -> None:
    places = [place for place, _ in zip(sheet.places(1), range(sheet.count), strict=False)]
    assert {page for page, _, _ in places} == {0}
    for _, x, y in places:
        assert x >= 0
        assert y >= 0
        assert x + sheet.width <= A4[0] + 1e-6
        assert y + sheet.height <= A4[1] + 1e-6
    for (_, x, y), (_, u, v) in combinations(places, 2):
        assert abs(x - u) >= sheet.width - 1e-6 or abs(y - v) >= sheet.height - 1e-6


def test_every_word_stands_within_its_label(printed: Printed) -> None:
    sheet, several, file = printed
    boxes = subprocess.run(["pdftotext", "-bbox", str(file), "-"], capture_output=True, check=True, text=True).stdout
    words = 0
    for page, body in enumerate(boxes.split("<page ")[1:]):
        here = [(x, y) for number, x, y in _first(sheet, len(several)) if number == page]
        for word in _WORD.findall(body):
            left, top, right, bottom = (float(one) * MM for one in word[:4])
            middle = (left + right) / 2, (top + bottom) / 2
            x, y = next((x, y) for x, y in here if _within(middle, x, y, sheet))
            assert left >= x + 1, word
            assert right <= x + sheet.width - 1, word
            assert top >= y - 0.5, word  # the box of a word is taller than its letters
            assert bottom <= y + sheet.height + 0.5, word
            words += 1
    assert words > 3 * len(several)


def _within(point: tuple[float, float], x: float, y: float, sheet: LabelSheet) -> bool:
    return x <= point[0] <= x + sheet.width and y <= point[1] <= y + sheet.height


def _first(sheet: LabelSheet, count: int) -> list[tuple[int, float, float]]:
    return [place for place, _ in zip(sheet.places(1), range(count), strict=False)]


def test_every_code_can_be_scanned(printed: Printed) -> None:
    all_ = {one.data for one in printed.several}
    assert codes(printed.file, all_) == all_


def test_what_stands_on_them(tmp_path: Path) -> None:
    said = text(pdf(tmp_path, made(), SHEETS["70x37"]))
    for words in ("门牌", "P001", "6464-6464", "护理员卡", "C001", "李婉", "居家终端", "0A0A-0A0A", "请勿断电或移动"):
        assert words in said
    assert CHIP.hex() not in said.lower(), "who reads a label learns no number that a chip could be copied by"
    assert CHIP.hex() not in " ".join(one.data for one in made()).lower()


def test_a_sheet_that_was_used_goes_on_where_it_is_free(tmp_path: Path) -> None:
    sheet = SHEETS["70x37"]
    assert [place[0] for place in _from(sheet, 24, 2)] == [0, 1]
    about = subprocess.run(
        ["pdfinfo", str(pdf(tmp_path, made(), sheet, 24))], capture_output=True, check=True, text=True
    ).stdout
    assert "Pages:           2" in about


def _from(sheet: LabelSheet, first: int, count: int) -> list[tuple[int, float, float]]:
    return [place for place, _ in zip(sheet.places(first), range(count), strict=False)]


def test_which_are_printed() -> None:
    every = made()
    assert [one.thing for one in every] == ["door", "card", "card", "card", "terminal"]
    assert [one.subject for one in chosen(every, ["door", "card"], ["c001", "P001"])] == ["P001", "C001"]
    assert [one.code for one in chosen(every, ["terminal"], ["0a0a-0a0a"])] == ["0A0A-0A0A"]
    assert chosen(every, ["door"], ["C001"]) == []


def test_the_command_prints_what_the_authority_has(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    authority = found(tmp_path / "authority", "xuhui", "correct horse", INTL, (), NOW_S)
    out = tmp_path / "labels.pdf"
    words = ["labels", str(authority.folder), "--out", str(out), "--json", "--lang", "en"]
    assert main(words) == 2
    assert "nothing to print" in capsys.readouterr().err
    for one in HELD[:2]:
        token_log.append(authority.folder, "written", one.token, NOW_S, holder=one.holder)
    lists = tmp_path / "lists"
    lists.mkdir()
    (lists / "护理员.csv").write_text("护理员编号,姓名,有效期起\nC001,李婉,2026-11-01\n", encoding="utf-8")
    assert main([*words, "--what", "card", "--names", str(lists), "--sheet", "63x38"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["labels"], told["pages"], told["sheet"]) == (1, 1, "63x38")
    assert "李婉" in text(out)
    assert out.stat().st_mode & 0o077 == 0
    assert audit.read(authority.folder)[-1]["count"] == 1
    assert main([*words, "--first", "25"]) == 2
