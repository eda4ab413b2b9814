"""The heads of the accesses held against the gateway's log, and that log against its own heads, which were given away.

Promise: whoever cuts the end off the accesses together with its heads has to cut the gateway's log as well, and cannot
cut what others hold of that: a head of it that somebody else kept (`log-heads.jsonl`) finds it. rule: PIPL
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, select

from zhendao.gateway.accesses.tables import ACCESS_HEADS
from zhendao.gateway.errors import GatewayError
from zhendao.gateway.evidence.log import ACCESS, Log
from zhendao.gateway.evidence.tables import LOG_ENTRIES, LOG_HEADS
from zhendao.gateway.keyring import Keyring
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.keys import Suite
from zhendao.protocol.loghead import LogHead, check_head, entry_of_act, open_head
from zhendao.protocol.merkle import inclusion_path, leaf_hash, root_from_inclusion
from zhendao.protocol.wording import Text

BLOCK: Final = 8
"""An entry is proved with the 2^8 about it: one proof for all of them."""


def own_heads(connection: Connection) -> list[bytes]:
    """Return the newest head of the gateway's log as the store has it."""
    query = select(LOG_HEADS.c.head).order_by(LOG_HEADS.c.size.desc()).limit(1)
    return [bytes(one) for one in connection.execute(query).scalars()]


def heads_of(path: Path) -> list[bytes]:
    """Return the heads in a file of heads. Raises `GatewayError`: it cannot be read."""
    try:
        return [bytes.fromhex(json.loads(line)["head"]) for line in path.read_text("ascii").splitlines() if line]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GatewayError(
            Text(f"{path} 不是日志头文件：{error}", f"{path} is no file of heads: {error}"),
            Text("给出 log-heads.jsonl 或其副本", "give log-heads.jsonl, or a copy of it"),
        ) from error


def believed(heads: Iterable[bytes], keyring: Keyring) -> list[LogHead]:
    """Return the greatest of ``heads`` if this gateway made it. Raises `ProtocolError` where it is another's."""
    found = sorted((open_head(one) for one in heads), key=lambda one: one.head.size)
    for one in found:
        check_head(one, keyring.trust)
    return [one.head for one in found[-1:]]


def first_unheld(connection: Connection, suite: Suite, log: Log, heads: Sequence[LogHead]) -> int | None:
    """Return the last row of the accesses that the gateway's log holds, where something behind it is wrong.

    None: nothing is. ``heads``: of that log, from wherever they were kept.
    """
    good, proved = 0, set[tuple[int, int]]()
    for head in heads:
        if head.size > log.size(connection) or log.stretch(connection, 0, head.size) != head.root:
            return good
    signed = {row.id: row for row in connection.execute(select(ACCESS_HEADS))}
    query = select(LOG_ENTRIES).where(LOG_ENTRIES.c.kind == ACCESS).order_by(LOG_ENTRIES.c.number)
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
        good = row.row
    return None


def _leaf(suite: Suite, row: Any) -> bytes:
    return leaf_hash(suite, entry_of_act(row.certificate_id, suite.hash(row.document), row.signature))


def _is_in(connection: Connection, suite: Suite, log: Log, head: LogHead, entry: Any) -> bool:
    path = inclusion_path(entry.number, head.size, lambda begin, end: log.stretch(connection, begin, end))
    try:
        return root_from_inclusion(suite, entry.number, head.size, entry.leaf, path) == head.root
    except ProtocolError:
        return False
