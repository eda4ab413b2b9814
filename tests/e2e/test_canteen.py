"""A canteen from card to report: a real reader line, terminal, broker and gateway; the broker away meanwhile."""

import contextlib
import json
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from samples.certified import Certified
from samples.home import Terminal, ended
from samples.pn532 import Emulator
from samples.running import Broker, Gateway, wait_until
from samples.site import Authority
from samples.village import CHINA
from zhendao.command.run import run
from zhendao.gateway.cli import PROGRAM
from zhendao.protocol.suite import INTL
from zhendao.protocol.vocabulary import Role
from zhendao.readers.ntag import write_ndef
from zhendao.readers.pn532_port import open_pn532

ELDERS = {"chen": bytes.fromhex("04e1e1e1e1e1e1"), "wang": bytes.fromhex("04e2e2e2e2e2e2"), "li": b"\x04" + b"\xe3" * 6}
CODE = "330106-0007"


class Office:
    """Commands as an office calls them."""

    def __init__(self, gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
        self.gateway, self.capsys = gateway, capsys

    def said(self, *words: str) -> Any:
        assert run(PROGRAM, [*words, "--config", str(self.gateway.config), "--json"]) == 0
        return json.loads(self.capsys.readouterr().out)


def registry(folder: Path, device: bytes) -> Path:
    folder.mkdir()
    names = list(ELDERS)
    tables = {
        "regions": "region,level,parent,valid_from\nS1,street,,2026-01-01\nV1,village,S1,2026-01-01\n"
        "V2,village,S1,2026-01-01\n",
        "elders": "elder_id,name,household,valid_from\n" + "".join(f"{one},{one},V1,2026-01-01\n" for one in names),
        "tokens": "uid,role,holder_id,valid_from\n"
        + "".join(f"{uid.hex()},elder,{name},2026-01-01\n" for name, uid in ELDERS.items()),
        "meal_points": f"point,title,kind,place_code,region,valid_from\nM1,食堂,食堂,{CODE},V1,2026-01-01\n",
        "terminals": f"device,placement,meal_point,valid_from\n{device.hex()},station,M1,2026-01-01\n",
    }
    for table, text in tables.items():
        (folder / f"{table}.csv").write_text(text, "utf-8")
    return folder


@pytest.mark.long
def test_three_elders_eat_and_their_village_is_covered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    authority = Authority(INTL, now_s=int(time.time()))
    broker = Broker(tmp_path)
    broker.start()
    gateway = Gateway(tmp_path, authority, broker.port)
    office = Office(gateway, capsys)
    who = Certified(INTL, "STATION", authority=authority)
    who.gateway = gateway.key
    with contextlib.ExitStack() as stack:
        stack.callback(lambda: broker.process.poll() is None and broker.stop())
        gateway.start()
        stack.callback(lambda: gateway.process.poll() is None and gateway.stop())
        wait_until(gateway.well)
        office.said("registry", "load", str(registry(tmp_path / "lists", who.device)))
        emulator = stack.enter_context(Emulator(tmp_path / "reader", "--state", str(tmp_path / "tags")))
        reader = open_pn532(str(emulator.link))
        for name, uid in ELDERS.items():
            emulator.do(f"tag {name} ntag213 uid={uid.hex()}")
            emulator.do(f"present {name}")
            write_ndef(reader, uid, who.message(Role.ELDER, uid))
            emulator.do(f"remove {name}")
        reader.close()
        config = tmp_path / "device.toml"
        config.write_text(
            f'[terminal]\ndata_dir = "{tmp_path}/terminal"\n[nfc]\ndriver = "pn532"\nport = "{emulator.link}"\n'
            f'[broker]\nurl = "mqtt://127.0.0.1:{broker.port}"\n[meals]\nkind = "canteen"\nplace_code = "{CODE}"\n'
        )
        terminal = Terminal(config, who.write(tmp_path / "identity"))
        stack.enter_context(ended(terminal.process))
        terminal.next("ready")

        def hold(tag: str, moment: str) -> None:
            emulator.do(f"present {tag}")
            terminal.next(moment)
            emulator.do(f"remove {tag}")
            emulator.do("wait 800")

        hold("chen", "meal-recorded")
        terminal.next("accepted")
        broker.stop()
        hold("chen", "already-recorded")
        hold("wang", "meal-recorded")
        hold("li", "meal-recorded")
        broker.start()

        today = datetime.now(CHINA).date()
        wait_until(lambda: office.said("report", "meal-count")["total"][5:6] == [3])
        (point,) = office.said("report", "meal-points")["rows"]
        assert point[2:7] == ["食堂", "食堂", CODE, 3, 1]
        villages = office.said("report", "meal-coverage")
        assert [row[2:6] for row in villages["rows"]] == [["V1", 3, 3, "是"], ["V2", 0, 0, "否"]]
        assert "不计无登记老人的村社，共 1 个，已覆盖 1 个（100.00%）。" in villages["notes"]
        file = tmp_path / "补录.csv"
        before = today - timedelta(days=40)
        file.write_text(f"场所码,日期,餐次,老人编号\n{CODE},{today},晚餐,li\n{CODE},{before},午餐,li\n", "utf-8")
        told = office.said("meals", "import", str(file))
        assert [one["state"] for one in told["answers"]] == ["signed-day", "counted"]
        assert terminal.stop()[0] == 0
