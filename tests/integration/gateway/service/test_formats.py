"""A whole line: messages of a terminal, broker, gateway and an aggregator that takes its visits, all processes."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from samples.running import running, wait_until
from samples.site import Authority
from samples.taps import check
from samples.visited import BEGAN, MINUTE, TABLES
from zhendao.command.run import run
from zhendao.gateway.cli import PROGRAM
from zhendao.protocol.vocabulary import Direction


@contextmanager
def aggregator(*words: str) -> Iterator[str]:
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from zhendao.simulators.cli import main; sys.exit(main())",
            "aggregator",
            *words,
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())["url"]
    finally:
        process.terminate()
        assert process.wait(120) == 0
        process.stdout.close()


@pytest.mark.long
def test_visits_reach_an_aggregator_through_the_running_gateway_and_a_kill(tmp_path: Path) -> None:
    authority = Authority()
    line = authority.terminal()
    lists = tmp_path / "lists"
    lists.mkdir()
    terminal = f"device,placement,place_id,elder_id,valid_from\n{line.device.hex()},home,P1,E1,2026-01-01\n"
    for name, text in {**TABLES, "terminals": terminal}.items():
        (lists / f"{name}.csv").write_text(text, "utf-8")
    for minute, direction, opened_by in ((0, Direction.IN, None), (70, Direction.OUT, 2)):
        line.add(check(direction, opened_by), wall_ms=BEGAN + minute * MINUTE, mono_ns=(minute * 60 + 9) * 10**9)
    with aggregator("--like", "sandata", "--secret", "a:b", "--patience", "1") as url:
        (tmp_path / "token").write_text("a:b")
        forward = (
            f'[[forward]]\nkind = "sandata"\nurl = "{url}"\ntoken_file = "token"\npoll_s = 1\n'
            'own = { provider_id = "P", payer_id = "X", payer_program = "Y" }\n'
        )
        with running(tmp_path, authority, forward) as (_, gateway, radio):
            assert run(PROGRAM, ["registry", "load", str(lists), "--config", str(gateway.config)]) == 0
            radio.send(line.message(1, 3))
            wait_until(lambda: radio.held(line) == 3)
            gateway.stop(signal.SIGKILL)
            gateway.start()
            wait_until(lambda: len(httpx.get(f"{url}/state").json()["visits"]) == 1)
            wait_until(lambda: waiting(gateway.http_port) == 0)
            assert gateway.stop() == 0
        (held,) = httpx.get(f"{url}/state").json()["visits"].values()
        assert (held["status"], held["current"]["ClientIdentifier"]) == ("Verified", "E1")


def waiting(port: int) -> float:
    said = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False)
    found = [one for one in said.text.splitlines() if one.startswith("zhendao_forward_waiting{")]
    return float(found[0].rpartition(" ")[2]) if found else 1.0
