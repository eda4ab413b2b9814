"""Reports over HTTP: the same as on the command line, in three forms, for whom the role allows. rule: PIPL"""

import io
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from samples.office import Office, busy_office
from samples.running import wait_until
from zhendao.command.kinds import Address
from zhendao.gateway.api import tokens
from zhendao.gateway.api.app import Backing, make_app
from zhendao.gateway.api.meters import Meters
from zhendao.gateway.api.server import HttpServer
from zhendao.gateway.api.tables import ACCESSES
from zhendao.gateway.reports.asked import Asked
from zhendao.gateway.reports.press import Made, Press, PressError
from zhendao.gateway.store.binding import bind
from zhendao.gateway.store.engine import Store, open_store
from zhendao.gateway.store.sealing import load_store_key

DAY = {"date": "2026-11-02"}


class Desk:
    """An office's gateway over HTTP."""

    def __init__(self, office: Office, store: Store, url: str) -> None:
        self.office, self.store, self.url = office, store, url

    def ask(self, name: str, role: str = "viewer", **asked: Any) -> httpx.Response:
        with self.store.writing() as connection:
            token = tokens.new_token(connection, role, role, 1)
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.get(f"{self.url}/api/v1/reports/{name}", headers=headers, params=asked, timeout=120)


@contextmanager
def serving(office: Office, press: Press | None = None) -> Iterator[Desk]:
    store = open_store(f"sqlite:///{office.folder}/gateway.db")
    key = load_store_key(office.folder / "data/keys/store.key")
    bind(store, key)
    server = HttpServer(make_app(Backing(store, key, Meters(), lambda: True, press=press)), Address("127.0.0.1", 0))
    server.start()
    yield Desk(office, store, f"http://127.0.0.1:{server.port}")
    server.stop()
    store.close()


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Desk]:
    with serving(busy_office(tmp_path, capsys)) as desk:
        yield desk


@pytest.fixture
def apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Desk]:
    """One whose reports are made in processes of their own, as those of a running gateway are."""
    office = busy_office(tmp_path, capsys)
    with serving(office, Press(office.config)) as desk:
        yield desk


def test_each_report_is_the_same_as_on_the_command_line(desk: Desk) -> None:
    for name in ("daily-rank", "daily-detail", "roster"):
        assert desk.ask(name, **DAY).json() == desk.office.said("report", name, "--date", "2026-11-02")
    asked = {"first": "2026-11-01", "last": "2026-11-02", "type": "护理员", "page_size": "2", "page": "2"}
    words = ("--from", "2026-11-01", "--to", "2026-11-02", "--type", "护理员", "--page-size", "2", "--page", "2")
    assert desk.ask("record-list", **asked).json() == desk.office.said("report", "record-list", *words)
    near = desk.ask("daily-rank", **DAY, at="09:00", region="湖南路街道").json()
    assert near["total"][4:6] == [2, 0]


def test_it_comes_as_a_spreadsheet_and_as_csv(desk: Desk) -> None:
    sheet = desk.ask("daily-rank", **DAY, form="xlsx")
    assert "filename*=UTF-8''%E6%89%93" in sheet.headers["content-disposition"]
    assert load_workbook(io.BytesIO(sheet.content)).active["A1"].value == "打卡情况数据晾晒"
    assert desk.ask("daily-rank", **DAY, form="png").content.startswith(b"\x89PNG")
    assert "颐和居家" in desk.ask("daily-rank", **DAY, form="svg").text
    assert desk.ask("daily-detail", **DAY, form="svg").status_code == 422
    text = desk.ask("daily-detail", **DAY, form="csv").content.decode("utf-8-sig")
    assert text.splitlines()[1] == "1,天平路街道,*敏,138********,护士,照料中心,仁济照料中心,否"


def test_names_are_whole_for_whom_the_role_allows_and_who_asks_and_it_is_logged(desk: Desk) -> None:
    assert desk.ask("daily-detail", names="true").status_code == 403
    assert desk.ask("daily-detail", "duty", **DAY).status_code == 403
    assert "李婉" not in desk.ask("daily-detail", "admin", **DAY).text
    assert "李婉" in desk.ask("daily-detail", "auditor", **DAY, names="true").text
    with desk.store.reading() as connection:
        query = select(ACCESSES.c.role, ACCESSES.c.resource, ACCESSES.c["items"], ACCESSES.c.names)
        assert [tuple(row) for row in connection.execute(query)] == [
            ("admin", "report daily-detail", 7, False),
            ("auditor", "report daily-detail", 7, True),
        ]


def test_what_cannot_be_asked_is_told(desk: Desk) -> None:
    for asked in ({"date": "2099-01-01"}, {"date": "2026-02-30"}, {"region": "静安"}, {"page": "0"}, {"form": "doc"}):
        said = desk.ask("daily-rank", **asked)
        assert said.status_code == 422
        assert said.json()["error"]["zh"]


def test_a_report_is_made_by_a_process_that_gives_way_and_one_that_fails_is_told(
    apart: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    start = subprocess.Popen

    def started(command: list[str], **how: Any) -> subprocess.Popen[bytes]:
        process = start(command, **how)
        wait_until(lambda: os.getpriority(os.PRIO_PROCESS, process.pid) >= modest)
        seen.append(process.pid)
        return process

    modest = min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10)  # 19 is the least there is
    monkeypatch.setattr("zhendao.gateway.giving_way.subprocess.Popen", started)
    asked = {**DAY, "names": "true", "form": "csv"}
    assert "李婉,13612345678" in apart.ask("daily-detail", "auditor", **asked).content.decode("utf-8-sig")
    assert apart.ask("daily-rank", region="静安").status_code == 422
    assert len(seen) == 2
    apart.office.config.write_text("x = 1\n")
    said = apart.ask("daily-rank", **DAY)
    assert (said.status_code, said.json()["error"]["code"]) == (503, "report-failed")
    assert said.headers["retry-after"] == "60"


def test_two_are_made_at_a_time_and_who_asks_for_more_waits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    class Slow(Press):
        """Waits a second, at most, for a third one beside it."""

        making, most, third = 0, 0, threading.Event()

        def make(self, name: str, asked: Asked, form: str) -> Made:
            del asked, form
            with self._lock:
                self.making += 1
                self.most = max(self.most, self.making)
                if self.making > 2:
                    self.third.set()
            self.third.wait(1)
            with self._lock:
                self.making -= 1
            return Made(name, 0, b"{}")

    office = busy_office(tmp_path, capsys)
    slow = Slow(office.config)
    with serving(office, slow) as desk, ThreadPoolExecutor(4) as several:
        said = list(several.map(lambda _: desk.ask("daily-rank").status_code, range(4)))
    assert said == [200] * 4
    assert slow.most == 2


def test_what_is_being_made_ends_with_the_gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    press, started, start = Press(tmp_path / "gateway.toml"), threading.Event(), subprocess.Popen

    def endless(_: list[str], **how: Any) -> subprocess.Popen[bytes]:
        process = start([sys.executable, "-c", "import time; time.sleep(600)"], **how)
        started.set()
        return process

    monkeypatch.setattr("zhendao.gateway.reports.press.subprocess.Popen", endless)
    failed: list[Exception] = []

    def ask() -> None:
        try:
            press.make("daily-rank", Asked(), "csv")
        except PressError as error:
            failed.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    assert started.wait(120)
    press.stop()
    thread.join(120)
    assert not thread.is_alive()
    assert len(failed) == 1
    with pytest.raises(PressError):
        press.make("daily-rank", Asked(), "csv")
