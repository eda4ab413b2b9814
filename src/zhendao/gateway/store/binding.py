"""Which store key a store was written with: a keyed fingerprint in the store, compared whenever it is opened.

Promise: a folder that was copied or restored by half (the database without its key, or with another one) is named at
the start; nothing is sealed under a second key beside what the first one sealed.
"""

import time
from collections.abc import Callable

from sqlalchemy import Column, Integer, LargeBinary, Table, insert, select

from zhendao.gateway.errors import KeysError
from zhendao.gateway.store import ring, unsealed
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.metadata import metadata
from zhendao.gateway.store.sealing import StoreKey
from zhendao.protocol.wording import Text

store_key = Table(
    "store_key",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("fingerprint", LargeBinary, nullable=False),
)


def bind(store: Store, key: StoreKey, clock: Callable[[], float] = time.monotonic) -> None:
    """Note in a new ``store`` that it is sealed under ``key``, and have ``key`` seal under its data keys.

    By ``clock`` (seconds) it looks for newer ones of other processes. What an update left to be sealed is sealed
    before anybody reads it. Raises `KeysError` if it is sealed under another.
    """
    fingerprint = key.find_by(b"store-key")
    with store.reading() as connection:
        known = connection.execute(select(store_key.c.fingerprint)).scalar()
    if known is None:
        with store.writing() as connection:
            connection.execute(insert(store_key).values(one=1, fingerprint=fingerprint))
    elif known != fingerprint:
        raise KeysError(
            Text(
                "存储密钥 store.key 不是写入该数据库时所用的",
                "store.key is not the key that this store is sealed under",
            ),
            Text("从备份恢复 data_dir/keys/store.key", "put data_dir/keys/store.key back from the backup"),
        )
    ring.hold(store, key, clock)
    unsealed.seal(store, key)
