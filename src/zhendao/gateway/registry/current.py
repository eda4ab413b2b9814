"""The registry in the store as rules see it: one snapshot, made again only after a load.

Promise: of what is personal only where places are is opened, for that alone decides on visits; a place that does not
open is as one that is not registered, is named in the log, and keeps nobody else from being judged. rule: PIPL.
"""

import logging
import threading
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, select

from zhendao.command.roster.sheets import BY_NAME, POSITION
from zhendao.gateway.registry.book import Book, row_of, version
from zhendao.gateway.registry.making import Spans, registry_of
from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.registry.tables import TABLES
from zhendao.gateway.store.sealing import StoreKey
from zhendao.protocol.errors import CryptoError

_LOG = logging.getLogger(__name__)


def snapshot(connection: Connection, book: Book) -> Registry:
    """Return the whole registry as it is now; ``book`` opens where places are, and nothing else."""

    def of(name: str) -> Spans:
        if name == "places":
            yield from _places(connection, book)
            return
        columns = [column for column in TABLES[name].c if column.name not in {"personal", "digest"}]
        for record in connection.execute(select(*columns)).mappings():
            yield record, record["from_ms"], record["to_ms"]

    return registry_of(of)


def _places(connection: Connection, book: Book) -> Iterator[tuple[dict[str, Any], int, int | None]]:
    sheet, table = BY_NAME["places"], TABLES["places"]
    nowhere = dict.fromkeys(POSITION)
    for record in connection.execute(select(table)).mappings():
        row = row_of(sheet, record)
        try:
            opened = book.personal(row, record["personal"])
        except CryptoError:
            opened = {}
        if "lat_e7" not in opened or "lon_e7" not in opened:
            _LOG.error("registry_places: where row %d is does not open: it is left out", record["id"])
            continue
        where = {name: value for name, value in opened.items() if name in POSITION}
        yield {**row.values, **nowhere, **where}, record["from_ms"], record["to_ms"]


class Current:
    """The newest snapshot, read again only after a load; safe for threads. ``key`` opens where places are."""

    def __init__(self, key: StoreKey) -> None:
        self._book = Book(key)
        self._lock = threading.Lock()
        self._held: tuple[int, Registry] = (0, Registry())

    def at(self, connection: Connection) -> Registry:
        """Return the registry as ``connection`` sees it, by one small query when nothing changed."""
        now = version(connection)
        with self._lock:
            if self._held[0] != now:
                self._held = (now, snapshot(connection, self._book))
            return self._held[1]
