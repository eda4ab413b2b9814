"""Versions of the list in the store: a new one is signed when what belongs on it has changed, and never goes back.

Promise: version numbers rise, also over a store that was lost (they come from the time, in seconds), and above what any
terminal says it holds. A change is sent in place of the list where the terminal's version is still known and it is
less than half as long.
"""

import logging
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, insert, select, update

from zhendao.gateway.blocklist.tables import entries, terminals, versions
from zhendao.gateway.blocklist.wanted import Entry, Registered, Wanted, wanted
from zhendao.gateway.ingest.orders import Commander
from zhendao.gateway.registry.book import version as registry_version
from zhendao.gateway.registry.tables import TABLES
from zhendao.gateway.registry.validity import Valid, next_change
from zhendao.gateway.store.prepared import Prepared
from zhendao.protocol.blocked_numbers import Numbers, change, checked
from zhendao.protocol.blocklist import (
    Blocklist,
    manifest_of,
    part_body,
    pieces,
    read_manifest,
    sign_manifest,
    signer_of,
)
from zhendao.protocol.vocabulary import Role

_LOG = logging.getLogger(__name__)

KEPT: Final = 16
"""Of so many versions the numbers are kept, to make changes from."""
_AHEAD_S: Final = 86_400
"""A terminal whose version is further ahead of our time than this is not followed."""

_NEWEST: Final = Prepared(select(func.max(versions.c.version)))
_MARK: Final = Prepared(select(func.max(entries.c.id), func.max(entries.c.ended_ms)))
_NAMED: Final = Prepared(select(versions.c.version).where(versions.c.name == bindparam("name")))
_HIGHEST: Final = Prepared(select(func.max(terminals.c.held)))

