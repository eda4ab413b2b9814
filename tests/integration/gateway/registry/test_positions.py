"""Where places are rests sealed, also what an update found readable. rule: SM4 / ESCROW, PIPL"""

import json
import logging
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, select, text, update

from zhendao.command.atrest.catalogue import of_registration
from zhendao.command.roster.sheets import BY_NAME
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.current import snapshot
from zhendao.gateway.registry.snapshot import Place
from zhendao.gateway.registry.tables import TABLES
from zhendao.gateway.store import migrate, unsealed
from zhendao.gateway.store.binding import bind
from zhendao.gateway.store.engine import Store, open_store
from zhendao.gateway.store.sealing import StoreKey
from zhendao.protocol.vocabulary import Datum

COUNT, LAT, LON = 500, 312_000_007, 1_214_000_003
OUTLINE = "31.2 121.4; 31.3 121.4; 31.3 121.5"
ADDED = (
    "INSERT INTO registry_places (tenant, place_id, lat_e7, lon_e7, datum, radius_m, accuracy_m, outline, personal,"
    " from_ms, digest) VALUES ('t', :place, :lat, :lon, 1, 60, 5, :outline, :personal, 0, x'00')"
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Give a store of before, with places in it: readable, the address of each sealed."""
    made, key = open_store(f"sqlite:///{tmp_path}/z.db"), StoreKey(bytes(32)).of("registry")
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent.parent / "migrations"))
    with made.writing() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0033")
    with made.writing() as connection:
        connection.execute(text(ADDED), [_place(key, number) for number in range(COUNT)])
    yield made
    made.close()


def _place(key: StoreKey, number: int) -> dict[str, object]:
    name = {"place_id": f"P{number}", "from_ms": 0}
    sealed = key.seal(json.dumps({"address": f"road {number}"}).encode(), of_registration(BY_NAME["places"], name))
    outline = OUTLINE if number == 1 else None
    where = {"lat": LAT + number, "lon": LON + number, "outline": outline}
    return {"place": f"P{number}", "personal": sealed if number % 2 else None, **where}


def readable(folder: Path) -> int:
    """Return how many coordinates and outlines can be read in the files of the database."""
    left = b"".join(path.read_bytes() for path in folder.glob("z.db*"))
    values = [first + number for first in (LAT, LON) for number in range(COUNT)]
    found = sum(struct.pack(">i", value) in left or str(value).encode() in left for value in values)
    return found + (OUTLINE.encode() in left)


def places(connection: Connection, book: Book) -> list[Place | None]:
    registry = snapshot(connection, book)
    return [registry.place(f"P{number}", 1) for number in range(COUNT)]


def test_an_update_seals_where_places_are_and_leaves_no_byte_of_it(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert readable(tmp_path) == 2 * COUNT + 1
    key = StoreKey(bytes(32))
    migrate.upgrade(store)
    store.close()  # killed here, it is done at the next start

    def killed(_store: Store) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, store.reading() as reader:
        reader.execute(select(TABLES["places"].c.id)).first()
        patched.setattr(unsealed, "emptied", killed)
        with pytest.raises(KeyboardInterrupt):
            bind(store, key)
        patched.undo()
        bind(store, key)
        assert readable(tmp_path) == 2 * COUNT + 1  # in the log beside the database, which somebody reads
    bind(store, key)
    assert readable(tmp_path) == 0
    bind(store, key)
    with store.reading() as connection:
        assert connection.execute(select(unsealed.UNSEALED)).all() == []
        found = places(connection, Book(key))
        assert [one and (one.lat_e7, one.lon_e7) for one in found] == [(LAT + n, LON + n) for n in range(COUNT)]
        assert found[1] is not None
        assert (found[1].datum, found[1].radius_m, len(found[1].outline)) == (Datum.WGS84, 60, 3)
        rows = Book(key).rows(connection, BY_NAME["places"], None)
    assert [personal.get("address") for _, personal in rows[:4]] == [None, "road 1", None, "road 3"]


def test_a_place_that_was_altered_is_unknown_and_the_others_are_not(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    key = StoreKey(bytes(32))
    migrate.upgrade(store)
    bind(store, key)
    table = TABLES["places"]
    with store.writing() as connection:
        other = connection.execute(select(table.c.personal).where(table.c.place_id == "P2")).scalar_one()
        connection.execute(update(table).where(table.c.place_id == "P1").values(personal=other))
    with store.reading() as connection, caplog.at_level(logging.ERROR):
        found = places(connection, Book(key))
    assert found[1] is None
    assert found.count(None) == 1
    assert "where row 2 is does not open" in caplog.text
