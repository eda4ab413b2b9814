"""An authority whose keys are in a TPM 2.0 (swtpm): it passes what every signer must, and issues as any other."""

import json
from pathlib import Path

import pytest

from samples import swtpm
from zhendao.device.identity.enrol import accept, ask
from zhendao.protocol.chain import TrustStore
from zhendao.protocol.enrolment import KeyStore
from zhendao.protocol.suite import INTL, SM
from zhendao.protocol.vocabulary import Mounting, Placement
from zhendao.provisioning import rotation
from zhendao.provisioning.authority import Authority
from zhendao.provisioning.cli import main
from zhendao.provisioning.duty import Duty
from zhendao.provisioning.founding import found
from zhendao.provisioning.invitations import Home
from zhendao.provisioning.roots import open_root
from zhendao.provisioning.signers.interface import SignerError
from zhendao.provisioning.terminals import grant

pytestmark = pytest.mark.skipif(swtpm.MISSING, reason="swtpm or tpm2-tools are not installed")
WORDS, NOW_S = "correct horse", 1_795_338_000
HOME = Home(Duty(Placement.HOME, Mounting.WALL))


def test_a_chip_passes_what_every_signer_must(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with swtpm.chip(tmp_path, monkeypatch):
        assert main(["signer", "check", "tpm", "--json"]) == 0, capsys.readouterr().out
        assert main(["signer", "ls", "--json"]) == 0
        listed = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert {"name": "tpm", "suites": ["sm"]} in listed


def test_an_authority_signs_with_a_chip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = found(tmp_path / "a", "xuhui", WORDS, SM, (), NOW_S)
    root = open_root(tmp_path / "a/root", WORDS)
    with swtpm.chip(tmp_path, monkeypatch):
        for what in ("issuing", "token-issuer"):
            rotation.rotate(Authority.open(tmp_path / "a", WORDS), what, NOW_S, root, "tpm")
        now = Authority.open(tmp_path / "a", WORDS)
        assert not (tmp_path / "a/keys/issuing.key").exists()
        asked = ask(tmp_path / "t", SM, KeyStore.FILE, NOW_S * 1000)
        approved = grant(now, asked.data, HOME, None, NOW_S)
        accept(tmp_path / "t", approved.data)
        TrustStore([authority.root.der], [now.issuing.der]).check(approved.answer.certificate.der, NOW_S)
        with pytest.raises(SignerError):
            rotation.rotate(now, "gateway", NOW_S, None, "tpm")
        rotation.rotate(now, "token-issuer", NOW_S)
        back = Authority.open(tmp_path / "a", WORDS)
        assert back.token_issuer().spki == back.token_issuer_certificate.spki
        assert not (tmp_path / "a/keys/token-issuer.signer").exists()
    monkeypatch.setenv("TPM2TOOLS_TCTI", "swtpm:host=127.0.0.1,port=9")
    with pytest.raises(SignerError):
        Authority.open(tmp_path / "a", WORDS).issuing_key()


def test_a_chip_has_no_keys_of_the_other_suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = found(tmp_path / "a", "xuhui", WORDS, INTL, (), NOW_S)
    with swtpm.chip(tmp_path, monkeypatch), pytest.raises(SignerError, match="intl"):
        rotation.rotate(authority, "token-issuer", NOW_S, None, "tpm")
    assert Authority.open(tmp_path / "a").token_issuer_certificate.id == authority.token_issuer_certificate.id
