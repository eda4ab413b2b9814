"""A running gateway reminds by its clock and when it is asked, of what terminals really said, and survives a kill.

rule: REMIND
"""

import json
import signal
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from samples.duty import TOKEN, Duty
from samples.grouped import Chat
from samples.reminded import MINUTE
from samples.running import Broker, Gateway, Radio, wait_until
from samples.site import Authority, Terminal
from samples.street import written
from samples.taps import check
from zhendao.command.run import run
from zhendao.gateway.cli import PROGRAM
from zhendao.protocol.vocabulary import Direction

CARD = b"card-one"


def minute_of(now_ms: int, offset_min: int) -> str:
    minute = (now_ms // MINUTE + offset_min) % 1440
    return f"{minute // 60:02}:{minute % 60:02}"


def settings(folder: Path, chat: Chat, duty: Duty, at: str, offset_min: int) -> str:
    for name, text in (("d.token", "dtoken"), ("d.secret", "SECdd"), ("w.token", "wkey"), ("s.token", TOKEN)):
        (folder / name).write_text(text + "\n")
    return f"""
[visits]
utc_offset_min = {offset_min}
[[remind]]
name = "all"
at = ["{at}"]
days = "每天"
apart_min = 0
most_a_day = 3
late_min = 60
[[remind.channel]]
name = "sms"
kind = "sms"
url = "{duty.url("sms")}"
token_file = "s.token"
[[remind.channel]]
name = "ding"
kind = "dingtalk"
url = "{chat.url("dingtalk")}"
token_file = "d.token"
secret_file = "d.secret"
[[remind.channel]]
name = "wecom"
kind = "wecom"
url = "{chat.url("wecom")}"
token_file = "w.token"
names = "count"
"""


def states(gateway: Gateway, channel: str) -> list[tuple[str, str]]:
    connection = sqlite3.connect(gateway.database)
    try:
        query = "SELECT caregiver_id, state FROM reminders WHERE channel = ? ORDER BY id"
        return connection.execute(query, (channel,)).fetchall()
    finally:
        connection.close()


def seen_by(gateway: Gateway) -> list[str]:
    connection = sqlite3.connect(gateway.database)
    try:
        return [row[0] for row in connection.execute("SELECT caregiver_id FROM visits")]
    finally:
        connection.close()


def checks_in(radio: Radio, line: Terminal) -> None:
    line.add(check(Direction.IN, card=CARD), wall_ms=time.time_ns() // 1_000_000)
    radio.send_until_held(line, 1, 2)


def said(capsys: pytest.CaptureFixture[str], gateway: Gateway, *words: str) -> Any:
    capsys.readouterr()
    assert run(PROGRAM, [*words, "--config", str(gateway.config), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_it_reminds_whoever_has_not_checked_in_once_though_it_is_killed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    authority, broker = Authority(now_s=time.time_ns() // 10**9), Broker(tmp_path)
    # It is noon where this gateway is, whenever the test runs.
    offset_min = 720 - time.time_ns() // (MINUTE * 10**6) % 1440
    with Chat() as chat, Duty(None) as duty:
        broker.start()
        gateway = Gateway(tmp_path, authority, broker.port, settings(tmp_path, chat, duty, "09:00", offset_min))
        lists = written(tmp_path / "lists")
        (lists / "标签.csv").write_text(
            f"芯片号,角色,持有者编号,有效期起\n{CARD.hex()},护理员,C1,2026-01-01\n", "utf-8"
        )
        assert run(PROGRAM, ["registry", "load", str(lists), "--config", str(gateway.config)]) == 0
        try:
            gateway.start()
            wait_until(gateway.well)
            with Radio(broker.port) as radio:
                checks_in(radio, authority.terminal())
            wait_until(lambda: seen_by(gateway) == ["C1"])

            looked = said(capsys, gateway, "remind", "--dry-run")
            assert {one["caregiver_id"]: one["why"] for one in looked["items"] if one["why"] != "uncounted"} == {
                "C1": "present", "C3": "", "C4": "",
            }  # fmt: skip
            asked = said(capsys, gateway, "remind", "now")
            assert asked["counts"] == {"owed": 2, "present": 1, "uncounted": 4}
            assert sorted(one.said["to"] for one in duty.wait("sms", 2)) == ["13812345678", "13912345678"]
            chat.wait(lambda: chat.dingtalk.shown and chat.wecom.shown)
            (ding,), (wecom,) = chat.shown("dingtalk"), chat.shown("wecom")
            assert ["＊敏" in ding.text, "＊伟" in ding.text, "＊婉" in ding.text] == [True, True, False]
            assert "尚有2人未打卡" in wecom.text
            for channel in ("sms", "ding", "wecom"):
                wait_until(lambda: states(gateway, channel) == [("C3", "sent"), ("C4", "sent")])  # noqa: B023

            chat.fail("dingtalk", "timeout")
            said(capsys, gateway, "remind", "now", "--organisation", "O2")
            chat.wait(lambda: len(chat.dingtalk.shown) == 2)  # it is there, and the gateway does not know
            gateway.stop(signal.SIGKILL)
            config = gateway.config.read_text().replace(
                'at = ["09:00"]', f'at = ["09:00", "{minute_of(now(), offset_min)}"]'
            )
            gateway.config.write_text(config)
            gateway.start()
            wait_until(lambda: states(gateway, "ding")[2] == ("C3", "unsure"))
            # By its clock: a third time today, and for C4 a second.
            chat.wait(lambda: len(chat.dingtalk.shown) == 3)
            wait_until(lambda: states(gateway, "ding")[3:] == [("C3", "sent"), ("C4", "sent")])
            assert len(duty.wait("sms", 5)) == 5
            log = said(capsys, gateway, "remind", "log")
            # In no order: on a machine that does much else the minute of the third may lie behind the others.
            rounds = [(one["state"], one["counts"].get("owed", 0)) for one in log["rounds"]]
            assert sorted(rounds) == [("made", 1), ("made", 2), ("made", 2), ("missed", 0)]
            assert {one["name"] for one in log["items"]} == {"*敏", "*伟"}
            assert [one["state"] for one in log["items"] if one["channel"] == "ding"][2] == "unsure"
            assert said(capsys, gateway, "remind", "now")["counts"] == {"often": 1, "owed": 1, "present": 1,
                                                                        "uncounted": 4}  # fmt: skip
            assert gateway.stop() == 0
        finally:
            gateway.process.kill()
            gateway.process.wait()
            broker.stop()
    assert len(chat.wecom.shown) <= 5
    log_of_it = (tmp_path / "gateway.log").read_text()
    assert not [one for one in ("dtoken", "SECdd", "wkey", "13812345678", "赵敏") if one in log_of_it]


def now() -> int:
    return time.time_ns() // 1_000_000
