"""`zhendao-provision card …` as people run it: the emulator's reader, a gateway that gives keys, all kinds of card."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import pem
from openpyxl import Workbook

from samples.issued import DYNAMIC, UIDS, issue
from samples.keygiver import KeyGiver, key_giver
from samples.pn532 import Emulator
from zhendao.command.roster.between import check_together
from zhendao.command.roster.check import check_rows
from zhendao.command.roster.files import read
from zhendao.protocol.cards.parcel import seal_card_keys
from zhendao.protocol.suite import suite_by_name
from zhendao.protocol.vocabulary import Technology
from zhendao.provisioning.authority import Authority
from zhendao.provisioning.cli import main
from zhendao.provisioning.founding import found

PASSPHRASE = "a passphrase for tests"
COMMAND = "from zhendao.provisioning.cli import main; raise SystemExit(main())"
CARDS = {
    "dna": ("ntag424", "04D1000000000A"),
    "cpu": ("cpucard", "04D2000000000A"),
    "tag": ("ntag215", "04D3000000000A"),
    "other": ("ntag424", "04D4000000000A"),
}


@dataclass
class Office:
    """An authority, a reader, and a gateway."""

    folder: Path
    emulator: Emulator
    giver: KeyGiver

    def run(self, *words: str | Path, code: int = 0) -> Any:
        """Run a command of `card` in this process; return its JSON, or the code of its error."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            got = main(["card", *map(str, words), "--json"])
        assert got == code, (out.getvalue(), err.getvalue())
        if code and not out.getvalue():
            return json.loads(err.getvalue())["error"]["code"]
        return json.loads(out.getvalue().splitlines()[-1])

    def at(self, card: str, verb: str, *words: str, code: int = 0) -> Any:
        """Hold a card there, run a command on it, take it away."""
        self.emulator.do(f"present {card}")
        try:
            return self.run(verb, self.folder, *self.reader, *self.giver.options, *words, code=code)
        finally:
            self.emulator.do(f"remove {card}")

    @property
    def reader(self) -> list[str]:
        return ["--port", str(self.emulator.link), "--wait", "20"]


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("authority") / "a"
    found(folder, "xuhui", PASSPHRASE, suite_by_name("sm"), (), 1_790_000_000)
    return folder


