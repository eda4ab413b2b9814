"""`zhendao-provision ls` over a folder in which everything happened: each thing once, as it stands, zh and en."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from zhendao.protocol.enrolment import KeyStore, Request, sign_request
from zhendao.protocol.revocation import Reason
from zhendao.protocol.suite import INTL
from zhendao.protocol.vocabulary import Mounting, Placement, Role
from zhendao.provisioning import rotation, token_log
from zhendao.provisioning.authority import Authority
from zhendao.provisioning.cli import main
from zhendao.provisioning.duty import Duty
from zhendao.provisioning.founding import found
from zhendao.provisioning.retiring import retire
from zhendao.provisioning.terminals import approve
from zhendao.provisioning.tls import new_authority
from zhendao.provisioning.token_log import Issued
from zhendao.provisioning.validity import YEAR_S, span

WORDS = "correct horse"
NOW_S = 1_795_338_000
A, B, C, D = ("0" + digit for digit in "abcd")
DOOR = bytes([0xDD] * 16)


def join(authority: Authority, device: bytes, duty: Duty, path: Path) -> None:
    key, tls = INTL.new_signing_key(), new_authority("x", span(NOW_S, 1))
    public = x509.load_pem_x509_certificate(tls.certificate).public_key()
    spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    path.write_bytes(sign_request(Request(INTL, device, key.spki, spki, KeyStore.FILE, "test", NOW_S * 1000), key))
    approve(authority, path, duty, None, NOW_S)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an authority's folder with four terminals: at work, revoked, retired, damaged; and three tokens."""
    folder = tmp_path_factory.mktemp("inventory")
    authority = found(folder / "a", "xuhui", WORDS, INTL, (), NOW_S)
    for number, name in enumerate((A, B, C, D)):
        duty = Duty(Placement.STATION if number else Placement.HOME, Mounting.WALL, None if number else DOOR)
        join(authority, bytes.fromhex(name * 16), duty, folder / "request")
    at = {name: authority.folder / "terminals" / (name * 16) for name in (A, B, C, D)}
    rotation.renew(authority, at[A], NOW_S + 5)
    retire(authority, B * 16, NOW_S, Reason.STOLEN, NOW_S)
    retire(authority, C * 16, NOW_S, Reason.REPLACED, NOW_S)
    (at[D] / "answer.cbor").write_bytes(b"x")
    rotation.rotate(authority, "gateway", NOW_S)
    site = authority.folder / "sites" / (A * 16)
    site.mkdir(parents=True)
    (site / "site.json").write_text(json.dumps({"place": "P1", "elder": "E1"}))
    for made_ms, outcome in ((NOW_S * 1000, "accepted"), (1000, "accepted_with_remarks")):
        facts = {"made_ms": made_ms, "outcome": outcome}
        (site / f"acceptance-{made_ms}.json").write_text(json.dumps({"facts": facts}))
    (site / "acceptance-damaged.json").write_text("{")
    until_s = NOW_S + YEAR_S
    for number, role, holder in ((0xDD, Role.DOOR, ""), (1, Role.CAREGIVER, "C1"), (2, Role.ELDER, "")):
        token = Issued(bytes([number] * 16), role, bytes([number] * 7), NOW_S, until_s)
        token_log.append(authority.folder, "written", token, NOW_S, holder=holder, strength="dynamic")
    return authority.folder


