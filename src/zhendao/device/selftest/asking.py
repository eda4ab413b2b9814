"""Challenges of the self-test: as fresh as in service, on the ground of no event, for nothing of it is sent."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from zhendao.protocol.cards.challenge import Ground, make_challenge
from zhendao.protocol.cards.evidence import Grounded
from zhendao.protocol.vocabulary import Mounting, Placement
from zhendao.readers.challenger import NO_CHALLENGES, Challenge

if TYPE_CHECKING:
    from zhendao.device.identity.values import Identity

_FRESH_BYTES = 16


class Trial:
    """`readers.challenger.Challenger` without a journal; a spoiled door tag is told, and not written."""

    def __init__(self, who: Identity) -> None:
        self._who = who
        self.renews = who.placement is Placement.HOME and who.mounting is Mounting.WALL
        self.remedy = NO_CHALLENGES.remedy

    def challenge(self) -> Challenge:
        """Return a challenge that nobody could foretell."""
        head, fresh = bytes(32), os.urandom(_FRESH_BYTES)
        value = make_challenge(self._who.suite, Ground(self._who.device, bytes(16), 0, head), fresh)
        return Challenge(value, Grounded(0, head, fresh))
