"""The engineer's commands on a terminal that was enrolled and has recorded: verify, export, salvage, status, doctor."""

import contextlib
import json
import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from samples.journals import BODY, STAMP, recording
from zhendao.device.cli import main as device
from zhendao.device.identity.enrolled import load
from zhendao.device.journal.entries import Settled
from zhendao.protocol.retirement import open_retirement
from zhendao.protocol.vocabulary import BootReason
from zhendao.provisioning.cli import main as provision
from zhendao.verifier.cli import main as verifier

SETTINGS = """
[terminal]
data_dir = "data"
[nfc]
driver = "pn532"
port = "/dev/no-reader"
[broker]
url = "mqtts://127.0.0.1:1"
"""
EVENTS = 120

Run = Callable[..., Any]


@pytest.fixture(scope="module")
def enrolled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A terminal with papers and a journal of EVENTS events, the first twenty of them acknowledged."""
    home = tmp_path_factory.mktemp("terminal")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CREDENTIALS_DIRECTORY", "TPM2TOOLS_TCTI"):
            patch.delenv(name, raising=False)
        patch.setenv("ZHENDAO_PASSPHRASE", "correct horse")
        (home / "device.toml").write_text(SETTINGS)
        config = ("--config", str(home / "device.toml"))
        assert provision(["init", str(home / "authority"), "--tenant", "xuhui"]) == 0
        papers = ["--request", str(home / "request"), "--out", str(home / "answer")]
        assert device(["enrol", *config, "--request", str(home / "request"), "--keystore", "file"]) == 0
        assert provision(["terminal", "approve", str(home / "authority"), *papers, "--door", "ab" * 16]) == 0
        assert device(["enrol", *config, "--answer", str(home / "answer")]) == 0
    with recording(home / "data", load(home / "data/identity")) as (journal, recorder):
        for start in range(4):
            if start:
                recorder.new_epoch(BootReason.PLANNED, None, "", STAMP) if start == 2 else None
            else:
                recorder.begin(STAMP)
            for _ in range(EVENTS // 4 - 1):
                recorder.record(BODY, STAMP)
        journal.settle([(journal.epochs()[0].epoch, 1, 20, Settled.COMMITTED)])
    return home


@pytest.fixture
def home(enrolled: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    shutil.copytree(enrolled, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*words: str, code: int = 0) -> Any:
        capsys.readouterr()
        assert device([*words, "--config", str(home / "device.toml"), "--json"]) == code, capsys.readouterr()
        said = capsys.readouterr()
        return json.loads(said.out or said.err)

    return call


def events(found: list[dict[str, Any]]) -> int:
    return sum(one["events"] for one in found)


def test_a_sound_journal_verifies(run: Run) -> None:
    found = run("journal", "verify")
    assert all(one["good"] and not one["holes"] for one in found)
    assert [one["first"] for one in found] == [1, 1]
    assert events(found) == run("status")["epochs"][0]["last"] + run("status")["epochs"][1]["last"]


def test_a_call_is_listed_like_anything_else_for_it_may_be_a_silent_one(run: Run, home: Path) -> None:
    with contextlib.closing(sqlite3.connect(home / "data/journal.db")) as db, db:
        (newest,) = db.execute("SELECT max(id) FROM event WHERE grade = 0").fetchone()
        before = run("journal", "ls", "--last", "500")
        db.execute("DROP TRIGGER event_is_final")
        db.execute("UPDATE event SET grade = 2 WHERE id = ?", (newest,))
    assert run("journal", "ls", "--last", "500") == before


def test_a_flipped_bit_is_named(run: Run, home: Path) -> None:
    listed = run("journal", "ls", "--last", "5")[0]
    path = home / "data/journal.db"
    whole = bytearray(path.read_bytes())
    at = whole.find(bytes.fromhex(listed["head"]))
    assert at > 0
    whole[at - 30] ^= 1
    path.write_bytes(whole)
    found = run("journal", "verify", code=1)
    named = found[-1]["broken"] + found[-1]["unsigned"]
    assert listed["seq"] in named
    assert len(set(named)) <= 2


def test_an_export_is_checked_without_the_terminal(run: Run, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = home / "journal.zdj"
    said = run("journal", "export", "--out", str(out))
    assert (said["events"], said["left_out"]) == (events(run("journal", "verify")), 0)
    trust = [f"--{name}={home / 'authority' / name}.crt" for name in ("root", "issuing")]
    capsys.readouterr()
    assert verifier(["journal", str(out), *trust, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["holds"]
    assert [one["holes"] for one in found["epochs"]] == [[], []]
    assert events(found["epochs"]) == said["events"]
    whole = out.read_bytes()
    for at in random.Random(7).sample(range(len(whole)), 40):
        out.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert verifier(["journal", str(out), *trust, "--json"]) == 1, at
    out.write_bytes(whole[:-1])
    assert verifier(["journal", str(out), *trust]) == 1
    assert "it ends within a batch" in capsys.readouterr().out


def test_an_export_that_cannot_be_written_leaves_nothing(run: Run, home: Path) -> None:
    assert run("journal", "export", "--out", str(home / "no/where.zdj"), code=1)["error"]["code"] == "export"


def started_again(home: Path) -> dict[bytes, set[int]]:
    """Start the journal as the terminal does; return what it holds that is to be sent, by epoch."""
    with recording(home / "data", load(home / "data/identity")) as (journal, recorder):
        recorder.begin(STAMP)
        found = {}
        for one in journal.epochs():
            present = {seq for seq in range(1, one.last + 1) if journal.read(one.epoch, seq, seq, 0) is not None}
            found[one.epoch] = {seq for seq in present if seq not in one.settled}
        return found


def spoil_header(whole: bytearray, _epoch: bytes) -> None:
    whole[:512] = bytes(512)


def spoil_trees(whole: bytearray, _epoch: bytes) -> None:
    """Wipe the header and every page that leads to others."""
    for at in range(0, len(whole), 512):
        if whole[at] in {0x05, 0x02, 0x0A} or at == 0:
            whole[at : at + 12] = os.urandom(12)


def spoil_names(whole: bytearray, epoch: bytes) -> None:
    """Wipe the header and the page that tells which epochs there are; the copy of the head knows the newest."""
    spoil_header(whole, epoch)
    at = whole.index(epoch) // 512 * 512
    whole[at : at + 512] = bytes(512)


@pytest.mark.parametrize("spoil", [spoil_header, spoil_trees, spoil_names])
def test_what_no_table_gives_any_more_is_salvaged(
    home: Path, run: Run, spoil: Callable[[bytearray, bytes], None]
) -> None:
    before = run("status")["epochs"]
    path = home / "data/journal.db"
    whole = bytearray(path.read_bytes())
    spoil(whole, bytes.fromhex(before[-1]["epoch"]))
    path.write_bytes(whole)
    carried = started_again(home)
    assert len(run("status")["set_aside"]) == 1
    dry = run("journal", "salvage", "--dry-run")
    assert not started_again(home).keys() - carried.keys()
    done = run("journal", "salvage")
    assert [one["new"] for one in dry] == [one["new"] for one in done]
    after = started_again(home)
    for one in before[1:] if spoil is spoil_names else before:
        epoch = bytes.fromhex(one["epoch"])
        assert set(range(21 if one is before[0] else 2, one["last"] + 1)) <= after[epoch]
    assert run("status")["set_aside"] == []
    assert run("journal", "salvage") == []
    assert all(one["good"] for one in run("journal", "verify"))


@pytest.mark.parametrize("seed", range(6))
def test_of_a_half_destroyed_journal_nothing_false_and_nothing_readable_is_missing(
    home: Path, run: Run, seed: int
) -> None:
    chance = random.Random(seed)
    path = home / "data/journal.db"
    whole = bytearray(path.read_bytes())
    whole[:512] = os.urandom(512)
    for at in range(512, len(whole), 512):
        if chance.random() < 0.3:
            whole[at : at + 512] = chance.randbytes(512)
    path.write_bytes(whole)
    started_again(home)
    run("journal", "salvage")
    found = run("journal", "verify")
    assert all(one["good"] for one in found)
    assert events(found) > 10


def test_a_running_terminal_is_not_salvaged_under(home: Path, run: Run) -> None:
    with recording(home / "data", load(home / "data/identity")):
        assert run("journal", "salvage", code=1)["error"]["code"] == "already-running"


def test_status_of_a_terminal_that_never_ran(home: Path, run: Run) -> None:
    for file in (home / "data").glob("journal*"):
        file.unlink()
    said = run("status")
    assert said["epochs"] == []
    assert said["running"] is None
    assert said["device"] == load(home / "data/identity").device.hex()


def grades(said: dict[str, Any]) -> dict[str, str]:
    return {one["part"]: one["grade"] for one in said["findings"]}


def test_the_doctor_finds_what_is_wrong_and_offers_a_cure(run: Run) -> None:
    said = run("doctor", code=1)
    found = grades(said)
    assert said["grade"] == "bad"
    assert (found["reader"], found["broker"], found["service"]) == ("bad", "bad", "note")
    assert (found["settings"], found["identity"], found["journal"], found["crypto"]) == ("good",) * 4
    assert all(one["cure"] for one in said["findings"] if one["grade"] == "bad")


def test_the_doctor_of_a_terminal_without_papers(home: Path, run: Run) -> None:
    shutil.rmtree(home / "data/identity")
    found = grades(run("doctor", code=1))
    assert found["identity"] == "bad"
    assert "broker" not in found


def test_the_doctor_sees_a_key_that_others_can_read_and_a_journal_that_is_none(home: Path, run: Run) -> None:
    (home / "data/identity/terminal.key").chmod(0o644)
    (home / "data/journal.db").write_bytes(b"not a database" * 100)
    said = run("doctor", code=1)
    texts = [one["what"] for one in said["findings"] if one["grade"] == "bad"]
    assert any("can be read by others" in one for one in texts)
    assert grades(said)["journal"] == "bad"


def test_the_doctor_of_wrong_settings_says_what_run_would_say(home: Path, run: Run) -> None:
    (home / "device.toml").write_text(SETTINGS + "speed = 1\n")
    said = run("doctor", code=1)
    assert "speed" in said["findings"][0]["what"]


def test_the_doctor_speaks_chinese(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert device(["doctor", "--config", str(home / "device.toml"), "--lang", "zh"]) == 1
    said = capsys.readouterr().out
    assert "✗ 读卡器端口不存在" in said
    assert "需要处理" in said


def test_a_terminal_is_not_retired_before_the_gateway_has_everything(home: Path, run: Run) -> None:
    """Unless somebody says so; then its last word says how much was only there."""
    said = run("retire", "--out", str(home / "word"), code=1)["error"]
    assert said["code"] == "retire"
    assert "events are not acknowledged" in said["what"]
    assert (home / "data/journal.db").exists()
    assert not (home / "data/retired.cbor").exists()
    (end,) = run("journal", "ls", "--last", "1")
    waiting = sum(one["unacknowledged"] for one in run("status")["epochs"])
    spki = load(home / "data/identity").key.spki
    run("retire", "--out", str(home / "word"), "--anyway")
    word = open_retirement((home / "word").read_bytes(), spki)
    assert word.epoch is not None
    assert word.head is not None
    assert (word.seq, word.epoch.hex(), word.unacknowledged) == (end["seq"], end["epoch"], waiting)
    assert sorted(one.name for one in (home / "data").iterdir()) == ["lock", "retired.cbor"]


def test_a_terminal_that_was_enrolled_again_is_retired_anew(home: Path, run: Run) -> None:
    run("retire", "--out", str(home / "first"), "--anyway")
    run("enrol", "--request", str(home / "request-2"), "--keystore", "file")
    papers = ["--request", str(home / "request-2"), "--out", str(home / "answer-2")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZHENDAO_PASSPHRASE", "correct horse")
        assert provision(["terminal", "approve", str(home / "authority"), *papers]) == 0
    run("enrol", "--answer", str(home / "answer-2"))
    spki = load(home / "data/identity").key.spki
    run("retire", "--out", str(home / "second"))
    assert open_retirement((home / "second").read_bytes(), spki).epoch is None


def test_an_export_brings_every_certificate_that_it_was_signed_under(home: Path, run: Run) -> None:
    before = load(home / "data/identity").certificate_id
    device_id = next((home / "authority/terminals").iterdir()).name
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZHENDAO_PASSPHRASE", "correct horse")
        renewal = ["--device", device_id, "--out", str(home / "later")]
        assert provision(["terminal", "renew", str(home / "authority"), *renewal]) == 0
    run("enrol", "--answer", str(home / "later"))
    assert load(home / "data/identity").certificate_id != before
    run("journal", "export", "--out", str(home / "journal.zdj"))
    chain = ["--root", str(home / "authority/root.crt"), "--issuing", str(home / "authority/issuing.crt")]
    assert verifier(["journal", str(home / "journal.zdj"), *chain, "--json"]) == 0
