"""The platform simulator as a process over HTTP: ready line, faults, and what it holds after a kill."""

import json
import os
import signal
from pathlib import Path

import httpx
import pytest

from samples.platform import platform


def post(url: str, *keys: str) -> httpx.Response:
    records = [
        {"idempotency_key": key, "type": "visit", "key": key, "revision": 1, "payload": {"k": key}} for key in keys
    ]
    return httpx.post(
        f"{url}/records", json={"records": records}, headers={"Idempotency-Key": "-".join(keys)}, timeout=1
    )


def test_it_takes_once_through_every_fault_and_a_kill(tmp_path: Path) -> None:
    state = str(tmp_path / "platform.jsonl")
    with platform("--state", state) as taker:
        assert [one["status"] for one in post(taker.base, "a", "b").json()["answers"]] == ["accepted", "accepted"]
        httpx.post(f"{taker.base}/control/faults", json={"next": "cut"}).raise_for_status()
        with pytest.raises(httpx.TransportError):
            post(taker.base, "c")
        httpx.post(f"{taker.base}/control/faults", json={"next": "timeout"}).raise_for_status()
        with pytest.raises(httpx.TimeoutException):
            post(taker.base, "d")
        httpx.post(f"{taker.base}/control/faults", json={"next": "error"}).raise_for_status()
        assert post(taker.base, "e").status_code == 500
        os.kill(taker.process.pid, signal.SIGKILL)
        taker.process.wait()
    with Path(state).open("a") as file:
        file.write('{"status": "accep')
    with platform("--state", state) as taker:
        answers = post(taker.base, "a", "c", "d", "e").json()["answers"]
        assert [one["status"] for one in answers] == ["duplicate", "duplicate", "duplicate", "accepted"]
        assert [one["key"] for one in taker.receipts()] == ["a", "b", "c", "d", "e"]
        taker.process.send_signal(signal.SIGTERM)
        assert taker.process.wait(180) == 0


def test_the_address_that_it_prints_takes_records() -> None:
    record = {"idempotency_key": "k", "type": "visit", "key": "k", "revision": 1, "payload": {}}
    with platform() as taker:
        answer = httpx.post(taker.base, json={"records": [record]}, headers={"Idempotency-Key": "k"})
        assert (answer.status_code, answer.json()["answers"][0]["status"]) == (200, "accepted")


def test_orders_on_standard_input_are_obeyed_and_it_ends_when_told_to() -> None:
    with platform() as taker:
        assert taker.process.stdin is not None
        assert taker.process.stdout is not None
        taker.process.stdin.write("next busy\n")
        taker.process.stdin.flush()
        assert json.loads(taker.process.stdout.readline()) == {"done": "next busy"}
        refused = post(taker.base, "a")
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
        assert post(taker.base, "a").status_code == 200
        taker.process.stdin.write("quit\n")
        taker.process.stdin.flush()
        assert taker.process.wait(180) == 0


def test_a_request_that_is_no_batch_gets_its_status() -> None:
    with platform() as taker:
        records = taker.url
        assert httpx.post(records, json={"records": []}).status_code == 400
        named = {"Idempotency-Key": "k"}
        assert httpx.post(records, json={"records": []}, headers=named).status_code == 422
        assert httpx.post(records, content=b"{", headers=named).status_code == 400
        assert httpx.post(f"{taker.base}/control/faults", json={"next": "never"}).status_code == 422
        assert httpx.get(f"{taker.base}/nothing").status_code == 404
