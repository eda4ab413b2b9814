"""The workers of all channels of a gateway, made from its settings and its keys."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from zhendao.gateway.alerts.acting import Acts
from zhendao.gateway.alerts.dispatch.channels import Signer
from zhendao.gateway.alerts.dispatch.worker import Worker
from zhendao.gateway.alerts.settings import AlertsTable
from zhendao.gateway.errors import KeysError
from zhendao.gateway.keyring import Keyring
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.sealing import StoreKey
from zhendao.protocol.wording import Text

TIMEOUT_S: Final = 3.0


def make_workers(
    store: Store, store_key: StoreKey, keyring: Keyring, table: AlertsTable, told: Callable[[], None], acts: Acts
) -> list[Worker]:
    """Return one worker for each channel, signing with the gateway's key. Raises `KeysError` for a token file.

    ``told`` is called, from a worker's thread, after an alert has reached a seat. They write through ``acts``: a second
    writer would wait for as long as a backlog is taken in.
    """

    def write(doing: Callable[[Connection], Any]) -> Any:
        return acts.do(lambda connection, _now: doing(connection), TIMEOUT_S)

    signer = Signer(keyring.signing_key, keyring.certificate.id)
    return [
        Worker(store, store_key, one, signer, _token(one.token_file), table.utc_offset_min, told=told, write=write)
        for one in table.channel
    ]


def _token(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise KeysError(
            Text(f"无法读取令牌文件 {path}", f"the token file {path} cannot be read"),
            Text("检查 [[alerts.channel]] token_file", "check [[alerts.channel]] token_file"),
        ) from error
