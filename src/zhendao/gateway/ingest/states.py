"""State messages (docs/protocol.md section 7): where a terminal says that it stands, against what is held of it.

They bring the keys of a start early, and show a journal that was set back, or events that the gateway has lost.
"""

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from zhendao.gateway.ingest.classify import MAX_SEQ, main_segment
from zhendao.gateway.ingest.findings import behind, other_head
from zhendao.gateway.ingest.refusal import cannot_verify
from zhendao.gateway.ingest.session import Message, Session
from zhendao.gateway.ingest.terminals import HeldTerminal
from zhendao.gateway.store.facts import events, states
from zhendao.protocol import ledger
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.state import SealedState, State, open_state, parse_state
from zhendao.protocol.suite import suite_by_id


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
        at = select(events.c.h).where(
            events.c.device == terminal.device, events.c.epoch == sealed.epoch, events.c.seq == state.seq
        )
        held = set(session.connection.execute(at).scalars())
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
    build = sqlite.insert if session.connection.dialect.name == "sqlite" else postgresql.insert
    row = {
        "epoch": sealed.epoch,
        "start": sealed.start,
        "online": state.online,
        "seq": state.seq,
        "head": state.head,
        "wall_ms": state.wall_ms,
        "unacknowledged": state.unacknowledged,
        "received_ms": session.now_ms,
    }
    statement = build(states).values(device=sealed.device, **row)
    session.connection.execute(statement.on_conflict_do_update(index_elements=["device"], set_=row))
