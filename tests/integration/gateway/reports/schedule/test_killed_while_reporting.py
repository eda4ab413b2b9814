"""A real gateway that is killed again and again while it makes reports: nothing half, nothing twice, nothing missing.

rule: DAILY-RANK
"""

import csv
import io
import json
import os
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from random import Random
from xml.etree.ElementTree import fromstring

import pytest
from openpyxl import load_workbook
from PIL import Image

from samples.running import Gateway, running, wait_until
from samples.site import Authority
from samples.street import written
from zhendao.command.run import run
from zhendao.gateway.cli import PROGRAM
from zhendao.gateway.config import read_config
from zhendao.gateway.reports.schedule.due import jobs_of, moments

TIMES = json.dumps([f"{hour:02}:17" for hour in range(24)])
TABLES = f"""
[[report]]
name = "daily-rank"
times = {TIMES}
forms = ["xlsx", "csv", "svg", "png", "json"]
folder = "out"

[[report]]
name = "trend"
days = 7
times = ["00:00", "06:00", "12:00", "18:00"]
forms = ["xlsx", "png"]
folder = "out"
"""
KILLS = 15
BACK_MS = 46 * 3_600_000


def children(pid: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(one) for one in found.stdout.split()]


def kill(gateway: Gateway, random: Random) -> None:
    """Kill the gateway, and now and then what makes its reports too: else that goes on alone to its end."""
    below = children(gateway.process.pid)
    gateway.process.kill()
    gateway.process.wait()
    for one in below if random.random() < 0.7 else ():
        with suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)


def whole(file: Path) -> bool:
    content = file.read_bytes()
    match file.suffix:
        case ".xlsx":
            return load_workbook(io.BytesIO(content)).active is not None
        case ".csv":
            return len({len(row) for row in csv.reader(io.StringIO(content.decode("utf-8-sig")))}) == 1
        case ".svg":
            return fromstring(content).tag.endswith("svg")  # noqa: S314 - our own
        case ".png":
            Image.open(io.BytesIO(content)).load()
            return True
        case ".json":
            return json.loads(content)["title"] != ""
    return False


@pytest.mark.long
def test_killed_at_random_moments_nothing_is_half_and_nothing_twice(tmp_path: Path, seed: int) -> None:
    random, out = Random(seed), tmp_path / "out"
    with running(tmp_path, Authority(), TABLES) as (_, gateway, _):
        lists = str(written(tmp_path / "lists"))
        assert run(PROGRAM, ["registry", "load", lists, "--config", str(gateway.config)]) == 0

        def rows(query: str, *values: int) -> list[tuple[object, ...]]:
            connection = sqlite3.connect(gateway.database, timeout=60)
            try:
                with connection:
                    return list(connection.execute(query, values))
            finally:
                connection.close()

        wait_until(lambda: rows("SELECT count(*) FROM report_jobs") == [(28,)])
        gateway.stop()
        since = time.time_ns() // 1_000_000 - BACK_MS
        rows("UPDATE report_jobs SET since_ms = ?", since)  # as if it had been down for two days
        jobs = jobs_of(read_config(gateway.config).report)

        def done() -> bool:
            now = time.time_ns() // 1_000_000
            due = sum(len(moments(job, since, now, 8 * 3_600_000)) for job in jobs)
            return rows("SELECT count(*) FROM report_runs WHERE state = 'done'") >= [(due,)]

        for _ in range(KILLS):
            gateway.start()
            before = len(list(out.glob("*")))
            wait_until(lambda before=before: len(list(out.glob("*"))) > before or done())  # type: ignore[misc]
            time.sleep(random.random() * 0.4)
            kill(gateway, random)
            if done():
                break
        gateway.start()
        wait_until(done)
        runs = rows("SELECT job, due_ms, state, files FROM report_runs")
        gateway.stop()
    assert {state for _, _, state, _ in runs} == {"done"}
    assert set(Counter((job, due) for job, due, _, _ in runs).values()) == {1}
    files = [name for _, _, _, several in runs for name in json.loads(str(several))]
    assert sorted(files) == sorted(map(str, out.iterdir()))
    assert [name for name in files if not whole(Path(name))] == []
