"""One fact on a line of JSON: the event, when it came, and what its tokens proved (docs/judge.md). Pure.

Promise: what a line says twice counts once, whichever of the two came first; a line that cannot be read is named by
its number, and nothing is judged without it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

import orjson

from zhendao.gateway.errors import GatewayError
from zhendao.gateway.tokens.findings import Finding
from zhendao.gateway.visits.moments import can_be
from zhendao.protocol.bodies import Body, Boot, Check, Clock, Meal, PositionWatch, Rating, Tamper, Tap, Undo
from zhendao.protocol.errors import MalformedError
from zhendao.protocol.event import Event, encode_event
from zhendao.protocol.health import HealthReport
from zhendao.protocol.jsonform import event_from_json
from zhendao.protocol.suite import SM
from zhendao.protocol.vocabulary import Concern, HealthReason, Role, Strength, TapReason, WatchReason
from zhendao.protocol.wording import Text

COUNTED: Final = (Boot, Check, Clock, Rating, Undo)
"""Bodies that visits follow from."""
KEPT: Final = (*COUNTED, Tamper, Meal)
"""Bodies that something is found in, or that are meals, beside a move; of all others only that there is one is kept."""
_NAMES: Final = frozenset({"received_ms", "event", "proofs", "h"})
_PARTS: Final = {"door": "door", "caregiver": "card", "card": "card"}
_STRENGTHS: Final = tuple(one.name.lower() for one in Strength)
_FINDINGS: Final = tuple(str(one) for one in Finding)
_HEAD_BYTES: Final = 32
_LONGEST: Final = 1_048_576
"""Bytes of a line: an event has some hundred, and what proves its tokens a thousand or two."""
_FARTHEST_MS: Final = 2**53
"""No time, and no bound of one, is beyond it: then what is counted from them stays a number of JSON."""


class FactsError(GatewayError):
    """A line of facts cannot be read."""

    code = "facts"


def is_kept(body: Body) -> bool:
    """Tell whether something is found in ``body``.

    Of positions only in one that says the terminal was moved, of reports only where something changed or no card is
    read, of taps only where a card was held there alone.
    """
    return isinstance(body, KEPT) or is_move(body) or tells_of_reader(body) or is_lone(body)


def is_lone(body: Body) -> bool:
    """Tell whether a caregiver's card was held there alone: no door tag was read beside it."""
    if not isinstance(body, Tap) or body.reason is not TapReason.LONE:
        return False
    return body.token is not None and body.token.role is Role.CAREGIVER


def tells_of_reader(body: Body) -> bool:
    """Tell whether ``body`` is a report that something changed, or that no card is read."""
    return isinstance(body, HealthReport) and (
        body.reason is HealthReason.CHANGE or Concern.READER_DOWN in body.concerns
    )


def is_move(body: Body) -> bool:
    """Tell whether a terminal says with ``body`` that it finds itself moved."""
    return isinstance(body, PositionWatch) and body.reason is WatchReason.MOVED


@dataclass(frozen=True, slots=True)
class Fact:
    """An event as it came. ``named``: 32 bytes of its terminal's chain that tell it from all others of its number.

    ``evidence``: what its tokens proved, ``door`` and ``card``; None: they are what the terminal said.
    """

    event: Event
    named: bytes | None
    received_ms: int
    evidence: Mapping[str, Any] | None = None

    @property
    def h(self) -> bytes:
        """What tells it from all others of its number: where nothing was named, the hash of the event stands for it.

        Counted each time: of most events nobody ever asks.
        """
        return SM.hash(encode_event(self.event)) if self.named is None else self.named

    @property
    def order(self) -> tuple[int, bytes]:
        """What decides which of two tellings of one event counts: the earlier one."""
        return self.received_ms, orjson.dumps(self.evidence, option=orjson.OPT_SORT_KEYS)

    def goes_before(self, other: "Fact") -> bool:
        """Tell whether this telling counts and not ``other``, under the same name: it came earlier.

        Two events under one name are a forgery; then too the same one counts, whatever stands first in the file.
        """
        if self.order != other.order or self.event == other.event:
            return self.order < other.order
        return encode_event(self.event) < encode_event(other.event)

    def tells_the_same(self, other: "Fact") -> bool:
        """Tell whether ``other``, of the same terminal, epoch and number, tells the same event."""
        if self.named is None and other.named is None:
            return self.event == other.event
        return self.h == other.h