@pytest.fixture
def ls(
    lived: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., list[dict[str, Any]]]:
    """Return what `ls` with these words lists, a day after everything happened."""
    monkeypatch.setattr("zhendao.provisioning.commands.inventory.time.time", lambda: NOW_S + 86_400.0)

    def run(*words: str) -> list[dict[str, Any]]:
        assert main(["ls", str(lived), *words, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return run


Ls = Callable[..., list[dict[str, Any]]]


def test_terminals_with_their_place(ls: Ls) -> None:
    first, *others = ls("--kind", "terminals")
    stand = {one["number"][:2]: one["state"] for one in (first, *others)}
    assert stand == {A: "active", B: "revoked", C: "retired", D: "damaged"}
    mine = next(one for one in (first, *others) if one["number"] == A * 16)
    assert {name: mine[name] for name in ("role", "holder", "elder", "door", "mounting", "keystore")} == {
        "role": "home",
        "holder": "P1",
        "elder": "E1",
        "door": DOOR.hex(),
        "mounting": "wall",
        "keystore": "file",
    }
    assert (mine["accepted"], mine["outcome"]) == ("2026-11-22T09:00:00Z", "accepted")


def test_tags_and_cards(ls: Ls) -> None:
    found = ls("--kind", "tags", "--kind", "cards")
    assert [(one["kind"], one["role"], one["holder"], one["state"], one["strength"]) for one in found] == [
        ("tag", "door", "P1", "active", "dynamic"),
        ("card", "caregiver", "C1", "active", "dynamic"),
        ("card", "elder", None, "spare", "dynamic"),
    ]
    assert [one["uid"] for one in ls("--holder", "C1")] == ["01" * 7]


def test_certificates_with_their_files(ls: Ls, lived: Path) -> None:
    found = ls("--kind", "certificates")
    files = [one["file"] for one in found]
    there = [path.relative_to(lived) for path in lived.rglob("*.crt")]
    assert sorted(files) == sorted(str(path) for path in there if path.parts[0] != "root")
    stand = {one["file"]: one["state"] for one in found}
    assert (stand["root.crt"], stand["tls/broker.crt"], stand["gateway/gateway.crt"]) == ("active",) * 3
    assert stand[f"terminals/{A * 16}/terminal.crt"] == "active"
    assert stand[f"terminals/{B * 16}/terminal.crt"] == "revoked"
    assert stand[f"terminals/{C * 16}/tls.crt"] == "retired"
    assert stand[f"terminals/{C * 16}/terminal.crt"] == "revoked"
    assert [one["state"] for one in found if "/old/" in f"/{one['file']}"] == ["retired"] * 3
    whose = ls("--kind", "certificates", "--holder", A * 16)
    assert {one["role"] for one in whose} == {"terminal", "tls"}
    assert ls("--role", "root")[0]["number"] == Authority.open(lived).root.id.hex()


def test_what_ends_soon_or_before_a_day(ls: Ls) -> None:
    assert ls("--state", "expiring") == []
    assert [one["role"] for one in ls("--state", "expiring", "--soon", "364")] == ["door", "caregiver"]
    assert {one["kind"] for one in ls("--before", "2028-01-01")} == {"tag", "card"}
    assert ls("--before", "2026-01-01") == []
    (root,) = ls("--role", "root", "--soon", "3650")
    assert root["state"] == "active"


def test_a_file_that_is_no_certificate_is_told(lived: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = shutil.copytree(lived, tmp_path / "a")
    (folder / "tls/broker.crt").write_text("nonsense")
    (folder / "escrow/escrow.crt").unlink()
    assert main(["ls", str(folder), "--state", "damaged", "--kind", "certificates", "--json"]) == 0
    assert {one["file"] for one in json.loads(capsys.readouterr().out)} == {"tls/broker.crt", "escrow/escrow.crt"}


def test_it_writes_nothing_and_asks_for_no_passphrase(ls: Ls, lived: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ZHENDAO_PASSPHRASE", raising=False)
    before = {path: path.stat().st_mtime_ns for path in lived.rglob("*")}
    assert ls()
    assert {path: path.stat().st_mtime_ns for path in lived.rglob("*")} == before


@pytest.mark.parametrize(("language", "head", "total"), [("zh", "种类", "共 "), ("en", "what", " in all")])
def test_a_table_for_people(
    lived: Path, capsys: pytest.CaptureFixture[str], language: str, head: str, total: str
) -> None:
    assert main(["ls", str(lived), "--kind", "terminals", "--lang", language]) == 0
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first.startswith(head)
    assert total in last


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--kind", "cats"], 2),
        (["--state", "good"], 2),
        (["--before", "soon"], 2),
        (["--soon", "-1"], 2),
        (["--soon", "99999"], 2),
    ],
)
def test_wrong_words(lived: Path, words: list[str], code: int) -> None:
    assert main(["ls", str(lived), *words]) == code


def test_no_authority(tmp_path: Path) -> None:
    assert main(["ls", str(tmp_path)]) == 1
