"""The gateway's database in a world: a real SQLite in memory that outlives the gateway, and what can be done to it.

Promise: what was committed is there after a kill, and nothing else is; a kill comes at the n-th statement of a
transaction, or just before its commit. A full disk and a busy database show themselves as SQLite shows them.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.pool import StaticPool

from zhendao.gateway.store.engine import Store, begin_as_asked, named_errors
from zhendao.gateway.store.metadata import load_tables
from zhendao.simulators.world.engine.chance import Chance
from zhendao.simulators.world.engine.loop import Killed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.engine.interfaces import CompiledCacheType

_CHANGES = ("INSERT", "UPDATE", "DELETE")
_COMPILED: CompiledCacheType = {}
"""Statements that were compiled once are the same in every world."""


class Troubles:
    """What is the matter with the database, and when the gateway dies in a transaction."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._statements = 0
        self._writes = False
        self.full = False
        self.refuses = 0
        """In so many of a thousand transactions that would write, the database is locked."""
        self.kill_at = 0
        """At this statement of the next writing transaction (1 is the first after its beginning), else at its end."""
        self.on_kill: Callable[[], None] = _nothing

    @property
    def any(self) -> bool:
        """Tell whether statements must be looked at."""
        return self.full or self.refuses > 0 or self.kill_at > 0

    def statement(self, sql: str) -> None:
        """Hear of a statement before it is run. Raises what SQLite would raise, or `Killed`."""
        if sql.startswith("BEGIN"):
            self._statements, self._writes = 0, sql == "BEGIN IMMEDIATE"
            if self._writes and self.refuses and self._chance.likely(self.refuses):
                raise sqlite3.OperationalError("database is locked")
            return
        if not self._writes:
            return
        self._statements += 1
        if self.kill_at and self._statements >= self.kill_at:
            self._kill()
        if self.full and sql.startswith(_CHANGES) and self._chance.likely(500):
            raise sqlite3.OperationalError("database or disk is full")

    def commit(self) -> None:
        """Hear of a commit before it is made; as `statement`."""
        if self._writes and self.kill_at:
            self._kill()
        if self._writes and self.full:
            raise sqlite3.OperationalError("database or disk is full")

    def _kill(self) -> None:
        self.kill_at = 0
        self.on_kill()
        raise Killed


class _Cursor(sqlite3.Cursor):
    connection: _Connection

    def execute(self, sql: str, parameters: Any = (), /) -> Self:
        if self.connection.troubles.any:
            self.connection.troubles.statement(sql)
        return super().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Any, /) -> Self:
        if self.connection.troubles.any:
            self.connection.troubles.statement(sql)
        return super().executemany(sql, parameters)


class _Connection(sqlite3.Connection):
    """A connection that the engine cannot close: with it the database would be gone."""

    troubles: Troubles

    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)

    def commit(self) -> None:
        if self.troubles.any:
            self.troubles.commit()
        super().commit()

    def close(self) -> None:
        if self.in_transaction:
            self.rollback()


class HouseStore:
    """One gateway's database. ``store`` is what the gateway opens; ``raw`` looks into it past every trouble."""

    def __init__(self, chance: Chance) -> None:
        self.troubles = Troubles(chance)
        self.raw = _opened(self.troubles)
        self.store = _store(self.raw)

    def after_kill(self) -> None:
        """Let go of what was not committed, as the database does when its process is gone."""
        if self.raw.in_transaction:
            self.raw.rollback()

    def end(self) -> None:
        """Let the database be gone, with its world."""
        self.store.close()
        sqlite3.Connection.close(self.raw)

    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return rows, as somebody sees them who is not in the gateway's transaction."""
        cursor = sqlite3.Cursor(self.raw)
        return cursor.execute(sql, values).fetchall()

    @property
    def settled(self) -> bool:
        """Tell whether everything that was written is committed."""
        return not self.raw.in_transaction


def empty_store() -> Store:
    """Return a database with the gateway's tables and nothing in them, without troubles."""
    return HouseStore(Chance(0, "")).store


class _KeptStore(Store):
    """A store whose one connection is kept: to take it from a pool each time costs more than most statements."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._kept: dict[bool, Connection] = {}

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give the connection with one consistent view of the store."""
        with self._transaction(writes=False) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give the connection in one write transaction: committed at the end of the block, or not at all."""
        with self._transaction(writes=True) as connection:
            yield connection

    def close(self) -> None:
        """Give the connections back."""
        while self._kept:
            self._kept.popitem()[1].close()
        super().close()

    @contextmanager
    def _transaction(self, *, writes: bool) -> Iterator[Connection]:
        connection = self._kept.pop(writes, None)
        if connection is None:
            connection = self.engine.connect().execution_options(zhendao_writer=writes)
        try:
            with named_errors(), connection.begin():
                yield connection
        except BaseException:
            connection.close()  # in which something went wrong is not used again
            raise
        self._kept[writes] = connection


def _opened(troubles: Troubles) -> _Connection:
    raw = sqlite3.connect(":memory:", isolation_level=None, factory=_Connection)
    raw.troubles = troubles
    raw.deserialize(_template())
    sqlite3.Cursor(raw).execute("PRAGMA foreign_keys=ON")
    return raw


@cache
def _template() -> bytes:
    """Return a database with all tables; migrations are proved equal to it."""
    with closing(sqlite3.connect(":memory:")) as raw:
        load_tables().create_all(create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool))
        return raw.serialize()


@cache
def _first() -> Engine:
    """Return an engine whose dialect knows what this SQLite can do; all others share it, and what it has compiled."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with engine.connect():
        pass
    engine.dispose()
    return engine


def _store(raw: _Connection) -> Store:
    first = _first()
    opened: Any = raw  # a creator gives what a driver gives
    pool = StaticPool(lambda: opened, dialect=first.dialect)
    engine = Engine(pool, first.dialect, first.url).execution_options(compiled_cache=_COMPILED)
    begin_as_asked(engine)
    return _KeptStore(engine)


def _nothing() -> None:
    """Nobody is told."""
