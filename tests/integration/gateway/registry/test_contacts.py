"""Family contacts, duty seats and ways in: loaded like every other list, sealed in the store, masked where shown."""

import json
from pathlib import Path

import pytest
from openpyxl import Workbook

from samples.running import Gateway
from samples.site import Authority
from zhendao.gateway.cli import main
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.current import snapshot
from zhendao.gateway.store.binding import bind
from zhendao.gateway.store.engine import open_store
from zhendao.gateway.store.sealing import load_store_key

NOV = 1_793_462_400_000  # 2026-11-01 00:00 in China
PLACES = """\
地点编号,纬度,经度,坐标系,半径,精度,区划,进门方式,有效期起
P1,31.1,121.4,国家2000,60,5,徐家汇,门禁码 4711#,2026-11-01
"""
ELDERS = "老人编号,姓名,地点编号,进门方式,有效期起\nE1,王秀兰,P1,钥匙在 501 室,2026-11-01\n"
CONTACTS = [
    ["老人编号", "次序", "姓名", "联系方式", "关系", "有效期起"],
    ["E1", 2, "王小明", "13900001111", "孙子", "2026-11-01"],
    ["E1", 1, "王建国", "13900002222", "儿子", "2026-11-01"],
]
SEATS = [
    ["席位", "次序", "值班人", "联系方式", "星期", "时段", "负责区划", "有效期起"],
    ["夜班席", 1, "赵敏", "13700003333", "一至五", "22:00-06:00", "徐家汇、天平", "2026-11-01"],
    ["总值班", 2, "钱伟", "13700004444", "", "", "全部", "2026-11-01"],
]
SECRETS = ("4711", "501 室", "王小明", "13900001111", "孙子", "赵敏", "13700003333")


def written(folder: Path, contacts: list[list[object]]) -> list[Path]:
    lists = folder / "lists"
    lists.mkdir()
    (lists / "地点.csv").write_text(PLACES)
    (lists / "老人.csv").write_text(ELDERS)
    book = Workbook()
    book.remove(book.active)
    for title, rows in (("家属", contacts), ("值班席位", SEATS)):
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(folder / "more.xlsx")
    return [lists, folder / "more.xlsx"]


def test_contacts_and_seats_are_loaded_sealed_and_shown_masked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = Gateway(tmp_path, Authority(), 1)

    def run(*words: str) -> str:
        monkeypatch.setattr("sys.argv", ["zhendao-gateway", *words, "--config", str(gateway.config), "--lang", "zh"])
        assert main() == 0
        return capsys.readouterr().out

    for source in written(tmp_path, CONTACTS):
        run("registry", "load", str(source))
    again = run("registry", "load", str(tmp_path / "more.xlsx"), "--json")
    assert json.loads(again)["unchanged"] == 4
    shown = run("registry", "show", "--at", "2026-11-02")
    assert "一、二、三、四、五" in shown
    assert "22:00-06:00" in shown
    assert "**明" in shown
    store = open_store(f"sqlite:///{gateway.database}")
    key = load_store_key(tmp_path / "data" / "keys" / "store.key")
    bind(store, key)
    with store.reading() as connection:
        registry = snapshot(connection, Book(key))
        book = Book(key)
        family = book.about(connection, "contacts", "E1", NOV)
        (home,) = book.about(connection, "places", "P1", NOV)
    store.close()
    assert {row.values["rank"]: said["relation"] for row, said in family} == {1: "儿子", 2: "孙子"}
    assert home[1]["entry"] == "门禁码 4711#"
    assert [(seat.seat, seat.regions) for seat in registry.seats_at(NOV)] == [
        ("夜班席", ("徐家汇", "天平")), ("总值班", ())
    ]  # fmt: skip
    on_disk = b"".join(path.read_bytes() for path in gateway.database.parent.glob("gateway.db*"))
    for secret in SECRETS:
        assert secret not in shown
        assert secret.encode() not in on_disk


def test_what_is_wrong_is_told_row_by_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = Gateway(tmp_path, Authority(), 1)
    bad = [CONTACTS[0], ["E9", 1, "甲", "1", "", "2026-11-01"], ["E1", 0, "", "2", "", "2026-11-01"]]
    first, second = written(tmp_path, bad)
    told = []
    for source in (first, second):
        words = ["zhendao-gateway", "registry", "load", str(source), "--config", str(gateway.config), "--lang", "zh"]
        monkeypatch.setattr("sys.argv", words)
        told.append((main(), capsys.readouterr().err))
    assert told[0][0] == 0
    assert told[1][0] == 1
    assert "第 3 行，次序 列" in told[1][1]
    assert "第 3 行，姓名 列：不能为空" in told[1][1]
