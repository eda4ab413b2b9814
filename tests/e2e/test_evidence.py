"""From the terminal's signature to an auditor's desk: an event, and a visit, checked without the gateway."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from samples.certified import Certified
from samples.home import Terminal, ended
from samples.pn532 import CARD, DOOR, Emulator
from samples.running import Broker, Gateway, running, wait_until
from samples.site import Authority
from samples.taps import check
from samples.village import CHINA
from samples.wallclock import WallClock
from zhendao.protocol.batch import decode_batch
from zhendao.protocol.bodies import Sensor
from zhendao.protocol.suite import SM
from zhendao.protocol.vocabulary import Direction, Role, SensorClass
from zhendao.readers.ntag import write_ndef
from zhendao.readers.pn532_port import open_pn532

NOT_FOUND = 404


def command(name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run one of the commands as a person would."""
    module = {"zhendao-gateway": "gateway", "zhendao-verify": "verifier"}[name]
    start = f"import sys; from zhendao.{module}.cli import main; sys.exit(main())"
    line = [sys.executable, "-c", start, *map(str, arguments), "--lang", "en", "--json"]
    return subprocess.run(line, capture_output=True, text=True, check=False, env=os.environ)


class Auditor:
    """Somebody with a token, who asks the gateway."""

    def __init__(self, gateway: Gateway, role: str) -> None:
        made = command("zhendao-gateway", "token", "new", "--role", role, "--config", gateway.config)
        self.headers = {"Authorization": f"Bearer {json.loads(made.stdout)['token']}"}
        self.url = f"http://127.0.0.1:{gateway.http_port}/api/v1"

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"{self.url}/{path}", headers=self.headers, trust_env=False)


def verified(file: Path, gateway: Gateway) -> tuple[int, Any]:
    keys = gateway.folder / "data" / "keys"
    roots = ("--root", keys / "root.crt", "--issuing", keys / "issuing.crt")
    done = command("zhendao-verify", "batch", file, *roots)
    return done.returncode, json.loads(done.stdout)


def test_an_auditor_takes_one_check_home_and_proves_it_without_the_gateway(tmp_path: Path) -> None:
    authority = Authority(suite=SM, now_s=int(time.time()))
    line = authority.terminal()
    line.add(check(Direction.IN))
    line.add(Sensor("door", SensorClass.DOOR_CONTACT, 1, 0), sign=False)
    file = tmp_path / "check.zdb"
    with running(tmp_path, authority) as (_, gateway, radio):
        radio.send(line.message(1, 3))
        wait_until(lambda: radio.held(line) == 3)
        auditor = Auditor(gateway, "auditor")
        ids = {item["seq"]: item["id"] for item in auditor.get("events").json()["items"]}

        given = auditor.get(f"events/{ids[2]}/proof")
        assert (given.status_code, given.headers["content-type"]) == (200, "application/octet-stream")
        file.write_bytes(given.content)

        lone = auditor.get(f"events/{ids[3]}/proof")
        assert (lone.status_code, lone.json()["error"]["code"]) == (NOT_FOUND, "no-own-signature")
        nothing = auditor.get("events/999999/proof")
        assert (nothing.status_code, nothing.json()["error"]["code"]) == (NOT_FOUND, "not-found")
        assert [auditor.get(f"events/{wrong}/proof").status_code for wrong in ("0", "x", "9" * 30)] == [422] * 3
        assert Auditor(gateway, "viewer").get(f"events/{ids[2]}/proof").status_code == 403
        read = Auditor(gateway, "admin").get("accesses").json()["items"]
        assert [(one["filters"], one["items"]) for one in read if one["resource"] == "proof"] == [
            ("event_id=999999", 0), (f"event_id={ids[3]}", 0), (f"event_id={ids[2]}", 1),
        ]  # fmt: skip
    code, told = verified(file, gateway)
    assert (code, told["holds"]) == (0, True)
    batch = decode_batch(file.read_bytes())
    assert (batch.device, batch.first, batch.items[0].sealed) == (line.device, 2, line.items[1].sealed)

    touched = bytearray(given.content)
    touched[touched.index(line.items[1].sealed) + 20] ^= 1
    file.write_bytes(touched)
    code, told = verified(file, gateway)
    assert (code, told["holds"], told["steps"][-1]["step"]) == (1, False, "signature")


REGISTRY = {
    "places": "place_id,lat_e7,lon_e7,datum,radius_m,accuracy_m,valid_from\nP1,31,121,WGS-84,60,5,2026-01-01\n",
    "elders": "elder_id,name,place_id,valid_from\nE1,王秀兰,P1,2026-01-01\n",
    "caregivers": "caregiver_id,name,valid_from\nC1,李婉,2026-01-01\n",
    "tokens": f"uid,role,holder_id,valid_from\n{CARD.hex()},caregiver,C1,2026-01-01\n",
    "terminals": "device,placement,place_id,elder_id,valid_from\n{device},home,P1,E1,2026-01-01\n",
}
GONE = "wait 1500"
"""Time for a token to be seen as gone: the next one at the reader is a new holding."""


def office(gateway: Gateway, *words: object) -> Any:
    """Have the office of ``gateway`` run a command; return what it says."""
    done = command("zhendao-gateway", *words, "--config", gateway.config)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout else None


