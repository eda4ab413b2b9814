"""Is everything in a bundle in the gateway's log, and does the log's head stand where others keep it? Pure.

RFC 9162 inclusion, docs/protocol.md section 18. A head shows that nothing was slipped in before it later; one that
somebody else kept shows it even against the gateway itself. rule: EVIDENCE
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from zhendao.protocol.errors import CryptoError
from zhendao.protocol.loghead import check_head, entry_of_act, entry_of_event, entry_of_revision, open_head
from zhendao.protocol.merkle import leaf_hash, root_from_inclusion
from zhendao.protocol.suite import suite_by_id
from zhendao.protocol.wording import Text
from zhendao.verifier.examination import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zhendao.protocol.bundle import Bundle
    from zhendao.protocol.keys import Suite
    from zhendao.verifier.bundle.believed import Believed
    from zhendao.verifier.bundle.journal import Fact


def logged(facts: Iterable[Fact], bundle: Bundle, believed: Believed, kept: Sequence[bytes] | None) -> Finding:
    """Return the step. Raises `ProtocolError` where something is not in the log, or its head is not ``kept``."""
    signed = open_head(bundle.head)
    head = check_head(signed, believed.trust)
    believed.check(believed.take(signed.gateway).id, "gateway", head.made_ms)
    suite = suite_by_id(head.suite_id)
    if head.tenant != bundle.tenant:
        raise CryptoError("tenant", "the log of another tenant")
    there = set()
    for one in bundle.logged:
        if root_from_inclusion(suite, one.index, head.size, leaf_hash(suite, one.entry), one.path) != head.root:
            raise CryptoError("log-path", f"entry {one.index} does not lead to the root of the log")
        there.add(one.entry)
    missing = _wanted(facts, bundle, suite) - there
    if missing:
        raise CryptoError("log-missing", f"{len(missing)} of its records are not in the log")
    when = f"{datetime.fromtimestamp(head.made_ms / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
    zh = f"全部 {len(there)} 项都在网关日志中（共 {head.size} 项，{when}，根 {head.root.hex()[:16]}）"
    en = f"all {len(there)} records are in the gateway's log (of {head.size}, {when}, root {head.root.hex()[:16]})"
    if kept is None:
        return Finding("log", holds=True, text=Text(zh, en))
    if bundle.head not in kept:
        raise CryptoError("log-kept", "the head of the log is not among those that were kept elsewhere")
    zh, en = f"{zh}；该日志头与他处留存的一致", f"{en}, and that head is among those kept elsewhere"
    return Finding("log", holds=True, text=Text(zh, en))


def _wanted(facts: Iterable[Fact], bundle: Bundle, suite: Suite) -> set[bytes]:
    events = {entry_of_event(one.event.device, one.event.epoch, one.event.seq, one.h) for one in facts}
    revisions = {entry_of_revision(bundle.visit_id, one.number, suite.hash(one.record)) for one in bundle.revisions}
    acts = {entry_of_act(one.certificate_id, suite.hash(one.document), one.signature) for one in bundle.acts}
    return events | revisions | acts
