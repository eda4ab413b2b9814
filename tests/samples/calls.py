"""Calls for help as terminals send them, and what a gateway answers to them; for tests of alerts."""

from typing import Any

from samples.site import NOW_MS, Site, Terminal
from zhendao.gateway.alerts.book import Book
from zhendao.gateway.alerts.values import Alert
from zhendao.protocol.answer import Answer, read_answer
from zhendao.protocol.bodies import Body, Sos
from zhendao.protocol.command import ANSWER, open_command
from zhendao.protocol.down import SignedCommand, split_down

PRESS = Sos(button=1, fix=None, drill=False, mistake_of=None, held_ms=None)


def press(line: Terminal, *bodies: Body, at_ms: int = NOW_MS - 1_000, **how: Any) -> Any:
    """Journal ``bodies`` (a press where there are none) and return the message that carries them with the boot."""
    first = len(line.items) + 1
    for body in bodies or (PRESS,):
        line.add(body, wall_ms=at_ms, **how)
    return line.message(1 if first == 2 else first, len(line.items))


def answers(site: Site, outcome: Any) -> list[Answer]:
    """Return the answers to calls that ``outcome`` sends."""
    found = [split_down(out.payload) for out in outcome.outgoing]
    key = site.authority.suite.verifying_key(site.gateway_key.spki)
    commands = [open_command(key, one) for one in found if isinstance(one, SignedCommand)]
    return [read_answer(one.body) for one in commands if one.kind == ANSWER]


def all_alerts(site: Site) -> list[Alert]:
    """Return every alert in the store, oldest first."""
    with site.store.reading() as connection:
        return Book(site.key).page(connection, open_only=False, before=None, limit=10_000)[::-1]


def log_of(site: Site, number: int) -> list[str]:
    """Return what the log of an alert says, act by act."""
    book = Book(site.key)
    with site.store.reading() as connection:
        return [line.entry.act.value for line in book.lines(connection, number)]
