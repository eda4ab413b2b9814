"""One event as evidence: a file that `zhendao-verify batch` checks without this gateway (rule: EVIDENCE).

Promise: what is given is what the terminal signed, byte for byte, with its certificate, and was proved again before it
was given; contents stay sealed. An event that has no signature of its own that holds is not given at all.
"""

from typing import Annotated

from fastapi import Depends, FastAPI, Path, Response
from sqlalchemy import Connection, select

from zhendao.gateway.api import problems
from zhendao.gateway.api.desk import Desk
from zhendao.gateway.api.roles import Right
from zhendao.gateway.api.shapes import ErrorAnswer
from zhendao.gateway.api.tokens import Bearer
from zhendao.gateway.store.facts import certificates, events
from zhendao.protocol.batch import Item, encode_batch
from zhendao.protocol.certificates import Certificate
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.proof import single_batch, verify_batch
from zhendao.protocol.suite import suite_by_id
from zhendao.protocol.wording import Text

MEDIA_TYPE = "application/octet-stream"
_MAX_ID = 2**53
_NO_SIGNATURE = Text(
    "该事件没有可以单独核验的签名（打卡与启动事件才有）",
    "this event has no signature of its own that holds (checks and boots have one)",
)


def prove(connection: Connection, event_id: int) -> bytes | None:
    """Return the bytes of a batch of that event alone with its terminal's certificate; None where there is no proof.

    Raises `LookupError` where there is no such event.
    """
    query = (
        select(events, certificates.c.der)
        .outerjoin(certificates, certificates.c.id == events.c.certificate_id)
        .where(events.c.id == event_id)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        raise LookupError(event_id)
    if row.signature is None or row.der is None:
        return None
    try:
        suite = suite_by_id(row.suite)
        item = Item(row.sealed, row.commitment, row.signature)
        batch = single_batch(
            suite, row.device, row.epoch, row.certificate_id, row.seq, row.prev, item, certificate=row.der
        )
        verify_batch(batch, suite.verifying_key(Certificate.parse(row.der).spki))
        return encode_batch(batch)
    except ProtocolError:  # a signature that never held is a finding of ingest, and no evidence
        return None


def add(app: FastAPI, desk: Desk) -> None:
    """Add the address to ``app``."""

    @app.get(
        "/api/v1/events/{event_id}/proof",
        response_class=Response,
        responses={
            200: {"content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}},
            404: {"model": ErrorAnswer},
        },
    )
    def proof(
        bearer: Annotated[Bearer, Depends(desk.having(Right.EVENTS))],
        event_id: Annotated[int, Path(ge=1, le=_MAX_ID, description="`id` of the event in the list of events")],
    ) -> Response:
        """One event as its terminal signed it, for `zhendao-verify batch`."""
        with desk.store.reading() as connection:
            try:
                found, missing = prove(connection, event_id), None
            except LookupError:
                found, missing = None, problems.answer(404)
        desk.log(bearer, "proof", f"event_id={event_id}", items=0 if found is None else 1)
        if found is None:
            return missing or problems.answer(404, said=("no-own-signature", _NO_SIGNATURE))
        name = f'attachment; filename="event-{event_id}.zdb"'
        return Response(found, media_type=MEDIA_TYPE, headers={"Content-Disposition": name})
