"""What a file of evidence proves, step by step, to somebody who trusts a root certificate and nothing else. Pure.

Promise: each step is a `Finding`; the first that fails ends the examination and says why. What is the gateway's word,
and what nobody can prove, is told apart from what is proved. docs/protocol.md section 19. rule: EVIDENCE
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from zhendao.protocol.bodies import Check
from zhendao.protocol.bundle import bundle_to_be_signed, decode_bundle
from zhendao.protocol.errors import CryptoError, MalformedError, ProtocolError
from zhendao.protocol.visitid import visit_id
from zhendao.protocol.wording import Text
from zhendao.verifier.bundle import acts, log, times
from zhendao.verifier.bundle.believed import Believed
from zhendao.verifier.bundle.journal import Fact, proved
from zhendao.verifier.bundle.reasons import why
from zhendao.verifier.bundle.record import record_of
from zhendao.verifier.examination import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zhendao.protocol.bundle import Bundle

STEPS = ("form", "gateway", "journal", "visit", "times", "people", "log")


@dataclass(slots=True)
class Examined:
    """What was found; ``bundle``, ``facts``, ``record`` and ``sides`` as far as it came."""

    findings: list[Finding] = field(default_factory=list)
    bundle: Bundle | None = None
    facts: list[Fact] = field(default_factory=list)
    record: dict[str, Any] = field(default_factory=dict)
    sides: dict[str, Fact] = field(default_factory=dict)
    people: tuple[str, str] | None = None
    dated: dict[str, times.How] = field(default_factory=dict)
    entered: dict[str, log.When] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Tell whether every step was made and holds."""
        return all(one.holds for one in self.findings) and len(self.findings) >= len(STEPS)


def examine_evidence(
    data: bytes, root: bytes, revoked: Sequence[bytes] = (), kept: Sequence[bytes] | None = None
) -> Examined:
    """Examine the bytes of a file. ``root``: DER of the certificate that is trusted.

    ``revoked``: lists that were given beside it. ``kept``: heads of the log that somebody else kept; with that of the
    file they must be one history.
    """
    found = Examined()
    try:
        for one in _steps(found, data, root, revoked, kept):
            found.findings.append(one)
    except ProtocolError as error:
        step = STEPS[min(len(found.findings), len(STEPS) - 1)]
        (zh, en), said = _FAILED[step], why(error)
        found.findings.append(Finding(step, holds=False, text=Text(f"{zh}：{said.zh}", f"{en}: {said.en}")))
    return found


_FAILED = {
    "form": ("格式不对，不是证据文件", "not a file of evidence"),
    "gateway": ("文件被改动，或不是可信的网关所出", "changed, or not made by a gateway that can be trusted"),
    "journal": ("终端的原始记录不成立", "the terminal's own record does not hold"),
    "visit": ("上门结论与原始记录不符", "the visit is not what the record of the terminal says"),
    "times": ("所称时间与原始记录不符", "the times are not what the record of the terminal says"),
    "people": ("更正记录不成立", "what people did about it does not hold"),
    "log": ("不在网关的日志中", "it is not in the gateway's log"),
}


def _steps(
    found: Examined, data: bytes, root: bytes, revoked: Sequence[bytes], kept: Sequence[bytes] | None
) -> Iterator[Finding]:
    signed = decode_bundle(data)
    bundle = found.bundle = signed.bundle
    name = bundle.visit_id.hex()
    yield _good("form", f"格式正确：上门 {name} 的证据", f"well-formed: evidence of visit {name}")
    believed = Believed(signed, root, revoked)
    gateway = believed.check(believed.gateway.id, "gateway", bundle.made_ms)
    if (gateway.tenant, gateway.suite.id) != (bundle.tenant, bundle.suite_id):
        raise CryptoError("tenant", "of another tenant or suite than its gateway")
    message = bundle_to_be_signed(gateway, signed.payload)
    if not gateway.suite.verifying_key(gateway.spki).verify(message, signed.signature):
        raise CryptoError("signature", "the gateway's signature does not hold")
    yield _good(
        "gateway",
        f"由租户 {gateway.tenant} 的网关 {gateway.common_name} 签署，证书可追溯到所给的根，全文一个比特也未改动",
        f"signed by gateway {gateway.common_name} of {gateway.tenant}, whose certificate goes back to the root given; "
        "no bit has changed",
    )
    for run in bundle.runs:
        found.facts += proved(run, believed)
    yield _journal(found)
    yield _visit(found, bundle)
    yield _times(found)
    yield _people(found, bundle, believed)
    yield log.logged(found, bundle, believed, kept)


def _journal(found: Examined) -> Finding:
    if not found.facts:
        raise CryptoError("journal", "no event is opened")
    devices = sorted({one.event.device.hex() for one in found.facts})
    own, count = sum(one.own for one in found.facts), len(found.facts)
    late = any(one.late for one in found.facts)
    return _good(
        "journal",
        f"终端 {'、'.join(devices)} 当时签署了其中 {count} 条事件（{own} 条另有自身签名），内容与次序均未改动"
        + ("；送达时其证书已过期，按终端自己的可信时间当时有效" if late else ""),
        f"terminal {', '.join(devices)} signed the {count} events in it when they happened "
        f"({own} by a signature of their own): neither content nor order has changed"
        + ("; its certificate had run out when they came, and was valid by its own trusted time" if late else ""),
    )


