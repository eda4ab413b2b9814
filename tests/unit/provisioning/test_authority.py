"""An authority is founded whole or not at all, and opens to its passphrase alone."""

import json
import stat
from pathlib import Path

import pytest

from zhendao.protocol.chain import TrustStore
from zhendao.protocol.suite import INTL, SM, Suite
from zhendao.provisioning import audit, founding
from zhendao.provisioning.authority import ESCROW, GATEWAY, GATEWAY_WRAP, TLS_BROKER, Authority
from zhendao.provisioning.cli import main
from zhendao.provisioning.errors import (
    FolderExistsError,
    FolderUnusableError,
    KeyFileError,
    NoAuthorityError,
    PassphraseError,
    ProvisioningError,
)
from zhendao.provisioning.folders import new_folder, write_file
from zhendao.provisioning.tls import hosts_of

WORDS = "correct horse"
NOW_S = 1_795_338_000


def make(folder: Path, suite: Suite = SM, hosts: tuple[str, ...] = ()) -> Authority:
    return founding.found(folder, "xuhui", WORDS, suite, hosts, NOW_S)


@pytest.mark.parametrize("suite", [SM, INTL], ids=["sm", "intl"])
def test_a_founded_authority_opens_again(tmp_path: Path, suite: Suite) -> None:
    make(tmp_path / "a", suite, ("mqtt.example.org", "10.0.0.5"))
    authority = Authority.open(tmp_path / "a", WORDS)
    assert (authority.tenant, authority.suite) == ("xuhui", suite)
    assert authority.token_issuer().spki == authority.token_issuer_certificate.spki
    assert authority.issuing_key().spki == authority.issuing.spki
    assert authority.gateway().spki == authority.certificate(GATEWAY).spki
    assert authority.escrow().spki == authority.certificate(ESCROW).spki
    wrapped = suite.wrapping_key(authority.certificate(GATEWAY_WRAP).spki).wrap(b"x")
    assert authority.gateway_wrap().unwrap(wrapped) == b"x"
    store = TrustStore([authority.root.der], [authority.issuing.der])
    store.check(authority.certificate(GATEWAY_WRAP).der, NOW_S, "gateway", "wrap")
    store.check(authority.token_issuer_certificate.der, NOW_S, "token-issuer", "sign")
    hosts = hosts_of(authority.tls(TLS_BROKER).certificate)
    assert hosts == ["localhost", "127.0.0.1", "::1", "mqtt.example.org", "10.0.0.5"]


def test_keys_are_for_the_owner_and_encrypted(tmp_path: Path) -> None:
    make(tmp_path / "a")
    keys = list((tmp_path / "a").rglob("*.key"))
    assert len(keys) == 9
    for key in keys:
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        assert key.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o700


def test_a_wrong_passphrase_or_none_opens_no_key(tmp_path: Path) -> None:
    make(tmp_path / "a")
    for words in ("wrong horse", None):
        authority = Authority.open(tmp_path / "a", words)
        with pytest.raises(PassphraseError):
            authority.token_issuer()


def test_a_damaged_key_is_named(tmp_path: Path) -> None:
    make(tmp_path / "a")
    (tmp_path / "a/keys/issuing.key").write_text("nonsense")
    with pytest.raises(KeyFileError, match=r"issuing\.key"):
        Authority.open(tmp_path / "a", WORDS).issuing_key()


