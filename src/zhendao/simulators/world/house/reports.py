"""What the gateway of a world is seen to do: acknowledgements that leave it, and what it finds in its store at a start.

Promise: whether a range was committed is asked of the database at the moment when its acknowledgement leaves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.protocol import cbor
from zhendao.protocol.down import MacedAck, split_down
from zhendao.protocol.limits import MAX_DOWN_BYTES
from zhendao.simulators.world.reports import Acknowledged, GatewayOpened, Stretch, Tell, nobody

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zhendao.gateway.ingest.session import Outgoing
    from zhendao.simulators.world.engine.clockwork import Clockwork
    from zhendao.simulators.world.house.store import HouseStore

_HELD = """
    SELECT device, epoch, min(seq), max(seq) FROM (
        SELECT device, epoch, seq, seq - row_number() OVER (PARTITION BY device, epoch ORDER BY seq) AS island
        FROM (SELECT DISTINCT device, epoch, seq FROM events)
    ) GROUP BY device, epoch, island ORDER BY device, epoch, min(seq)
"""
_HEAD = "SELECT h FROM events WHERE device = ? AND epoch = ? AND seq = ? ORDER BY id LIMIT 1"
_COUNT = "SELECT count(DISTINCT seq) FROM events WHERE device = ? AND epoch = ? AND seq BETWEEN ? AND ?"


class GatewayReports:
    """Tells what it sees to ``tell``; without anybody to tell it looks at nothing."""

    def __init__(
        self, clockwork: Clockwork, database: HouseStore, terminals: Mapping[bytes, int], tell: Tell = nobody
    ) -> None:
        self._clockwork, self._database, self._terminals, self._tell = clockwork, database, terminals, tell

    def opened(self) -> None:
        """Tell what a gateway that starts finds."""
        if self._tell is nobody:
            return
        held = tuple(
            (
                self._terminals[device],
                Stretch(epoch, first, last, self._database.query(_HEAD, device, epoch, last)[0][0]),
            )
            for device, epoch, first, last in self._database.query(_HELD)
            if device in self._terminals
        )
        self._tell(GatewayOpened(self._clockwork.now_ns, held))

    def leaving(self, outgoing: Iterable[Outgoing]) -> None:
        """Tell of each range that is acknowledged in ``outgoing``."""
        if self._tell is nobody:
            return
        for one in outgoing:
            down = split_down(one.payload)
            if isinstance(down, MacedAck):
                self._ranges(down.payload)

    def _ranges(self, payload: bytes) -> None:
        said = cbor.decode(payload, MAX_DOWN_BYTES)
        device, epoch = said[3], said[4]
        for first, last, state, head in said[6]:
            committed = self._database.settled and self._database.query(_COUNT, device, epoch, first, last) == [
                (last - first + 1,)
            ]
            self._tell(
                Acknowledged(
                    self._clockwork.now_ns, self._terminals.get(device, -1), epoch, first, last, head, state, committed
                )
            )
