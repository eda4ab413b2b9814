"""What `judge` writes: one JSON object, one visit and one finding a line, the same bytes for the same facts. Pure.

docs/judge.md says what the names mean.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Protocol

import orjson

from zhendao.gateway.judging.judge import Judged
from zhendao.gateway.visits.judgement import RULES

FORM: Final = 1
"""Version of this form."""


class Listed(Protocol):
    """A row of one of the lists that the registry gives beside the visits."""

    def as_json(self) -> dict[str, Any]:
        """Return it as it is written."""


def written(judged: Judged, beside: Mapping[str, Iterable[Listed]] | None = None) -> Iterator[bytes]:
    """Return the bytes of ``judged``, piece by piece, and of the lists ``beside`` it, by name in their order."""
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
    for title, rows in (beside or {}).items():
        yield from _list(title, (one.as_json() for one in rows))
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
