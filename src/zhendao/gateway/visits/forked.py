"""A journal with two histories: which trusted times lie before and after an event in its own one.

A clone and its original number their events alike, so a smaller number is no earlier time: what counts is the chain of
hashes. Below the fork all histories are one. Where a piece of the chain is missing, nothing beyond it is known.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from sqlalchemy import Connection, and_, bindparam, select

from zhendao.gateway.store.facts import ANCHORS, events
from zhendao.gateway.store.prepared import Prepared
from zhendao.gateway.visits.moments import Anchor

_HERE: Final = (events.c.device == bindparam("device"), events.c.epoch == bindparam("epoch"))
_LINKS: Final = Prepared(
    select(events.c.seq, events.c.h, events.c.prev, events.c.boot_id)
    .where(*_HERE, events.c.seq >= bindparam("fork"))
    .order_by(events.c.seq, events.c.id)
)
_TIMES: Final = Prepared(
    select(
        *(events.c[name] for name in ("mono_ns", "wall_ms", "bound_ms", "boot_id", "epoch", "seq", "h"))
    )
    .where(and_(*_HERE), ANCHORS)
    .order_by(events.c.seq, events.c.id)
)  # fmt: skip


class Found(NamedTuple):
    """A trusted time, with its boot and its place."""

    anchor: Anchor
    boot_id: bytes
    epoch: bytes
    seq: int


class Forked:
    """One journal of a terminal, of which there are several histories from ``fork`` on."""

    def __init__(self, connection: Connection, device: bytes, epoch: bytes, fork: int) -> None:
        self._fork = fork
        self._links: dict[bytes, bytes] = {}
        self._heads: dict[tuple[int, bytes | None], bytes] = {}
        for seq, h, prev, boot_id in _LINKS.all(connection, device=device, epoch=epoch, fork=fork):
            self._links[h] = prev
            self._heads.setdefault((seq, boot_id), h)
        rows = _TIMES.all(connection, device=device, epoch=epoch)
        self._times = [(Found(Anchor(*row[:3]), *row[3:6]), row[6]) for row in rows]

    def boots(self) -> Iterable[tuple[bytes, int]]:
        """Return each boot with a trusted time, and where its first one is."""
        first: dict[bytes, int] = {}
        for found, _ in self._times:
            first.setdefault(found.boot_id, found.seq)
        return first.items()

    def before(self, seq: int, boot_id: bytes) -> Found | None:
        """Return the last trusted time of another boot before event ``seq`` of ``boot_id``, in its history."""
        return self._last_of(self._history(self._heads.get((seq, boot_id))), seq, boot_id)

    def up_to(self, seq: int, head: bytes | None, but: bytes) -> Found | None:
        """Return the last trusted time of another boot than ``but`` up to ``seq``, whose h is ``head``."""
        return self._last_of(self._history(head), seq + 1, but)

    def after(self, seq: int, boot_id: bytes) -> Found | None:
        """Return the first trusted time of another boot after event ``seq`` of ``boot_id``, on a chain with it."""
        own = self._heads.get((seq, boot_id))
        for found, h in self._times:
            later = found.seq > seq and found.boot_id != boot_id
            if later and (seq < self._fork or (own is not None and own in self._history(h))):
                return found
        return None

    def _last_of(self, history: frozenset[bytes], below: int, but: bytes) -> Found | None:
        for found, h in reversed(self._times):
            earlier = found.seq < below and found.boot_id != but
            if earlier and (found.seq < self._fork or h in history):
                return found
        return None

    def _history(self, head: bytes | None) -> frozenset[bytes]:
        """Return the heads from ``head`` down to the fork, itself included."""
        found: set[bytes] = set()
        while head in self._links:
            found.add(head)
            head = self._links[head]
        return frozenset(found)