@pytest.fixture
def office(founded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setenv("ZHENDAO_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    folder = tmp_path / "authority"
    subprocess.run(["cp", "-a", founded, folder], check=True)
    issue(tmp_path / "tags")
    with (
        key_giver(tmp_path / "gateway") as giver,
        Emulator(tmp_path / "reader", "--state", str(tmp_path / "tags")) as at,
    ):
        for name, (kind, uid) in CARDS.items():
            at.do(f"tag {name} {kind} uid={uid}")
        yield Office(folder, at, giver)


def test_a_card_is_written_checked_and_left_alone(office: Office) -> None:
    done = office.at("dna", "write", "--role", "caregiver", "--holder", "C001")
    assert (done["strength"], done["holder"], done["technology"]) == ("dynamic", "C001", "ntag424")
    seen = office.at("dna", "check")
    assert (seen["good"], seen["proved"], seen["strength"], seen["holder"]) == (True, True, "dynamic", "C001")
    assert seen["token_id"] == done["token_id"]
    assert office.at("dna", "write", "--role", "caregiver", "--holder", "C002", code=1) == "tag-taken"
    assert office.at("dna", "finish", code=1) == "card-nothing-begun"
    # The keys that lie on it are those that the gateway gave, and no key is in the books.
    wanted = office.giver.keys(bytes.fromhex(done["uid"]), Technology.NTAG424)
    books = b"".join(path.read_bytes() for path in office.folder.rglob("*.jsonl"))
    assert all(key.hex().encode() not in books for key in wanted.keys.values())
    again = office.at("dna", "write", "--role", "elder", "--holder", "E001", "--replace")
    assert (again["role"], office.at("dna", "check")["token_id"]) == ("elder", again["token_id"])
    assert office.at("dna", "rollback") == {"uid": done["uid"], "technology": "ntag424", "blank": True}
    assert office.at("dna", "check", code=1)["state"] == "empty"


def test_a_cpu_card_is_written_when_a_person_says_what_it_is(office: Office) -> None:
    assert office.at("cpu", "write", "--role", "engineer", "--holder", "M1", code=1) == "tag-kind"
    done = office.at("cpu", "write", "--role", "engineer", "--holder", "M1", "--kind", "cpu")
    assert done["strength"] == "challenge"
    seen = office.at("cpu", "check")
    assert (seen["proved"], seen["strength"], seen["good"]) == (True, "challenge", True)
    assert office.at("tag", "write", "--role", "door", "--kind", "cpu", code=1) == "tag-kind"


def test_an_interrupted_card_is_listed_and_finished(office: Office) -> None:
    office.emulator.do("present dna")
    office.emulator.do("pull 70 new")
    words = ("write", office.folder, *office.reader, *office.giver.options, "--role", "caregiver", "--holder", "C001")
    assert office.run(*words, code=1) == "tag-gone"
    listed = office.run("unfinished", office.folder)
    assert [(one["holder"], one["stopped"]) for one in listed] == [("C001", "tag-gone")]
    assert office.at("dna", "write", "--role", "caregiver", "--holder", "C002", code=1) == "card-unfinished"
    done = office.at("dna", "finish")
    assert (done["resumed"], done["holder"]) == (True, "C001")
    assert office.run("unfinished", office.folder) == []
    assert office.at("dna", "check")["good"]


def test_a_card_of_another_authority_is_named_and_not_touched(office: Office) -> None:
    before = office.emulator.do(f"dump {DYNAMIC}")["memory"]
    assert office.at(DYNAMIC, "write", "--role", "caregiver", "--holder", "C1", code=1) == "card-foreign"
    assert office.emulator.do(f"dump {DYNAMIC}")["memory"] == before
    assert not (office.folder / "cards" / f"{UIDS[DYNAMIC].hex()}.jsonl").exists()


def test_a_lost_card_is_replaced_by_a_spare_one_and_its_row_ends(office: Office) -> None:
    old = office.at("dna", "write", "--role", "caregiver", "--holder", "C001")
    spare = office.at("other", "spare", "--role", "caregiver")
    assert spare["holder"] is None
    gone = office.at("other", "replace", "--holder", "C001", "--role", "caregiver", "--reason", "lost")
    assert gone["token_id"] == spare["token_id"]
    assert [one["token_id"] for one in gone["revoked"]] == [old["token_id"]]
    seen = office.at("dna", "check", code=1)
    assert (seen["ended"], seen["good"]) == ("lost", False)
    assert office.at("other", "check")["holder"] == "C001"
    ended = office.run("revoke", office.folder, "--holder", "C001", "--reason", "left")
    assert ended["token_id"] == spare["token_id"]
    assert f"blocklist add --token {spare['token_id']} --reason revoked" in ended["command"]
    assert office.run("revoke", office.folder, "--holder", "C001", "--reason", "left", code=1) == "card-token-unknown"
    # The gateway's registry takes the table as it is.
    (office.folder / "registry/护理员.csv").write_text("护理员编号,姓名,有效期起\nC001,李婉,2026-01-01\n")
    sheets, problems = read(office.folder / "registry")
    rows = [row for sheet in sheets for row in check_rows(sheet, UTC, "xuhui")[0]]
    assert problems == [problem for sheet in sheets for problem in check_rows(sheet, UTC, "xuhui")[1]] == []
    assert check_together(rows, rows) == []
    tokens = [row.values for row in rows if row.sheet.name == "tokens"]
    assert [(one["token_id"].hex(), one["valid_to"] is not None) for one in tokens] == [
        (old["token_id"], True),
        (spare["token_id"], True),
    ]


def test_keys_come_from_a_file_where_there_is_no_network(office: Office, tmp_path: Path) -> None:
    where = Path(office.run("keys", office.folder)["public"])
    kind, _, spki = pem.unarmor(where.read_bytes())
    assert kind == "PUBLIC KEY"
    uid = bytes.fromhex(CARDS["dna"][1])
    authority = Authority.open(office.folder)
    parcel = seal_card_keys(authority.suite, spki, [office.giver.keys(uid, Technology.NTAG424)])
    (tmp_path / "cards.zdp").write_bytes(parcel)
    office.giver.server.stop()
    sealed = ("--keys", str(tmp_path / "cards.zdp"), "--role", "caregiver", "--holder", "C001")
    office.emulator.do("present dna")
    done = office.run("write", office.folder, *office.reader, *sealed)
    assert done["strength"] == "dynamic"
    assert office.run("check", office.folder, *office.reader, *sealed[:2])["proved"]
    office.emulator.do("remove dna")
    office.emulator.do("present other")
    assert office.run("write", office.folder, *office.reader, *sealed, code=1) == "card-keys-missing"
    unreachable = (*office.giver.options, "--role", "caregiver")
    assert office.run("write", office.folder, *office.reader, *unreachable, code=1) == "card-keys-unreachable"
    assert office.run("write", office.folder, *office.reader, "--role", "door", code=1) == "card-keys-missing"


def start(office: Office, roll: Path, *words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [
            *(sys.executable, "-W", "error", "-c", COMMAND, "card", "batch", str(office.folder), str(roll)),
            *("--port", str(office.emulator.link), "--role", "caregiver", *office.giver.options, *words),
        ],
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def events(batch: "subprocess.Popen[str]") -> Iterator[dict[str, Any]]:
    assert batch.stdout is not None
    for line in batch.stdout:
        yield json.loads(line)


def roll_of(folder: Path, people: int) -> Path:
    book = Workbook()
    assert book.active is not None
    book.active.append(["护理员编号", "姓名"])
    for number in range(people):
        book.active.append([f"C{number:03}", f"护理员{number}"])
    path = folder / "roll.xlsx"
    book.save(path)
    return path


def test_a_batch_goes_on_after_wrong_cards_an_interrupt_and_a_kill(office: Office, tmp_path: Path) -> None:
    roll, names = roll_of(tmp_path, 4), ["dna", "other", "b3", "b4"]
    for name in names[2:]:
        office.emulator.do(f"tag {name} ntag424 uid=04D5000000000{name[1]}")
    hand = iter([names[0], DYNAMIC, names[0], names[1]])
    held, told = "", []
    batch = start(office, roll, "--json", "--wait", "60")
    for event in events(batch):
        if event["event"] == "waiting":
            held = next(hand)
            office.emulator.do(f"present {held}")
        if event["event"] == "card":
            told.append((event["how"], event["code"], event["holder"]))
            office.emulator.do(f"remove {held}")
            if (
                event["how"] != "written" and held != names[1]
            ):  # the same person is still waiting: nothing is asked anew
                held = next(hand)
                office.emulator.do(f"present {held}")
            elif len(told) == 4:
                break
    assert told == [
        ("written", None, "C000"),
        ("failed", "card-foreign", "C001"),
        ("belongs", "tag-taken", None),
        ("written", None, "C001"),
    ]
    batch.send_signal(signal.SIGINT)
    assert batch.wait(20) == 130
    batch.communicate()
    # Killed in the middle of the third card.
    batch = start(office, roll, "--json", "--wait", "60")
    waiting = next(events(batch))
    assert (waiting["done"], waiting["holder"]) == (2, "C002")
    words = ("write", office.folder, *office.reader, *office.giver.options, "--role", "caregiver", "--holder", "C003")
    assert office.run(*words, code=1) == "folder-busy"
    office.emulator.do("pull 80 new")
    office.emulator.do("present b3")
    failed = next(event for event in events(batch) if event["event"] == "card")
    assert failed["code"] == "tag-gone"
    batch.kill()
    batch.communicate()
    batch = start(office, roll, "--json", "--wait", "60")
    finished = []
    for event in events(batch):
        if event["event"] == "waiting":
            held = "b3" if event["holder"] == "C002" else "b4"
            office.emulator.do(f"present {held}")
        if event["event"] == "card":
            finished.append((event["how"], event["holder"], event["strength"]))
            office.emulator.do(f"remove {held}")
    assert batch.wait(20) == 0
    batch.communicate()
    assert finished == [("finished", "C002", "dynamic"), ("written", "C003", "dynamic")]
    rows = (office.folder / "registry/标签.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert sorted(row.split(",")[3] for row in rows) == ["C000", "C001", "C002", "C003"]
    assert len({row.split(",")[1] for row in rows}) == 4


def test_a_batch_speaks_to_a_person_in_chinese(office: Office, tmp_path: Path) -> None:
    roll = roll_of(tmp_path, 1)
    batch = start(office, roll, "--lang", "zh", "--wait", "60")
    office.emulator.do("present dna")
    said, _ = batch.communicate(timeout=180)
    assert batch.returncode == 0
    assert "[0/1] 请放 护理员0（C000）的卡" in said
    assert "已写入 护理员0" in said
    assert "1 人全部有卡" in said


def test_a_roll_with_mistakes_writes_nothing(office: Office, tmp_path: Path) -> None:
    (tmp_path / "roll.csv").write_text("护理员编号\nC1\nC1\n")
    words = ("batch", office.folder, tmp_path / "roll.csv", *office.reader, "--role", "caregiver")
    assert office.run(*words, code=1) == "card-roll"
    assert not (office.folder / "tokens/tokens.jsonl").exists()
