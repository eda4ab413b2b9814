"""What people see of reminders: on the command line, over HTTP, as a report; masked, and the reading logged.

rule: REMIND, PIPL
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from samples.office import Office
from samples.reminded import MINUTE, SMS, at, plan
from samples.waited import TAKEN, Waited
from zhendao.command.kinds import Address
from zhendao.gateway.api import tokens
from zhendao.gateway.api.app import Backing, make_app
from zhendao.gateway.api.meters import Meters
from zhendao.gateway.api.server import HttpServer
from zhendao.gateway.api.tables import ACCESSES
from zhendao.gateway.outward.answers import Answer, Verdict
from zhendao.gateway.persons.gather import gather
from zhendao.gateway.persons.subject import Subject
from zhendao.gateway.retention.kinds import KINDS, Wanted
from zhendao.gateway.retention.receipt import Removed
from zhendao.gateway.store.binding import bind
from zhendao.gateway.store.engine import Store, open_store
from zhendao.gateway.store.sealing import load_store_key

DAY = ("--date", "2026-11-02")
REMIND = """
[[remind]]
name = "all"
at = ["09:30", "14:00"]
regions = ["310104"]
[[remind.channel]]
name = "sms"
kind = "sms"
url = "http://127.0.0.1:1/sms"
"""


@dataclass
class Shown:
    """An office in which C3 and C4 were reminded at half past nine, C4 then checked in, C3 is reminded again at two."""

    office: Office
    store: Store
    waited: Waited

    def accesses(self) -> list[tuple[Any, ...]]:
        with self.store.reading() as connection:
            query = select(ACCESSES.c.role, ACCESSES.c.resource, ACCESSES.c["items"], ACCESSES.c.names)
            return [tuple(row) for row in connection.execute(query.order_by(ACCESSES.c.id))]


@pytest.fixture
def shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Shown]:
    office = Office(tmp_path, capsys)
    office.config.write_text(office.config.read_text() + REMIND)
    store, key = open_store(f"sqlite:///{tmp_path}/gateway.db"), load_store_key(tmp_path / "data/keys/store.key")
    bind(store, key)
    waited = Waited(store, plan(at=(570, 840), regions=("310104",)), SMS, key=key)
    office.checks_in("C1", 500)
    waited.look("09:30")
    waited.answer(waited.send("09:31"), "09:31")
    office.checks_in("C4", 600)
    waited.look("14:00")
    waited.answer(
        waited.send("14:01", pass_ms=5 * 60 * MINUTE), "14:01", Answer(Verdict.FAILED, "no answer", unsure=True)
    )
    yield Shown(office, store, waited)
    store.close()


def test_the_log_says_who_when_by_which_way_and_what_came_of_it(shown: Shown) -> None:
    told = shown.office.said("remind", "log", *DAY)
    assert [(one["name"][-5:], one["state"], one["counts"]) for one in told["rounds"]] == [
        ("09:30", "made", {"owed": 2, "present": 1, "uncounted": 4}),
        ("14:00", "made", {"owed": 1, "present": 2, "uncounted": 4}),
    ]
    assert [(one["name"], one["channel"], one["state"]) for one in told["items"]] == [
        ("*敏", "sms", "sent"), ("*伟", "sms", "sent"), ("*敏", "sms", "waiting"),
    ]  # fmt: skip
    assert [one["name"] for one in shown.office.said("remind", "log", *DAY, "--region", "湖南路街道")["items"]] == [
        "*伟"
    ]
    assert shown.office.said("remind", "log", *DAY, "--rounds")["items"] == []
    screen = shown.office.call("remind", "log", *DAY, "--lang", "zh")
    assert ["应提醒 2" in screen, "已发" in screen, "赵敏" in screen, "138" in screen] == [True, True, False, False]
    assert shown.accesses()[0] == ("shell", "reminders", 3, False)


def test_the_report_tells_how_often_and_who_came_then(shown: Shown, tmp_path: Path) -> None:
    made = shown.office.said("report", "reminders", *DAY)
    assert made["columns"] == [
        "序号", "街道(乡镇)", "姓名", "联系方式", "入住机构名称", "是否打卡1102", "提醒次数", "首次提醒", "末次提醒",
        "首次打卡", "途径", "结果",
    ]  # fmt: skip
    assert made["rows"] == [
        [1, "天平路街道", "*敏", "138********", "仁济照料中心", "否", 2, "09:31", "14:01", "", "sms", "已发、待发"],
        [2, "湖南路街道", "*伟", "139********", "颐和居家", "是", 1, "09:31", "09:31", "10:00", "sms", "已发"],
    ]
    assert made["notes"][:3] == [
        "共提醒 2 人，其中已打卡 1 人。",
        "09:30 all：应提醒 2 人，已打卡 1 人，不计入持证护理员 4 人。",
        "14:00 all：应提醒 1 人，已打卡 2 人，不计入持证护理员 4 人。",
    ]
    assert len(shown.office.said("report", "reminders", *DAY, "--at", "09:32")["rows"]) == 2
    assert shown.office.said("report", "reminders", *DAY, "--at", "09:00")["rows"] == []
    shown.office.call("report", "reminders", *DAY, "--unmasked", "--out", str(tmp_path / "whole.xlsx"))
    assert "赵敏" in {cell.value for row in load_workbook(tmp_path / "whole.xlsx").active.rows for cell in row}
    assert shown.accesses()[-1] == ("shell", "report 催打卡情况", 2, True)


def test_without_a_plan_nobody_is_asked_about_and_looking_needs_to_be_asked_for(shown: Shown) -> None:
    assert "--dry-run" in shown.office.call("remind", "--lang", "en", code=2)
    looked = shown.office.said("remind", "--dry-run", "--region", "湖南路街道")
    assert {one["caregiver_id"] for one in looked["items"]} == {"C4", "C5", "C6"}
    assert {one["phone"][3:] for one in looked["items"]} == {"********"}
    config = shown.office.config.read_text()
    shown.office.config.write_text(config.replace(REMIND, ""))
    assert "[[remind]]" in shown.office.call("remind", "now", "--lang", "en", code=2)


def test_over_http_it_is_masked_for_whoever_may_not_see_names_and_logged(shown: Shown) -> None:
    backing = Backing(shown.store, shown.waited.key, Meters(), lambda: True, reminding=shown.waited.rules)
    server = HttpServer(make_app(backing), Address("127.0.0.1", 0))
    server.start()

    def ask(what: str, role: str = "viewer", **asked: Any) -> httpx.Response:
        with shown.store.writing() as connection:
            token = tokens.new_token(connection, role, role, 1)
        headers, url = {"Authorization": f"Bearer {token}"}, f"http://127.0.0.1:{server.port}/api/v1/reminders{what}"
        return httpx.get(url, headers=headers, params=asked, timeout=120)

    try:
        first = ask("", date="2026-11-02", limit=2).json()
        assert [(one["name"], one["state"]) for one in first["items"]] == [("*敏", "waiting"), ("*伟", "sent")]
        (last,) = ask("", date="2026-11-02", limit=2, before=first["next"]).json()["items"]
        assert (last["name"], last["detail"]) == ("*敏", TAKEN.detail)
        assert ask("", date="2026-11-02", names=True).status_code == 403
        assert ask("", "auditor", date="2026-11-02", names=True).json()["items"][0]["name"] == "赵敏"
        rounds = ask("/rounds", date="2026-11-02").json()["items"]
        assert [one["counts"]["owed"] for one in rounds] == [2, 1]
        due = ask("/due", organisation="O2").json()["items"]
        assert [(one["caregiver_id"], one["phone"]) for one in due] == [("C3", "138********")]
        assert ask("", "duty").status_code == 403
        assert ("viewer", "reminders", 2, False) in shown.accesses()
        assert ("auditor", "reminders", 3, True) in shown.accesses()
        assert ("viewer", "reminders due", 1, False) in shown.accesses()
    finally:
        server.stop()


def test_they_are_in_what_is_held_about_a_person_and_go_when_their_time_is_over(shown: Shown) -> None:
    with shown.store.reading() as connection:
        held = gather(connection, shown.waited.key, Subject("caregiver", "C3"))
        assert [one["state"] for one in held.sections["reminders"]] == ["sent", "waiting"]
    (kind,) = (one for one in KINDS if one.name == "reminders")
    with shown.store.writing() as connection:
        kind.step(connection, Wanted(at("09:30")), None, Removed())
    assert len(shown.waited.rows()) == 3
    with shown.store.writing() as connection:
        kind.step(connection, Wanted(at("14:00") + MINUTE), None, Removed())
    assert shown.waited.rows() == []
    assert shown.waited.made() == []
