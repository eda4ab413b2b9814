"""What a box's disk holds of its journal, asked past the terminal: at each start, and when a good signal is given.

Promise: asking changes nothing on the disk and draws from no stream but the one that is handed in.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, TypeVar

from zhendao.device.journal.schema import EPOCH_SHIFT
from zhendao.simulators.world.box.settings import DATA_DIR
from zhendao.simulators.world.disk.disk import Disk
from zhendao.simulators.world.disk.mount import Mount
from zhendao.simulators.world.reports import Settled, Stretch

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.device.files import Connection
    from zhendao.simulators.world.engine.chance import Chance

_T = TypeVar("_T")
JOURNAL, LOG = DATA_DIR / "journal.db", DATA_DIR / "journal.db-wal"
_PROVED_FIRST, _PROVED_EVERY = 2, 16
"""So many of a box's first good signals are proved on a cut copy of the disk, and then one in so many."""
_PROVED_OFTEN, _PROVED_SELDOM = 64, 128
"""After so many signals, which is a month of quiet life, one in more."""


def held(disk: Disk) -> tuple[Stretch, ...]:
    """Return what the journal holds; nothing where there is none, or none that can be read."""
    return _read(_copied(disk), _stretches)


def settled(disk: Disk) -> tuple[Settled, ...]:
    """Return what stands in the journal as the gateway's; nothing where it cannot be read."""
    return _read(_copied(disk), _ranges)


def survives(disk: Disk, chance: Chance, epoch: bytes, seq: int, asked: int) -> bool:
    """Return whether event ``seq`` of ``epoch`` outlives a power cut at this moment.

    ``asked``: the how-manieth question this is; most are answered by the disk alone: nothing of the journal waits for
    a sync. Else a copy of the disk loses its power, and its journal is read.
    """
    waits = disk.unsynced(JOURNAL) or disk.unsynced(LOG)
    every = _PROVED_EVERY if asked < _PROVED_OFTEN else _PROVED_SELDOM
    if not waits and asked > _PROVED_FIRST and asked % every:
        return True
    copy = Disk(chance)
    copy.folders = {path: disk.folders[path].cut(chance) for path in sorted(disk.folders)}
    return any(one.epoch == epoch and one.first <= seq <= one.last for one in _read(copy, _stretches))


def _copied(disk: Disk) -> Disk:
    copy = Disk(disk.chance)
    copy.put_back(disk.image())
    return copy


def _read(disk: Disk, what: Callable[[Connection], list[_T]]) -> tuple[_T, ...]:
    if disk.size_of(JOURNAL) is None:
        return ()
    mount = Mount(disk)
    try:
        db = mount.connect_beside(JOURNAL)
        try:
            return tuple(what(db))
        finally:
            db.close()
    except sqlite3.Error:
        return ()
    finally:
        mount.end()


def _stretches(db: Connection) -> list[Stretch]:
    found = []
    for number, epoch in db.execute("SELECT number, epoch FROM epoch ORDER BY number").fetchall():
        low = number * EPOCH_SHIFT
        row = db.execute(
            "SELECT min(id), max(id) FROM event WHERE id BETWEEN ? AND ?", (low, low + EPOCH_SHIFT - 1)
        ).fetchone()
        if row[0] is not None:
            newest = db.execute("SELECT head FROM event WHERE id = ?", (row[1],)).fetchone()
            if newest is None:  # bits have rotted: the row is where nobody finds it
                raise sqlite3.DatabaseError("a row that is there is not found")
            found.append(Stretch(epoch, row[0] - low, row[1] - low, newest[0]))
    return found


def _ranges(db: Connection) -> list[Settled]:
    """Read what is settled of each journal whose name is the same in the table and in its index.

    A name that has rotted in one of the two belongs to no journal: the terminal compares them before it believes any.
    """
    query = (
        "SELECT shown.epoch, first, last, state FROM settled"
        " JOIN epoch AS shown NOT INDEXED ON shown.number = settled.epoch"
        " JOIN epoch AS found INDEXED BY sqlite_autoindex_epoch_1"
        " ON found.epoch = shown.epoch AND found.number = shown.number ORDER BY settled.epoch, first"
    )
    return list(db.execute(query).fetchall())
