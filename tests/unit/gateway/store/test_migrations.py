"""The migrations lead to exactly the schema that the code declares."""

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import func, select

from zhendao.gateway.errors import KeysError, RowRefusedError, StoreError
from zhendao.gateway.store import migrate
from zhendao.gateway.store.binding import bind
from zhendao.gateway.store.engine import Store, insert_rows, open_store
from zhendao.gateway.store.facts import beacons
from zhendao.gateway.store.metadata import load_tables
from zhendao.gateway.store.migrate import upgrade
from zhendao.gateway.store.sealing import StoreKey


def test_migrations_end_at_the_declared_schema(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/z.db")
    upgrade(store)
    upgrade(store)  # a second time changes nothing
    with store.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), load_tables()) == []
    store.close()


def test_a_store_that_is_up_to_date_is_known_without_alembic(tmp_path: Path) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent.parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == migrate.NEWEST
    url = f"sqlite:///{tmp_path}/z.db"
    store = open_store(url)
    upgrade(store)
    store.close()
    program = (
        "import sys\nfrom zhendao.gateway.store.engine import open_store\n"
        f"from zhendao.gateway.store.migrate import upgrade\nupgrade(open_store({url!r}))\n"
        "sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_store_knows_the_key_that_it_is_sealed_under(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/z.db")
    upgrade(store)
    for _ in range(2):
        bind(store, StoreKey(bytes(32)))
    with pytest.raises(KeysError, match=r"store\.key is not the key"):
        bind(store, StoreKey(b"x" * 32))
    store.close()


def write_beacons(store: Store, rows: list[tuple[bytes, int]]) -> None:
    with store.writing() as connection:
        for row in rows:
            insert_rows(connection, beacons, [row], "beacon", "issued_ms")


def test_a_failed_write_keeps_nothing(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/z.db")
    upgrade(store)
    with pytest.raises(RowRefusedError):
        write_beacons(store, [(b"a", 1), (b"a", 2)])
    write_beacons(store, [(b"b", 1), (b"c", 1)])
    with store.reading() as connection:
        assert connection.execute(select(func.count()).select_from(beacons)).scalar_one() == 2
    store.close()


def test_the_store_is_durable(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/z.db")
    with store.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
    store.close()


def test_an_unusable_url_has_a_clear_error() -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        open_store("oracle-of-delphi://x")
