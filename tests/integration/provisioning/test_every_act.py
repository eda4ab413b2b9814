"""Each command of `zhendao-provision` that changes something notes it in the diary, under its own name; others do not.

A new command must be added here: to `LOOKS` if it only looks, else to the steps below.
"""

import io
import json
import shutil
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from samples.pn532 import Emulator
from zhendao.protocol.enrolment import KeyStore, Request, open_answer, sign_request
from zhendao.protocol.keys import SigningKey
from zhendao.protocol.statement import Kind, Statement, sign
from zhendao.protocol.suite import INTL
from zhendao.provisioning import audit
from zhendao.provisioning.cli import PROGRAM, main

LOOKS = {"audit", "ls", "doctor", "terminal ls", "tag read", "card check", "card unfinished"}
LEADS = {"install"}
"""Runs the others, each of which notes what it does."""
OFFICE = {"escrow open"}
"""Noted at the escrow's office, where there is a gateway's database (`integration/gateway/privacy/test_keys.py`)."""
DEVICE = bytes(range(16))


@dataclass
class Folder:
    """An authority, what was done to it, and a reader with tags."""

    path: Path
    emulator: Emulator
    key: SigningKey = field(default_factory=INTL.new_signing_key)
    done: set[str] = field(default_factory=set)

    @property
    def authority(self) -> Path:
        return self.path / "authority"

    def run(self, *words: str | Path, code: int = 0) -> Any:
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            got = main([*map(str, words), "--json"])
        assert got == code, (words, out.getvalue(), err.getvalue())
        return json.loads(out.getvalue().splitlines()[-1]) if out.getvalue() else None

    def acts(self) -> list[str]:
        return [one["act"] for one in audit.read(self.authority)] if self.authority.exists() else []

    def step(self, name: str, *words: str | Path, on: str = "", code: int = 0) -> Any:
        """Run the command ``name`` on the authority, with the tag ``on`` at the reader; it is noted under its name."""
        before = self.acts()
        if on:
            self.emulator.do(f"present {on}")
            words = (*words, "--port", str(self.emulator.link), "--wait", "20")
        try:
            told = self.run(*name.split(), self.authority, *words, code=code)
        finally:
            if on:
                self.emulator.do(f"remove {on}")
        noted = self.acts()[len(before) :]
        self.done.add(name)
        assert (not noted) if name in LOOKS or code else (name in noted), (name, noted)
        return told

    def statement(self, kind: Kind, facts: dict[str, Any]) -> Path:
        """Return a statement as the terminal signs it."""
        kept = self.authority / "terminals" / DEVICE.hex() / "answer.cbor"
        made = sign(Statement(kind, facts), "terminal", self.key, open_answer(kept.read_bytes()).certificate)
        path = self.path / f"{kind}.json"
        path.write_bytes(made.encode())
        return path

    def request(self, device: bytes = DEVICE) -> Path:
        """Return the request of a terminal."""
        public = ec.generate_private_key(ec.SECP256R1()).public_key()
        spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        path = self.path / "request"
        path.write_bytes(sign_request(Request(INTL, device, self.key.spki, spki, KeyStore.FILE, "test", 1), self.key))
        return path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Folder]:
    monkeypatch.setenv("ZHENDAO_PASSPHRASE", "correct horse")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    with Emulator(tmp_path / "reader") as emulator:
        for number in range(1, 7):
            emulator.do(f"tag t{number} ntag215 uid=04D{number}000000000A")
        yield Folder(tmp_path, emulator)


def test_each_act_is_noted_under_its_name(folder: Folder) -> None:
    at = folder.path
    folder.step("init", "--tenant", "xuhui", "--suite", "intl")
    _terminals(folder, at)
    _cards(folder, at)
    _site(folder, at)
    _lists(folder, at)
    _leaving(folder, at)
    _keys(folder, at)
    folder.step("audit")
    folder.step("ls")
    folder.step("doctor")
    assert folder.done | LEADS | OFFICE == {command.name for command in PROGRAM.commands}
    assert audit.check(folder.authority) is None


