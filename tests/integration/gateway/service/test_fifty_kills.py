"""Fifty kills of a real gateway while it forwards and makes reports, hour after hour: nothing lost, doubled or half.

Terminals go on publishing, the platform fails a fifth of all requests in every way there is; each life of the gateway
is an hour later than the one before, so that in each a head of the log and reports are due. rule: EVIDENCE, DAILY-RANK
"""

import contextlib
import csv
import io
import json
from collections import Counter
from pathlib import Path
from random import Random
from xml.etree.ElementTree import fromstring

import pytest
from openpyxl import load_workbook
from PIL import Image

from samples.journalling import Journalling
from samples.lives import FAKETIME, HOUR_S, PATIENCE_S, Lives
from samples.platform import Platform, platform
from samples.running import Broker, Gateway, Radio, wait_until
from samples.site import Authority
from samples.street import written
from zhendao.command.run import run
from zhendao.gateway.cli import PROGRAM
from zhendao.simulators.platform.faults import KINDS
from zhendao.verifier.cli import main as verify

KILLS, EACH, MOST = 50, 40, 120
BACKLOG = 24
"""So many hours it was down before the first kill: as many reports are due at once."""
TYPES = ("event", "visit", "log-head")
TIMES = json.dumps([f"{hour:02}:17" for hour in range(24)])
REPORTS = f"""
[[report]]
name = "daily-rank"
times = {TIMES}
forms = ["xlsx", "csv", "svg", "png", "json"]
folder = "out"
catch_up_h = 400

[[report]]
name = "trend"
days = 7
times = ["00:00", "06:00", "12:00", "18:00"]
forms = ["xlsx", "png"]
folder = "out"
catch_up_h = 400
"""


def held_is_recorded(lives: Lives, homes: Journalling) -> None:
    """What terminals were told is held is on the disk, without a hole; the gateway is dead, so no more is told."""
    for device, seq in dict(homes.held).items():
        query = "SELECT count(DISTINCT seq) FROM events WHERE device = ? AND seq <= ?"
        assert lives.rows(query, device, seq) == [(seq,)]


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


def every_event_is_there_once(lives: Lives, homes: Journalling, taker: Platform) -> None:
    sent = {
        (line.device, line.epoch, seq, line.heads[seq]) for line in homes.lines for seq in range(1, len(line.heads))
    }
    assert Counter(lives.rows("SELECT device, epoch, seq, h FROM events")) == Counter(sent)
    told = Counter(f"{device.hex()}/{epoch.hex()}/{seq}/{h.hex()}" for device, epoch, seq, h in sent if seq > 1)
    assert Counter(key for key, _ in taker.taken("event")) == told


def every_revision_is_there_once_and_in_order(lives: Lives, taker: Platform) -> None:
    last: dict[str, int] = {}
    for key, revision in taker.taken("visit"):
        assert revision == last.get(key, 0) + 1, (key, revision)
        last[key] = revision
    assert last == {one.hex(): revision for one, revision in lives.rows("SELECT id, revision FROM visits")}
    states = dict(lives.rows("SELECT state, count(*) FROM visits GROUP BY state"))
    assert states["closed"] >= sum(states.values()) // 2, states


def every_report_is_there_once_and_whole(lives: Lives, due: set[tuple[str, int]]) -> None:
    runs = lives.rows("SELECT job, due_ms, state, files FROM report_runs")
    assert {state for _, _, state, _ in runs} == {"done"}
    made = Counter((job, at_ms) for job, at_ms, _, _ in runs)
    assert due <= set(made) <= lives.due()
    assert set(made.values()) == {1}
    files = [name for _, _, _, several in runs for name in json.loads(several)]
    assert sorted(files) == sorted(map(str, lives.out.iterdir()))
    assert [name for name in files if not whole(Path(name))] == []


