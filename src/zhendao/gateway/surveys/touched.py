"""What is to be looked at again, and from when on: written down with the change that asks for it.

Promise: a line is made in the transaction of what touched it, and leaves in the one that looks at it, so none is
forgotten whatever happens in between. Lines of one scope and key are one line over all their moments.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, case, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from zhendao.gateway.store.prepared import Prepared
from zhendao.gateway.surveys.tables import UNSURVEYED

_C: Final = UNSURVEYED.c
_NEXT: Final = Prepared(select(func.min(_C.due_ms)))
_DUE: Final = Prepared(
    select(_C.scope, _C.key, _C.from_ms, _C.to_ms)
    .where(_C.due_ms <= bindparam("now"))
    .order_by(_C.due_ms, _C.scope, _C.key)
    .limit(bindparam("most"))
)
_GONE: Final = Prepared(delete(UNSURVEYED).where(_C.scope == bindparam("the_scope"), _C.key == bindparam("the_key")))


class Line(NamedTuple):
    """What is to be looked at, by whose survey, and the first and the last moment (UTC ms) that changed."""

    scope: str
    key: str
    from_ms: int
    to_ms: int


class Touched:
    """Gathers lines within a transaction; `write` puts them into the store."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, str], tuple[int, int, int]] = {}

    def add(self, scope: str, key: str, at_ms: int, due_ms: int, to_ms: int | None = None) -> None:
        """Have ``key`` be looked at by ``scope`` from ``due_ms`` on, for what changed at ``at_ms`` … ``to_ms``."""
        known = self._lines.get((scope, key))
        until = at_ms if to_ms is None else to_ms
        self._lines[scope, key] = (
            (at_ms, until, due_ms)
            if known is None
            else (min(known[0], at_ms), max(known[1], until), min(known[2], due_ms))
        )

    def clear(self) -> None:
        """Forget what was gathered."""
        self._lines.clear()

    def write(self, connection: Connection) -> None:
        """Write all of it; nothing is left here."""
        if not self._lines:
            return
        put = _put(connection)
        for (scope, key), (from_ms, to_ms, due_ms) in self._lines.items():
            put(connection, scope=scope, key=key, from_ms=from_ms, to_ms=to_ms, due_ms=due_ms)
        self._lines.clear()


def next_due(connection: Connection) -> int | None:
    """Return when (UTC ms) something is to be looked at; None: never."""
    found: int | None = _NEXT.scalar(connection)
    return found


def gone(connection: Connection, scope: str, key: str) -> None:
    """Take a line off the list: somebody else has looked."""
    _GONE(connection, the_scope=scope, the_key=key)


def take(connection: Connection, now_ms: int, most: int) -> Iterable[Line]:
    """Give what is due, longest first, at most ``most``; each is off the list when it is given."""
    for row in _DUE.all(connection, now=now_ms, most=most):
        line = Line(*row)
        _GONE(connection, the_scope=line.scope, the_key=line.key)
        yield line


def _upsert(build: type[sqlite.Insert] | type[postgresql.Insert]) -> Prepared:
    names = ("scope", "key", "from_ms", "to_ms", "due_ms")
    made = build(UNSURVEYED).values({name: bindparam(name, type_=_C[name].type) for name in names})
    new = made.excluded
    return Prepared(
        made.on_conflict_do_update(
            index_elements=["scope", "key"],
            set_={
                "from_ms": case((_C.from_ms < new.from_ms, _C.from_ms), else_=new.from_ms),
                "to_ms": case((_C.to_ms > new.to_ms, _C.to_ms), else_=new.to_ms),
                "due_ms": case((_C.due_ms < new.due_ms, _C.due_ms), else_=new.due_ms),
            },
        )
    )


_PUT: Final = {"sqlite": _upsert(sqlite.Insert), "postgresql": _upsert(postgresql.Insert)}


def _put(connection: Connection) -> Prepared:
    return _PUT[connection.dialect.name]
