"""What terminals say of their own place: one that finds itself moved is a finding, and nothing is decided by it.

The verdict on each check stands beside it (`geofence`): a box that was carried off is seen by both, one that hangs
where no fix comes by neither. rule: LOCATION
"""

from collections.abc import Iterable

from zhendao.gateway.ingest import journals
from zhendao.gateway.ingest.findings import moved
from zhendao.gateway.ingest.session import Session
from zhendao.protocol.bodies import PositionWatch
from zhendao.protocol.event import Event
from zhendao.protocol.vocabulary import WatchReason


def note(session: Session, fresh: Iterable[Event]) -> None:
    """Note what new events say."""
    for event in fresh:
        if isinstance(event.body, PositionWatch) and event.body.reason is WatchReason.MOVED:
            journals.note(session.connection, event.device, [moved(event.epoch, event.seq)], session.now_ms)
