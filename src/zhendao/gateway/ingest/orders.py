"""Commands to a terminal: signed, bound to the start that runs now, rising in number (docs/protocol.md section 8)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select, update

from zhendao.gateway.ingest.session import Outgoing
from zhendao.gateway.ingest.terminals import HeldTerminal
from zhendao.gateway.store.facts import starts
from zhendao.gateway.store.prepared import Prepared
from zhendao.protocol.command import Command, sign_command
from zhendao.protocol.keys import SigningKey
from zhendao.protocol.topics import Topic

_HERE: Final = tuple(starts.c[name] == bindparam(name) for name in ("device", "epoch", "start", "h"))
_NUMBER: Final = Prepared(select(starts.c.command_number).where(*_HERE))
_COUNT: Final = Prepared(
    update(starts).where(*_HERE).values(command_number=starts.c.command_number + bindparam("count"))
)


@dataclass(frozen=True, slots=True)
class Commander:
    """Who commands: the gateway's key and certificate, for the terminals of one tenant."""

    tenant: str
    key: SigningKey
    certificate_id: bytes


def orders(
    connection: Connection,
    terminal: HeldTerminal,
    commander: Commander,
    bodies: Iterable[tuple[int, dict[int, Any]]],
    now_ms: int,
    expires_ms: int | None = None,
) -> list[Outgoing]:
    """Return a command for each of ``bodies`` (kind, body), in order; none where no start of ``terminal`` is known.

    Their numbers are written in the caller's transaction: publish them after its commit. Times are UTC ms.
    """
    current, several = terminal.current(), list(bodies)
    if current is None or not several:
        return []
    fact = current.fact
    here = {"device": terminal.device, "epoch": fact.epoch, "start": fact.start, "h": fact.h}
    number: int = _NUMBER.scalar(connection, **here)
    _COUNT(connection, count=len(several), **here)
    topic = str(Topic(commander.tenant, terminal.device, "down"))
    return [
        Outgoing(
            topic,
            sign_command(
                commander.key,
                commander.certificate_id,
                Command(
                    suite_id=current.suite_id,
                    device=terminal.device,
                    boot_nonce=current.boot_nonce,
                    number=number + place,
                    kind=kind,
                    body=body,
                    issued_ms=now_ms,
                    expires_ms=expires_ms,
                ),
            ),
        )
        for place, (kind, body) in enumerate(several, 1)
    ]