Bodies = list[dict[int, Any]]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the newest version was made of, and until when (UTC ms) time alone does not change it."""

    mark: tuple[Any, ...]
    since_ms: int
    until_ms: int | None


class Editions:
    """The versions of one tenant's list, signed by ``commander``; what it keeps in memory is a copy of the store."""

    def __init__(self, commander: Commander, *, ended: bool = True) -> None:
        """``ended``: whether tokens whose registration has ended are on the list."""
        self._commander, self._ended = commander, ended
        self._seen: _Seen | None = None
        self._newest: Blocklist | None = None
        self._made: dict[int, Bodies] = {}

    def forget(self) -> None:
        """Forget everything: what is in memory may be ahead of the store."""
        self._seen, self._newest = None, None
        self._made.clear()

    def is_due(self, connection: Connection, now_ms: int) -> bool:
        """Return whether what belongs on the list may have changed, by small queries."""
        seen = self._seen
        if seen is None or seen.mark != _mark(connection) or now_ms < seen.since_ms:
            return True
        return seen.until_ms is not None and seen.until_ms <= now_ms

    @property
    def next_ms(self) -> int | None:
        """When (UTC ms) time alone may change the list; None: never."""
        return None if self._seen is None else self._seen.until_ms

    def refresh(self, connection: Connection, now_ms: int) -> bool:
        """Sign a new version if what belongs on the list has changed; in the caller's write transaction.

        Return whether there is a new one.
        """
        mark = _mark(connection)
        listed = _listed(connection)
        entered = [*_entries(connection), *(one.row for one in listed if one.holds_at(now_ms))]
        found = wanted(_registered(connection), entered, now_ms, ended=self._ended)
        newest = self.newest(connection)
        self._seen = _Seen(mark, now_ms, min(filter(None, (found.next_ms, next_change(listed, now_ms))), default=None))
        highest = _HIGHEST.scalar(connection) or 0
        if newest is None:
            if not len(found.numbers) and not highest:
                return False
        elif newest.numbers == found.numbers and highest <= newest.manifest.version and self._is_ours(newest):
            return False
        last = newest.manifest.version if newest is not None else 0
        if highest <= now_ms // 1000 + _AHEAD_S:
            last = max(last, highest)
        elif newest is not None and newest.numbers == found.numbers and self._is_ours(newest):
            return False
        self._publish(connection, found, max(last + 1, now_ms // 1000), now_ms)
        return True

    def _is_ours(self, newest: Blocklist) -> bool:
        """Return whether the key that we have now signed it: after a rotation terminals believe the new one alone."""
        return signer_of(newest.signed) == self._commander.certificate_id

    def _publish(self, connection: Connection, found: Wanted, version: int, now_ms: int) -> None:
        key = self._commander.key
        manifest = manifest_of(key.suite, self._commander.tenant, version, now_ms, found.numbers)
        signed = sign_manifest(key, self._commander.certificate_id, manifest)
        connection.execute(
            insert(versions).values(
                version=version,
                name=key.suite.hash(signed),
                manifest=signed,
                numbers=found.numbers.packed,
                ids=manifest.ids,
                uids=manifest.uids,
                left_out=found.left_out,
                issued_ms=now_ms,
            )
        )
        kept = select(versions.c.version).order_by(versions.c.version.desc()).offset(KEPT).limit(1)
        oldest = connection.execute(kept).scalar()
        if oldest is not None:
            connection.execute(update(versions).where(versions.c.version <= oldest).values(numbers=None))
        self._newest = Blocklist(manifest, signed, found.numbers)
        self._made.clear()
        _LOG.info("blocklist %d: %d entries", version, len(found.numbers))
        if found.left_out:
            _LOG.warning("blocklist %d: %d more have no room on it", version, found.left_out)

    def newest(self, connection: Connection) -> Blocklist | None:
        """Return the newest version, None where there is none yet."""
        version = _NEWEST.scalar(connection)
        if version is None:
            return None
        if self._newest is None or self._newest.manifest.version != version:
            row = connection.execute(select(versions).where(versions.c.version == version)).one()
            manifest = read_manifest(row.manifest)
            self._newest = Blocklist(manifest, row.manifest, checked(row.numbers, manifest.ids))
            self._made.clear()
        return self._newest

    def bodies(self, connection: Connection, held: int) -> Bodies:
        """Return the command bodies that bring a terminal from version ``held`` (0: from nothing) to the newest one."""
        newest = self.newest(connection)
        if newest is None:
            return []
        if held not in self._made:
            before = _numbers_of(connection, held) if held else None
            if held and before is None:
                return self.bodies(connection, 0)
            self._made[held] = _bodies(newest, held, before)
        return self._made[held]


def _bodies(newest: Blocklist, held: int, before: Numbers | None) -> Bodies:
    """Return the bodies that carry ``newest``: as a change from ``before``, version ``held``, where that is shorter."""
    whole = newest.numbers.packed
    changed = None if before is None else change(before, newest.numbers)
    if changed is None or len(changed) * 2 >= len(whole):
        return [part_body(part) for part in pieces(newest.signed, whole)]
    return [part_body(part) for part in pieces(newest.signed, changed, held)]


def version_named(connection: Connection, name: bytes) -> int | None:
    """Return which version a terminal answered for; ``name`` is the hash of its manifest."""
    found: int | None = _NAMED.scalar(connection, name=name)
    return found


def _mark(connection: Connection) -> tuple[Any, ...]:
    return (registry_version(connection), _HIGHEST.scalar(connection), *(_MARK.first(connection) or ()))


def _registered(connection: Connection) -> list[Registered]:
    table = TABLES["tokens"]
    columns = (table.c.token_id, table.c.uid, table.c.role, table.c.holder_id, table.c.from_ms, table.c.to_ms)
    return [Registered(i, u, Role(role), *rest) for i, u, role, *rest in connection.execute(select(*columns))]


def _entries(connection: Connection) -> list[Entry]:
    query = select(entries.c.number, entries.c.person).where(entries.c.ended_ms.is_(None))
    return [Entry(*row) for row in connection.execute(query)]


def _listed(connection: Connection) -> list[Valid[Entry]]:
    """Return what the registry's own table blocks, from when to when."""
    table = TABLES["blocklist"]
    query = select(table.c.number, table.c.person, table.c.from_ms, table.c.to_ms)
    return [Valid(Entry(number, person), *span) for number, person, *span in connection.execute(query)]


def _numbers_of(connection: Connection, version: int) -> Numbers | None:
    query = select(versions.c.numbers, versions.c.ids).where(versions.c.version == version)
    row = connection.execute(query).one_or_none()
    return None if row is None or row.numbers is None else checked(row.numbers, row.ids)
