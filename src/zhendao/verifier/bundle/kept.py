"""Heads of a gateway's log that others kept: are they, with those of a file, one history, and what do they date? Pure.

A gateway makes one head after the other, each naming the one before. So of all that anybody kept no two may be of one
size, and none may stand beside the others: two heads of which neither is in the past of the other are two histories.
docs/protocol.md section 18. rule: EVIDENCE
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from zhendao.protocol.errors import CryptoError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zhendao.protocol.loghead import LogHead


def in_order(heads: Iterable[LogHead]) -> list[LogHead]:
    """Return ``heads``, each of which holds by itself, as one history: oldest first, each once.

    Raises `CryptoError`: ``log-forked`` where they are two histories, ``log-gap`` where heads between two of them are
    needed to say that they are one, ``tenant`` where they are logs of several gateways' owners.
    """
    found = sorted({(one.size, one.root): one for one in heads}.values(), key=lambda one: one.size)
    for older, newer in pairwise(found):
        if older.tenant != newer.tenant:
            raise CryptoError("tenant", f"heads of {older.tenant} and of {newer.tenant}")
        if newer.before > older.size:
            raise CryptoError(
                "log-gap",
                f"heads between those of {older.size} and {newer.size} entries are missing: give a file that has them "
                f"too (the gateway tells them: /api/v1/log/heads?after={older.size})",
            )
        if (newer.before, newer.former) != (older.size, older.root):
            raise CryptoError(
                "log-forked",
                f"two histories: the head of {newer.size} entries (root {newer.root.hex()[:16]}) does not go on from "
                f"that of {older.size} (root {older.root.hex()[:16]})",
            )
    return found


def entered(chain: Sequence[LogHead], index: int) -> tuple[int | None, int | None]:
    """Return when, by ``chain`` (one history, oldest first), entry ``index`` was not yet in the log, and when it was.

    UTC ms; None where no head says so. A head that is behind another is no older than that one, whatever it says.
    """
    before_ms: int | None = None
    for head in chain:
        made_ms = head.made_ms if before_ms is None else max(before_ms, head.made_ms)
        if head.size > index:
            return before_ms, made_ms
        before_ms = made_ms
    return before_ms, None
