"""Tags that show that somebody was at them: a tamper loop that was opened, a door tag whose content was spoiled. Pure.

Promise: said at once, when it is first seen, and again when it is over; not with each check, which carries a flag of
its own. A tag that says so after every restart is told of after every restart. Of tags that are not ours nothing is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.device.taps.decisions import MakeTamper
from zhendao.protocol.vocabulary import TamperCause

if TYPE_CHECKING:
    from zhendao.device.taps.decisions import Seen

MOST = 512
"""So many marks are remembered; the oldest goes, and would be told of again."""


class TagWatch:
    """What was told of which tag."""

    def __init__(self) -> None:
        self._told: dict[tuple[TamperCause, bytes], None] = {}

    def seen(self, seen: Seen) -> list[MakeTamper]:
        """Take in a token that was read; return what is to be recorded of it."""
        if seen.refusal is not None or (seen.read.token_id is None and not seen.spoiled):
            return []  # none of ours: what it says of itself is worth nothing
        uid, name = seen.read.uid, (seen.read.token_id or seen.read.uid).hex()
        said = [
            MakeTamper(cause, active=now, detail=name)
            for cause, now in (
                (TamperCause.TAG_OPENED, seen.opened),
                (TamperCause.DOOR_TAG_SPOILED, seen.spoiled),
            )
            if now is not ((cause, uid) in self._told)
        ]
        for one in said:
            if one.active:
                self._told[one.cause, uid] = None
            else:
                del self._told[one.cause, uid]
        while len(self._told) > MOST:
            del self._told[next(iter(self._told))]
        if seen.healed and not any(one.cause is TamperCause.DOOR_TAG_SPOILED for one in said):
            said.append(MakeTamper(TamperCause.DOOR_TAG_SPOILED, active=False, detail=name))
        return said
