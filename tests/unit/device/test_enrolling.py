"""`zhendao-device enrol` and `zhendao-provision terminal approve`, hand in hand, as a person runs them."""

import json
from pathlib import Path

import pytest

from zhendao.device.cli import main as device
from zhendao.device.identity.enrolled import NotEnrolledError, load
from zhendao.device.identity.keystore import KeyStoreError
from zhendao.provisioning.cli import main as provision

SETTINGS = """
[terminal]
data_dir = "data"
[nfc]
driver = "pn532"
port = "/dev/null"
[gnss]
port = "/dev/null"
baud = 9600
[broker]
url = "mqtts://127.0.0.1:8883"
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    for name in ("CREDENTIALS_DIRECTORY", "TPM2TOOLS_TCTI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ZHENDAO_PASSPHRASE", "correct horse")
    (tmp_path / "device.toml").write_text(SETTINGS)
    return str(tmp_path / "device.toml")


def test_a_terminal_joins_by_commands_alone(config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    authority, request, answer = (str(tmp_path / name) for name in ("authority", "request", "answer"))
    assert provision(["init", authority, "--tenant", "xuhui"]) == 0
    capsys.readouterr()
    ask = ["enrol", "--config", config, "--request", request, "--keystore", "file", "--json"]
    assert device(ask) == 0
    asked = json.loads(capsys.readouterr().out)
    with pytest.raises(NotEnrolledError):
        load(tmp_path / "data/identity")
    approve = ["terminal", "approve", authority, "--request", request, "--out", answer, "--door", "ab" * 16]
    assert provision([*approve, "--mounting", "wall", "--code", asked["code"]]) == 0
    capsys.readouterr()
    accept = ["enrol", "--config", config, "--answer", answer]
    assert device([*accept, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    who = load(tmp_path / "data/identity")
    assert who.device.hex() == told["device"] == asked["device"]
    assert (who.tenant, who.own_door, who.certificate_id.hex()) == ("xuhui", b"\xab" * 16, told["certificate"])
    assert who.suite.verifying_key(who.key.spki).verify(b"event", who.key.sign(b"event"))
    assert device([*accept, "--lang", "zh"]) == 0
    assert "已注册到 xuhui" in capsys.readouterr().out
    assert device(ask) == 1
    (tmp_path / "data/identity/terminal.key").unlink()
    with pytest.raises(KeyStoreError):
        load(tmp_path / "data/identity")


def test_wrong_use_is_told(config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    enrol = ["enrol", "--config", config]
    assert device(enrol) == 2
    assert device([*enrol, "--answer", str(tmp_path / "nothing")]) == 2
    (tmp_path / "junk").write_bytes(b"junk")
    assert device([*enrol, "--answer", str(tmp_path / "junk")]) == 1
    assert device([*enrol, "--request", str(tmp_path / "no" / "folder")]) == 2
    assert "Traceback" not in capsys.readouterr().err
