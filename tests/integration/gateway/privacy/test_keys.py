"""Data keys change while everything runs: nothing is lost, the old ones are gone, the escrow opens all. rule: ESCROW"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from asn1crypto import pem
from sqlalchemy import func, select, update

from samples.evidence import Office, hard_visit, installed, office
from samples.registered import register
from samples.site import NOW_MS, Authority
from zhendao.command.atrest import fields
from zhendao.command.atrest.catalogue import COLUMNS, LOOK_UP, PURPOSES
from zhendao.command.roster.sheets import BY_NAME
from zhendao.command.run import run
from zhendao.gateway.blocklist.book import Blockings as Blocklist
from zhendao.gateway.cli import PROGRAM
from zhendao.gateway.keys import resealing
from zhendao.gateway.persons.gather import gather
from zhendao.gateway.persons.subject import Subject
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.tables import TABLES
from zhendao.gateway.retention.book import Holds
from zhendao.gateway.store.binding import bind
from zhendao.gateway.store.emptying import emptied
from zhendao.gateway.store.ring import DATA_KEYS, RESEALING
from zhendao.gateway.store.sealing import StoreKey
from zhendao.protocol.errors import CryptoError, ZhendaoError
from zhendao.protocol.keys import UnwrappingKey
from zhendao.protocol.suite import SM
from zhendao.provisioning import audit
from zhendao.provisioning.cli import PROGRAM as PROVISION
from zhendao.provisioning.keyfile import Passphrase


class Over(resealing.Grace):
    """A minute is over."""

    def is_over(self, number: int) -> bool:
        return number > 0


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Office]:
    """Half of what is stored was sealed before there were data keys."""
    made = office(tmp_path, Authority(SM))
    hard_visit(made)
    with made.site.store.writing() as connection:
        Blocklist(made.site.key).add(
            connection, number=b"12345678", person=None, reason="lost", said={"note": "掉了"}, by="李婉", now_ms=NOW_MS
        )
    installed(made)
    yield made
    made.site.store.close()


def escrow(place: Office) -> UnwrappingKey:
    """Give the gateway the escrow's certificate; return the escrow's key."""
    key, authority = SM.new_unwrapping_key(), place.site.authority
    certificate = authority._issue("escrow", "office", key.spki, "wrap", authority.issuing_key, authority.issuing)
    path = Path(place.site.folder) / "data/keys/escrow.crt"
    path.write_bytes(pem.armor("CERTIFICATE", certificate.der))
    place.site.key.folder = path.parent
    return key


def held(place: Office) -> str:
    """Return all that is held about everybody there, opened."""
    with place.site.store.reading() as connection:
        people = (Subject("elder", "E1"), Subject("caregiver", "C1"))
        told = [gather(connection, place.site.key, one).sections for one in people]
        blocked = [one.said for one in Blocklist(place.site.key).all(connection, ended=True)]
        holds = [one.why for one in Holds(place.site.key).all(connection)]
    return json.dumps([told, blocked, holds], default=str, sort_keys=True)


def numbers(place: Office) -> set[int | None]:
    """Return the data keys that fields are under."""
    found = set()
    with sqlite3.connect(Path(place.site.folder) / "gateway.db") as raw:
        for one in COLUMNS:
            query = f'SELECT "{one.column}" FROM {one.table} WHERE "{one.column}" IS NOT NULL'  # noqa: S608
            found |= {fields.number_of(sealed) for (sealed,) in raw.execute(query)}
        known = {number for (number,) in raw.execute("SELECT id FROM data_keys")}
    raw.close()
    return {one if one in known else None for one in found}  # one nonce of before in 256 looks like a header


def through(place: Office, now_ms: int = NOW_MS) -> int:
    count = 0
    while resealing.step(place.site.store, place.site.key, now_ms):
        count += 1
    return count


def test_what_was_sealed_before_comes_under_data_keys_and_says_the_same(place: Office) -> None:
    before = held(place)
    assert numbers(place) == {None}
    bind(place.site.store, place.site.key)
    assert held(place) == before
    through(place)
    assert held(place) == before
    assert None not in numbers(place)
    with place.site.store.reading() as connection:
        assert resealing.all_done(connection)
        known = connection.execute(select(DATA_KEYS.c.purpose)).scalars().all()
        assert sum(connection.execute(select(RESEALING.c.done)).scalars()) > 10
    assert sorted(known) == sorted([*PURPOSES, LOOK_UP])
    assert through(place) == 0


def test_a_rotation_leaves_all_as_it_was_and_nothing_of_the_old_keys(place: Office) -> None:
    bind(place.site.store, place.site.key)
    through(place)
    before, visit = held(place), place.visit_id()
    with place.site.store.reading() as connection:
        old = connection.execute(select(DATA_KEYS.c.id, DATA_KEYS.c.wrapped)).all()
    resealing.rotate(place.site.store, place.site.key, NOW_MS)
    place.site.key.refresh()
    through(place)
    moment = [5.0]
    grace = resealing.Grace(lambda: moment[0])
    years = NOW_MS + 10**11  # no clock that is set destroys a key that others may seal with
    assert resealing.destroy(place.site.store, place.site.key, years, grace) == []
    moment[0] += resealing.GRACE_S - 1
    assert resealing.destroy(place.site.store, place.site.key, years, grace) == []
    moment[0] += 1
    gone = resealing.destroy(place.site.store, place.site.key, NOW_MS - 1, grace)
    assert sorted(gone) == sorted((purpose, 1) for purpose in (*PURPOSES, LOOK_UP))
    place.site.key.refresh()
    assert held(place) == before
    assert place.maker.make(visit, NOW_MS)
    assert not numbers(place) & {row.id for row in old}
    emptied(place.site.store)
    place.site.store.close()
    left = b"".join(path.read_bytes() for path in Path(place.site.folder).glob("gateway.db*"))
    assert [row.id for row in old if row.wrapped in left] == []


def test_ingest_goes_on_meanwhile_and_what_it_writes_is_under_the_new_keys(place: Office) -> None:
    bind(place.site.store, place.site.key)
    through(place)
    resealing.rotate(place.site.store, place.site.key, NOW_MS)
    place.site.key.refresh()
    line = place.site.authority.terminal()
    stop = threading.Event()
    failed: list[ZhendaoError] = []

    def reseal() -> None:
        try:
            while not stop.is_set():
                resealing.step(place.site.store, place.site.key, NOW_MS)
        except ZhendaoError as error:
            failed.append(error)

    thread = threading.Thread(target=reseal)
    thread.start()
    place.site.take(line.message(1, 1))
    for name in range(2, 6):
        register(place.site, line.device, str(name))
    stop.set()
    thread.join(120)
    assert failed == []
    through(place)
    gone = resealing.destroy(place.site.store, place.site.key, NOW_MS, Over())
    assert len(gone) == len(PURPOSES) + 1
    place.site.key.refresh()
    with place.site.store.reading() as connection:
        names = Book(place.site.key).names(connection, "elders", {"E1", "E5"})
    assert names == {"E1": "王秀兰", "E5": "王秀兰"}


def test_people_are_found_by_name_before_during_and_after_a_change_of_the_look_up_key(place: Office) -> None:
    book, sheet = Book(place.site.key), BY_NAME["elders"]

    def found() -> bool:
        with place.site.store.reading() as connection:
            return bool(Book(place.site.key).found_by(connection, sheet, "name", "王秀兰"))

    def hashes() -> list[bytes]:
        with place.site.store.reading() as connection:
            return list(connection.execute(select(TABLES["elders"].c.name_find)).scalars())

    assert found()
    first = hashes()
    bind(place.site.store, place.site.key)
    assert found()
    through(place)
    second = hashes()
    assert found()
    resealing.rotate(place.site.store, place.site.key, NOW_MS)
    place.site.key.refresh()
    assert found()
    through(place)
    resealing.destroy(place.site.store, place.site.key, NOW_MS, Over())
    place.site.key.refresh()
    assert found()
    assert len({*first, *second, *hashes()}) == 3
    assert book is not None


def test_a_field_in_another_row_does_not_open(place: Office) -> None:
    bind(place.site.store, place.site.key)
    register(place.site, b"d" * 16, "2")
    table = TABLES["elders"]
    with place.site.store.writing() as connection:
        one, other = connection.execute(select(table.c.id, table.c.personal).order_by(table.c.id)).all()
        connection.execute(update(table).where(table.c.id == one.id).values(personal=other.personal))
    with place.site.store.reading() as connection, pytest.raises(CryptoError):
        Book(place.site.key).names(connection, "elders", {"E1"})


def test_a_key_that_is_still_in_use_is_not_destroyed(place: Office) -> None:
    bind(place.site.store, place.site.key)
    through(place)
    late = StoreKey(bytes(32))  # a process that has not heard of the new keys
    bind(place.site.store, late)
    resealing.rotate(place.site.store, place.site.key, NOW_MS)
    place.site.key.refresh()
    through(place)
    with place.site.store.writing() as connection:
        Holds(late).add(connection, "elder", "E1", "来函", "李婉", NOW_MS)
    gone = resealing.destroy(place.site.store, place.site.key, NOW_MS, Over())
    assert ("cases", 1) not in gone
    through(place)
    assert resealing.destroy(place.site.store, place.site.key, NOW_MS, Over()) == [("cases", 1)]
    with place.site.store.reading() as connection:
        assert [one.why for one in Holds(place.site.key).all(connection)] == ["来函"]


def test_a_field_that_was_altered_holds_nothing_up_and_is_named(
    place: Office, caplog: pytest.LogCaptureFixture
) -> None:
    bind(place.site.store, place.site.key)
    through(place)
    table = TABLES["elders"]
    with place.site.store.writing() as connection:
        sealed = connection.execute(select(table.c.personal)).scalar_one()
        connection.execute(update(table).values(personal=sealed[:-1] + bytes([sealed[-1] ^ 1])))
    resealing.rotate(place.site.store, place.site.key, NOW_MS)
    place.site.key.refresh()
    through(place)
    assert "registry_elders.personal of row 1 does not open" in caplog.text
    assert len(resealing.destroy(place.site.store, place.site.key, NOW_MS, Over())) == len(PURPOSES) + 1


def test_killed_anywhere_it_goes_on_and_nothing_is_lost(
    place: Office, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    bind(place.site.store, place.site.key)
    through(place)
    before = held(place)
    settings = str(Path(place.site.folder) / "gateway.toml")
    chance = Random(seed)
    command = "import sys; from zhendao.gateway.cli import main; sys.exit(main())"
    for number in range(3):
        words = ["keys", "rotate", "--config", settings] + (["--resume"] if number else [])
        process = subprocess.Popen(
            [sys.executable, "-c", command, *words],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert process.stdout is not None
        process.stdout.readline()  # it has begun
        time.sleep(chance.random() * 0.3)
        process.send_signal(signal.SIGKILL)
        process.wait(120)
        process.stdout.close()
        place.site.key.refresh()
        assert held(place) == before
    through(place)
    assert resealing.destroy(place.site.store, place.site.key, NOW_MS, Over())
    place.site.key.refresh()
    assert held(place) == before
    assert run(PROGRAM, ["keys", "status", "--json", "--config", settings]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["left"] == []
    assert {one["state"] for one in told["keys"]} == {"current", "destroyed"}
    assert run(PROGRAM, ["keys", "rotate", "--resume", "--config", settings]) == 0
    assert run(PROGRAM, ["keys", "status", "--config", settings]) == 0


def test_the_escrow_opens_everything_with_its_key_and_the_database_alone(
    place: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bind(place.site.store, place.site.key)  # the keys are there before the escrow's certificate is
    key = escrow(place)
    bind(place.site.store, place.site.key)
    with place.site.store.writing() as connection:
        Holds(place.site.key).add(connection, "elder", "E1", "来函", "李婉", NOW_MS)
    through(place)
    emptied(place.site.store)
    office_, copy = tmp_path / "office", tmp_path / "copy.db"
    office_.mkdir()
    (office_ / "escrow.key").write_bytes(Passphrase("long enough words").encrypt(key.pkcs8()))
    copy.write_bytes((Path(place.site.folder) / "gateway.db").read_bytes())
    (tmp_path / "words").write_text("long enough words")
    out = tmp_path / "opened"
    words = ["escrow", "open", str(office_), "--database", str(copy), "--out", str(out),
             "--passphrase-file", str(tmp_path / "words")]  # fmt: skip
    capsys.readouterr()
    assert run(PROVISION, [*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["act"] for one in audit.read(office_)] == ["escrow open"]
    assert told["left"] == {}
    assert told["opened"]["events"] == 7
    elders = [json.loads(line) for line in (out / "registry_elders.personal.jsonl").read_text("utf-8").splitlines()]
    assert json.loads(elders[0]["opened"])["name"] == "王秀兰"
    assert "来函" in (out / "legal_holds.why.jsonl").read_text("utf-8")
    assert "掉了" in (out / "blocklist_entries.said.jsonl").read_text("utf-8")
    with place.site.store.reading() as connection:
        for one in COLUMNS:
            query = f'SELECT count(*) FROM {one.table} WHERE "{one.column}" IS NOT NULL'  # noqa: S608
            assert connection.exec_driver_sql(query).scalar() == told["opened"].get(f"{one.table}.{one.column}", 0)
        assert connection.execute(select(func.count()).where(DATA_KEYS.c.escrowed.is_(None))).scalar() == 0
    exchanged = escrow(place)  # another office from now on: what there is, is given to it at the next opening
    bind(place.site.store, place.site.key)
    with place.site.store.reading() as connection:
        given = set(connection.execute(select(DATA_KEYS.c.escrow_id)).scalars())
    assert given == {exchanged.key_id}
    other = Passphrase("long enough words").encrypt(SM.new_unwrapping_key().pkcs8())
    (office_ / "escrow.key").write_bytes(other)
    assert run(PROVISION, [*words[:-3], str(tmp_path / "no"), *words[-2:]]) == 1
    assert "no data key in this store" in capsys.readouterr().err
