"""The opened store: one engine, transactions for reading and for writing, and its errors by their names.

Promise: a write transaction that returns is on the disk (SQLite: WAL, synchronous=FULL). A full disk raises
`StoreFullError`, a row that
breaks the schema's rules `RowRefusedError`, anything else `StoreError`; nothing of the transaction is kept.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, Table, bindparam, create_engine, event, insert, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError

from zhendao.gateway.errors import RowRefusedError, StoreError, StoreFullError
from zhendao.gateway.store.prepared import run, run_many
from zhendao.protocol.wording import Text

BUSY_MS = 15_000  # a writer waits for another one at most this long

_FULL_WORDS = ("disk is full", "no space left", "disk i/o error")


class Store:
    """An open database of the gateway. Safe to share between threads; each transaction has its own connection."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection with one consistent view of the store."""
        with named_errors(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection in one write transaction: committed at the end of the block, or not at all."""
        with named_errors(), self.engine.connect() as connection:
            writer = connection.execution_options(zhendao_writer=True)
            with writer.begin():
                yield writer

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def open_store(url: str) -> Store:
    """Open the database at ``url`` (an SQLAlchemy URL); the schema is brought up to date by `migrate.upgrade`.

    A new one is readable by its owner alone.
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            if not Path(parsed.database).exists():  # the files beside it are made with its mode
                os.close(os.open(parsed.database, os.O_CREAT | os.O_RDWR, 0o600))
        # What is stored is in no error, and so in no log.
        engine = create_engine(parsed, pool_pre_ping=parsed.get_backend_name() != "sqlite", hide_parameters=True)
    except (ArgumentError, ImportError, OSError) as error:
        raise StoreError(
            Text(f"无法打开数据库：{error}", f"the store cannot be opened: {error}"),
            Text("检查配置中 [store] url", "check [store] url in the configuration"),
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        begin_as_asked(engine)
    return Store(engine)


def begin_as_asked(engine: Engine) -> None:
    """Have ``engine``, of an SQLite in autocommit, begin transactions as `Store.reading` and `Store.writing` want."""
    event.listen(engine, "begin", _begin_sqlite)


def insert_rows(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]], *columns: str) -> None:
    """Insert ``rows``, values in the order of ``columns``, by the driver's own executemany: the fast way in."""
    if rows:
        run_many(connection, _insert_statement(connection.dialect, table, columns), rows)


def insert_new_rows(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]], *columns: str) -> None:
    """Insert ``rows`` as `insert_rows` does, but leave out those that are there already by a key of the table."""
    if rows:
        statement = _insert_statement(connection.dialect, table, columns)
        run_many(connection, f"{statement} ON CONFLICT DO NOTHING", rows)


def insert_or_update(connection: Connection, table: Table, row: tuple[Any, ...], key: str, *columns: str) -> None:
    """Insert ``row``, its value of ``key`` first; where there is one of this key already, set its ``columns``."""
    run(connection, _upsert_statement(connection.dialect, table, key, columns), row)


def update_rows(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]], key: str, *columns: str) -> None:
    """Set ``columns`` of the rows that ``key`` names, as fast; each of ``rows`` has the new values, then the key's."""
    if rows:
        run_many(connection, _update_statement(connection.dialect, table, key, columns), rows)


@cache
def _insert_statement(dialect: Dialect, table: Table, columns: tuple[str, ...]) -> str:
    # The compiler lists the columns in the order of the table, whatever the order asked for.
    if columns != tuple(column.name for column in table.columns if column.name in columns):
        raise ValueError(columns)
    return str(insert(table).compile(dialect=dialect, column_keys=list(columns)))


@cache
def _upsert_statement(dialect: Dialect, table: Table, key: str, columns: tuple[str, ...]) -> str:
    changes = ", ".join(f"{name} = excluded.{name}" for name in columns)
    return f"{_insert_statement(dialect, table, (key, *columns))} ON CONFLICT ({key}) DO UPDATE SET {changes}"


@cache
def _update_statement(dialect: Dialect, table: Table, key: str, columns: tuple[str, ...]) -> str:
    if columns != tuple(column.name for column in table.columns if column.name in columns):
        raise ValueError(columns)
    statement = update(table).where(table.c[key] == bindparam("the_key"))
    return str(statement.compile(dialect=dialect, column_keys=list(columns)))


def _prepare_sqlite(raw: Any, _record: Any) -> None:
    # Transactions are begun by us (below): the driver would begin them late and deferred.
    raw.isolation_level = None
    cursor = raw.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA secure_delete=ON")  # what is deleted is written over with zeros (rule: PIPL)
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes the lock at once: a transaction that read first and writes later could be refused half-way.
    writer = connection.get_execution_options().get("zhendao_writer", False)
    run(connection, "BEGIN IMMEDIATE" if writer else "BEGIN", ()).close()


_CURE_FULL = Text(
    "清理磁盘后自动恢复；终端会保留并重发", "free disk space; it goes on by itself, terminals keep and resend"
)


def _of_driver(error: DBAPIError | sqlite3.Error) -> str:
    """Return what the driver says, first of all that the disk is full: what it says after that only follows from it."""
    said: list[str] = []
    one: BaseException | None = error
    while one is not None:
        if isinstance(one, DBAPIError | sqlite3.Error):
            said.append(str(one.orig if isinstance(one, DBAPIError) else one))
        one = one.__context__
    return next((words for words in said if any(word in words.lower() for word in _FULL_WORDS)), said[0])


@contextmanager
def named_errors() -> Iterator[None]:
    """Name whatever the database raises within the block."""
    try:
        yield
    except (IntegrityError, DataError, sqlite3.IntegrityError, sqlite3.DataError) as error:
        words = _of_driver(error)
        raise RowRefusedError(Text(f"数据库拒绝了一行：{words}", f"the store refused a row: {words}")) from error
    except (DBAPIError, sqlite3.Error) as error:
        words = _of_driver(error)
        if any(word in words.lower() for word in _FULL_WORDS):
            raise StoreFullError(
                Text(f"数据库磁盘已满：{words}", f"the disk under the store is full: {words}"), _CURE_FULL
            ) from error
        raise StoreError(
            Text(f"数据库拒绝了操作：{words}", f"the store refused: {words}"),
            Text("检查数据库文件与权限", "check the database file and its permissions"),
        ) from error
