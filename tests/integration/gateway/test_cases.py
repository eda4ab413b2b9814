"""Cases over HTTP and from the command line: who may do what, two people for a correction, and the outcome of it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from samples.alarmed import Alarmed
from samples.registered import register
from samples.site import NOW_MS, Authority, Site
from samples.taps import check
from zhendao.command.run import run
from zhendao.gateway.api.tables import ACCESSES
from zhendao.gateway.cli import PROGRAM
from zhendao.protocol.vocabulary import Direction

HOUR = 3_600_000
BEGAN = NOW_MS - 2 * HOUR


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def office(tmp_path: Path, authority: Authority) -> Iterator[Alarmed]:
    """A gateway that knows of one visit of 20 minutes."""
    site = Site(tmp_path, authority)
    line = authority.terminal()
    register(site, line.device)
    line.add(check(Direction.IN), wall_ms=BEGAN)
    line.add(check(Direction.OUT, 2), wall_ms=BEGAN + 20 * 60_000, mono_ns=(20 * 60 + 2) * 10**9)
    with Alarmed(site).running() as running:
        running.take(line.message(1, 3))
        yield running
    site.store.close()


def ask(office: Alarmed, method: str, path: str, token: str, **how: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.request(method, f"{office.url}/api/v1{path}", headers=headers, timeout=60, **how)


def test_a_worker_proposes_another_approves_and_the_case_clears_and_comes_back(office: Alarmed) -> None:
    worker, quality = office.token("worker", "李婉"), office.token("quality", "机构质控")
    (item,) = ask(office, "GET", "/cases", quality).json()["items"]
    assert (item["state"], item["kinds"], item["zh"]) == ("open", ["short"], "待答复")
    wanted = {"visit_id": item["visit_id"], "end_ms": BEGAN + HOUR, "reason": "no_check_out", "attested": "老人确认"}
    assert ask(office, "GET", "/cases", worker).status_code == 403
    made = ask(office, "POST", "/corrections", worker, json=wanted)
    assert (made.status_code, made.json()["state"], made.json()["by"]) == (201, "proposed", "李婉")
    assert ask(office, "POST", "/corrections/1", worker, json={"act": "approved"}).status_code == 403
    ask(office, "POST", "/corrections/1", quality, json={"act": "approved", "by": "王芳"})
    office.site.settle()
    told = ask(office, "GET", "/cases/1", quality).json()
    assert (told["case"]["state"], told["corrections"][0]["state"]) == ("cleared", "approved")
    ask(office, "POST", "/corrections/1", quality, json={"act": "withdrawn"})
    office.site.settle()
    assert ask(office, "GET", "/cases/1", quality).json()["case"]["state"] == "open"
    with office.site.store.reading() as connection:
        read = connection.execute(select(ACCESSES.c.resource)).scalars().all()
    assert list(read).count("cases") == 3


def test_two_names_behind_one_token_are_not_two_people(office: Alarmed) -> None:
    quality = office.token("quality", "机构质控")
    visit = ask(office, "GET", "/cases", quality).json()["items"][0]["visit_id"]
    wanted = {"visit_id": visit, "end_ms": BEGAN + HOUR, "reason": "no_check_out", "attested": "老人确认"}
    ask(office, "POST", "/corrections", quality, json=wanted | {"by": "王芳"})
    refused = ask(office, "POST", "/corrections/1", quality, json={"act": "approved", "by": "李明"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "case-four-eyes")


def test_both_sides_then_a_decision_from_the_command_line(
    office: Alarmed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = tmp_path / "quality.token"
    secret.write_text(office.token("quality", "机构质控"))

    def said(*words: str) -> tuple[int, Any, str]:
        where = ("--url", office.url, "--token-file", str(secret), "--json", "--lang", "en")
        code = run(PROGRAM, ["cases", *words, *where])
        out, err = capsys.readouterr()
        return code, json.loads(out) if out else None, err

    code, _, refused = said("decide", "acknowledged", "1", "--reason", "other_time")
    assert code == 1
    assert "both sides" in refused
    said("hear", "1", "--side", "caregiver", "--said", "她让我先走", "--by", "王芳")
    said("hear", "1", "--side", "elder", "--said", "called three times", "--unreached")
    code, done, _ = said("decide", "acknowledged", "1", "--reason", "other_time")
    assert (code, done["state"], done["sandata"]) == (0, "decided", "01")
    _, shown, _ = said("show", "1")
    assert [one["act"] for one in shown["log"]] == ["opened", "heard", "unreached", "decided"]
    assert said("ls")[1] == []
    visit = shown["case"]["visit_id"]
    end = datetime.fromtimestamp((BEGAN + HOUR) / 1000, UTC).isoformat()
    _, made, _ = said("correct", visit, "--end", end, "--reason", "other_time", "--attested", "她在场")
    _, tasks, _ = said("tasks", visit, "--done", "助浴", "--refused", "剪发=她不愿意", "--by", "王芳")
    assert [(one["done"], one["refused"]) for one in tasks] == [(["助浴"], [{"task": "剪发", "why": "她不愿意"}])]
    assert said("tasks", visit)[1] == tasks
    code, told, _ = said("corrections")
    assert (code, told["number"], told["state"], told["seen"]["begin_ms"]) == (0, 1, "proposed", BEGAN)
    assert told == made
    assert said("unlock", "1", "--why", "audit")[0] == 1  # that is for supervisors
    assert said("unlock-visit", visit, "--why", "audit")[0] == 1
    assert run(PROGRAM, ["cases", "ls", "--all", "--url", office.url, "--token-file", str(secret), "--lang", "en"]) == 0
    assert "decided" in capsys.readouterr().out


def test_supervisors_enter_an_outage_and_what_makes_no_sense_is_refused(office: Alarmed) -> None:
    supervisor = office.token("supervisor", "民政")
    good = {"what": "network", "from_ms": BEGAN, "to_ms": BEGAN + HOUR}
    assert ask(office, "POST", "/outages", supervisor, json=good).status_code == 201
    assert ask(office, "POST", "/outages", supervisor, json=good | {"to_ms": BEGAN - 1}).status_code == 409
    assert ask(office, "POST", "/outages", supervisor, json=good | {"what": "moon"}).status_code == 422
    assert ask(office, "POST", "/cases/1/unlock", supervisor, json={"why": "审计"}).json()["unlocked_ms"] > NOW_MS
    visit = ask(office, "GET", "/cases/1", supervisor).json()["case"]["visit_id"]
    unlocked = ask(office, "POST", f"/visits/{visit}/unlock", supervisor, json={"why": "审计"}).json()
    assert (unlocked["visit_id"], unlocked["unlocked_ms"] > NOW_MS) == (visit, True)
    assert ask(office, "POST", f"/visits/{'0' * 32}/unlock", supervisor, json={"why": "审计"}).status_code == 409
    assert ask(office, "GET", "/cases/77", supervisor).json()["error"]["code"] == "case-unknown"
