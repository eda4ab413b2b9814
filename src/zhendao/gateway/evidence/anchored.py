"""What the gateway signed of itself held against its log, and that log against its own heads, which were given away.

Promise: whoever cuts the end off a table of it (heads of the accesses, receipts of deletions) has to cut the gateway's
log as well, and cannot cut what others hold of that: a head that somebody else kept (`log-heads.jsonl`) finds it.
rule: PIPL, EVIDENCE
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Table, select

from zhendao.gateway.errors import GatewayError
from zhendao.gateway.evidence.heads import FILE
from zhendao.gateway.evidence.log import Log
from zhendao.gateway.evidence.tables import LOG_ENTRIES, LOG_HEADS
from zhendao.gateway.keyring import Keyring
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.keys import Suite
from zhendao.protocol.loghead import LogHead, check_head, entry_of_act, open_head
from zhendao.protocol.merkle import inclusion_path, leaf_hash, root_from_inclusion
from zhendao.protocol.wording import Text

BLOCK: Final = 8
"""An entry is proved with the 2^8 about it: one proof for all of them."""


def heads_in_hand(connection: Connection, keyring: Keyring, folder: Path, kept: Path | None) -> list[LogHead]:
    """Return the newest heads of the log: the store's, that of the file in ``folder``, and that of the file ``kept``.

    Raises `GatewayError` for a file that cannot be read, `ProtocolError` where a head is another gateway's.
    """
    query = select(LOG_HEADS.c.head).order_by(LOG_HEADS.c.size.desc()).limit(1)
    found = [bytes(one) for one in connection.execute(query).scalars()]
    for path in (folder / FILE, kept):
        if path is not None and (path is kept or path.exists()):
            found += _newest_in(path)
    return [check_head(open_head(one), keyring.trust) for one in found]


def _newest_in(path: Path) -> list[bytes]:
    try:
        lines = [json.loads(line) for line in path.read_text("ascii").splitlines() if line]
        return [bytes.fromhex(one["head"]) for one in sorted(lines, key=lambda one: int(one["size"]))[-1:]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GatewayError(
            Text(f"{path} 不是日志头文件：{error}", f"{path} is no file of heads: {error}"),
            Text("给出 log-heads.jsonl 或其副本", "give log-heads.jsonl, or a copy of it"),
        ) from error


def first_unheld(
    connection: Connection, suite: Suite, log: Log, heads: Sequence[LogHead], kind: int, table: Table
) -> int | None:
    """Return the last row of ``table`` that the gateway's log holds, by its id, where something behind it is wrong.

    None: nothing is. ``kind``: that of its entries, signed by the gateway; ``heads``: of the log, wherever they were
    kept.
    """
    good, proved = 0, set[tuple[int, int]]()
    for head in heads:
        if head.size > log.size(connection) or log.stretch(connection, 0, head.size) != head.root:
            return good
    signed = {row.id: row for row in connection.execute(select(table))}
    query = select(LOG_ENTRIES).where(LOG_ENTRIES.c.kind == kind).order_by(LOG_ENTRIES.c.number)
    for entry in connection.execute(query).all():
        row = signed.get(entry.row)
        if row is None or _leaf(suite, row) != entry.leaf:
            return good
        for head in heads:
            block = (head.size, entry.number >> BLOCK)
            if entry.number < head.size and block not in proved:
                if not _is_in(connection, suite, log, head, entry):
                    return good
                proved.add(block)
        good = row.id
    return None


def _leaf(suite: Suite, row: Any) -> bytes:
    return leaf_hash(suite, entry_of_act(row.certificate_id, suite.hash(row.document), row.signature))


def _is_in(connection: Connection, suite: Suite, log: Log, head: LogHead, entry: Any) -> bool:
    path = inclusion_path(entry.number, head.size, lambda begin, end: log.stretch(connection, begin, end))
    try:
        return root_from_inclusion(suite, entry.number, head.size, entry.leaf, path) == head.root
    except ProtocolError:
        return False
