"""Stores in which nothing is yet: made once for a whole run and copied, for all the migrations take their time."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from zhendao.gateway.store.engine import Store, open_store
from zhendao.gateway.store.migrate import upgrade


@cache
def _empty() -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "empty.db"
        store = open_store(f"sqlite:///{file}")
        upgrade(store)
        store.close()
        return file.read_bytes()


def put_store(file: Path) -> None:
    """Make ``file`` a store in which nothing is yet."""
    file.write_bytes(_empty())


def new_store(file: Path) -> Store:
    """Return such a store in ``file``, open."""
    put_store(file)
    return open_store(f"sqlite:///{file}")
