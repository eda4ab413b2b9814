"""Enrolment over the gateway: the real terminal, gateway and authority, each a process of its own."""

import base64
import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from samples.provided import ENVIRONMENT, Site
from samples.running import wait_until
from zhendao.protocol.enrolment import open_answer, open_request
from zhendao.protocol.invitation import Code, new_code, parse_code, split_invited
from zhendao.protocol.suite import SM
from zhendao.protocol.vocabulary import Mounting, Placement
from zhendao.provisioning.duty import Duty
from zhendao.provisioning.founding import found
from zhendao.provisioning.invitations import Home
from zhendao.provisioning.terminals import grant
from zhendao.simulators.demo.commands import command
from zhendao.simulators.demo.script import TENANT

PATIENCE_S = 180.0


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Town"]:
    site = Site(tmp_path_factory.mktemp("town"), plain=True, store=None)
    site.provide()
    with site.started("zhendao-gateway", "gateway.toml"):
        wait_until(lambda: site.said("zhendao-gateway", "http at port"), PATIENCE_S)
        yield Town(site)


class Town:
    """The gateway's address, the authority's token, and as many new terminals as are wanted."""

    def __init__(self, site: Site) -> None:
        self.site, self.count = site, 0
        log = (site.folder / "zhendao-gateway.log").read_text("utf-8")
        self.url = f"http://127.0.0.1:{log.partition('http at port ')[2].split()[0]}"
        words = ("--role", "enroller", "--label", "office", "--config", site.folder / "gateway.toml", "--json")
        token = json.loads(site.call("zhendao-gateway", "token", "new", *words))["token"]
        (site.folder / "token").write_text(token)

    def folder(self) -> Path:
        self.count += 1
        folder = self.site.folder / f"box-{self.count}"
        folder.mkdir()
        words = (self.site.folder / "device.toml").read_text().replace('"terminal"', f'"{folder}/data"')
        (folder / "device.toml").write_text(words)
        return folder

    def enrol(self, folder: Path, *words: object) -> "subprocess.Popen[str]":
        """Let a terminal ask; it waits for its answer."""
        asked = ("--config", folder / "device.toml", "--online", self.url, "--keystore", "file", "--wait", "50")
        done = command("zhendao-device", "enrol", *asked, "--json", *words)
        return subprocess.Popen(done, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def invite(self, *words: object) -> str:
        there = ("terminal", "invite", self.site.folder / "authority", "--json")
        return str(json.loads(self.site.call("zhendao-provision", *there, *words))["code"])

    def registry(self, table: str) -> list[dict[str, Any]]:
        words = ("registry", "show", table, "--config", self.site.folder / "gateway.toml", "--json")
        rows: list[dict[str, Any]] = json.loads(self.site.call("zhendao-gateway", *words))["tables"][table]
        return rows

    def approve(self, *words: object) -> list[dict[str, Any]]:
        where = ("--online", self.url, "--token-file", self.site.folder / "token", "--json")
        said = self.site.call(
            "zhendao-provision", "terminal", "approve", self.site.folder / "authority", *where, *words
        )
        return [json.loads(one) for one in said.splitlines()]

    def waits(self, folder: Path) -> bool:
        """Tell whether the terminal of ``folder`` is in the authority's list."""
        request = folder / "data/identity/request.cbor"
        if not request.exists():
            return False
        token = (self.site.folder / "token").read_text()
        found = httpx.get(f"{self.url}/v1/enrolments", headers={"Authorization": f"Bearer {token}"}, trust_env=False)
        items = [base64.b64decode(one["request"]) for one in found.json()["items"]]
        return request.read_bytes() in [split_invited(one)[0] for one in items]


def finished(process: "subprocess.Popen[str]") -> tuple[int, str]:
    out, err = process.communicate(timeout=PATIENCE_S)
    return process.returncode, out + err


def test_with_a_code_a_terminal_is_approved_without_a_person(town: Town) -> None:
    folder = town.folder()
    elder = town.registry("elders")[0]["elder_id"]
    code = town.invite("--placement", "home", "--mounting", "wall", "--elder", elder)
    process = town.enrol(folder, "--code", code.lower())
    wait_until(lambda: town.waits(folder), PATIENCE_S)
    (said,) = town.approve()
    assert (said["state"], said["bound"], said["problem"]) == ("approved", True, None)
    status, told = finished(process)
    assert status == 0, told
    answer = open_answer((folder / "data/identity/answer.cbor").read_bytes())
    assert answer.mounting.name == "WALL"
    rows = {one["device"]: one["elder_id"] for one in town.registry("terminals")}
    assert rows[answer.device.hex()] == elder
    assert town.approve() == []


def test_a_wrong_code_is_refused_and_the_terminal_is_told(town: Town) -> None:
    folder, code = town.folder(), parse_code(town.invite())
    mistyped = code.text[:-1] + ("A" if code.text[-1] != "A" else "B")
    assert finished(town.enrol(folder, "--code", mistyped))[0] == 2
    guessed = Code(code.id + new_code(bytes(8)).characters[3:])
    process = town.enrol(folder, "--code", guessed.text)
    wait_until(lambda: town.waits(folder), PATIENCE_S)
    (said,) = town.approve()
    assert said["state"] == "refused"
    status, told = finished(process)
    assert status == 1
    assert "the code is wrong, 4 tries are left" in told
    process = town.enrol(folder, "--code", code.text)
    wait_until(lambda: town.waits(folder), PATIENCE_S)
    (said,) = town.approve()
    assert said["state"] == "approved"
    assert finished(process)[0] == 0


def test_without_a_code_an_official_decides(town: Town) -> None:
    folder = town.folder()
    process = town.enrol(folder)
    wait_until(lambda: town.waits(folder), PATIENCE_S)
    (said,) = town.approve()
    assert said["state"] == "waiting"
    (said,) = town.approve("--code", said["code"], "--placement", "station")
    assert said["state"] == "approved"
    status, told = finished(process)
    assert status == 0, told
    assert open_answer((folder / "data/identity/answer.cbor").read_bytes()).placement.name == "STATION"


def test_an_authority_that_the_gateway_does_not_believe_answers_nobody(town: Town, tmp_path: Path) -> None:
    """Whoever stole an enroller's token binds no terminal of his own in the registry."""
    folder = town.folder()
    process = town.enrol(folder)
    wait_until(lambda: town.waits(folder), PATIENCE_S)
    request = (folder / "data/identity/request.cbor").read_bytes()
    stranger = found(tmp_path / "stranger", TENANT, "correct horse", SM, (), int(time.time()))
    forged = grant(stranger, request, Home(Duty(Placement.HOME, Mounting.WALL)), None, int(time.time())).data
    said = {"answer": base64.b64encode(forged).decode(), "elder": town.registry("elders")[0]["elder_id"]}
    token = (town.site.folder / "token").read_text()
    with httpx.Client(base_url=town.url, trust_env=False, headers={"Authorization": f"Bearer {token}"}) as client:
        reply = client.post(f"/v1/enrolments/{SM.hash(request).hex()}", json=said)
        assert (reply.status_code, reply.json()["error"]["code"]) == (422, "no-answer")
        assert client.post(f"/v1/enrolments/{SM.hash(request).hex()}", json={"refused": "不行\nno"}).status_code == 200
    assert "no" in finished(process)[1]
    assert open_request(request).device.hex() not in {one["device"] for one in town.registry("terminals")}


def test_nobody_but_the_authority_sees_or_answers_what_waits(town: Town) -> None:
    with httpx.Client(base_url=town.url, trust_env=False) as client:
        assert client.get("/v1/enrolments").status_code == 401
        assert client.post(f"/v1/enrolments/{'0' * 64}", json={"refused": "x"}).status_code == 401
        assert client.get(f"/v1/enrolment/{'0' * 64}").status_code == 404
        assert client.post("/v1/enrolment", content=b"junk").status_code == 422
        words = ("--role", "viewer", "--label", "x", "--config", town.site.folder / "gateway.toml", "--json")
        token = json.loads(town.site.call("zhendao-gateway", "token", "new", *words))["token"]
        assert client.get("/v1/enrolments", headers={"Authorization": f"Bearer {token}"}).status_code == 403


def test_who_knocks_too_often_is_put_off(town: Town) -> None:
    with httpx.Client(base_url=town.url, trust_env=False) as client:
        found = [client.post("/v1/enrolment", content=b"junk").status_code for _ in range(12)]
    assert found[-1] == 429
    assert set(found) <= {422, 429}
