"""The data keys of a store: made at random, one of each purpose and epoch, wrapped under the root and for the escrow.

Promise: a data key rests wrapped alone. Whoever seals takes the newest of its purpose, and learns of a newer one within
`FRESH_S`, whatever process made it; a key that was destroyed opens nothing any more. rule: SM4 / ESCROW
"""

import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from asn1crypto import pem
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    insert,
    select,
    update,
)

from zhendao.command.atrest import fields
from zhendao.command.atrest.catalogue import LOOK_UP, PURPOSES
from zhendao.gateway.errors import StoreError
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.metadata import ROW_ID, metadata
from zhendao.gateway.store.sealing import StoreKey
from zhendao.protocol import cbor
from zhendao.protocol.certificates import Certificate
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.suite import SM
from zhendao.protocol.wording import Text as Words

DATA_KEYS: Final = Table(
    "data_keys",
    metadata,
    Column("id", ROW_ID, primary_key=True),  # the number in the header of fields
    Column("purpose", String(16), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("wrapped", LargeBinary),  # under the root; absent: destroyed
    Column("escrowed", LargeBinary),  # for the escrow
    Column("escrow_id", LargeBinary),  # whose it is: the key id of its certificate
    Column("made_ms", BigInteger, nullable=False),
    Column("retired_ms", BigInteger),  # since then a newer one is used
    Column("destroyed_ms", BigInteger),
    sqlite_autoincrement=True,
)

RESEALING: Final = Table(
    "resealing",
    metadata,
    Column("name", String(64), primary_key=True),  # table.column
    Column("number", BigInteger, nullable=False),  # the data key that all fields are to be under
    Column("after", Text, nullable=False),  # the row that was done last, as JSON; empty: none yet
    Column("done", Integer, nullable=False),  # rows that were sealed anew
    Column("finished_ms", BigInteger),
)

FRESH_S: Final = 5.0
ESCROW: Final = "escrow.crt"


class Ring:
    """The data keys of ``store`` under the root of ``key``; safe for threads."""

    def __init__(self, store: Store, key: StoreKey, clock: Callable[[], float] = time.monotonic) -> None:
        self._store, self._key, self._clock = store, key, clock
        self._lock = threading.Lock()
        self._read_at = clock()
        self._keys: dict[int, tuple[str, bytes]] = {}
        self._newest: dict[str, tuple[int, bytes]] = {}
        self.refresh()

    def current(self, purpose: str) -> tuple[int, bytes]:
        """Return number and key of the newest data key of ``purpose``. Raises `StoreError`."""
        if self._clock() - self._read_at > FRESH_S:
            self.refresh()
        found = self._newest.get(purpose)
        if found is None:
            raise StoreError(Words(f"没有数据密钥 {purpose}", f"there is no data key of {purpose}"))
        return found

    def by_number(self, number: int) -> tuple[str, bytes] | None:
        """Return purpose and key of a data key; None: there is none, or it was destroyed."""
        found = self._keys.get(number)
        if found is None:
            self.refresh()
            found = self._keys.get(number)
        return found

    def look_ups(self) -> list[bytes]:
        """Return the keys of look-ups, the newest first."""
        self.current(LOOK_UP)
        return [key for _, (purpose, key) in sorted(self._keys.items(), reverse=True) if purpose == LOOK_UP]

    def refresh(self) -> None:
        """Read the data keys again. Raises `StoreError`, `CryptoError` under another root."""
        with self._lock:
            read_at = self._clock()
            with self._store.reading() as connection:
                self._keys = read(connection, self._key)
            self._newest = {self._keys[number][0]: (number, self._keys[number][1]) for number in sorted(self._keys)}
            self._read_at = read_at


def read(connection: Connection, key: StoreKey) -> dict[int, tuple[str, bytes]]:
    """Return the data keys that are not destroyed, by number: purpose and key. Raises `CryptoError`."""
    query = select(DATA_KEYS.c.id, DATA_KEYS.c.purpose, DATA_KEYS.c.epoch, DATA_KEYS.c.wrapped)
    return {
        row.id: (row.purpose, _unwrapped(key, row.id, row.purpose, row.epoch, row.wrapped))
        for row in connection.execute(query.where(DATA_KEYS.c.wrapped.is_not(None)))
    }


def make(connection: Connection, key: StoreKey, purpose: str, now_ms: int) -> int:
    """Make the next data key of ``purpose``, in a write transaction; those before are retired. Return its number."""
    same = DATA_KEYS.c.purpose == purpose
    connection.execute(update(DATA_KEYS).where(same, DATA_KEYS.c.retired_ms.is_(None)).values(retired_ms=now_ms))
    epochs = connection.execute(select(DATA_KEYS.c.epoch).where(same)).scalars().all()
    epoch = max(epochs, default=0) + 1
    secret = secrets.token_bytes(32 if purpose == LOOK_UP else fields.KEY)
    made = insert(DATA_KEYS).values(purpose=purpose, epoch=epoch, made_ms=now_ms).returning(DATA_KEYS.c.id)
    number = int(connection.execute(made).scalar_one())
    nonce = secrets.token_bytes(fields.NONCE)
    wrapped = nonce + SM.seal(key.wrapping, nonce, _bound(number, purpose, epoch), secret)
    connection.execute(update(DATA_KEYS).where(DATA_KEYS.c.id == number).values(wrapped=wrapped))
    give_to_escrow(connection, key)
    return number


def give_to_escrow(connection: Connection, key: StoreKey) -> int:
    """Wrap for the escrow each key that it has not got yet, in a write transaction; return how many."""
    certificate = escrow_of(key.folder)
    if certificate is None:
        return 0
    wrapping = certificate.suite.wrapping_key(certificate.spki)
    rows = connection.execute(select(DATA_KEYS).where(_lacking(wrapping.key_id))).all()
    for row in rows:
        secret = _unwrapped(key, row.id, row.purpose, row.epoch, row.wrapped)
        given = wrapping.wrap(fields.escrowed(row.id, row.purpose, row.epoch, secret))
        values = {"escrowed": given, "escrow_id": wrapping.key_id}
        connection.execute(update(DATA_KEYS).where(DATA_KEYS.c.id == row.id).values(values))
    return len(rows)


def _lacking(escrow_id: bytes) -> ColumnElement[bool]:
    """Return the condition of keys that the escrow of this id has not got: none has them, or the one before it."""
    other = DATA_KEYS.c.escrow_id.is_(None) | (DATA_KEYS.c.escrow_id != escrow_id)
    return DATA_KEYS.c.wrapped.is_not(None) & other


def escrow_of(folder: Path | None) -> Certificate | None:
    """Return the escrow's certificate in the folder of keys; None where there is none that can be read."""
    if folder is None or not (folder / ESCROW).exists():
        return None
    try:
        certificate = Certificate.parse(bytes(pem.unarmor((folder / ESCROW).read_bytes())[2]))
    except (OSError, ValueError, ProtocolError):
        return None
    return certificate if certificate.role == "escrow" else None


def hold(store: Store, key: StoreKey, clock: Callable[[], float]) -> None:
    """Have ``key`` seal under the data keys of ``store``; those that are not there yet are made.

    ``clock`` (seconds): by it newer ones are looked for.
    """
    certificate, lacks = escrow_of(key.folder), False
    with store.reading() as connection:
        known = set(connection.execute(select(DATA_KEYS.c.purpose)).scalars())
        if certificate is not None:
            query = select(DATA_KEYS.c.id).where(_lacking(certificate.suite.key_id(certificate.spki)))
            lacks = connection.execute(query.limit(1)).first() is not None
    wanted = {*PURPOSES, LOOK_UP}
    if wanted - known or lacks:
        with store.writing() as connection:
            known = set(connection.execute(select(DATA_KEYS.c.purpose)).scalars())
            for purpose in sorted(wanted - known):
                make(connection, key, purpose, time.time_ns() // 1_000_000)
            give_to_escrow(connection, key)
    key.hold(Ring(store, key, clock))


def _unwrapped(key: StoreKey, number: int, purpose: str, epoch: int, wrapped: bytes) -> bytes:
    nonce, rest = wrapped[: fields.NONCE], wrapped[fields.NONCE :]
    return SM.open(key.wrapping, nonce, _bound(number, purpose, epoch), rest)


def _bound(number: int, purpose: str, epoch: int) -> bytes:
    return cbor.encode(["data-key", number, purpose, epoch])
