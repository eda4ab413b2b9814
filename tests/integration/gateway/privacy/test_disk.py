"""A thief of the gateway's disk reads nobody: no name, number, address, position or card, in no way of writing it.

rule: SM4, PIPL
"""

import json
import struct
import traceback
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy import select, text

from samples.alarmed import Alarmed
from samples.site import NOW_MS
from samples.spied import ADDRESS, CHILD, ELDER, GIVER, LAT, LON, PERSONAL, SEEN_LAT, SEEN_LON, spied
from samples.taps import check
from zhendao.gateway.blocklist.book import Blockings
from zhendao.gateway.errors import RowRefusedError
from zhendao.gateway.forward.outbox import Owed, enqueue_many
from zhendao.gateway.registry.tables import TABLES
from zhendao.gateway.retention.book import Holds
from zhendao.gateway.store.engine import open_store
from zhendao.protocol.vocabulary import Direction

CARD = check(Direction.IN).caregiver
SAID = f"{ELDER}摔倒，{CHILD}在{ADDRESS}"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alarmed]:
    """Give a gateway in which people wrote names wherever they can write."""
    with spied(tmp_path_factory.mktemp("gateway")) as made:
        site = made.site
        client = httpx.Client(headers={"Authorization": f"Bearer {made.token('admin')}"}, timeout=120)
        with client:
            for path, body in (
                ("alerts/1/ack", {"note": SAID}),
                ("alerts/1/resolve", {"note": SAID}),
                ("cases/1/heard", {"side": "elder", "said": SAID}),
            ):
                assert client.post(f"{made.url}/api/v1/{path}", json=body).status_code == 200, path
            for name in ("record-list", "daily-detail", "roster"):
                asked = {"names": "true", "name_part": GIVER}
                assert client.get(f"{made.url}/api/v1/reports/{name}", params=asked).status_code == 200, name
        with site.store.writing() as connection:
            Holds(site.key).add(connection, "elder", "E1", SAID, "office", NOW_MS)
            Blockings(site.key).add(
                connection, number=b"card-two", person=None, reason="lost", said={"note": SAID}, by="office",
                now_ms=NOW_MS,
            )  # fmt: skip
            enqueue_many(
                connection, site.key, [Owed("visit", "ff", 1, {"name": ELDER, "lat": LAT, "lon": LON})], NOW_MS
            )
        yield made


def written(said: str) -> Iterator[bytes]:
    """Give ``said`` as it may stand in a file."""
    for code in ("utf-8", "utf-16-le", "utf-16-be", "gbk"):
        yield said.encode(code)
    yield from (json.dumps(said)[1:-1].encode(), quote(said).encode(), said.encode().hex().encode())


def placed(e7: int) -> Iterator[bytes]:
    """Give a coordinate as it may stand in a file."""
    yield from (str(e7).encode(), f"{e7 / 10**7:.7f}".encode(), f"{e7 / 10**7:.5f}"[:-1].encode())
    yield from (struct.pack(form, e7) for form in (">i", "<i", ">q", "<q"))
    yield from (struct.pack(form, e7 / 10**7) for form in (">d", "<d"))


def found_in(folder: Path) -> set[str]:
    """Return what can be read in the files of the store."""
    files = [path.read_bytes() for path in sorted(folder.glob("gateway.db*"))]
    assert sum(map(len, files)) > 100_000
    wanted = {one: [*written(one)] for one in PERSONAL}
    seen = (SEEN_LAT, SEEN_LON, round(float(LAT) * 10**7), round(float(LON) * 10**7))
    wanted |= {str(one): [*placed(one)] for one in seen}
    uid = CARD.uid
    wanted["card"] = [uid, uid.hex().encode(), uid.hex().upper().encode()]
    return {name for name, forms in wanted.items() if any(form in file for form in forms for file in files)}


def test_nothing_personal_can_be_read_on_the_disk(gateway: Alarmed) -> None:
    assert found_in(Path(gateway.site.folder)) == set()


def test_the_search_would_find_it(gateway: Alarmed, tmp_path: Path) -> None:
    table = TABLES["places"]
    with gateway.site.store.reading() as connection:
        assert connection.execute(select(table.c.personal)).scalars().all()
    for number, said in enumerate((ELDER.encode("utf-16-le"), struct.pack(">i", SEEN_LAT), quote(GIVER).encode())):
        (tmp_path / f"gateway.db{number}").write_bytes(bytes(100_001) + said)
    assert found_in(tmp_path) == {ELDER, str(SEEN_LAT), GIVER}


def test_what_was_to_be_stored_is_in_no_traceback(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/gateway.db")
    adding = text("INSERT INTO one VALUES (:name)")
    with store.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE one (two UNIQUE)")
        connection.execute(adding, {"name": ELDER})
    with pytest.raises(RowRefusedError) as told, store.writing() as connection:
        connection.execute(adding, {"name": ELDER})
    store.close()
    lines = "".join(traceback.format_exception(told.value))
    assert "INSERT INTO one" in lines
    assert ELDER not in lines


def test_the_files_of_a_new_store_are_of_their_owner_alone(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/deep/gateway.db")
    with store.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE one (two)")
        modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "deep").iterdir()}
    store.close()
    assert modes.keys() == {"gateway.db", "gateway.db-wal", "gateway.db-shm"}
    assert set(modes.values()) == {0o600}
