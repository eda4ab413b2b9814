"""The door tag behind a wall-mounted terminal: always in its field, and missed when it is gone. Pure.

Promise: a terminal taken off its wall, or put before another door tag, says so once, and once when it is well again.
A door tag hidden for a moment by a card before it is not missed (grace time); a dead reader is no proof of anything.
What a reading of the tag proves goes into one check: another that comes before it was read anew gets its record alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from zhendao.device.feedback.moments import Moment
from zhendao.device.taps.decisions import MakeTamper
from zhendao.device.taps.strength import record_alone
from zhendao.protocol.vocabulary import TamperCause

if TYPE_CHECKING:
    from zhendao.device.taps.decisions import Seen
    from zhendao.protocol.bodies import TokenRead


class WallDoor:
    """Whether the door tag is where it belongs. ``own_door``: its token id, None to take any."""

    def __init__(self, own_door: bytes | None, grace_ns: int, now_ns: int) -> None:
        self._own = own_door
        self._grace_ns = grace_ns
        self._here: Seen | None = None
        self._in_field = False
        self._missed_since: int | None = now_ns
        self._off_wall = False
        self._changed = False

    def take(self) -> Seen | None:
        """Return the door tag for a check with the card before the terminal, None where it is gone."""
        here = self._here
        if here is not None:
            self._here = replace(here, read=record_alone(here.read))
        return here

    def seen(self, seen: Seen) -> list[MakeTamper]:
        """Note a door tag in the field."""
        self._here, self._in_field, self._missed_since = seen, True, None
        door = seen.read
        said: list[MakeTamper] = []
        if self._off_wall:
            self._off_wall = False
            said.append(MakeTamper(TamperCause.OFF_WALL, active=False))
        changed = self._own is not None and door.token_id != self._own and not seen.spoiled
        if changed != self._changed:
            self._changed = changed
            said.append(MakeTamper(TamperCause.DOOR_TAG_CHANGED, active=changed, detail=_name(door)))
        return said

    def gone(self, uid: bytes, now_ns: int) -> None:
        """Note that a tag left the field."""
        if self._here is not None and self._here.read.uid == uid and self._in_field:
            self._in_field, self._missed_since = False, now_ns

    def reader_down(self) -> None:
        """Stop missing anything: nobody is looking."""
        self._here, self._in_field, self._missed_since = None, False, None

    def reader_up(self, now_ns: int) -> None:
        """Begin to look again."""
        if not self._in_field:
            self._missed_since = now_ns

    def tick(self, now_ns: int) -> list[MakeTamper]:
        """Return the tamper that has fallen due."""
        if self._missed_since is None or now_ns - self._missed_since < self._grace_ns:
            return []
        self._here, self._missed_since = None, None
        if self._off_wall:
            return []
        self._off_wall = True
        return [MakeTamper(TamperCause.OFF_WALL, active=True, moment=Moment.OFF_WALL)]

    def due_ns(self) -> int | None:
        """Return when `tick` has something to do."""
        return None if self._missed_since is None else self._missed_since + self._grace_ns


def _name(door: TokenRead) -> str:
    return (door.token_id or door.uid).hex()
