"""Evidence as people make and check it: the commands themselves, and a verifier that has file and root alone."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from samples.evidence import Office, hard_visit, installed, office
from samples.site import NOW_MS, TENANT, Authority
from zhendao.command.run import run
from zhendao.gateway.api.tables import ACCESSES
from zhendao.gateway.cli import PROGRAM
from zhendao.gateway.evidence.heads import as_plain
from zhendao.gateway.evidence.tables import LOG_HEADS
from zhendao.gateway.forward.tables import OUTBOX
from zhendao.gateway.retention.book import Holds
from zhendao.protocol import cbor
from zhendao.protocol.bundle import decode_bundle
from zhendao.protocol.loghead import LogHead, sign_head
from zhendao.protocol.signing import to_be_signed
from zhendao.protocol.suite import SM
from zhendao.verifier.bundle.telling import shown
from zhendao.verifier.cli import main


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    authority = Authority(SM)
    made = office(tmp_path_factory.mktemp("gateway"), authority)
    hard_visit(made)
    installed(made)
    yield made
    made.site.store.close()


def call(place: Office, *words: str, code: int = 0) -> None:
    assert run(PROGRAM, [*words, "--config", str(Path(place.site.folder) / "gateway.toml")]) == code


def told(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_made_by_a_command_and_checked_where_nothing_else_is(
    place: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, root = tmp_path / "visit.zde", tmp_path / "root.crt"
    root.write_bytes((Path(place.site.folder) / "data/keys/root.crt").read_bytes())
    visit = place.visit_id().hex()
    call(place, "evidence", "--visit", visit, "--out", str(file), "--json")
    assert told(capsys)["bytes"] == file.stat().st_size
    assert file.stat().st_mode & 0o077 == 0
    # Another process in an empty folder: the file and the root, no settings, no store, no network.
    command = (
        "import socket, sys\nsocket.socket.connect = None\nfrom zhendao.verifier.cli import main\nsys.exit(main())"
    )
    environment = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        [sys.executable, "-c", command, "visit.zde", "--root", "root.crt", "--lang", "zh"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("✓") == 7
    assert "签到 2026-09-21 23:13:20（UTC+8" in done.stdout
    assert "李婉 提出、王芳 批准" in done.stdout
    assert "未证明：持卡者就是本人（卡可转借）" in done.stdout
    with place.site.store.reading() as connection:
        query = select(ACCESSES.c.filters).where(ACCESSES.c.resource == "evidence")
        assert connection.execute(query).scalars().one().endswith(f"visit={visit}")
        assert [(one.what, one.key, one.ended_ms) for one in Holds(place.site.key).all(connection)] == [
            ("visit", visit, None)
        ]


def test_words_in_a_file_write_no_line_of_their_own(
    place: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "visit.zde"
    call(place, "evidence", "--visit", place.visit_id().hex(), "--out", str(file))
    acts = []
    for act in decode_bundle(file.read_bytes()).bundle.acts:
        document = cbor.decode(act.document, 1 << 16)
        said = cbor.encode(document | {3: f"{document[3]}\x1b[2J\n✓ all of it is proved"})
        message = to_be_signed("correction", cbor.encode([act.suite_id, act.certificate_id]), said)
        acts.append(replace(act, document=said, signature=place.keyring.signing_key.sign(message)))
    file.write_bytes(place.altered(file.read_bytes(), acts=tuple(acts)))
    capsys.readouterr()
    assert main([str(file), "--root", str(Path(place.site.folder) / "data/keys/root.crt")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [one[0] for one in lines] == ["✓"] * 6 + ["✗"]
    assert "李婉�[2J�✓ all of it" in lines[5]
    assert shown("卡\x1b[2J\n\u2028\u202e✓ 李婉") == "卡�[2J���✓ 李婉"


def test_an_altered_file_is_refused_with_the_reason_and_exit_code_one(
    place: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "visit.zde"
    call(place, "evidence", "--visit", place.visit_id().hex(), "--out", str(file))
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    capsys.readouterr()
    assert main([str(file), "--root", str(Path(place.site.folder) / "data/keys/root.crt"), "--json"]) == 1
    found = told(capsys)
    assert not found["holds"]
    assert not found["steps"][-1]["holds"]


def test_what_is_no_file_of_evidence_or_no_root_is_wrong_use(
    place: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = Path(place.site.folder) / "data/keys/root.crt"
    assert main([str(tmp_path / "gone.zde"), "--root", str(root)]) == 2
    assert "gone.zde" in capsys.readouterr().err
    (tmp_path / "visit.zde").write_bytes(b"x")
    assert main([str(tmp_path / "visit.zde"), "--root", str(root.with_name("issuing.crt"))]) == 2
    assert main([str(tmp_path / "visit.zde"), "--root", str(root)]) == 1


def test_nothing_is_written_over_and_nothing_left_of_what_fails(
    place: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there, other = tmp_path / "there", tmp_path / "other"
    there.write_text("mine")
    call(place, "evidence", "--visit", place.visit_id().hex(), "--out", str(there), code=1)
    assert there.read_text() == "mine"
    call(place, "evidence", "--visit", "00" * 16, "--out", str(other), code=1)
    assert not other.exists()
    assert "zhendao-gateway visits" in capsys.readouterr().err


def test_heads_go_to_a_file_and_to_the_platform_and_tell_of_a_changed_past(
    place: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    heads, root = tmp_path / "heads.jsonl", str(Path(place.site.folder) / "data/keys/root.crt")
    call(place, "log", "head", "--out", str(heads))
    line = place.site.authority.terminal()
    place.site.take(line.message(1, 1))
    call(place, "log", "head", "--out", str(heads))
    with heads.open("a") as file:
        file.write('{"size": 9')  # as a crash leaves it
    capsys.readouterr()
    call(place, "log", "head", "--out", str(heads), "--json")
    assert told(capsys)["written"] == 0
    lines = heads.read_text().splitlines()
    with place.site.store.reading() as connection:
        sizes = connection.execute(select(LOG_HEADS.c.size).order_by(LOG_HEADS.c.size)).scalars().all()
        owed = select(func.count()).where(OUTBOX.c.record_type == "log-head")
        assert connection.execute(owed).scalar() == len(sizes) == len(lines)
    assert main(["heads", str(heads), "--root", root, "--json"]) == 0
    assert told(capsys)["heads"] == len(lines) > 1
    file_ = tmp_path / "visit.zde"
    call(place, "evidence", "--visit", place.visit_id().hex(), "--out", str(file_))
    assert main([str(file_), "--root", root, "--heads", str(heads)]) == 0
    heads.write_text("\n".join(lines[1:]) + "\n")
    assert main(["heads", str(heads), "--root", root]) == 0  # a later part of the same log
    heads.write_text("\n".join([*lines, lines[0]]) + "\n")
    assert main(["heads", str(heads), "--root", root]) == 1
    assert "does not go on" in capsys.readouterr().out


def test_what_two_people_kept_is_one_history_or_is_said_to_be_two(
    place: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine, theirs, root = tmp_path / "mine", tmp_path / "theirs", str(Path(place.site.folder) / "data/keys/root.crt")
    for _ in range(3):
        place.site.take(place.site.authority.terminal().message(1, 1))
        call(place, "log", "head", "--out", str(mine))
    lines = mine.read_text().splitlines()
    theirs.write_text("\n".join(lines[1:]) + "\n")
    assert main(["heads", str(mine), str(theirs), "--root", root]) == 0
    told_size = json.loads(lines[-1])["size"]
    head = LogHead(SM.id, TENANT, told_size + 1, bytes(32), NOW_MS)
    signed = sign_head(head, place.keyring.signing_key, place.keyring.certificate, [place.keyring.issuing[0].der])
    theirs.write_text(json.dumps(as_plain(signed)) + "\n")
    assert main(["heads", str(theirs), "--root", root]) == 0
    capsys.readouterr()
    assert main(["heads", str(mine), str(theirs), "--root", root]) == 1
    assert "two histories" in capsys.readouterr().out
    altered = json.loads(lines[-1]) | {"root": "00" * 32}
    theirs.write_text(json.dumps(altered) + "\n")
    assert main(["heads", str(theirs), "--root", root]) == 1
    assert "is not what is signed" in capsys.readouterr().out
