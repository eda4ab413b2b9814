"""The escrow opens a store: with its own key and a copy of the database, and nothing of the gateway (rule: ESCROW).

Promise: every sealed column of the catalogue is opened, and every event whose start is in the store; the database is
only read. What cannot be opened is counted, never passed over in silence.
"""

import json
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from zhendao.command.atrest import fields
from zhendao.command.atrest.catalogue import COLUMNS, SealedColumn
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.event import decode_event
from zhendao.protocol.jsonform import event_to_json
from zhendao.protocol.keys import UnwrappingKey
from zhendao.protocol.limits import DATA_KEY_BYTES
from zhendao.protocol.seal import StartKeys, open_sealed
from zhendao.protocol.suite import suite_by_id
from zhendao.protocol.wording import Text
from zhendao.provisioning.escrow import EscrowError


@dataclass(slots=True)
class Opened:
    """How many fields were opened of each column, and how many could not be."""

    opened: dict[str, int] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)

    def note(self, name: str, *, opened: bool) -> None:
        """Count a field."""
        into = self.opened if opened else self.left
        into[name] = into.get(name, 0) + 1


def open_store(database: Path, key: UnwrappingKey, out: Path) -> Opened:
    """Write what is sealed in ``database`` into the new folder ``out``, a file of JSON lines for each column.

    Raises `EscrowError` where it is no database of a gateway, or nothing in it was given to this key.
    """
    told = Opened()
    try:
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        connection.row_factory = sqlite3.Row
        try:
            keys = _data_keys(connection, key)
            out.mkdir(mode=0o700)
            starts: dict[tuple[bytes, bytes, int], list[bytes]] = {}
            for column in COLUMNS:
                with _file(out, f"{column.table}.{column.column}") as file:
                    _column(connection, column, keys, told, file, starts)
            with _file(out, "events") as file:
                _events(connection, starts, told, file)
        finally:
            connection.close()
    except (sqlite3.Error, OSError) as error:
        raise EscrowError(Text(f"无法打开 {database}：{error}", f"{database} cannot be opened: {error}")) from error
    return told


def _file(out: Path, name: str) -> IO[str]:
    return os.fdopen(os.open(out / f"{name}.jsonl", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8")


def _data_keys(connection: sqlite3.Connection, key: UnwrappingKey) -> dict[int, tuple[str, bytes]]:
    query = "SELECT id, purpose, escrowed FROM data_keys WHERE escrow_id = ? AND escrowed IS NOT NULL"
    rows = connection.execute(query, (key.key_id,)).fetchall()
    if not rows:
        raise EscrowError(
            Text("库中没有交给这把托管密钥的数据密钥", "no data key in this store was given to this escrow's key"),
            Text("在网关运行 keys status 查看", "see keys status at the gateway"),
        )
    try:
        return {
            row["id"]: (row["purpose"], fields.of_escrow(key.unwrap(row["escrowed"]), row["id"], row["purpose"]))
            for row in rows
        }
    except ProtocolError as error:
        raise EscrowError(Text(f"数据密钥打不开：{error.detail}", f"a data key opens not: {error.detail}")) from error


def _column(
    connection: sqlite3.Connection,
    column: SealedColumn,
    keys: dict[int, tuple[str, bytes]],
    told: Opened,
    file: IO[str],
    starts: dict[tuple[bytes, bytes, int], list[bytes]],
) -> None:
    name, (id_,) = f"{column.table}.{column.column}", column.key
    wanted = ", ".join(f'"{one}"' for one in dict.fromkeys((id_, *column.needs, column.column)))
    query = f'SELECT {wanted} FROM {column.table} WHERE "{column.column}" IS NOT NULL'  # noqa: S608 - our own words
    for row in connection.execute(query):
        said, sealed = dict(zip(row.keys(), row, strict=True)), bytes(row[column.column])
        plain = _plain(sealed, keys, column, said)
        told.note(name, opened=plain is not None)
        if plain is None:
            continue
        if column.purpose == "facts":
            starts.setdefault((row["device"], row["epoch"], row["start"]), []).append(plain)
        line = {one: _shown(value) for one, value in said.items() if one != column.column} | {"opened": _text(plain)}
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _plain(
    sealed: bytes, keys: dict[int, tuple[str, bytes]], column: SealedColumn, said: dict[str, Any]
) -> bytes | None:
    found = keys.get(fields.number_of(sealed) or 0)
    if found is None or found[0] != column.purpose:
        return None
    try:
        return fields.open_field(found[1], sealed, column.bound_to(said))
    except ProtocolError:
        return None


def _events(
    connection: sqlite3.Connection, starts: dict[tuple[bytes, bytes, int], list[bytes]], told: Opened, file: IO[str]
) -> None:
    query = "SELECT device, epoch, seq, suite, start, sealed FROM events WHERE commitment != x'' ORDER BY id"
    for row in connection.execute(query):
        event = next(_opened(row, starts.get((row["device"], row["epoch"], row["start"]), [])), None)
        told.note("events", opened=event is not None)
        if event is not None:
            file.write(json.dumps(event, ensure_ascii=False) + "\n")


def _opened(row: sqlite3.Row, secrets: list[bytes]) -> Iterator[dict[str, Any]]:
    for secret in secrets:
        keys = StartKeys(secret[:DATA_KEY_BYTES], secret[DATA_KEY_BYTES:], row["device"], row["epoch"], row["start"])
        try:
            plaintext, _ = open_sealed(suite_by_id(row["suite"]), keys, row["seq"], row["sealed"])
            yield event_to_json(decode_event(plaintext))
        except ProtocolError:
            continue


def _text(plain: bytes) -> str:
    try:
        return plain.decode()
    except UnicodeDecodeError:
        return plain.hex()


def _shown(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else value
