"""Is everything in a bundle in the gateway's log, and is that log the one whose heads others kept? Pure.

RFC 9162 inclusion and consistency, docs/protocol.md section 18. A head shows that nothing was slipped in before it
later; those that somebody else kept show it even against the gateway itself, and from when on a check was there.
rule: EVIDENCE
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from zhendao.protocol.errors import CryptoError
from zhendao.protocol.loghead import entry_of_act, entry_of_event, entry_of_revision
from zhendao.protocol.merkle import leaf_hash, root_from_inclusion
from zhendao.protocol.suite import suite_by_id
from zhendao.protocol.wording import Text
from zhendao.verifier.bundle.kept import entered, in_order
from zhendao.verifier.examination import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zhendao.protocol.bundle import Bundle
    from zhendao.protocol.keys import Suite
    from zhendao.verifier.bundle.believed import Believed
    from zhendao.verifier.bundle.examining import Examined
    from zhendao.verifier.bundle.journal import Fact


_UNDERWAY_MS: Final = 600_000
"""What was taken is in the next head; so long at most, in ms, it is under way to the store, or clocks differ."""
When = tuple[int | None, int | None]
"""When something was not yet in the log, and when it was, by heads that somebody kept: UTC ms."""


def logged(found: Examined, bundle: Bundle, believed: Believed, kept: Sequence[bytes] | None) -> Finding:
    """Return the step. Raises `ProtocolError` where something is not in the log, or its head does not fit ``kept``."""
    head = believed.head(bundle.head)
    suite = suite_by_id(head.suite_id)
    if head.tenant != bundle.tenant:
        raise CryptoError("tenant", "the log of another tenant")
    there: dict[bytes, int] = {}
    for one in bundle.logged:
        if root_from_inclusion(suite, one.index, head.size, leaf_hash(suite, one.entry), one.path) != head.root:
            raise CryptoError("log-path", f"entry {one.index} does not lead to the root of the log")
        there[one.entry] = one.index
    missing = _wanted(found.facts, bundle, suite) - there.keys()
    if missing:
        raise CryptoError("log-missing", f"{len(missing)} of its records are not in the log")
    when = _utc(head.made_ms)
    zh = f"全部 {len(there)} 项都在网关日志中（共 {head.size} 项，{when}，根 {head.root.hex()[:16]}）"
    en = f"all {len(there)} records are in the gateway's log (of {head.size}, {when}, root {head.root.hex()[:16]})"
    if kept is None:
        return Finding("log", holds=True, text=Text(zh, en))
    if not kept:
        raise CryptoError("log-kept", "no head was kept elsewhere")
    chain = in_order([head, *(believed.head(one) for one in kept)])
    for name, fact in found.sides.items():
        before_ms, _ = found.entered[name] = entered(chain, there[_entry(fact)])
        if before_ms is not None and fact.received_ms < before_ms - _UNDERWAY_MS:
            raise CryptoError(
                "log-late",
                f"the check ({name}) is said to have come at {_utc(fact.received_ms)}, and the log of "
                f"{_utc(before_ms)} did not have it yet",
            )
    zh = f"{zh}；该日志头与他处留存的 {len(kept)} 个属于同一历史"
    en = f"{en}, and its head is of one history with the {len(kept)} that were kept elsewhere"
    return Finding("log", holds=True, text=Text(zh, en))


def _utc(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _entry(fact: Fact) -> bytes:
    return entry_of_event(fact.event.device, fact.event.epoch, fact.event.seq, fact.h)


def _wanted(facts: Iterable[Fact], bundle: Bundle, suite: Suite) -> set[bytes]:
    events = {_entry(one) for one in facts}
    revisions = {entry_of_revision(bundle.visit_id, one.number, suite.hash(one.record)) for one in bundle.revisions}
    acts = {entry_of_act(one.certificate_id, suite.hash(one.document), one.signature) for one in bundle.acts}
    return events | revisions | acts
