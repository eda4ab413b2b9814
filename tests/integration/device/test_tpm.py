"""A key in a TPM 2.0 (swtpm): standard SM2 signatures, and an error in plain words when the chip has lost it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from samples import swtpm
from zhendao.command.tpm import Tpm, TpmError, TpmSigningKey
from zhendao.device.identity.enrol import ask
from zhendao.device.identity.keystore import TPM_FILE, choose, make_key, open_key
from zhendao.protocol.enrolment import KeyStore, open_request
from zhendao.protocol.errors import CryptoError
from zhendao.protocol.suite import INTL, SM

pytestmark = pytest.mark.skipif(swtpm.MISSING, reason="swtpm or tpm2-tools are not installed")


@pytest.fixture
def chip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with swtpm.chip(tmp_path, monkeypatch) as port:
        yield port


@pytest.mark.usefixtures("chip")
def test_signatures_of_the_chip_are_standard(tmp_path: Path) -> None:
    assert choose(SM) is KeyStore.TPM
    assert choose(INTL) is KeyStore.FILE
    key = make_key(tmp_path, SM, KeyStore.TPM)
    assert isinstance(key, TpmSigningKey)
    assert sorted(one.name for one in tmp_path.glob("terminal.*")) == [TPM_FILE]
    verifier = SM.verifying_key(key.spki)
    for message in (b"", b"event", bytes(5000)):
        assert verifier.verify(message, key.sign(message))
    again = open_key(tmp_path, SM)
    assert (again.spki, again.key_id) == (key.spki, SM.key_id(key.spki))
    assert verifier.verify(b"again", again.sign(b"again"))


@pytest.mark.usefixtures("chip")
def test_a_terminal_asks_with_a_key_of_its_chip(tmp_path: Path) -> None:
    asked = ask(tmp_path / "data", SM, None, 1)
    request = open_request(asked.data)
    assert request.keystore is KeyStore.TPM
    assert open_key(tmp_path / "data/identity", SM).spki == request.spki


@pytest.mark.usefixtures("chip")
def test_a_chip_that_lost_the_key_says_so(tmp_path: Path) -> None:
    key = make_key(tmp_path, SM, KeyStore.TPM)
    tpm = Tpm.here()
    assert tpm is not None
    tpm.remove(int((tmp_path / TPM_FILE).read_text(), 16))
    with pytest.raises(CryptoError):
        key.sign(b"event")
    with pytest.raises(TpmError):
        open_key(tmp_path, SM)


@pytest.mark.usefixtures("chip")
def test_a_new_key_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    first = make_key(tmp_path, SM, KeyStore.TPM)
    handle = (tmp_path / TPM_FILE).read_text()
    second = make_key(tmp_path, SM, KeyStore.TPM)
    assert (tmp_path / TPM_FILE).read_text() == handle
    assert first.spki != second.spki


def test_without_a_chip_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TPM2TOOLS_TCTI", "swtpm:host=127.0.0.1,port=1")
    assert Tpm.here() is None
