"""What `judge` writes: one JSON object, one visit and one finding a line, the same bytes for the same facts. Pure.

docs/judge.md says what the names mean.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import orjson

from zhendao.gateway.judging.judge import Judged
from zhendao.gateway.judging.overdue import Overdue
from zhendao.gateway.visits.judgement import RULES

FORM: Final = 1
"""Version of this form."""


def written(judged: Judged, overdue: Iterable[Overdue] = ()) -> Iterator[bytes]:
    """Return the bytes of ``judged``, and what is ``overdue`` in the registry, piece by piece."""
    supersedes: dict[bytes, list[str]] = {}
    for old, name in judged.names.items():
        supersedes.setdefault(name, []).append(old.hex())
    head = {"form": FORM, "rules": RULES, "as_of_ms": judged.as_of_ms, "events": judged.events}
    yield _line(head)[:-1]
    visits = (visit.record | {"supersedes": sorted(supersedes.get(visit.visit_id, ()))} for visit in judged.visits)
    yield from _list("visits", visits)
    yield from _list("findings", (one.as_json() for one in judged.findings))
    yield from _list("days", (one.as_json() for one in judged.days))
    yield from _list("periods", (one.as_json() for one in judged.periods))
    yield from _list("together", (one.as_json() for one in judged.together))
    yield from _list("overdue", (one.as_json() for one in overdue))
    yield b"}\n"


def _list(name: str, rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    yield b',\n"' + name.encode() + b'":['
    between = b"\n"
    for row in rows:
        yield between + _line(row)
        between = b",\n"
    yield b"]"


def _line(row: dict[str, Any]) -> bytes:
    return orjson.dumps(row, option=orjson.OPT_SORT_KEYS)
