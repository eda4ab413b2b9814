"""What one transaction changed in the journals that are held: segments, gaps, and what follows from them."""

from zhendao.gateway.ingest import journals
from zhendao.gateway.ingest.session import Session


def write_journals(session: Session, grace_ms: int) -> None:
    """Write what a transaction changed in journals; a gap is declared after ``grace_ms``."""
    connection = session.connection
    for device, epoch in sorted(session.epochs | session.claims):
        terminal = session.terminals[device]
        if (device, epoch) in session.epochs:
            journals.write_segments(connection, terminal, epoch)
        journals.bring_gaps_up(connection, terminal, epoch, session.steady_ms, grace_ms)
    for device in sorted({device for device, _ in session.epochs}):
        terminal = session.terminals[device]
        if (
            device in session.started
            or len(terminal.segments) > 1
            or any(len(pieces) > 1 for pieces in terminal.segments.values())
        ):
            journals.judge(connection, terminal, session.now_ms)
    for device, found in session.findings.items():
        journals.note(connection, device, found, session.now_ms)
