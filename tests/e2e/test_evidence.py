"""From the terminal's signature to an auditor's desk: one event out of a running gateway, checked without it."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from samples.running import Gateway, running, wait_until
from samples.site import Authority
from samples.taps import check
from zhendao.protocol.batch import decode_batch
from zhendao.protocol.bodies import Sensor
from zhendao.protocol.suite import SM
from zhendao.protocol.vocabulary import Direction, SensorClass

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
