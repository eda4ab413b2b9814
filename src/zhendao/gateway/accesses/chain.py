"""The chain of accesses: each row holds the hash of itself and of the row before. Pure: rows and heads are given.

docs/protocol.md section 20. Promise: of a log whose rows were changed, taken out, slipped in or cut off, the first row
at fault is named; what came since the last head is held by the chain alone. rule: PIPL
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from zhendao.protocol import cbor
from zhendao.protocol.errors import MalformedError
from zhendao.protocol.suite import SM

BEGINNING: Final = bytes(32)
"""The link before the first row."""
_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Access:
    """A row of the log: who (``token_id``, ``role``) read ``items`` of ``resource``, when (UTC ms), how asked for."""

    id: int
    at_ms: int
    token_id: str
    role: str
    resource: str
    filters: str
    items: int
    names: bool

    def link(self, before: bytes) -> bytes:
        """Return SM3 over the link ``before`` (32 bytes) and all that the row says."""
        who = (self.token_id, self.role)
        return SM.hash(
            cbor.encode([before, self.id, self.at_ms, *who, self.resource, self.filters, self.items, self.names])
        )


@dataclass(frozen=True, slots=True)
class AccessHead:
    """What is signed of the log: its last row, that row's link, and when (UTC ms)."""

    tenant: str
    row: int
    link: bytes
    made_ms: int

    def document(self) -> bytes:
        """Return what is signed, domain ``access-head``: CBOR."""
        return cbor.encode([_VERSION, self.tenant, self.row, self.link, self.made_ms])


def head_of(document: bytes) -> AccessHead:
    """Read what `AccessHead.document` made. Raises `MalformedError`."""
    match cbor.decode(document, 1024):
        case [1, str() as tenant, int() as row, bytes() as link, int() as made_ms]:
            return AccessHead(tenant, row, link, made_ms)
    raise MalformedError("access-head", "a head of the accesses is [1, tenant, row, link, made_ms]")


Fault = Literal["altered", "missing", "unchained", "rewritten", "cut-off", "signature", "log"]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and at which row; ``since``: rows after it up to ``row`` may be meant (``rewritten``)."""

    row: int
    fault: Fault
    since: int = 0


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of the log came to: ``first`` to ``last`` are there; up to ``held`` a signed head holds them."""

    rows: int
    first: int
    last: int
    held: int
    problems: tuple[Problem, ...]


def check(
    rows: Iterable[tuple[Access, bytes | None]],
    heads: Sequence[AccessHead | None],
    stated: Callable[[AccessHead], bool],
    most: int = 20,
) -> Checked:
    """Check ``rows`` with their links, in order, against ``heads``, oldest first; None: it cannot be read.

    ``stated`` tells whether a head's signature holds. Rows before the first one were taken out by retention if a head
    ends just before it: the chain is taken up there. At most ``most`` problems are told.
    """
    problems = [Problem(0, "signature") for one in heads if one is None]
    problems += [Problem(one.row, "signature") for one in heads if one is not None and not stated(one)]
    at = {one.row: one.link for one in heads if one is not None and stated(one)}
    count = first = last = good = 0
    before = BEGINNING
    for access, link in rows:
        if count == 0:
            first = access.id
            before = BEGINNING if first == 1 else at.get(first - 1, b"")
            if before == b"":
                problems.append(Problem(first - 1, "missing"))
        elif access.id != last + 1:
            problems.append(Problem(last + 1, "missing"))
            before = b""
        count, last = count + 1, access.id
        if link is None:
            problems.append(Problem(access.id, "unchained"))
        elif before and access.link(before) != link:
            problems.append(Problem(access.id, "altered"))
        held = at.get(access.id)
        if held is not None:
            if link is not None and held != link:
                problems.append(Problem(access.id, "rewritten", good))
            good = access.id
        before = link or b""
    problems += [Problem(row, "cut-off", last) for row in sorted(at) if row > last][:1]
    return Checked(count, first, last, good, tuple(sorted(problems, key=lambda one: one.row)[:most]))
