"""Every signer must pass the same trials, and a bad one does not; the escrow's key is made at its office."""

import json
from pathlib import Path
from typing import Any

import pytest

from zhendao.protocol.errors import CryptoError
from zhendao.protocol.sm2_signature import message_digest, signer_hash
from zhendao.protocol.suite import INTL, SM
from zhendao.provisioning import escrow
from zhendao.provisioning.authority import ESCROW, Authority, open_key_file
from zhendao.provisioning.cli import main
from zhendao.provisioning.errors import FolderExistsError, KeyFileError
from zhendao.provisioning.founding import found
from zhendao.provisioning.keyfile import Passphrase
from zhendao.provisioning.signers import interface
from zhendao.provisioning.signers.conformance import examine
from zhendao.provisioning.signers.digest import DigestKey
from zhendao.provisioning.signers.interface import SignerError, Surroundings, find
from zhendao.provisioning.signers.libcrypto import FileSigner

pytestmark = pytest.mark.usefixtures("few_rounds")
WORDS, NOW_S = "correct horse", 1_795_338_000


def surroundings(folder: Path) -> Surroundings:
    return Surroundings(folder, Passphrase(WORDS))


def problems(signer: Any) -> set[str]:
    return {what.partition(": ")[2] for what, why in examine(signer) if why is not None}


def test_files_pass(tmp_path: Path) -> None:
    assert problems(FileSigner(surroundings(tmp_path))) == set()
    assert list(tmp_path.iterdir()) == []


class Forgetful(FileSigner):
    def remove(self, locator: str) -> None:
        """Do nothing."""


class OneKey(FileSigner):
    def make(self, suite: Any) -> str:
        kept = list(self._folder.glob("*.key"))
        return kept[0].name if kept else super().make(suite)


class Garbled(FileSigner):
    def open(self, suite: Any, locator: str) -> Any:
        key = super().open(suite, locator)

        class Bad:
            spki, key_id = key.spki, key.key_id

            def sign(self, _message: bytes) -> bytes:
                return bytes(64)

        bad = Bad()
        bad.suite = suite  # type: ignore[attr-defined]
        return bad


class Crashing(FileSigner):
    def open(self, _suite: Any, _locator: str) -> Any:
        raise OSError("no device")


class Absent(FileSigner):
    def suites(self) -> frozenset[str]:
        return frozenset()


@pytest.mark.parametrize(
    ("kind", "found_out"),
    [
        (Forgetful, "a key that was removed is gone"),
        (OneKey, "two keys are two, their locators are texts"),
        (Garbled, "signatures hold, for their message alone"),
        (Crashing, "an unknown key is a SignerError"),
        (Absent, "a suite it has not is refused"),
    ],
)
def test_what_does_not_keep_the_promise_is_found_out(tmp_path: Path, kind: Any, found_out: str) -> None:
    assert found_out in problems(kind(surroundings(tmp_path)))


def test_a_signer_is_found_by_its_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a package of somebody else's brings it: an SKF device, say."""
    package = tmp_path / "zhendao_skf-1.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: zhendao-skf\nVersion: 1\n")
    (package / "entry_points.txt").write_text(f"[{interface.GROUP}]\nskf = zhendao_skf_device:Device\n")
    (tmp_path / "zhendao_skf_device.py").write_text(
        "from zhendao.provisioning.signers.libcrypto import FileSigner\nclass Device(FileSigner): pass\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert interface.names() == ["libcrypto", "tpm", "skf"]
    assert problems(find("skf", surroundings(tmp_path))) == set()
    with pytest.raises(SignerError, match="other") as refused:
        find("other", surroundings(tmp_path))
    assert "skf" in str(refused.value.cure)


def test_a_device_that_signs_digests_is_a_key_like_any_other() -> None:
    key = SM.new_signing_key()
    za = signer_hash(key.spki)
    digests: dict[bytes, bytes] = {message_digest(za, b"event"): key.sign(b"event")}
    device = DigestKey(key.spki, lambda digest: digests[digest])
    assert SM.verifying_key(device.spki).verify(b"event", device.sign(b"event"))
    for answer in (lambda _digest: bytes(64), lambda _digest: digests[b""], lambda _digest: b""):
        with pytest.raises(CryptoError):
            DigestKey(key.spki, answer).sign(b"event")


def test_signers_are_checked_by_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["signer", "check", "libcrypto", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["passed"] is True
    assert main(["signer", "check", "nothing", "--json"]) == 1


def test_the_escrow_makes_its_own_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    authority = found(tmp_path / "a", "xuhui", WORDS, INTL, (), NOW_S)
    words, office_words = tmp_path / "words", tmp_path / "office-words"
    words.write_text(WORDS)
    office_words.write_text("words of the office")
    office, out = tmp_path / "office", tmp_path / "request"
    its = ("--passphrase-file", str(office_words), "--json")
    assert main(["escrow", "request", str(office), "--out", str(out), "--suite", "intl", *its]) == 0
    code = json.loads(capsys.readouterr().out)["code"]
    crt = tmp_path / "escrow.crt"
    ours = ["escrow", "approve", str(authority.folder), "--request", str(out), "--out", str(crt)]
    ours += ["--passphrase-file", str(words), "--json"]
    assert main([*ours, "--code", "00000-00000-00000"]) == 1
    for _ in range(2):
        assert main([*ours, "--code", code]) == 0
    there = ["--root", str(authority.folder / "root.crt"), "--issuing", str(authority.folder / "issuing.crt")]
    assert main(["escrow", "accept", str(office), "--certificate", str(crt), *there, *its]) == 0
    now = Authority.open(authority.folder, WORDS)
    key = open_key_file(office / escrow.KEY, Passphrase("words of the office"), INTL.unwrapping_key)
    wrapped = INTL.wrapping_key(now.certificate(ESCROW).spki).wrap(b"event")
    assert key.unwrap(wrapped) == b"event"
    with pytest.raises(KeyFileError):
        now.escrow()
    assert len(now.old(ESCROW)) == 1
    assert main(["escrow", "accept", str(office), "--certificate", str(now.old_files(ESCROW)[0]), *there, *its]) == 1
    with pytest.raises(FolderExistsError):
        escrow.request(office, INTL, "escrow", "words of the office", NOW_S)


@pytest.mark.parametrize("junk", [b"", b"junk", b"\xa0", b"\x80"])
def test_what_is_no_request_of_an_escrow_is_refused(tmp_path: Path, junk: bytes) -> None:
    authority = found(tmp_path / "a", "xuhui", WORDS, INTL, (), NOW_S)
    with pytest.raises(escrow.EscrowError):
        escrow.approve(authority, junk, "", NOW_S)