def test_what_is_no_authority_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(NoAuthorityError):
        Authority.open(tmp_path)
    make(tmp_path / "a")
    (tmp_path / "a/root.crt").write_bytes(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    with pytest.raises(NoAuthorityError):
        Authority.open(tmp_path / "a")


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    first = make(tmp_path / "a").root.id
    with pytest.raises(FolderExistsError):
        make(tmp_path / "a")
    assert Authority.open(tmp_path / "a").root.id == first


def test_a_failure_half_way_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(founding._Founding, "transport", broken)
    with pytest.raises(FolderUnusableError):
        make(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_written_whole_or_not(tmp_path: Path) -> None:
    write_file(tmp_path / "f", b"one", 0o600)
    assert stat.S_IMODE((tmp_path / "f").stat().st_mode) == 0o600
    with pytest.raises(FolderUnusableError):
        write_file(tmp_path / "f" / "g", b"two")
    with pytest.raises(FolderUnusableError), new_folder(tmp_path / "new") as made:
        (made / "no" / "such").mkdir()
    assert [one.name for one in tmp_path.iterdir()] == ["f"]


@pytest.mark.parametrize("tenant", ["", "Xuhui", "a b", "x" * 33, "../a"])
def test_a_tenants_name_has_its_form(tmp_path: Path, tenant: str) -> None:
    with pytest.raises(ProvisioningError):
        founding.found(tmp_path / "a", tenant, WORDS, SM, (), NOW_S)


def test_a_host_has_its_form(tmp_path: Path) -> None:
    with pytest.raises(ProvisioningError):
        make(tmp_path / "a", SM, ("x" * 300,))
    assert list(tmp_path.iterdir()) == []


def test_a_changed_diary_is_seen(tmp_path: Path) -> None:
    make(tmp_path / "a").note("one", NOW_S, terminal="00")
    audit.append(tmp_path / "a", "two", NOW_S)
    assert audit.check(tmp_path / "a") is None
    diary = tmp_path / "a" / audit.FILE
    lines = diary.read_text().splitlines(keepends=True)
    assert [json.loads(line)["act"] for line in lines] == ["init", "one", "two"]
    diary.write_text("".join((lines[0], lines[1].replace('"00"', '"01"'), lines[2])))
    assert audit.check(tmp_path / "a") == 3
    diary.write_text("".join((lines[0], lines[2])))
    assert audit.check(tmp_path / "a") == 2


def test_the_command_tells_of_a_changed_diary(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make(tmp_path / "a").folder
    assert main(["audit", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["entries"][0]["act"] == "init"
    with (folder / audit.FILE).open("ab") as diary:
        diary.write(b"[]\nnonsense\n")
    assert main(["audit", str(folder)]) == 1
    assert "line 2" in capsys.readouterr().out
    assert main(["audit", str(tmp_path)]) == 1


def test_the_command_founds_and_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "words").write_text(WORDS + "\n")
    arguments = ["init", str(tmp_path / "a"), "--tenant", "xuhui", "--passphrase-file", str(tmp_path / "words")]
    assert main([*arguments, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["root"] == Authority.open(tmp_path / "a", WORDS).root.id.hex()
    assert main(arguments) == 1
    assert "exists already" in capsys.readouterr().err
    monkeypatch.setenv("ZHENDAO_PASSPHRASE", "short")
    assert main(["init", str(tmp_path / "b"), "--tenant", "xuhui"]) == 1
    assert main(["init", str(tmp_path / "b")]) == 2


def test_every_error_speaks_both_languages() -> None:
    error = FolderExistsError(Path("x"))
    assert error.explain("zh") != error.explain("en")


@pytest.mark.parametrize("size", [1, 4000, 8100, 8192, 9000, 100_000])
def test_a_line_follows_the_last_one_however_long(tmp_path: Path, size: int) -> None:
    for number in range(3):
        audit.append(tmp_path, f"act {number}", NOW_S, words="x" * size)
    assert audit.check(tmp_path) is None
    assert [one["act"] for one in audit.read(tmp_path)] == ["act 0", "act 1", "act 2"]


def test_a_line_in_pieces_stays_by_itself_and_is_named(tmp_path: Path) -> None:
    for number in range(2):
        audit.append(tmp_path, f"act {number}", NOW_S)
    diary = tmp_path / audit.FILE
    diary.write_bytes(diary.read_bytes()[:-30])
    audit.append(tmp_path, "after", NOW_S)
    assert [one["act"] for one in audit.read(tmp_path)] == ["act 0", "after"]
    assert audit.check(tmp_path) == 2
