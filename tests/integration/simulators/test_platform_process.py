"""The platform simulator as a process over HTTP: ready line, faults, and what it holds after a kill."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

COMMAND = "import sys; from zhendao.simulators.cli import main; sys.exit(main())"


@contextmanager
def platform(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, "platform", "--listen", "127.0.0.1:0", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield process, json.loads(process.stdout.readline())["url"]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stdin.close()


def post(url: str, *keys: str) -> httpx.Response:
    records = [
        {"idempotency_key": key, "type": "visit", "key": key, "revision": 1, "payload": {"k": key}} for key in keys
    ]
    return httpx.post(
        f"{url}/records", json={"records": records}, headers={"Idempotency-Key": "-".join(keys)}, timeout=1
    )


def receipts(url: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx.get(f"{url}/receipts").json()["receipts"]
    return found


def test_it_takes_once_through_every_fault_and_a_kill(tmp_path: Path) -> None:
    state = str(tmp_path / "platform.jsonl")
    with platform("--state", state) as (process, url):
        assert [one["status"] for one in post(url, "a", "b").json()["answers"]] == ["accepted", "accepted"]
        httpx.post(f"{url}/control/faults", json={"next": "cut"}).raise_for_status()
        with pytest.raises(httpx.TransportError):
            post(url, "c")
        httpx.post(f"{url}/control/faults", json={"next": "timeout"}).raise_for_status()
        with pytest.raises(httpx.TimeoutException):
            post(url, "d")
        httpx.post(f"{url}/control/faults", json={"next": "error"}).raise_for_status()
        assert post(url, "e").status_code == 500
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    with Path(state).open("a") as file:
        file.write('{"status": "accep')
    with platform("--state", state) as (process, url):
        answers = post(url, "a", "c", "d", "e").json()["answers"]
        assert [one["status"] for one in answers] == ["duplicate", "duplicate", "duplicate", "accepted"]
        assert [one["key"] for one in receipts(url)] == ["a", "b", "c", "d", "e"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0


def test_orders_on_standard_input_are_obeyed_and_it_ends_when_told_to() -> None:
    with platform() as (process, url):
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("next busy\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline()) == {"done": "next busy"}
        refused = post(url, "a")
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
        assert post(url, "a").status_code == 200
        process.stdin.write("quit\n")
        process.stdin.flush()
        assert process.wait(5) == 0


def test_a_request_that_is_no_batch_gets_its_status() -> None:
    with platform() as (_, url):
        records = f"{url}/records"
        assert httpx.post(records, json={"records": []}).status_code == 400
        named = {"Idempotency-Key": "k"}
        assert httpx.post(records, json={"records": []}, headers=named).status_code == 422
        assert httpx.post(records, content=b"{", headers=named).status_code == 400
        assert httpx.post(f"{url}/control/faults", json={"next": "never"}).status_code == 422
        assert httpx.get(f"{url}/nothing").status_code == 404