def the_log_holds(lives: Lives, taker: Platform, capsys: pytest.CaptureFixture[str]) -> None:
    keys, config = lives.gateway.folder / "data/keys", ("--config", str(lives.gateway.config))
    made = [size for (size,) in lives.rows("SELECT size FROM log_heads ORDER BY size")]
    assert len(made) >= KILLS // 10
    assert sorted(int(key.rpartition("/")[2]) for key, _ in taker.taken("log-head")) == made
    assert run(PROGRAM, ["log", "head", *config]) == 0
    heads = lives.gateway.folder / "data/log-heads.jsonl"
    given = [json.loads(line)["size"] for line in heads.read_text().splitlines()]
    assert given == [size for (size,) in lives.rows("SELECT size FROM log_heads ORDER BY size")]
    assert verify(["heads", str(heads), "--root", str(keys / "root.crt")]) == 0
    assert run(PROGRAM, ["access", "verify", *config]) == 0
    assert run(PROGRAM, ["replay", *config]) == 0
    visits = [one.hex() for (one,) in lives.rows("SELECT id FROM visits WHERE state = 'closed' ORDER BY id")]
    for visit in lives.random.sample(visits, 3):
        file = lives.gateway.folder / f"{visit}.zde"
        assert run(PROGRAM, ["evidence", "--visit", visit, "--out", str(file), *config]) == 0
        assert verify([str(file), "--root", str(keys / "root.crt")]) == 0
    capsys.readouterr()


def nothing_is_left_behind(lives: Lives) -> None:
    """No temporary file, and no file but those that a gateway keeps; the database is sound."""
    there = {one.name for one in (lives.gateway.folder / "data").iterdir()}
    held = {"gateway.running", "gateway.db.running", "reports.lock"}
    assert there <= {"gateway.db", "keys", "log-heads.jsonl"} | held
    assert list(lives.gateway.folder.rglob(".*")) == []
    assert lives.rows("PRAGMA integrity_check") == [("ok",)]


@pytest.mark.long
@pytest.mark.timeout(3_600)
@pytest.mark.skipif(FAKETIME is None, reason="Debian package faketime")
def test_fifty_kills_lose_nothing_double_nothing_and_leave_nothing_half(
    tmp_path: Path, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    random, authority, state = Random(seed), Authority(), tmp_path / "platform.jsonl"
    # Of all requests a fifth; few of those that hang for the whole of a time-out, or all lives would end in one.
    faults = {kind: 0.01 if kind == "timeout" else 0.19 / (len(KINDS) - 1) for kind in KINDS}
    profile = ",".join(f"{kind}={share:.4f}" for kind, share in faults.items())
    more = f"types = {json.dumps(TYPES)}\n{REPORTS}"
    broker = Broker(tmp_path)
    broker.start()
    with contextlib.ExitStack() as stack:
        stack.callback(broker.stop)
        words = ("--fault", profile, "--seed", str(seed), "--state", str(state))
        taker = stack.enter_context(platform(*words))
        gateway = Gateway(tmp_path, authority, broker.port, f'[[forward]]\nkind = "https"\nurl = "{taker.url}"\n{more}')
        lives = Lives(gateway, state, random, MOST + BACKLOG + 10)
        stack.callback(lives.end)
        lives.start()  # only to know from when on reports are due
        lists = str(written(tmp_path / "lists"))
        wait_until(lambda: gateway.well() and lives.rows("SELECT count(*) FROM report_jobs") == [(28,)], PATIENCE_S)
        assert run(PROGRAM, ["registry", "load", lists, "--config", str(gateway.config)]) == 0
        assert gateway.stop() == 0
        lives.offset_s += BACKLOG * HOUR_S
        radio = stack.enter_context(Radio(broker.port))
        with Journalling(radio, authority, random) as homes:
            while not lives.enough(KILLS, EACH) and lives.lives < MOST:
                lives.live()
                held_is_recorded(lives, homes)
            homes.finish()
            lives.start()
            wait_until(lambda: homes.done, PATIENCE_S)
        wait_until(lambda: not lives.owed() and not lives.unmade(), PATIENCE_S)
        due = lives.due()
        assert gateway.stop() == 0
        with capsys.disabled():
            print(lives.said())  # noqa: T201 - the figures
        assert lives.enough(KILLS, EACH), lives.ends
        every_event_is_there_once(lives, homes, taker)
        every_revision_is_there_once_and_in_order(lives, taker)
        every_report_is_there_once_and_whole(lives, due)
        nothing_is_left_behind(lives)
        the_log_holds(lives, taker, capsys)