def fact_of(event: Event, received_ms: int, evidence: Mapping[str, Any] | None = None, h: bytes | None = None) -> Fact:
    """Return ``event`` as a fact; ``h`` as `Fact.named`."""
    return Fact(event, h, received_ms, evidence)


def lines_of(file: BinaryIO) -> Iterator[bytes]:
    """Give the lines of ``file``, a mark of UTF-8 before the first left out. Raises `FactsError` where one is endless.

    No more of it is ever in memory than the longest line may have.
    """
    number, line = 1, file.readline(_LONGEST + 1).removeprefix(b"\xef\xbb\xbf")
    while line:
        if len(line) > _LONGEST:
            raise FactsError(
                Text(f"第 {number} 行超过 {_LONGEST} 字节", f"line {number} has more than {_LONGEST} bytes"),
                Text("格式见 docs/judge.md", "docs/judge.md says what a line holds"),
            )
        yield line
        number, line = number + 1, file.readline(_LONGEST + 1)


def read_facts(lines: Iterable[bytes]) -> Iterator[Fact]:
    """Read a line each; empty ones are passed over. Raises `FactsError`."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield _fact(orjson.loads(line))
        except (MalformedError, orjson.JSONDecodeError, _LineError) as error:
            raise FactsError(
                Text(f"第 {number} 行不是一条事实：{error}", f"line {number} is no fact: {error}"),
                Text("格式见 docs/judge.md", "docs/judge.md says what a line holds"),
            ) from error


class _LineError(ValueError):
    """What is wrong with a line."""


def _fact(plain: object) -> Fact:
    if not isinstance(plain, dict) or not {"received_ms", "event"} <= plain.keys() <= _NAMES:
        raise _LineError("received_ms, event, proofs, h")
    received_ms = plain["received_ms"]
    if isinstance(received_ms, bool) or not isinstance(received_ms, int) or not can_be(received_ms):
        raise _LineError("received_ms")
    head: bytes | None = None
    if plain.get("h") is not None:
        head = _bytes(plain["h"])
    event = event_from_json(plain["event"])
    told = (event.body.wall_ms, event.body.bound_ms) if isinstance(event.body, Clock) else ()
    if any(abs(one) > _FARTHEST_MS for one in (event.wall_ms, event.clock_bound_ms or 0, *told)):
        raise _LineError("event: time")
    return fact_of(event, received_ms, _evidence(plain.get("proofs")), head)


def _bytes(plain: object) -> bytes:
    try:
        found = bytes.fromhex(plain) if isinstance(plain, str) else b""
    except ValueError:
        found = b""
    if len(found) != _HEAD_BYTES:
        raise _LineError("h")
    return found


def _evidence(plain: object) -> dict[str, Any] | None:
    if plain is None:
        return None
    if not isinstance(plain, dict) or not plain.keys() <= _PARTS.keys() or {"caregiver", "card"} <= plain.keys():
        raise _LineError("proofs")
    return {_PARTS[name]: _part(name, part) for name, part in plain.items() if part is not None} or None


def _part(name: str, part: object) -> dict[str, Any]:
    """Return what was proved of one token: ``proved`` and ``findings``, and plain values that are kept as they are."""
    words = part.get("findings") if isinstance(part, dict) else None
    if not isinstance(part, dict) or not isinstance(words, list) or part.get("proved") not in _STRENGTHS:
        raise _LineError(f"proofs.{name}")
    rest = [value for key, value in part.items() if key != "findings"]
    plain = all(isinstance(one, bool | int | str | None) for one in rest)
    if not plain or not all(one in _FINDINGS for one in words):
        raise _LineError(f"proofs.{name}")
    if any(isinstance(one, int) and abs(one) > _FARTHEST_MS for one in rest):
        raise _LineError(f"proofs.{name}")
    return {**part, "findings": sorted(set(words))}