def _terminals(folder: Folder, at: Path) -> None:
    folder.step("terminal approve", "--request", folder.request(), "--out", at / "answer")
    folder.step("gateway install", "--data-dir", at / "g")
    folder.step("broker install", "--out", at / "b", "--listen", "127.0.0.1:8883")
    folder.step("rotate", "gateway")
    folder.step("terminal renew", "--all")
    folder.step("revoke", "--certificate", next((folder.authority / "old/gateway").rglob("*.crt")))
    folder.step("gateway update", "--data-dir", at / "g")
    folder.step("broker update", "--out", at / "b")
    folder.step("terminal ls")


def _cards(folder: Folder, at: Path) -> None:
    folder.step("tag write", "--role", "door", on="t1")
    folder.step("tag read", on="t1")
    folder.step("card keys")
    folder.step("card write", "--role", "caregiver", "--holder", "C1", on="t2")
    folder.step("card check", on="t2")
    folder.step("card spare", "--role", "caregiver", on="t3")
    folder.step("card replace", "--role", "caregiver", "--holder", "C1", "--reason", "lost", on="t3")
    folder.emulator.do("present t4")
    folder.emulator.do("pull 30 new")
    folder.step("card write", "--role", "caregiver", "--holder", "C2", on="t4", code=1)
    folder.step("card unfinished")
    folder.step("card finish", on="t4")
    folder.step("card rollback", on="t4")
    (at / "roll.csv").write_text("护理员编号\nC3\n")
    folder.step("card batch", at / "roll.csv", "--role", "caregiver", on="t5")
    folder.step("card revoke", "--holder", "C3", "--reason", "left")


def _site(folder: Folder, at: Path) -> None:
    facts = {"device": DEVICE.hex(), "tenant": "xuhui", "made_ms": 1, "software": "0.1.0"}
    survey = folder.statement("survey", {**facts, "receiver": None, "datum": "wgs84", "wanted": 1, "fixes": []})
    folder.step("site survey", "--record", survey, "--place", "P1", "--engineer", "Li")
    tested = folder.statement("self-test", {"device": DEVICE.hex(), "tenant": "xuhui", "made_ms": 1, "parts": []})
    folder.step("site accept", "--selftest", tested, "--out", at / "draft.json")
    signed = folder.statement("acceptance", json.loads((at / "draft.json").read_bytes())["facts"])
    folder.step("site certify", "--signed", signed, "--out", at / "acceptance.json")


def _lists(folder: Folder, at: Path) -> None:
    lists = at / "lists"
    lists.mkdir()
    shutil.copy(folder.authority / "registry" / "标签.csv", lists)
    folder.step("import", lists, "--out", at / "registry")
    folder.step("labels", "--out", at / "labels.pdf")


def _leaving(folder: Folder, at: Path) -> None:
    folder.step("terminal invite")
    swapped = ("--old", DEVICE.hex(), "--request", folder.request(b"n" * 16), "--out", at / "swapped")
    folder.step("terminal swap", *swapped)
    folder.step("terminal retire", "--device", (b"n" * 16).hex())


def _keys(folder: Folder, at: Path) -> None:
    """The office has a folder of its own, a signer none: what is done there is in nobody's diary here."""
    asked = folder.run("escrow", "request", at / "office", "--out", at / "asked", "--suite", "intl")
    folder.step("escrow approve", "--request", at / "asked", "--code", asked["code"], "--out", at / "escrow.crt")
    chain = ("--root", folder.authority / "root.crt", "--issuing", folder.authority / "issuing.crt")
    folder.run("escrow", "accept", at / "office", "--certificate", at / "escrow.crt", *chain)
    assert [one["act"] for one in audit.read(at / "office")] == ["escrow request", "escrow accept"]
    folder.run("signer", "ls")
    folder.run("signer", "check", "libcrypto")
    folder.done |= {"escrow request", "escrow accept", "signer ls", "signer check"}
