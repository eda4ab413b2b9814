"""The store as a sub-command needs it: opened by the settings, brought up to date, closed at the end."""

from collections.abc import Iterator
from contextlib import contextmanager

from zhendao.gateway.config import GatewayConfig
from zhendao.gateway.store.binding import bind
from zhendao.gateway.store.engine import Store, open_store
from zhendao.gateway.store.migrate import upgrade
from zhendao.gateway.store.sealing import StoreKey, load_store_key


@contextmanager
def opened(config: GatewayConfig) -> Iterator[tuple[Store, StoreKey]]:
    """Give the store and the store key of ``config``. Raises `StoreError`, `KeysError`."""
    key = load_store_key(config.keys / "store.key")
    store = open_store(config.store.url)
    try:
        upgrade(store)
        bind(store, key)
        yield store, key
    finally:
        store.close()
