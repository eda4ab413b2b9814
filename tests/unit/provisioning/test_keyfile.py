"""Keys in files: encrypted as OpenSSL does it, and closed to everything but their passphrase."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhendao.protocol.suite import INTL, SM, Suite
from zhendao.provisioning.keyfile import (
    NotAKeyError,
    Passphrase,
    WrongPassphraseError,
    plain_pem,
    read_plain_pem,
)

KEY = SM.new_signing_key().pkcs8()
PASSPHRASE = Passphrase("correct horse")
FILE = PASSPHRASE.encrypt(KEY)


@pytest.mark.parametrize("suite", [SM, INTL], ids=["sm", "intl"])
def test_openssl_reads_what_is_written(suite: Suite, tmp_path: Path) -> None:
    key = suite.new_signing_key()
    path = tmp_path / "key.pem"
    path.write_bytes(PASSPHRASE.encrypt(key.pkcs8()))
    read = ["openssl", "pkey", "-in", path, "-passin", "pass:correct horse", "-pubout", "-outform", "DER"]
    assert subprocess.run(read, capture_output=True, check=True).stdout == key.spki


def test_a_key_is_under_sm4_and_600_000_rounds(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(FILE)
    shown = subprocess.run(["openssl", "asn1parse", "-in", path], capture_output=True, check=True, text=True).stdout
    for said in ("PBES2", "PBKDF2", f"INTEGER           :{600_000:06X}", "hmacWithSHA256", "sm4-cbc"):
        assert said in shown, said


def test_what_openssl_writes_is_read(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(plain_pem(KEY))
    write = ["openssl", "pkcs8", "-topk8", "-in", path, "-v2", "sm4-cbc", "-v2prf", "hmacWithSHA256"]
    write += ["-iter", "600000", "-passout", "pass:abc"]
    written = subprocess.run(write, capture_output=True, check=True).stdout
    assert SM.signing_key(Passphrase("abc").decrypt(written)).spki == SM.signing_key(KEY).spki


def test_the_passphrase_alone_opens() -> None:
    assert Passphrase("correct horse").decrypt(FILE) == KEY
    for words in ("", "Correct horse", "correct horse "):
        with pytest.raises(WrongPassphraseError):
            Passphrase(words).decrypt(FILE)
    assert "correct" not in repr(PASSPHRASE)


@settings(deadline=None)  # a changed count of rounds may be three times as slow
@given(position=st.integers(0, 10_000), byte=st.integers(0, 255))
def test_a_changed_file_is_one_of_two_errors(position: int, byte: int) -> None:
    bad = bytearray(FILE)
    bad[position % len(bad)] = byte
    try:
        read = PASSPHRASE.decrypt(bytes(bad))
    except (NotAKeyError, WrongPassphraseError):
        return
    assert len(read) == len(KEY)  # a changed last block but one: found when the key is loaded


@given(junk=st.binary(max_size=200))
def test_junk_is_no_key(junk: bytes) -> None:
    for read in (PASSPHRASE.decrypt, read_plain_pem):
        with pytest.raises(NotAKeyError):
            read(junk)


def test_plain_and_encrypted_are_not_mixed_up() -> None:
    assert read_plain_pem(plain_pem(KEY)) == KEY
    with pytest.raises(NotAKeyError):
        read_plain_pem(FILE)
    with pytest.raises(NotAKeyError):
        PASSPHRASE.decrypt(plain_pem(KEY))
