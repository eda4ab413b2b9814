"""The workers of all channels of a gateway, made from its settings and its keys."""

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Connection

from zhendao.gateway.alerts.acting import Acts
from zhendao.gateway.alerts.dispatch.channels import Signer
from zhendao.gateway.alerts.dispatch.worker import Worker
from zhendao.gateway.alerts.settings import AlertsTable
from zhendao.gateway.keyring import Keyring, read_token
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.sealing import StoreKey

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
        Worker(
            store,
            store_key,
            one,
            signer,
            read_token(one.token_file, "alerts.channel"),
            table.utc_offset_min,
            told=told,
            write=write,
        )
        for one in table.channel
    ]
