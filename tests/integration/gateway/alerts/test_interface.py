"""Alerts over HTTP: who sees them, who takes them, who came second, and the stream that a screen lives on."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from samples.alarmed import Alarmed
from samples.calls import press
from samples.running import wait_until
from samples.site import NOW_MS, Authority, Site
from zhendao.gateway.api import tokens
from zhendao.protocol.bodies import Sensor
from zhendao.protocol.vocabulary import AnswerState, SensorClass


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def alarmed(tmp_path: Path, authority: Authority) -> Iterator[Alarmed]:
    site = Site(tmp_path, authority)
    with Alarmed(site).running() as running:
        yield running
    site.store.close()


def test_taking_an_alert_is_logged_by_name_and_the_terminal_hears_it_from_the_seat(alarmed: Alarmed) -> None:
    alarmed.take(press(alarmed.site.authority.terminal()))
    token = alarmed.token()
    (item,) = alarmed.ask("GET", "", token, params={"open": True}).json()["items"]
    assert (item["kind"], item["state"], item["zh"]) == ("sos", "raised", "呼救，待接")
    taken = alarmed.ask("POST", "/1/ack", token, json={"by": "王芳", "minutes": 8, "note": "going there"})
    assert (taken.status_code, taken.json()["acknowledged_by"]) == (200, "seat one/王芳")
    wait_until(lambda: any(one.state is AnswerState.RECEIVED for one in alarmed.answered))
    answer = alarmed.answered[-1]
    assert (answer.state, answer.who, answer.minutes) == (AnswerState.RECEIVED, "seat one", 8)
    ended = alarmed.ask("POST", "/1/resolve", token, json={"by": "王芳", "false_alarm": True})
    assert ended.json()["state"] == "false_alarm"
    log = alarmed.ask("GET", "/1", token).json()["log"]
    assert [line["act"] for line in log] == [
        "raised",
        "nobody",
        "nobody",
        "nobody",
        "nobody",
        "acknowledged",
        "false_alarm",
    ]
    assert log[5]["said"] == "going there"
    assert alarmed.ask("GET", "/77", token).json()["error"]["code"] == "alert-unknown"


def test_what_people_and_sensors_write_is_no_escape_sequence_on_the_screens_of_others(alarmed: Alarmed) -> None:
    line = alarmed.site.authority.terminal()
    alarmed.take(press(line, Sensor("bath\x1b[2J", SensorClass.CALL_CORD, 1, 0)))
    token = alarmed.token(label="one\x1b[0m/west")
    taken = alarmed.ask("POST", "/1/ack", token, json={"by": "x\x1b]0;y\x07", "note": "a\nb"}).json()
    assert (taken["subject"], taken["acknowledged_by"]) == ("bath [2J", "one [0m-west/x ]0;y ")
    assert alarmed.ask("GET", "/1", token).json()["log"][-1]["said"] == "a b"
    with alarmed.site.store.writing() as connection:
        connection.execute(text("UPDATE alert_acts SET said = x'00' WHERE said IS NOT NULL"))
    log = alarmed.ask("GET", "/1", token).json()["log"]
    assert (log[0]["said"], "?!" in log[-1]["said"]) == ("", True)


def test_of_two_who_take_it_at_once_one_has_it_and_the_other_is_told_who(alarmed: Alarmed) -> None:
    alarmed.take(press(alarmed.site.authority.terminal()))
    token, found = alarmed.token(), list[httpx.Response]()
    people = [
        threading.Thread(target=lambda who=who: found.append(alarmed.ask("POST", "/1/ack", token, json={"by": who})))
        for who in ("李", "王", "张")
    ]
    for one in people:
        one.start()
    for one in people:
        one.join()
    (first,) = [one for one in found if one.status_code == 200]
    others = [one.json()["error"] for one in found if one.status_code == 409]
    assert len(others) == 2
    assert all(first.json()["acknowledged_by"] in one["zh"] for one in others)


@pytest.mark.parametrize(("role", "sees", "acts"), [("duty", 200, 200), ("auditor", 200, 403), ("viewer", 403, 403)])
def test_who_may_see_and_who_may_act(alarmed: Alarmed, role: str, sees: int, acts: int) -> None:
    alarmed.take(press(alarmed.site.authority.terminal()))
    token = alarmed.token(role)
    assert alarmed.ask("GET", "", token).status_code == sees
    assert alarmed.ask("POST", "/1/ack", token, json={}).status_code == acts
    assert alarmed.ask("GET", "", "zdl_1_61_" + "0" * 32).status_code == 401


def _events(response: httpx.Response) -> Iterator[tuple[str, dict[str, Any]]]:
    number = ""
    for line in response.iter_lines():
        if line.startswith("id: "):
            number = line[4:]
        if line.startswith("data: "):
            yield number, json.loads(line[6:])


def test_a_screen_shows_each_change_counts_as_told_and_misses_none_when_it_comes_back(alarmed: Alarmed) -> None:
    line = alarmed.site.authority.terminal()
    alarmed.take(press(line))
    token = alarmed.token()
    url, headers = f"{alarmed.url}/api/v1/alerts/stream", {"Authorization": f"Bearer {token}"}
    with httpx.stream("GET", url, headers=headers, params={"seat": "seat one"}, timeout=60) as response:
        events = _events(response)
        assert next(events)[1] == {}
        assert next(events)[1]["state"] == "raised"
        told = next(events)
        assert (told[1]["state"], told[1]["seat"]) == ("told", "seat one")
        alarmed.ask("POST", "/1/ack", token, json={})
        assert next(events)[1]["state"] == "acknowledged"
    alarmed.ask("POST", "/1/resolve", token, json={})
    alarmed.take(press(alarmed.site.authority.terminal()))
    with httpx.stream("GET", url, headers=headers | {"Last-Event-ID": told[0]}, timeout=60) as response:
        events = _events(response)
        next(events)
        assert [next(events)[1]["state"] for _ in range(2)] == ["resolved", "raised"]


def test_the_screen_of_a_token_that_was_revoked_shows_no_further_change(alarmed: Alarmed) -> None:
    alarmed.take(press(alarmed.site.authority.terminal()))
    token = alarmed.token()
    url, headers = f"{alarmed.url}/api/v1/alerts/stream", {"Authorization": f"Bearer {token}"}
    with httpx.stream("GET", url, headers=headers, timeout=60) as response:
        events = _events(response)
        next(events)
        assert next(events)[1]["id"] == 1
        with alarmed.site.store.writing() as connection:
            tokens.revoke(connection, token.split("_")[1], NOW_MS)
        alarmed.take(press(alarmed.site.authority.terminal()))
        assert list(events) == []
