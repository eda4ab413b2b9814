"""Ratings in the store: which there are, and which of them are about the visits of a lane.

A rating names the check-in of its visit, and may come before that check does. Promise: whatever the order in which
facts come, the lane of its visit is drawn with it in the end. What it says stays sealed in its event.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import and_, bindparam, select

from zhendao.gateway.ingest.session import Session
from zhendao.gateway.store.conclusions import checks, ratings
from zhendao.gateway.store.engine import insert_rows
from zhendao.gateway.store.facts import events
from zhendao.gateway.store.prepared import Prepared
from zhendao.gateway.visits.lanes import SEALED, LaneReader, Position
from zhendao.gateway.visits.opinions import Opinion
from zhendao.gateway.visits.pairing import CheckFact
from zhendao.gateway.visits.undrawn import Touched, touch
from zhendao.protocol.bodies import Rating

_ABOUT: Final = Prepared(
    select(*SEALED)
    .join(ratings, and_(*(ratings.c[n] == events.c[n] for n in ("device", "epoch", "seq", "h"))))
    .where(
        ratings.c.device == bindparam("device"),
        ratings.c.epoch == bindparam("epoch"),
        ratings.c.about >= bindparam("first"),
        ratings.c.about <= bindparam("last"),
    )
)
_LANES: Final = Prepared(
    select(checks.c.lane).where(
        checks.c.device == bindparam("device"),
        checks.c.epoch == bindparam("epoch"),
        checks.c.seq == bindparam("seq"),
    )
)


def note(session: Session, touched: Touched) -> None:
    """Enter new ratings, and touch the lanes of the visits that they are about, where those are known yet."""
    rows = []
    for one in session.stored:
        event = one.new.event
        if event is None or not isinstance(event.body, Rating) or event.body.refers_to is None:
            continue
        about = event.body.refers_to
        if about >= event.seq:
            continue  # nothing that is there yet
        rows.append((event.device, event.epoch, event.seq, one.new.h, about))
        for (lane,) in _LANES.all(session.connection, device=event.device, epoch=event.epoch, seq=about):
            touch(touched, event.device, lane, Position(event.epoch, about))
    insert_rows(session.connection, ratings, rows, "device", "epoch", "seq", "h", "about")


def read(reader: LaneReader, facts: Sequence[CheckFact]) -> list[Opinion]:
    """Return what was said of the visits of which ``facts`` are the checks, in the order of the journal."""
    found = []
    for epoch in dict.fromkeys(one.epoch for one in facts):
        seqs = [one.seq for one in facts if one.epoch == epoch]
        for event, h in reader.others(_ABOUT, epoch=epoch, first=min(seqs), last=max(seqs)):
            if isinstance(event.body, Rating):
                found.append(Opinion.of(event, event.body, h))
    return sorted(found, key=lambda one: (one.seq, one.h))
