"""State messages (docs/protocol.md section 7): where a terminal says that it stands, against what is held of it.

They bring the keys of a start early, and show a journal that was set back, or events that the gateway has lost.
"""

from typing import Final

from sqlalchemy import bindparam, select

from zhendao.gateway.ingest.classify import MAX_SEQ, main_segment
from zhendao.gateway.ingest.findings import behind, other_head
from zhendao.gateway.ingest.refusal import cannot_verify
from zhendao.gateway.ingest.session import Message, Session
from zhendao.gateway.ingest.terminals import HeldTerminal
from zhendao.gateway.store.engine import insert_or_update
from zhendao.gateway.store.facts import events, states
from zhendao.gateway.store.prepared import Prepared
from zhendao.protocol import ledger
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.state import SealedState, State, open_state, parse_state
from zhendao.protocol.suite import suite_by_id

_HEADS: Final = Prepared(
    select(events.c.h).where(
        events.c.device == bindparam("device"),
        events.c.epoch == bindparam("epoch"),
        events.c.seq == bindparam("seq"),
    )
)


def take_state(session: Session, terminal: HeldTerminal, message: Message) -> bytes | None:
    """Take a state message, or return the `boot` batch that must be taken before it can be opened.

    Raises `Refused` for what is malformed or not sealed by a start of this terminal.
    """
    try:
        sealed = parse_state(message.payload)
        if sealed.device != terminal.device:
            raise cannot_verify("device-not-of-topic", 1)
        known = terminal.starts_at(sealed.epoch, sealed.start)
        if not known:
            return sealed.boot
        suite = suite_by_id(sealed.suite_id)
        error: ProtocolError | None = None
        for start in known:
            try:
                state = open_state(suite, start.keys, sealed)
            except ProtocolError as problem:
                error = problem
                continue
            if max(state.seq, state.unacknowledged, abs(state.wall_ms)) > MAX_SEQ:
                raise cannot_verify("state-range", 1)
            _compare(session, terminal, sealed, state, retained=message.retained)
            return None
    except ProtocolError as problem:
        raise cannot_verify(f"state-{problem.reason}", 1) from problem
    raise cannot_verify(f"state-{error.reason if error else 'start'}", 1) from error


def _compare(session: Session, terminal: HeldTerminal, sealed: SealedState, state: State, *, retained: bool) -> None:
    suite = suite_by_id(sealed.suite_id)
    main = main_segment(terminal.segments.get(sealed.epoch, ()), ledger.genesis(suite, terminal.device, sealed.epoch))
    reached = main.last if main is not None else 0
    found = session.findings.setdefault(terminal.device, [])
    if 0 < state.seq <= reached:
        held = {h for (h,) in _HEADS.all(session.connection, device=terminal.device, epoch=sealed.epoch, seq=state.seq)}
        if held and state.head not in held:
            found.append(other_head(sealed.epoch, state.seq))
        elif not retained and state.online and state.seq < reached and state.unacknowledged == 0:
            # A retained state may be older than what came after it; a fresh one may not.
            found.append(behind(sealed.epoch, state.seq, reached))
    if state.unacknowledged == 0:
        terminal.expected[sealed.epoch] = state.seq
        session.claims.add((terminal.device, sealed.epoch))
    _write(session, sealed, state)


def _write(session: Session, sealed: SealedState, state: State) -> None:
    if state.online:
        session.back.add(sealed.device)
    row = (
        sealed.device, sealed.epoch, sealed.start, state.online, state.seq, state.head, state.wall_ms,
        state.unacknowledged, session.now_ms,
    )  # fmt: skip
    insert_or_update(
        session.connection, states, row, "device",
        "epoch", "start", "online", "seq", "head", "wall_ms", "unacknowledged", "received_ms",
    )  # fmt: skip
