"""The workers of all channels of a gateway, made from its settings and its keys."""

from collections.abc import Callable
from pathlib import Path

from zhendao.gateway.alerts.dispatch.channels import Signer
from zhendao.gateway.alerts.dispatch.worker import Worker
from zhendao.gateway.alerts.settings import AlertsTable
from zhendao.gateway.errors import KeysError
from zhendao.gateway.keyring import Keyring
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.sealing import StoreKey
from zhendao.protocol.wording import Text


def make_workers(
    store: Store, store_key: StoreKey, keyring: Keyring, table: AlertsTable, told: Callable[[], None]
) -> list[Worker]:
    """Return one worker for each channel, signing with the gateway's key. Raises `KeysError` for a token file.

    ``told`` is called, from a worker's thread, after an alert has reached a seat.
    """
    signer = Signer(keyring.signing_key, keyring.certificate.id)
    return [
        Worker(store, store_key, one, signer, _token(one.token_file), table.utc_offset_min, told=told)
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
