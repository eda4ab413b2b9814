"""What is held about one person: all of it, logged; and erased as far as the law permits. rule: PIPL"""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import delete, insert, select, update

from samples.evidence import Office, hard_visit, installed, office
from samples.site import NOW_MS, Authority
from zhendao.command.atrest.catalogue import of_card
from zhendao.command.run import run
from zhendao.gateway.accesses import book as accesses
from zhendao.gateway.api.tables import ACCESSES
from zhendao.gateway.blocklist.tables import entries
from zhendao.gateway.cases.tables import CASES, CORRECTION_ACTS, UNLOCKS
from zhendao.gateway.cli import PROGRAM
from zhendao.gateway.registry.tables import TABLES
from zhendao.gateway.store.conclusions import visits
from zhendao.gateway.tokens.giving import tag_of
from zhendao.gateway.tokens.tables import FINDINGS
from zhendao.protocol.suite import SM


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Office]:
    made = office(tmp_path, Authority(SM))
    hard_visit(made)
    installed(made)
    with made.site.store.writing() as connection:
        connection.execute(update(visits).values(caregiver_id="C1"))
        visit = made.visit_id().hex()
        for filters in (f"visit={visit}", "elder_id=E1&limit=50", "elder_id=E10", "limit=50"):
            accesses.enter(connection, NOW_MS, ("t1", "auditor"), "visits", filters, items=1, names=True)
    yield made
    made.site.store.close()


def call(place: Office, *words: str, code: int = 0) -> None:
    assert run(PROGRAM, [*words, "--config", str(Path(place.site.folder) / "gateway.toml")]) == code


def exported(place: Office, *who: str) -> dict[str, Any]:
    out = Path(place.site.folder) / "copy"
    call(place, "person", "export", *who, "--out", str(out))
    assert out.stat().st_mode & 0o077 == 0
    told: dict[str, Any] = json.loads((out / "person.json").read_text("utf-8"))
    return told


def test_all_about_an_elder_is_in_it(place: Office) -> None:
    told = exported(place, "--elder", "E1")
    assert told["subject"] == {"elder": "E1"}
    tables = {row["table"]: row for row in told["registration"]}
    assert tables["老人"]["name"] == "王秀兰"
    assert {"老人", "地点", "标签", "终端", "服务安排"} <= tables.keys()
    assert [one["visit_id"] for one in told["visits"]] == [place.visit_id().hex()]
    assert len(told["revisions"]) > 1
    kinds = {one["kind"] for one in told["facts"]}
    assert {"check", "sensor", "rating"} <= kinds
    assert told["cases"][0]["corrections"][0]["by"] == "李婉"
    assert {one["key"] for one in told["forwarded"]} <= {place.visit_id().hex()}
    assert [one["filters"] for one in told["readings"]] == [f"visit={place.visit_id().hex()}", "elder_id=E1&limit=50"]
    assert [(one["resource"], one["times"]) for one in told["lists"]] == [("visits", 2)]


def test_all_about_a_caregiver_is_in_it_and_what_is_anothers_is_not(place: Office) -> None:
    told = exported(place, "--caregiver", "C1")
    assert {"护理员", "标签", "服务安排"} <= {row["table"] for row in told["registration"]}
    assert "王秀兰" not in json.dumps(told["registration"], ensure_ascii=False)
    assert len(told["visits"]) == 1
    assert "check" in {one["kind"] for one in told["facts"]}
    assert told["alerts"] == []


def test_what_was_found_of_cards_said_of_visits_and_barred_is_in_it(place: Office) -> None:
    visit = place.visit_id()
    with place.site.store.writing() as connection:
        connection.execute(delete(CASES))
        connection.execute(insert(UNLOCKS).values(visit_id=visit, until_ms=9, at_ms=1, by="周所长", why=b"x"))
        connection.execute(insert(entries).values(person="C1", reason="barred", by="街道", added_ms=1))
        tokens, uid = TABLES["tokens"], bytes(range(7))
        connection.execute(update(tokens).where(tokens.c.holder_id == "C1").values(uid=uid))
        tag = tag_of(place.site.key, uid)
        where = {"device": bytes(16), "epoch": bytes(16), "seq": 1, "h": bytes(32), "part": 1}
        sealed = place.site.key.of("cards").seal(uid, of_card(tag))
        found = {"word": "token_replayed", "tag": tag, "uid": sealed, "kind": 3, "found_ms": 1, "healed_ms": 2}
        connection.execute(insert(FINDINGS).values(**where, **found))
    told = exported(place, "--caregiver", "C1")
    assert [one["reason"] for one in told["blocklist"]] == ["barred"]
    assert [one["finding"] for one in told["cards"]] == ["token_replayed"]
    assert {one["visit_id"] for one in told["corrections"]} == {visit.hex()}
    assert "李婉" in {one.get("by") for one in told["corrections"]}
    assert [one["unlocked"]["by"] for one in told["corrections"] if "unlocked" in one] == ["周所长"]


