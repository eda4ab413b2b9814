"""From a table of the settings to the way that it describes; a library is loaded only where its kind is named."""

import subprocess
import sys
from pathlib import Path

import pytest

from zhendao.command import settings
from zhendao.command.errors import SettingsError
from zhendao.gateway.config import GatewayConfig
from zhendao.gateway.evidence.heads import RECORD_TYPE
from zhendao.gateway.forward.settings import TYPES
from zhendao.gateway.forward.signing import Signer
from zhendao.gateway.forward.wanted import Wanted
from zhendao.gateway.forward.ways import make_connector
from zhendao.protocol.suite import SM

LEAST = """
data_dir = "data"
store.url = "sqlite:///gateway.db"
broker.url = "mqtts://broker.example"
http.listen = "127.0.0.1:0"
"""


@pytest.mark.parametrize(
    ("table", "name", "destination"),
    [
        ('kind = "https"\nurl = "https://p.example/in"\nsign = true', "HttpsConnector", "https://p.example/in"),
        ('kind = "file"\nurl = "file:///srv/out"\nform = "csv"', "Drop", "file:///srv/out"),
        (
            'kind = "sftp"\nurl = "sftp://me@p.example:2222/in"\nknown_hosts = "hosts"\nkey_file = "id"',
            "Drop",
            "sftp://p.example:2222/in",
        ),
        ('kind = "kafka"\nurl = "kafkas://p.example:9093/records"', "Kafka", "kafkas://p.example:9093/records"),
        ('kind = "nats"\nurl = "tls://p.example:4222/zhendao"', "JetStream", "tls://p.example:4222/zhendao"),
    ],
)
async def test_each_kind_is_made_under_the_name_that_the_settings_give_it(
    tmp_path: Path, table: str, name: str, destination: str
) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(f"{LEAST}\n[[forward]]\n{table}\n")
    config = settings.read(file, GatewayConfig)
    (forward,) = config.forward
    connector = make_connector(forward, Signer(SM.new_signing_key(), bytes(32)), config.data_dir)
    assert type(connector).__name__ == name
    assert connector.destination == forward.destination == destination
    await connector.close()


async def test_types_are_those_that_a_gateway_owes(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(f'{LEAST}\n[[forward]]\nkind = "file"\nurl = "file:///srv/out"\ntypes = ["visit", "visit"]\n')
    (table,) = settings.read(file, GatewayConfig).forward
    assert table.types == ("visit",)
    assert isinstance(make_connector(table, Signer(SM.new_signing_key(), bytes(32)), tmp_path), Wanted)
    file.write_text(file.read_text().replace('"visit", "visit"', '"visits"'))
    with pytest.raises(SettingsError, match="visit, event"):
        settings.read(file, GatewayConfig)
    assert RECORD_TYPE in TYPES


def test_a_gateway_that_names_no_such_kind_loads_no_such_library() -> None:
    program = (
        "import sys, zhendao.gateway.service, zhendao.gateway.forward.ways\n"
        "print([one for one in ('asyncssh', 'nats', 'aiokafka') if one in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
