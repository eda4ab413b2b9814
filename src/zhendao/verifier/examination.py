"""What a batch of events proves, step by step, to somebody who trusts a root certificate and nothing else. Pure.

Each step gives a `Finding`; the first that fails ends the examination, since nothing after it can be believed.
docs/protocol.md sections 5, 6 and 11. Sealed contents stay closed: this shows who signed what, in which order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhendao.protocol import ledger
from zhendao.protocol.batch import Batch, decode_batch
from zhendao.protocol.errors import CertificateError, ProtocolError
from zhendao.protocol.proof import own_signature_holds, verify_batch
from zhendao.protocol.suite import suite_by_id
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from zhendao.protocol.certificates import Certificate
    from zhendao.protocol.chain import TrustStore
    from zhendao.protocol.revocation import Revocations


@dataclass(frozen=True, slots=True)
class Finding:
    """One step: its stable name, whether it holds, and what that means."""

    step: str
    holds: bool
    text: Text


@dataclass(frozen=True, slots=True)
class Examination:
    """All steps, and what is proved about the batch if every one of them holds."""

    findings: tuple[Finding, ...]
    batch: Batch | None

    @property
    def holds(self) -> bool:
        """Tell whether every step holds."""
        return all(finding.holds for finding in self.findings)


def examine(
    data: bytes, trust: TrustStore, certificate: bytes | None, at_s: int, revoked: Revocations | None = None
) -> Examination:
    """Examine the bytes of a batch.

    ``certificate`` (DER) is the terminal's, for a batch that does not carry it; ``at_s`` is when its certificate
    must be valid, seconds since 1970, UTC: the events' own times are sealed. ``revoked``: what was believed no longer
    from some moment on; a certificate is good before that.
    """
    try:
        batch = decode_batch(data)
    except ProtocolError as error:
        return Examination((_failed("form", error),), None)
    findings = [Finding("form", holds=True, text=_form(batch))]
    try:
        terminal = _certificate(batch, trust, certificate, at_s)
        if revoked is not None:
            revoked.check(terminal, at_s)
        findings.append(Finding("certificate", holds=True, text=_certified(terminal)))
    except ProtocolError as error:
        return Examination((*findings, _failed("certificate", error)), batch)
    key = suite_by_id(batch.suite_id).verifying_key(terminal.spki)
    try:
        heads = verify_batch(batch, key)
        findings.append(Finding("signature", holds=True, text=_SIGNED))
    except ProtocolError as error:
        return Examination((*findings, _failed("signature", error)), batch)
    findings.append(_own_signatures(batch, heads, terminal))
    findings.append(_beginning(batch))
    return Examination(tuple(findings), batch)


_SIGNED = Text(
    "终端的签名有效：这些事件由该终端按此顺序签署，此后一个比特也没有改动",
    "the terminal's signature holds: it signed these events in this order, and no bit has changed since",
)


def _failed(step: str, error: ProtocolError) -> Finding:
    said = _FAILED[step]
    return Finding(step, holds=False, text=Text(f"{said.zh}：{error.detail}", f"{said.en}: {error.detail}"))


_FAILED = {
    "form": Text("格式不对，不是上传批次", "not a batch"),
    "certificate": Text("终端证书不可信", "the terminal's certificate cannot be trusted"),
    "signature": Text(
        "签名无效，内容被改动或并非该终端所签", "the signature does not hold: changed, or signed by somebody else"
    ),
}


def _form(batch: Batch) -> Text:
    name, count = batch.device.hex(), len(batch.items)
    if count == 1:
        return Text(
            f"格式正确：终端 {name}，第 {batch.first} 条事件", f"well-formed: terminal {name}, event {batch.first}"
        )
    return Text(
        f"格式正确：终端 {name}，事件 {batch.first}–{batch.last}（{count} 条）",
        f"well-formed: terminal {name}, events {batch.first}-{batch.last} ({count})",
    )


def _certificate(batch: Batch, trust: TrustStore, given: bytes | None, at_s: int) -> Certificate:
    der = batch.certificate or given
    if der is None:
        raise CertificateError("certificate-missing", "the batch carries none and none was given (--terminal)")
    terminal = trust.check(der, at_s, "terminal", "sign")
    if terminal.id != batch.certificate_id:
        raise CertificateError("certificate-other", "not the certificate that the batch names")
    if terminal.common_name != batch.device.hex() or terminal.suite.id != batch.suite_id:
        raise CertificateError("certificate-device", "the certificate is another terminal's, or of another suite")
    return terminal


def _certified(terminal: Certificate) -> Text:
    return Text(
        f"证书由受信任的根签发（租户 {terminal.tenant}）",
        f"the certificate goes back to the trusted root (tenant {terminal.tenant})",
    )


def _own_signatures(batch: Batch, heads: tuple[bytes, ...], terminal: Certificate) -> Finding:
    key = suite_by_id(batch.suite_id).verifying_key(terminal.spki)
    carried = [
        index
        for index, item in enumerate(batch.items)
        if len(batch.items) == 1 or (item.signature is not None and item.certificate_id in {None, terminal.id})
    ]
    broken = [batch.first + index for index in carried if not own_signature_holds(batch, index, heads[index], key)]
    if broken:
        names = ", ".join(map(str, broken))
        return Finding(
            "own-signatures",
            holds=False,
            text=Text(f"事件 {names} 自身的签名无效", f"the own signature of events {names} does not hold"),
        )
    return Finding(
        "own-signatures",
        holds=True,
        text=Text(
            f"{len(carried)} 条事件带有自身签名，均有效，可单独作证",
            "1 event carries a signature of its own; it holds, and stands as evidence alone"
            if len(carried) == 1
            else f"{len(carried)} events carry a signature of their own; each holds, and each stands as evidence alone",
        ),
    )


def _beginning(batch: Batch) -> Finding:
    suite = suite_by_id(batch.suite_id)
    begins = batch.first == 1
    if begins and batch.prev != ledger.genesis(suite, batch.device, batch.epoch):
        return Finding(
            "beginning",
            holds=False,
            text=Text("链的起点不是本纪元的起点", "the chain does not begin where its epoch begins"),
        )
    if begins:
        text = Text(
            "从本纪元的第一条事件开始，之前无遗漏", "begins with the first event: nothing is left out before it"
        )
    else:
        text = Text(
            f"承接之前 {batch.first - 1} 条事件；本文件未证明它们的内容",
            "comes after 1 event; this file proves nothing of what is in it"
            if batch.first == 2  # noqa: PLR2004 - the second
            else f"comes after {batch.first - 1} events; this file proves nothing of what is in them",
        )
    return Finding("beginning", holds=True, text=text)
