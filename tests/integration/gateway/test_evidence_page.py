"""The page about evidence, read by an independent program: what it says, and that it is one page whatever happens."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from samples.evidence import Office, hard_visit, office
from samples.site import NOW_MS, Authority
from zhendao.protocol.bodies import Rating
from zhendao.protocol.suite import INTL, SM
from zhendao.protocol.wording import Text
from zhendao.verifier.bundle.examining import examine_evidence
from zhendao.verifier.bundle.page import draw
from zhendao.verifier.bundle.telling import UNPROVED


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    made = office(tmp_path_factory.mktemp("gateway"), Authority(INTL))
    hard_visit(made)
    yield made
    made.site.store.close()


def read(folder: Path, pdf: bytes) -> tuple[str, int]:
    """Return the text of a PDF, and how many pages it has, by poppler's tools."""
    path = folder / "page.pdf"
    path.write_bytes(pdf)
    told = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, timeout=120, check=True)
    return told.stdout, told.stdout.count("\f")


def test_the_page_says_what_was_proved_and_what_was_not(place: Office, tmp_path: Path) -> None:
    data = place.maker.make(place.visit_id(), NOW_MS + 6 * 3_600_000)
    found = examine_evidence(data, place.site.authority.root.der)
    text, pages = read(tmp_path, draw(found, data))
    assert pages == 1
    for words in (
        "成立",
        "2026-09-21 23:13:20",
        "李婉 / 王芳",
        "120 min（见证 witnessed 60 min）",
        "没有证明",
        "本页不是证据",
        SM.hash(data).hex(),
    ):
        assert words in text, words
    assert draw(found, data) == draw(found, data)


def test_however_much_there_is_to_say_what_is_not_proved_stands_on_the_page(place: Office, tmp_path: Path) -> None:
    data = place.maker.make(place.visit_id(), NOW_MS + 6 * 3_600_000)
    found = examine_evidence(data, place.site.authority.root.der)
    pressed = [one for one in found.facts if isinstance(one.event.body, Rating)]
    found.facts += pressed * 40
    found.entered = {"in": (1, 2), "out": (3, 4)}
    found.record["correction"]["reason"] = "老人确认 " * 90
    found.people = ("麦麦提江·阿卜杜热合曼" * 9, "Wolfeschlegelsteinhausenbergerdorff " * 9)
    text, pages = read(tmp_path, draw(found, data))
    assert pages == 1
    assert "共按键 41 次" in text
    for one in UNPROVED:
        assert one.zh[:20] in text
    steps = found.findings
    found.findings = [replace(one, text=Text("长" * 150, "long " * 80)) for one in steps]
    text, pages = read(tmp_path, draw(found, data))
    assert pages == 1
    assert "more: zhendao-verify says them" in text
    for one in UNPROVED:
        assert one.zh[:20] in text


def test_of_a_bad_file_it_says_why(place: Office, tmp_path: Path) -> None:
    data = place.maker.make(place.visit_id(), NOW_MS + 6 * 3_600_000)
    for bad in (data[:-1], b"", data[:-1] + bytes([data[-1] ^ 1])):
        text, pages = read(tmp_path, draw(examine_evidence(bad, place.site.authority.root.der), bad))
        assert pages == 1
        assert "不成立" in text
        assert "没有证明" not in text