def test_what_was_altered_is_told_and_keeps_nothing_else_back(place: Office) -> None:
    table = TABLES["elders"]
    with place.site.store.writing() as connection:
        connection.execute(update(table).values(personal=b"altered" * 9))
        connection.execute(update(CORRECTION_ACTS).values(document=b"altered" * 9))
    told = exported(place, "--elder", "E1")
    (elder,) = (row for row in told["registration"] if row["table"] == "老人")
    assert elder["unreadable"] is True
    assert told["cases"][0]["corrections"] == [{"unreadable": True}]
    assert len(told["visits"]) == 1


def test_a_zip_has_a_spreadsheet_that_people_can_read(place: Office) -> None:
    out = Path(place.site.folder) / "copy.zip"
    call(place, "person", "export", "--elder", "E1", "--out", str(out))
    with zipfile.ZipFile(out) as packed:
        assert sorted(packed.namelist()) == ["person.json", "个人信息.xlsx"]
        book = load_workbook(io.BytesIO(packed.read("个人信息.xlsx")))
    assert book.sheetnames[:3] == ["概要", "保存期限", "登记信息"]
    reasons = [str(row[1].value) for row in book["保存期限"].iter_rows(min_row=4)]
    assert any(text.startswith("1826 天：") for text in reasons)
    assert "王秀兰" in {cell.value for row in book["登记信息"].iter_rows() for cell in row}


def test_it_is_logged_before_and_nothing_is_written_over(place: Office, capsys: pytest.CaptureFixture[str]) -> None:
    out = Path(place.site.folder) / "copy"
    out.mkdir()
    call(place, "person", "export", "--elder", "E1", "--out", str(out), code=1)
    assert list(out.iterdir()) == []
    with place.site.store.reading() as connection:
        last = connection.execute(select(ACCESSES).order_by(ACCESSES.c.id.desc())).first()
    assert last is not None
    assert (last.resource, last.names, last.filters.partition("&")[2]) == ("person", True, "elder=E1&to=copy")
    call(place, "person", "export", "--elder", "E9", "--out", str(out.with_name("other")), code=1)
    call(place, "person", "export", "--elder", "E9", "--caregiver", "C1", "--out", "x", code=1)
    assert "nothing is held about E9" in capsys.readouterr().err


def test_who_is_registered_is_not_erased_and_who_has_left_is_as_far_as_the_law_permits(
    place: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    call(place, "person", "erase", "--elder", "E1", code=1)
    assert "still registered" in capsys.readouterr().err
    elders, store = TABLES["elders"], place.site.store
    with store.writing() as connection:
        connection.execute(update(elders).values(to_ms=NOW_MS))
        before = connection.execute(select(elders.c.personal)).scalar_one()
    settings = Path(place.site.folder) / "gateway.toml"
    call(place, "retention", "hold", "--elder", "E1", "--why", "x")
    call(place, "person", "erase", "--elder", "E1", code=1)
    call(place, "retention", "release", "1")
    capsys.readouterr()
    store.close()
    call(place, "person", "erase", "--elder", "E1", "--by", "李婉", "--json")
    told = json.loads(capsys.readouterr().out)
    assert told["receipt"]["rows"]["registry_elders"] == 1
    assert [days for days, _ in told["kept"]] == [1826, 1096, 366]
    with store.reading() as connection:
        row = connection.execute(select(elders)).one()
    assert (row.personal, row.name_find) == (None, None)
    store.close()
    assert not [path for path in settings.parent.glob("gateway.db*") if before in path.read_bytes()]
    told = exported(place, "--elder", "E1")
    assert len(told["visits"]) == 1
    assert "name" not in next(row for row in told["registration"] if row["table"] == "老人")
    call(place, "retention", "receipts", "--verify")
