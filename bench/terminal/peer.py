"""The peer: ThingsBoard IoT Gateway, SQLite storage, from its own environment; arrived means read from the broker.

Settings: everything that limits a rate is off, statistics and remote configuration too; the rest as it comes.
"""

import json
import shutil
import subprocess
import sys
import venv
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from candidate import HERE, Candidate
from sink import Sink

ROOT = HERE.parent.parent
LOCK = ROOT / "requirements" / "peer.lock"
HOME = ROOT / "build" / "peer"
VERSION = "3.8.5"
_FREE = "0:0,"


def install() -> Path:
    """Return the Python of the peer's environment under build/, made from requirements/peer.lock where it is absent."""
    python, stamp = HOME / "bin" / "python", HOME / "installed"
    lock = LOCK.read_text("utf-8")
    if not stamp.exists() or stamp.read_text("utf-8") != lock:
        print("installing what requirements/peer.lock names", file=sys.stderr)
        venv.create(HOME, clear=True, with_pip=True)
        install = ("install", "-qq", "--disable-pip-version-check", "--require-hashes", "-r", LOCK)
        subprocess.run([python, "-I", "-m", "pip", *install], check=True)  # what lies on our own path is not in there
        stamp.write_text(lock, "utf-8")
    found = next((HOME / "lib").glob("python*/site-packages/thingsboard_gateway"))
    connector = found / "extensions" / "bench"
    connector.mkdir(exist_ok=True)
    shutil.copy(HERE / "peer_connector.py", connector / "bench_connector.py")
    (connector / "__init__.py").touch()
    return python


class Peer(Candidate):
    """thingsboard-gateway and a fake ThingsBoard that reads directly from the broker."""

    name = f"thingsboard-gateway {VERSION}"

    def __init__(self, folder: Path, data: Path, port: int, broker: int) -> None:
        super().__init__(folder, data, port)
        self._python = install()
        self._config = folder / "config"
        self._config.mkdir()
        (folder / "logs").mkdir()
        rates = dict.fromkeys(
            ("rateLimits", "dpRateLimits", "messagesRateLimits", "deviceMessagesRateLimits", "deviceRateLimits",
             "deviceDpRateLimits"), _FREE,
        )  # fmt: skip
        settings = {
            "thingsboard": {
                "host": "127.0.0.1",
                "port": port,
                "remoteShell": False,
                "remoteConfiguration": False,
                "statistics": {"enable": False},
                "maxPayloadSizeBytes": 65_536,
                "security": {"type": "accessToken", "accessToken": "bench"},
                "qos": 1,
                **rates,
            },
            "storage": {
                "type": "sqlite",
                "data_file_path": f"{data}/",
                "data_folder_path": f"{data}/",
                "max_read_records_count": 1000,
                "writing_batch_size": 1000,
                "messages_ttl_check_in_hours": 1,
                "messages_ttl_in_days": 7,
            },
            "grpc": {"enabled": False},
            "connectors": [
                {"type": "bench", "name": "bench", "configuration": "bench.json", "class": "BenchConnector"}
            ],
        }
        (self._config / "tb_gateway.json").write_text(json.dumps(settings), "utf-8")
        (self._config / "bench.json").write_text(json.dumps({"name": "bench", "id": "bench"}), "utf-8")
        (self._config / "logs.json").write_text(json.dumps(_LOGS), "utf-8")
        self._sink = Sink(broker)

    def words(self, socket_path: Path) -> tuple[list[str], Mapping[str, str]]:
        """Start it with our connector."""
        environment = {
            "TB_GW_CONFIG_DIR": str(self._config),
            "BENCH_TERMINAL": str(HERE),
            "BENCH_SOCKET": str(socket_path),
            "BENCH_ACCEPTED": str(self.accepted_file),
            "PYTHONPATH": "",
        }
        return [str(self._python), "-c", "from thingsboard_gateway.tb_gateway import main; main()"], environment

    def arrived(self) -> Counter[str]:
        """Ask the sink."""
        return self._sink.arrived()

    def count(self) -> int:
        """Ask the sink."""
        return self._sink.count()

    def sent_again(self) -> int:
        """Ask the sink."""
        return self._sink.arrivals - self._sink.count()

    def close(self) -> None:
        """End the sink."""
        self._sink.close()


_LOGS = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain", "level": "WARNING"}},
    "root": {"level": "WARNING", "handlers": ["console"]},
}
