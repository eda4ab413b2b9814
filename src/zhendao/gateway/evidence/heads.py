"""Heads of the log: signed, each proved to go on from the one before, and put where this gateway cannot change them.

Promise: a head is kept in the store, owed to the platform in the same transaction, and then in a file for whoever
fetches it (``log-heads.jsonl``); a file that lacks one, after a crash or because it was moved, gets it the next time,
and whoever writes to it at the same time, a running gateway and a command, none twice.
"""

import fcntl
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

from sqlalchemy import Connection, insert, select

from zhendao.gateway.accesses.book import make_head
from zhendao.gateway.evidence.errors import EvidenceError
from zhendao.gateway.evidence.log import CHUNK, Log
from zhendao.gateway.evidence.tables import LOG_HEADS
from zhendao.gateway.forward.outbox import Owed, enqueue_many
from zhendao.gateway.keyring import Keyring
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.sealing import StoreKey
from zhendao.protocol.loghead import LogHead, open_head, sign_head
from zhendao.protocol.merkle import consistency_path
from zhendao.protocol.wording import Text

FILE: Final = "log-heads.jsonl"
RECORD_TYPE: Final = "log-head"
_LINE_BYTES: Final = 1 << 16
"""No line is longer: a head has 16 KiB at most, twice that in hex."""


class Heads:
    """Makes heads under the gateway's key; ``forward``: the platform is owed each of them."""

    def __init__(self, keyring: Keyring, store_key: StoreKey, *, forward: bool) -> None:
        self._keyring, self._key, self._forward = keyring, store_key, forward
        self.log = Log(keyring.certificate.suite, store_key)

    def make(self, store: Store, now_ms: int) -> bytes | None:
        """Add what came since to the log and sign its head; return the newest head, None while there is no entry.

        What was read since (`accesses`) is signed first, so that it is held by this head too.

        Raises `StoreError`; `EvidenceError` where the log was begun under another suite.
        """
        with store.writing() as connection:
            make_head(connection, self._keyring, now_ms)
        while True:
            with store.writing() as connection:
                if self.log.add(connection) < CHUNK:
                    return self._sign(connection, now_ms)

    def _sign(self, connection: Connection, now_ms: int) -> bytes | None:
        size = self.log.size(connection)
        last = connection.execute(select(LOG_HEADS).order_by(LOG_HEADS.c.size.desc()).limit(1)).one_or_none()
        if size == 0 or (last is not None and last.size == size):
            return None if last is None else bytes(last.head)
        suite = self._keyring.certificate.suite
        head = LogHead(suite.id, self._keyring.tenant, size, self.log.stretch(connection, 0, size), now_ms)
        if last is not None:
            if open_head(last.head).head.suite_id != suite.id:
                raise EvidenceError(
                    Text("日志以另一套算法开始，不能续写", "the log was begun under another suite and cannot go on"),
                    Text("用原套件的网关证书", "use a gateway certificate of that suite"),
                )
            path = consistency_path(last.size, size, lambda begin, end: self.log.stretch(connection, begin, end))
            head = LogHead(suite.id, self._keyring.tenant, size, head.root, now_ms, last.size, last.root, tuple(path))
        issuing = [one.der for one in self._keyring.issuing]
        signed = sign_head(head, self._keyring.signing_key, self._keyring.certificate, issuing)
        connection.execute(insert(LOG_HEADS).values(size=size, root=head.root, made_ms=now_ms, head=signed))
        if self._forward:
            owed = Owed(RECORD_TYPE, f"{head.tenant}/{size}", 1, as_plain(signed))
            enqueue_many(connection, self._key, [owed], now_ms)
        return signed


def as_plain(signed: bytes) -> dict[str, object]:
    """Return a head as it is told to others: readable, and the signed bytes themselves in hex."""
    head = open_head(signed).head
    made = datetime.fromtimestamp(head.made_ms / 1000, UTC).isoformat(timespec="milliseconds")
    return {"tenant": head.tenant, "size": head.size, "root": head.root.hex(), "made": made, "head": signed.hex()}


def newest(connection: Connection) -> LogHead | None:
    """Return the last head: what stands at the foot of a report. None while nothing is logged."""
    signed = connection.execute(select(LOG_HEADS.c.head).order_by(LOG_HEADS.c.size.desc()).limit(1)).scalar()
    return None if signed is None else open_head(signed).head


def write_file(connection: Connection, path: Path) -> int:
    """Append to ``path`` the heads that it lacks, one JSON object a line; return how many. Raises `EvidenceError`."""
    try:
        with path.open("a+b") as file:
            with suppress(OSError):  # somebody else's share may know no locks
                fcntl.flock(file, fcntl.LOCK_EX)  # given back when the file is closed, also by a kill
            has = _last_size(file)
            query = select(LOG_HEADS.c.head).where(LOG_HEADS.c.size > has).order_by(LOG_HEADS.c.size)
            lines = _lines(connection.execute(query).scalars().all())
            file.write("".join(lines).encode("ascii"))
            file.flush()
            os.fsync(file.fileno())
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EvidenceError(
            Text(f"无法写入日志头文件 {path}：{error}", f"the heads cannot be written to {path}: {error}"),
            Text("检查该文件；可移走，会重新写出", "check the file; moved away, it is written anew"),
        ) from error
    return len(lines)


def _lines(heads: Sequence[bytes]) -> list[str]:
    return [json.dumps(as_plain(one)) + "\n" for one in heads]


def _last_size(file: BinaryIO) -> int:
    """Return the size that the last whole line tells; a line that a crash cut off is taken away."""
    end = file.seek(0, os.SEEK_END)
    file.seek(max(0, end - 2 * _LINE_BYTES))
    data = file.read()
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) < len(data):
        file.truncate(end - len(data) + len(whole))
    return int(json.loads(whole.splitlines()[-1])["size"]) if whole else 0