def _visit(found: Examined, bundle: Bundle) -> Finding:
    if [one.number for one in bundle.revisions] != list(range(1, len(bundle.revisions) + 1)) or not bundle.revisions:
        raise MalformedError("revisions", "revisions are missing")
    record = found.record = record_of(bundle.revisions[-1].record)
    if record.get("visit_id") != bundle.visit_id.hex():
        raise CryptoError("visit", "the record is of another visit")
    if record.get("state") == "withdrawn":
        return _good("visit", "该上门已撤销", "this visit was withdrawn")
    of = {(one.event.epoch.hex(), one.event.seq, one.h.hex()): one for one in found.facts}
    for name in ("in", "out"):
        side = record.get(name)
        if side is None:
            continue
        fact = (
            of.get((side.get("epoch", ""), side.get("seq", 0), side.get("h", ""))) if isinstance(side, dict) else None
        )
        if fact is None or not isinstance(fact.event.body, Check):
            raise CryptoError("visit", f"the check ({name}) that it rests on is not proved here")
        if fact.event.device.hex() != side.get("device", record.get("device")):
            raise CryptoError("visit", f"the check ({name}) was made at another terminal than it says")
        found.sides[name] = fact
    if bundle.visit_id not in {_id(one) for one in found.sides.values()}:
        raise CryptoError("visit", "its id does not follow from the check that begins it")
    names = _both("签到", "check-in", "in" in found.sides) + _both("签退", "check-out", "out" in found.sides)
    return _good(
        "visit",
        f"上门编号由其首次打卡得出；{'、'.join(names[::2])}有终端签署的打卡为据（共 {len(bundle.revisions)} 次结论）",
        f"its id follows from its first check; {' and '.join(names[1::2])} rest on checks that the terminal signed "
        f"(revision {len(bundle.revisions)})",
    )


def _both(zh: str, en: str, there: bool) -> tuple[str, ...]:  # noqa: FBT001 - one word of a sentence
    return (zh, en) if there else ()


def _id(fact: Fact) -> bytes:
    return visit_id(fact.event.device, fact.event.epoch, fact.event.seq, fact.h)


_DATED: Final = {
    times.How.KNOWN: Text(
        "时间（{0}）由终端的可信时钟得出", "the times ({0}) follow from the terminal's trusted clock"
    ),
    times.How.BOUNDED: Text(
        "{0} 没有可信时钟：介于该终端前后可信时间（均在文件中）与到达时刻之间",
        "no trusted clock stands behind {0}: it lies between trusted times of this terminal, which are in the file, "
        "and its arrival",
    ),
    times.How.WORD: Text(
        "{0} 没有可信时钟，所称时间只是网关的陈述",
        "no trusted clock stands behind {0}: what is said of it is the gateway's word",
    ),
    times.How.UNKNOWN: Text(
        "{0} 没有可信时钟，时间不明", "no trusted clock stands behind {0}: nobody knows when it was"
    ),
}


def _times(found: Examined) -> Finding:
    if not found.sides:
        times.check_length(found.record, found.sides)
        return _good("times", "没有时间可核验", "there are no times to be checked")
    for name, fact in found.sides.items():
        said = times.told(found.record[name], fact, found.facts)
        if said is times.How.FALSE:
            raise CryptoError("times", f"{name}: no event in the file says so")
        found.dated[name] = said
    lasted = times.check_length(found.record, found.sides)
    several = []
    for how, text in _DATED.items():
        names = [name for name, one in found.dated.items() if one is how]
        if names:
            several.append((text.zh.format("、".join(names)), text.en.format(" and ".join(names))))
    if lasted is not None:
        minutes = lasted // 60_000
        several.append(
            (
                f"时长 {minutes} 分钟由单调时钟证明，与钟表时间无关",
                f"{minutes} min are proved by the monotonic clock, whatever the time of day was",
            )
        )
    return _good("times", "；".join(zh for zh, _ in several), "; ".join(en for _, en in several))


def _people(found: Examined, bundle: Bundle, believed: Believed) -> Finding:
    about = {bundle.visit_id, *(_id(one) for one in found.facts if isinstance(one.event.body, Check))}
    deeds = acts.signed_acts(bundle, believed, about)
    told = found.record.get("correction")
    if told is not None and told["counts"]:
        one, other = found.people = acts.approved_by_two(deeds, told)
        return _good(
            "people",
            f"时间曾由人更正：{one} 提出、{other} 批准，均有签名；原始打卡不变，仍在文件中",
            f"its times were corrected by people: proposed by {one}, approved by {other}, both signed; "
            "what was witnessed is unchanged and in this file",
        )
    if bundle.acts:
        return _good(
            "people", f"{len(bundle.acts)} 项人工记录均有签名", f"{len(bundle.acts)} acts of people are signed"
        )
    return _good("people", "没有人工更正", "nobody corrected anything")


def _good(step: str, zh: str, en: str) -> Finding:
    return Finding(step, holds=True, text=Text(zh, en))
