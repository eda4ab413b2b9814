"""What was found about cards and door tags, as a person reads it: caught where, as what, in both languages.

Promise: a card's number is shown whole only to whoever may see names and asked; else its last digits, enough to tell
two cards apart that are known. rule: PIPL
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from zhendao.gateway.store.sealing import StoreKey
from zhendao.gateway.tokens.findings import SENTENCES, Finding
from zhendao.gateway.tokens.gathered import PARTS
from zhendao.gateway.tokens.giving import open_uid, tag_of
from zhendao.gateway.tokens.tables import FINDINGS
from zhendao.protocol.vocabulary import Kind

_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which findings: of a terminal, of a card by its uid, of one word; ``healed``: those explained later too."""

    device: bytes | None = None
    uid: bytes | None = None
    word: str | None = None
    from_ms: int | None = None
    to_ms: int | None = None
    healed: bool = False


def findings(
    connection: Connection,
    key: StoreKey,
    wanted: Wanted,
    *,
    limit: int,
    before: int | None = None,
    numbers: bool = False,
) -> list[dict[str, Any]]:
    """Return at most ``limit`` findings older than the one with id ``before``, the newest first."""
    columns = FINDINGS.c
    query = select(FINDINGS).order_by(columns.id.desc()).limit(limit)
    if before is not None:
        query = query.where(columns.id < before)
    if wanted.device is not None:
        query = query.where(columns.device == wanted.device)
    if wanted.uid is not None:
        query = query.where(columns.tag == tag_of(key, wanted.uid))
    if wanted.word is not None:
        query = query.where(columns.word == wanted.word)
    if wanted.from_ms is not None:
        query = query.where(columns.found_ms >= wanted.from_ms)
    if wanted.to_ms is not None:
        query = query.where(columns.found_ms < wanted.to_ms)
    if not wanted.healed:
        query = query.where(columns.healed_ms.is_(None))
    return [_item(row, key, numbers=numbers) for row in connection.execute(query)]


def _item(row: Any, key: StoreKey, *, numbers: bool) -> dict[str, Any]:
    uid = open_uid(key, row.uid, row.tag).hex()
    text = SENTENCES[Finding(row.word)]
    return {
        "id": row.id,
        "device": row.device.hex(),
        "epoch": row.epoch.hex(),
        "seq": row.seq,
        "h": row.h.hex(),
        "event": Kind(row.kind).name.lower(),
        "token": PARTS[row.part],
        "uid": uid if numbers else "*" * (len(uid) - _SHOWN) + uid[-_SHOWN:],
        "finding": row.word,
        "zh": text.zh,
        "en": text.en,
        "found_ms": row.found_ms,
        "healed_ms": row.healed_ms,
    }
