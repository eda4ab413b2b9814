"""A terminal comes by a one-time code and goes by its own last word; another takes its place and its home."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from samples.founded import NOW_S, WORDS, Founded
from zhendao.device.cli import main as device
from zhendao.device.identity import keystore
from zhendao.device.identity.enrol import EnrolmentError, accept, ask
from zhendao.device.upkeep.retiring import STATEMENT, wipe
from zhendao.protocol import invitation
from zhendao.protocol.errors import MalformedError
from zhendao.protocol.invitation import Code, new_code
from zhendao.protocol.retirement import Retirement, open_retirement, sign_retirement
from zhendao.protocol.revocation import Reason
from zhendao.protocol.suite import INTL
from zhendao.protocol.vocabulary import Mounting, Placement
from zhendao.provisioning import gateways, rotation
from zhendao.provisioning.authority import Authority
from zhendao.provisioning.cli import main as provision
from zhendao.provisioning.duty import Duty
from zhendao.provisioning.errors import ApprovalError
from zhendao.provisioning.founding import found
from zhendao.provisioning.invitations import Home, InvitationError, invitations, new_invitation
from zhendao.provisioning.retiring import retire, swap
from zhendao.provisioning.revoking import revocations
from zhendao.provisioning.terminals import Approved, grant, list_terminals

HOME = Home(Duty(Placement.HOME, Mounting.WALL, b"d" * 16), "E0042")
CODE = new_code(b"12345678")


@pytest.fixture(autouse=True)
def _bare_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.delenv("TPM2TOOLS_TCTI", raising=False)
    monkeypatch.setattr(keystore.Tpm, "here", lambda: None)
    monkeypatch.setattr(invitation, "ROUNDS", 10)


@pytest.fixture
def authority(founded: Founded, tmp_path: Path) -> Authority:
    return founded.at(tmp_path / "a", INTL)


def asked(folder: Path, code: Code | None = CODE) -> bytes:
    return ask(folder, INTL, None, NOW_S * 1000, code).data


def joined(authority: Authority, folder: Path) -> Approved:
    approved = grant(authority, asked(folder, None), HOME, None, NOW_S)
    accept(folder, approved.data)
    return approved


def test_a_code_admits_one_terminal_with_one_duty(authority: Authority, tmp_path: Path) -> None:
    new_invitation(authority, CODE, HOME, NOW_S + 60, 3, NOW_S)
    request = asked(tmp_path / "t")
    approved = grant(authority, request, None, None, NOW_S)
    assert (Duty.of(approved.answer), approved.elder) == (HOME.duty, "E0042")
    assert grant(authority, request, None, None, NOW_S + 99).answer == approved.answer
    with pytest.raises(InvitationError):
        grant(authority, asked(tmp_path / "other"), None, None, NOW_S)
    assert accept(tmp_path / "t", approved.data, vouched=True) == approved.answer
    assert not (tmp_path / "t/identity/code").exists()
    (one,) = list_terminals(authority)
    assert (one.state, one.elder) == ("active", "E0042")
    (kept,) = invitations(authority)
    assert kept.device == approved.answer.device.hex()


def test_the_code_is_nowhere_in_the_folder(authority: Authority, tmp_path: Path) -> None:
    new_invitation(authority, CODE, HOME, NOW_S + 60, 3, NOW_S)
    grant(authority, asked(tmp_path / "t"), None, None, NOW_S)
    secret = CODE.characters[3:].encode()
    for path in (*authority.folder.rglob("*"), *(tmp_path / "t").rglob("*")):
        assert path.is_dir() or secret not in path.read_bytes()


def test_a_wrong_code_costs_a_try_and_then_the_code(authority: Authority, tmp_path: Path) -> None:
    new_invitation(authority, CODE, HOME, NOW_S + 60, 2, NOW_S)
    wrong = Code(CODE.characters[:-1] + ("0" if CODE.characters[-1] != "0" else "1"))
    for left in ("1 tries", "0 tries"):
        with pytest.raises(InvitationError, match=left):
            grant(authority, asked(tmp_path / "thief", wrong), None, None, NOW_S)
    with pytest.raises(InvitationError):
        grant(authority, asked(tmp_path / "t"), None, None, NOW_S)
    assert not authority.terminals()


@pytest.mark.parametrize("at_s", [NOW_S + 60, NOW_S + 10**6])
def test_a_code_runs_out(authority: Authority, tmp_path: Path, at_s: int) -> None:
    new_invitation(authority, CODE, HOME, NOW_S + 60, 3, NOW_S)
    with pytest.raises(InvitationError):
        grant(authority, asked(tmp_path / "t"), None, None, at_s)


def test_an_unknown_code_is_refused(authority: Authority, tmp_path: Path) -> None:
    for code in (CODE, None):
        with pytest.raises(ApprovalError):
            grant(authority, asked(tmp_path / "t", code), None, None, NOW_S)
    hostile = invitation.invite(INTL, bytes(32), "../../audit", asked(tmp_path / "u", None))
    with pytest.raises(InvitationError):
        grant(authority, hostile, None, None, NOW_S)


def test_with_a_code_no_stranger_answers(tmp_path: Path) -> None:
    """Whoever stands between, with an authority of his own, does not know the code."""
    request = asked(tmp_path / "t")
    stranger = found(tmp_path / "b", "xuhui", WORDS, INTL, (), NOW_S)
    answer = grant(stranger, request, HOME, None, NOW_S).data
    for forged in (answer, invitation.vouch(INTL, bytes(32), asked(tmp_path / "t", None), answer)):
        ask(tmp_path / "t", INTL, None, 1, CODE)
        with pytest.raises(EnrolmentError):
            accept(tmp_path / "t", forged, vouched=True)
    assert not (tmp_path / "t/identity/answer.cbor").exists()


def test_a_swap_keeps_duty_and_home(authority: Authority, tmp_path: Path) -> None:
    old = joined(authority, tmp_path / "old").answer.device.hex()
    for _ in range(2):  # cut short anywhere, the same again ends it
        approved, retired = swap(authority, old, asked(tmp_path / "new", None), None, NOW_S + 5)
    assert (Duty.of(approved.answer), approved.elder) == (HOME.duty, "E0042")
    assert (retired.since_s, retired.revoked.entries[0].reason) == (NOW_S + 5, Reason.REPLACED)
    states = {one.device: one.state for one in list_terminals(authority)}
    assert states == {old: "replaced", approved.answer.device.hex(): "active"}
    with pytest.raises(ApprovalError):
        swap(authority, "ab" * 16, asked(tmp_path / "new", None), None, NOW_S)
    new = approved.answer.device.hex()
    with pytest.raises(ApprovalError, match="same terminal"):
        swap(authority, new, asked(tmp_path / "new", None), None, NOW_S)


def test_who_is_retired_is_revoked_with_all_his_certificates_and_gets_no_answers(
    authority: Authority, tmp_path: Path
) -> None:
    first = joined(authority, tmp_path / "t").answer
    folder = authority.terminals()[0]
    second = rotation.renew(authority, folder, NOW_S)
    gateways.install(authority, tmp_path / "g", NOW_S)
    gateways.update(authority, tmp_path / "g", NOW_S)
    assert len(list((tmp_path / "g/answers").iterdir())) == 1
    retire(authority, folder.name, NOW_S + 9, Reason.STOLEN, NOW_S + 9)
    for one in (first.certificate, second.certificate):
        assert revocations(authority).find(one).since_s == NOW_S + 9  # type: ignore[union-attr]
    assert rotation.active(authority) == []
    gateways.update(authority, tmp_path / "g", NOW_S)
    assert list((tmp_path / "g/answers").iterdir()) == []
    assert retire(authority, folder.name, NOW_S + 99, Reason.STOLEN, NOW_S + 99).since_s == NOW_S + 9


def configured(tmp_path: Path) -> Path:
    config = tmp_path / "device.toml"
    config.write_text(
        f'[terminal]\ndata_dir = "{tmp_path}/t"\n[nfc]\ndriver = "pn532"\nport = "/dev/null"\n'
        '[broker]\nurl = "mqtts://localhost:8883"\n'
    )
    return config


def test_a_retired_terminal_leaves_a_statement_and_nothing_else(
    authority: Authority, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = joined(authority, tmp_path / "t").answer
    key = (tmp_path / "t/identity/terminal.key").read_bytes()
    (tmp_path / "t/identity/deep").mkdir()
    (tmp_path / "t/identity/deep/more").write_bytes(key)
    out = tmp_path / "statement"
    words = ["retire", "--config", str(configured(tmp_path)), "--out", str(out), "--json"]
    assert device(words) == 0
    statement = out.read_bytes()
    said = open_retirement(statement, answer.certificate.spki)
    assert (said.device, said.certificate_id, said.seq) == (answer.device, answer.certificate.id, 0)
    left = sorted(one.name for one in (tmp_path / "t").rglob("*"))
    assert left == ["lock", STATEMENT]
    assert device(words) == 0, "the same again ends the same"
    assert out.read_bytes() == statement
    capsys.readouterr()
    done = retire(authority, answer.device.hex(), NOW_S, Reason.RETIRED, NOW_S, statement)
    assert done.statement == said
    passphrase = tmp_path / "words"
    passphrase.write_text(WORDS)
    more = ["--device", answer.device.hex(), "--statement", str(out), "--passphrase-file", str(passphrase), "--json"]
    assert provision(["terminal", "retire", str(authority.folder), *more]) == 0
    assert json.loads(capsys.readouterr().out)["proved"] is True


def test_a_key_is_overwritten_before_its_file_goes(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    joined(authority, tmp_path / "t")
    identity = tmp_path / "t/identity"
    key = (identity / "terminal.key").read_bytes()
    seen: dict[str, bytes] = {}
    unlink = Path.unlink

    def watched(path: Path, missing_ok: bool = False) -> None:  # noqa: FBT001, FBT002 - the signature of the library
        seen.setdefault(path.name, path.read_bytes())
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", watched)
    wipe(tmp_path / "t")
    assert len(seen["terminal.key"]) == len(key)
    assert seen["terminal.key"] != key


def test_a_statement_is_its_own_terminals(authority: Authority, tmp_path: Path) -> None:
    answer = joined(authority, tmp_path / "t").answer
    key = keystore.open_key(tmp_path / "t/identity", INTL)
    word = Retirement(INTL.id, answer.device, answer.certificate.id, b"e" * 16, 7, b"h" * 32, 2, 1)
    good = sign_retirement(word, key)
    assert open_retirement(good, answer.certificate.spki) == word
    other = sign_retirement(replace(word, device=bytes(16)), key)
    for bad in (b"", good[:-1] + bytes([good[-1] ^ 1]), sign_retirement(word, INTL.new_signing_key()), other):
        with pytest.raises(ApprovalError):
            retire(authority, answer.device.hex(), NOW_S, Reason.RETIRED, NOW_S, bad)
    with pytest.raises(MalformedError):
        open_retirement(b"\x80", answer.certificate.spki)
