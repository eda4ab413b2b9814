"""The settings file of the gateway: complete with four values, and every mistake told at once."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from zhendao.command.errors import SettingsError
from zhendao.gateway.assembly import Manner
from zhendao.gateway.cli import PROGRAM
from zhendao.gateway.config import read_config
from zhendao.gateway.errors import KeysError
from zhendao.gateway.judging.policy import read_policy
from zhendao.gateway.keyring import load_keyring
from zhendao.gateway.place import geofence
from zhendao.gateway.place.geofence import GeofenceSettings

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


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ('kind = "file"\nurl = "https://p.example/in"', "url of kind file must be file://"),
        ('kind = "file"\nurl = "file://share/in"', "file:/// and an absolute path"),
        ('kind = "file"\nurl = "file:///in"\nsign = true', "sign is not known to file"),
        ('kind = "https"\nurl = "https://p.example/x"\nform = "csv"', "form is not known to https"),
        ('kind = "nats"\nurl = "tls://p.example:4222"', "tls://HOST:PORT/PREFIX"),
        ('kind = "nats"\nurl = "tls://p.example:4222/a.b/>"', "tls://HOST:PORT/PREFIX"),
        ('kind = "nats"\nurl = "nats://p.example:4222/records"', "loopback only"),
        ('kind = "kafka"\nurl = "kafkas://p.example/records"', "kafkas://HOST:PORT/TOPIC"),
        ('kind = "kafka"\nurl = "kafka://p.example:9092/records"', "loopback only"),
        ('kind = "sftp"\nurl = "sftp://p.example/in"', "sftp://USER@HOST/FOLDER"),
        ('kind = "sftp"\nurl = "sftp://me@p.example/in"', "sftp needs known_hosts"),
        ('kind = "sftp"\nurl = "sftp://me@p.example/in"\nknown_hosts = "k"', "sftp needs key_file"),
        ('kind = "sftp"\nurl = "sftp://me:secret@p.example/in"', "without a password"),
    ],
)
def test_a_key_that_a_kind_of_platform_lacks_or_does_not_know_is_told(tmp_path: Path, table: str, told: str) -> None:
    said = read(tmp_path, LEAST + f"[[forward]]\n{table}\n")
    assert told in said
    assert "secret" not in said


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


def test_what_visits_are_judged_by_is_said_alike_to_a_gateway_and_to_judge(tmp_path: Path) -> None:
    said = (
        '[visits]\nmin_s = 2700\n[tokens]\nleast_caregiver = "dynamic"\n[geofence]\nsure_percent = 90\n'
        "[learning]\nleast = 20\n[hints]\ngap_least = 3\n"
        '[[service]]\ncode = "助浴"\nmin_s = 1800\n[[service]]\ncode = "喘息"\nrecheck_s = 7200\n'
    )
    alone = tmp_path / "policy.toml"
    alone.write_text(said, "utf-8")
    whole = tmp_path / "gateway.toml"
    whole.write_text(
        f'data_dir = "."\n[store]\nurl = "sqlite:///g.db"\n[broker]\nurl = "mqtts://b:8883"\n'
        f'[http]\nlisten = "127.0.0.1:8080"\n{said}',
        "utf-8",
    )
    config, policy = read_config(whole), read_policy(alone)
    manner = Manner(
        config.visits, 0, forward=False, tokens=config.tokens, services=config.service, geofence=config.geofence,
        learning=config.learning,
    )  # fmt: skip
    mine, other = manner.measures().policy, policy.policy()
    fence = partial(geofence.judge, settings=GeofenceSettings(sure=0.9))
    assert config.hints == policy.hints
    for one in (mine, other):
        assert isinstance(one.locate, partial)
        assert (one.locate.func, one.locate.keywords) == (fence.func, fence.keywords)
    assert replace(mine, locate=geofence.judge) == replace(other, locate=geofence.judge)
    assert (mine.rechecked_ms, mine.learning.least) == ({"喘息": 7_200_000}, 20)
    assert mine.thresholds.instead["助浴"] == (1_800, None)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('kind = "sandata"\nurl = "https://a.example"', "own: payer_id is missing"),
        ('kind = "file"\nurl = "file:///srv"\nmapping = "hhaxx"', "there is no mapping hhaxx"),
        ('kind = "file"\nurl = "file:///srv"\nmapping = "hhax"\nform = "csv"', "do not go together"),
        ('kind = "file"\nurl = "file:///srv"\nmapping = "sandata"', "needs the shape rows"),
        ('kind = "file"\nurl = "file:///srv"\nmapping = "zkteco"\nresponses = "x"', "has no [response]"),
        ('kind = "file"\nurl = "file:///srv"\nresponses = "x"', "responses goes with a mapping alone"),
        ('kind = "file"\nurl = "file:///srv"\nmapping = "hhax"\nown = { taxid = "1" }', "[own] has no taxid"),
        ('kind = "file"\nurl = "file:///srv"\nmapping = "hhax"\nown = { tax_id = 1 }', "must be a table of texts"),
        ('kind = "zkteco"\nurl = "https://a.example"\nmapping = "hhax"', "[service] lacks serial"),
        ('kind = "nats"\nurl = "tls://a.example/x"\nmapping = "hhax"', "mapping is not known to nats"),
        ('kind = "zkteco"\nurl = "http://a.example"', "loopback"),
        ('kind = "file"\nurl = "file:///srv"\nmapping = "mine.toml"', "mine.toml, line 3, column 1"),
    ],
)
def test_a_platform_with_a_format_of_its_own_is_told_what_it_lacks(tmp_path: Path, table: str, said: str) -> None:
    (tmp_path / "mine.toml").write_text('[format]\nname = "m"\nzhh = "我"\n')
    told = read(tmp_path, LEAST.partition("[[forward]]")[0] + "[[forward]]\n" + table)
    assert said in told
