"""`zhendao-provision tag write` and `tag read` against the emulator, as the processes that people run."""

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from samples.pn532 import CARD, DOOR, Emulator
from zhendao.protocol.suite import suite_by_name
from zhendao.protocol.token import open_token
from zhendao.protocol.vocabulary import Role
from zhendao.provisioning.authority import Authority
from zhendao.provisioning.cli import main
from zhendao.provisioning.founding import found
from zhendao.readers.ntag import write_ndef
from zhendao.readers.pn532_port import open_pn532
from zhendao.readers.token_record import token_message, token_record

PASSPHRASE = "a passphrase for tests"
COMMAND = "from zhendao.provisioning.cli import main; raise SystemExit(main())"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    folder = tmp_path_factory.mktemp("authority") / "a"
    found(folder, "xuhui", PASSPHRASE, suite_by_name("sm"), (), 1_790_000_000)
    return Authority.open(folder, PASSPHRASE)


def provision(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command in this process, which saves the start of an interpreter."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main([str(word) for word in words])
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


def process(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command as people do."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", COMMAND, *map(str, words)],
        env={**os.environ, "ZHENDAO_PASSPHRASE": PASSPHRASE, "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(autouse=True)
def _passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHENDAO_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def result(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def failure(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    return str(json.loads(done.stderr)["error"]["code"])


def log(authority: Authority) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (authority.folder / "tokens/tokens.jsonl").read_text().splitlines()]


def test_a_door_tag_is_written_read_and_kept(emulator: Emulator, authority: Authority) -> None:
    there = (authority.folder, "--port", emulator.link, "--json", "--wait", "5")
    emulator.do("present door")
    written = result(process("tag", "write", *there, "--role", "door", "--valid-days", "30"))
    assert (written["uid"], written["role"]) == (DOOR.hex(), "door")
    assert written["not_after_s"] - written["not_before_s"] == 30 * 86_400
    read = result(provision("tag", "read", *there))
    assert (read["state"], read["token_id"], read["technology"]) == ("token", written["token_id"], "ntag21x")

    # What lies on the tag is what a terminal will believe, and fits the smallest tag.
    memory = bytes.fromhex(emulator.do("dump door")["memory"])[16:]
    assert memory[0] == 0x03
    message = memory[2 : 2 + memory[1]]
    assert len(message) + 3 <= 144
    record = token_record(message)
    assert record is not None
    issuer = authority.token_issuer()
    key = authority.suite.verifying_key(issuer.spki)
    token = open_token(authority.suite, record, DOOR, {key.key_id: key})
    assert (token.role, token.token_id.hex()) == (Role.DOOR, written["token_id"])

    assert failure(provision("tag", "write", *there, "--role", "door")) == "tag-taken"
    again = result(provision("tag", "write", *there, "--role", "elder", "--replace", "--token-id", "ab" * 16))
    assert again["token_id"] == "ab" * 16
    lines = log(authority)
    assert [line["state"] for line in lines[-4:]] == ["writing", "written"] * 2
    assert lines[-2]["replaces"] == written["token_id"]
    assert "tag write" in (authority.folder / "audit.jsonl").read_text()

    # A copy on another tag is seen for what it is.
    emulator.do("remove door")
    emulator.do("present card")
    reader = open_pn532(str(emulator.link))
    write_ndef(reader, CARD, message)
    reader.close()
    assert result(provision("tag", "read", *there))["state"] == "forged"


def test_what_is_refused(emulator: Emulator, authority: Authority) -> None:
    there = (authority.folder, "--port", emulator.link, "--json", "--wait", "2", "--role", "caregiver")
    assert failure(provision("tag", "write", *there[:4], "--wait", "1", *there[6:])) == "tag-none"
    emulator.do("present door")
    emulator.do("present card")
    assert failure(provision("tag", "write", *there)) == "tag-several"
    emulator.do("remove door")
    emulator.do("remove card")
    emulator.do("present classic")
    assert failure(provision("tag", "write", *there)) == "tag-kind"
    emulator.do("fault unplug")
    assert failure(provision("tag", "write", *there)) == "reader-port-missing"
    assert provision("tag", "write", *there, "--valid-days", "0").returncode == 2


def test_a_card_taken_away_while_it_is_written_is_in_the_log(emulator: Emulator, authority: Authority) -> None:
    there = (authority.folder, "--port", emulator.link, "--json", "--wait", "5", "--role", "caregiver")
    emulator.do("present card")
    emulator.do("fault tear 20")
    assert failure(provision("tag", "write", *there)) == "tag-gone"
    assert [line["state"] for line in log(authority)[-2:]] == ["writing", "failed"]
    emulator.do("present card")
    assert result(provision("tag", "read", *there[:6]))["state"] == "empty"
    assert result(provision("tag", "write", *there))["uid"] == CARD.hex()


def test_people_are_told_in_their_language(emulator: Emulator, authority: Authority) -> None:
    emulator.do("present door")
    done = process("--lang", "zh", "tag", "read", authority.folder, "--port", emulator.link)
    assert done.returncode == 0, done.stderr
    assert "没有令牌" in done.stdout


def test_a_token_of_another_authority_is_not_written_over(
    emulator: Emulator, authority: Authority, tmp_path: Path
) -> None:
    other = found(tmp_path / "other", "hangzhou", PASSPHRASE, suite_by_name("sm"), (), 1_790_000_000)
    del other
    emulator.do("present door")
    there = ("--port", emulator.link, "--json", "--wait", "5")
    result(provision("tag", "write", tmp_path / "other", *there, "--role", "door"))
    assert result(provision("tag", "read", authority.folder, *there))["state"] == "foreign"
    assert failure(provision("tag", "write", authority.folder, *there, "--role", "door")) == "tag-taken"


def test_records_that_are_none() -> None:
    assert token_record(None) is None
    assert token_record(b"\xff\xff\xff") is None
    assert token_record(token_message(bytes(513))) is None
    assert token_record(token_message(b"abc")) == b"abc"
