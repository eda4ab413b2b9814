"""The settings file of the gateway: complete with four values, and every mistake told at once."""

from pathlib import Path

import pytest

from zhendao.command.errors import SettingsError
from zhendao.gateway.cli import PROGRAM
from zhendao.gateway.config import read_config
from zhendao.gateway.errors import KeysError
from zhendao.gateway.keyring import load_keyring

LEAST = """
data_dir = "data"
[store]
url = "sqlite:///gateway.db"
[broker]
url = "mqtts://broker.example:8883"
[http]
listen = "127.0.0.1:8080"
[[forward]]
kind = "https"
url = "https://platform.example/records"
"""


def read(tmp_path: Path, text: str) -> str:
    file = tmp_path / "gateway.toml"
    file.write_text(text)
    with pytest.raises(SettingsError) as refused:
        read_config(file)
    assert refused.value.exit_code == 2
    return refused.value.explain("en")


def test_the_least_settings_are_enough(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(LEAST)
    config = read_config(file)
    assert config.keys == tmp_path / "data" / "keys"
    assert config.store.url == f"sqlite:///{tmp_path}/gateway.db"
    assert config.visits.min_s == 3_600


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("sqlite:////srv/a.db", "/srv/a.db"),
        ("sqlite:///a/b.db", "{folder}/a/b.db"),
        ("sqlite:///~/a.db", "{home}/a.db"),
        ("sqlite+pysqlite:///a.db", "{folder}/a.db"),
    ],
)
def test_where_the_store_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, meant: str) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    file = tmp_path / "gateway.toml"
    file.write_text(LEAST.replace("sqlite:///gateway.db", said))
    path = read_config(file).store.url.partition(":///")[2]
    assert path == meant.format(folder=tmp_path, home=tmp_path / "home")


@pytest.mark.parametrize(
    "url",
    ["gateway.db", "sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:///gw/", "sqlite:///a.db?mode=ro",
     "sqlite:///file:a.db", "sqlite://host/a.db", "sqlite+aiosqlite:///a.db", "postgresql://host/a"],
)  # fmt: skip
def test_stores_that_it_does_not_know(tmp_path: Path, url: str) -> None:
    assert "[store]: url must be sqlite:///" in read(tmp_path, LEAST.replace("sqlite:///gateway.db", url))


def test_a_platform_is_named_once_and_without_a_password(tmp_path: Path) -> None:
    twice = LEAST + '[[forward]]\nkind = "https"\nurl = "https://platform.example/records"\n'
    assert "[[forward]] 2: url is there twice" in read(tmp_path, twice)
    secret = read(tmp_path, LEAST.replace("platform.example", "user:pass@platform.example"))
    assert "must hold no user name" in secret
    assert "pass@" not in secret


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    said = read(
        tmp_path,
        LEAST.replace("mqtts", "mqtt").replace("sqlite:", "mysql:").replace("[http]", "[http]\nspeed = 3"),
    )
    assert "[broker]: url" in said
    assert "[store]: url" in said
    assert "speed" in said


def test_without_a_certificate_it_listens_here_alone(tmp_path: Path) -> None:
    assert "loopback" in read(tmp_path, LEAST.replace("127.0.0.1:8080", "0.0.0.0:8080"))
    assert "go together" in read(tmp_path, LEAST.replace("8080", '8080"\ncertificate = "x.pem'))


def test_keys_that_are_missing_are_named(tmp_path: Path) -> None:
    with pytest.raises(KeysError, match=r"root\.crt cannot be read"):
        load_keyring(tmp_path)


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        PROGRAM(["run", "--help"], "en")
    assert "gateway.toml" in capsys.readouterr().out
