"""What the reader's thread asks of the terminal while a card is before it: fresh challenges, what its door tag held.

Promise: no challenge can be foretold. Each has 16 bytes of the terminal's entropy, and stands on the newest event in
the journal and on the gateway's latest beacon (docs/architecture.md): an answer to it was not collected beforehand. All
values it looks at are frozen and put in place at once; nothing waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.protocol.cards.challenge import Ground, make_challenge
from zhendao.protocol.cards.evidence import Grounded
from zhendao.protocol.vocabulary import Mounting, Placement
from zhendao.readers.challenger import Challenge

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.device.identity.values import Identity
    from zhendao.device.live import LiveRelay
    from zhendao.device.scribe import Scribe
    from zhendao.device.shipping import Shipping
    from zhendao.device.taps.owndoor import OwnDoor

FRESH_BYTES = 16


class Challenger:
    """`readers.challenger.Challenger` of one terminal; may be asked on any thread, once the journal is open.

    ``scribe`` knows where the journal ends, ``shipping`` the gateway's latest beacon; ``entropy`` gives random bytes;
    ``live`` asks the gateway.
    """

    def __init__(
        self,
        who: Identity,
        scribe: Scribe,
        shipping: Shipping,
        entropy: Callable[[int], bytes],
        door: OwnDoor,
        live: LiveRelay,
    ) -> None:
        self._who, self._scribe, self._shipping, self._entropy = who, scribe, shipping, entropy
        self.remedy, self.live = door.remedy, live.token
        self.relays = live.on
        self.renews = who.placement is Placement.HOME and who.mounting is Mounting.WALL

    def challenge(self) -> Challenge:
        """Return a challenge for one card, now."""
        standing, beacon, fresh = self._scribe.standing, self._shipping.beacon, self._entropy(FRESH_BYTES)
        ground = Ground(self._who.device, standing.epoch, standing.seq, standing.head, beacon)
        value = make_challenge(self._who.suite, ground, fresh)
        return Challenge(value, Grounded(standing.seq, standing.head, fresh, beacon))