def visited(folder: Path, who: Certified, broker: Broker, meanwhile: Any) -> None:
    """Have a caregiver come and go at a terminal that has no link and no clock; then both come, and the terminal goes.

    ``meanwhile`` is called when time and link are there, and waits for what it wants to see.
    """
    wall = WallClock(folder)
    wall.epoch()
    with contextlib.ExitStack() as stack:
        emulator = stack.enter_context(Emulator(folder / "reader", "--state", str(folder / "tags")))
        emulator.tags()
        reader = open_pn532(str(emulator.link))
        for tag, role, uid in (("door", Role.DOOR, DOOR), ("card", Role.CAREGIVER, CARD)):
            emulator.do(f"present {tag}")
            write_ndef(reader, uid, who.message(role, uid))
            emulator.do(f"remove {tag}")
        reader.close()
        config = folder / "device.toml"
        config.write_text(
            f'[terminal]\ndata_dir = "{folder}/terminal"\n[nfc]\ndriver = "pn532"\nport = "{emulator.link}"\n'
            f'[broker]\nurl = "mqtt://127.0.0.1:{broker.port}"\n[session]\ndouble_tap_s = 0\n'
        )
        terminal = Terminal(config, who.write(folder / "identity"))
        stack.enter_context(ended(terminal.process))
        terminal.next("ready")
        for moment in ("checked-in", "checked-out"):
            emulator.do("present door")
            terminal.next("door-seen")
            emulator.do("present card")
            terminal.next(moment)
            for tag in ("card", "door"):
                emulator.do(f"remove {tag}")
            emulator.do(GONE)
        wall.set(0)
        wall.ntp(20)
        broker.start()
        stack.callback(lambda: broker.process.poll() is None and broker.stop())
        meanwhile()
        terminal.kill()
        broker.stop()
    shutil.rmtree(folder / "terminal")


def test_a_visit_without_link_and_clock_dated_later_and_corrected_is_proved_by_file_and_root_alone(
    tmp_path: Path,
) -> None:
    authority = Authority(SM, now_s=int(time.time()))
    broker = Broker(tmp_path)
    gateway = Gateway(tmp_path, authority, broker.port)
    who = Certified(SM, authority=authority)
    who.gateway = gateway.key
    lists = tmp_path / "lists"
    lists.mkdir()
    for table, text in REGISTRY.items():
        (lists / f"{table}.csv").write_text(text.replace("{device}", who.device.hex()), "utf-8")
    began_s = int(time.time())
    url = f"http://127.0.0.1:{gateway.http_port}"

    desks: list[Auditor] = []

    def closed() -> Any:
        records = [one["record"] for one in desks[0].get("visits").json()["items"] if one["state"] == "closed"]
        return next((one for one in records if one["in"] and one["in"]["method"] == "anchor"), None)

    def meanwhile() -> None:
        gateway.start()
        wait_until(gateway.well)
        office(gateway, "registry", "load", lists)
        desks.append(Auditor(gateway, "viewer"))
        wait_until(closed)

    try:
        visited(tmp_path, who, broker, meanwhile)
        visit = closed()["visit_id"]
        hour_ago = f"{datetime.fromtimestamp(began_s - 3_600, CHINA):%Y-%m-%d %H:%M}"
        attested = ("--reason", "no_check_in", "--attested", "老人确认")
        made = office(gateway, "cases", "correct", visit, "--begin", hour_ago, *attested)
        token = office(gateway, "token", "new", "--role", "supervisor")["token"]
        (tmp_path / "token").write_text(token)
        (tmp_path / "token").chmod(0o600)
        command("zhendao-gateway", "cases", "approve", made["number"], "--url", url, "--token-file", tmp_path / "token")
        wait_until(lambda: "correction" in closed())
        desk = tmp_path / "desk"
        desk.mkdir()
        office(gateway, "evidence", "--visit", visit, "--out", desk / "visit.zde")
    finally:
        if gateway.process is not None and gateway.process.poll() is None:
            gateway.stop()
    shutil.copy(gateway.folder / "data" / "keys" / "root.crt", desk)
    for one in ("data", "lists", "identity"):
        shutil.rmtree(tmp_path / one)
    told = at_the_desk(desk, 0)
    assert told.count("✓") == 7, told
    assert f"终端 {who.device.hex()} 当时签署" in told
    assert "由终端的可信时钟得出" in told
    assert "时间曾由人更正" in told
    assert "未证明：持卡者就是本人" in told
    altered = bytearray((desk / "visit.zde").read_bytes())
    altered[-100] ^= 1
    (desk / "visit.zde").write_bytes(altered)
    assert "✗" in at_the_desk(desk, 1)


def at_the_desk(desk: Path, code: int) -> str:
    """Return what `zhendao-verify` says in a folder with a file and a root, with no environment at all."""
    assert {one.name for one in desk.iterdir()} == {"visit.zde", "root.crt"}
    start = f"import sys; sys.path[:0] = {sys.path!r}; from zhendao.verifier.cli import main; sys.exit(main())"
    line = ["env", "-i", sys.executable, "-c", start, "visit.zde", "--root", "root.crt", "--lang", "zh"]
    done = subprocess.run(line, cwd=desk, capture_output=True, text=True, encoding="utf-8", timeout=180, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout
