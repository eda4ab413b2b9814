"""The write-ahead log of a store written into the database and cut: what was deleted is then in neither file.

Promise: nobody waits for it longer than `WAIT_MS`; where a reader still needs the log, that is told. rule: PIPL
"""

from typing import Final

from zhendao.gateway.store.engine import BUSY_MS, Store, named_errors

WAIT_MS: Final = 200
"""So long at most do writers wait for readers while the log is cut."""


def emptied(store: Store) -> bool:
    """Write the write-ahead log into the database and cut it to nothing; False where a reader still needs it."""
    with named_errors(), store.engine.connect() as connection:
        raw = connection.connection.cursor()
        raw.execute(f"PRAGMA busy_timeout={WAIT_MS}")
        try:
            busy = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        finally:
            raw.execute(f"PRAGMA busy_timeout={BUSY_MS}")
            raw.close()
    return not busy
