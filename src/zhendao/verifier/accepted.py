"""What a certificate of acceptance proves, step by step, to somebody who trusts a root certificate. Pure.

docs/protocol.md section 16. The position is computed again from the survey's fixes; what the engineer says (who lives
there, which place it is) is proved to have been said and countersigned, not to be so.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zhendao.protocol.errors import MalformedError, ProtocolError
from zhendao.protocol.statement import of_json, open_statement
from zhendao.protocol.surveyed import as_plain, position
from zhendao.protocol.wording import Text
from zhendao.verifier.examination import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zhendao.protocol.certificates import Certificate, Role, Usage
    from zhendao.protocol.chain import TrustStore
    from zhendao.protocol.revocation import Revocations
    from zhendao.protocol.statement import Kind, Statement

_INSIDE: dict[str, Kind] = {"survey": "survey", "self_test": "self-test"}


def examine_acceptance(
    data: bytes, trust: TrustStore, at_s: int | None, check_value: str | None, revoked: Revocations | None = None
) -> list[Finding]:
    """Return the steps; the last one fails, or all hold. ``check_value`` stands on the paper, if that is known.

    ``at_s``: when the certificates must be valid, seconds since 1970 UTC; None: when it was made, by its own word.
    """
    found: list[Finding] = []
    try:
        for one in _steps(data, _Judge(trust, at_s, revoked), check_value):
            found.append(one)
            if not one.holds:
                break
    except ProtocolError as error:
        step = _STEPS[len(found)]
        found.append(Finding(step, holds=False, text=Text(f"不成立：{error.detail}", f"does not hold: {error.detail}")))
    return found


_STEPS = ("signatures", "terminal", "authority", "records", "position", "paper")


@dataclass(frozen=True, slots=True)
class _Judge:
    trust: TrustStore
    at_s: int | None
    revoked: Revocations | None

    def check(self, certificate: Certificate, role: Role, usage: Usage, made_ms: int) -> None:
        """Raise `CertificateError` unless the certificate is to be believed."""
        at_s = made_ms // 1000 if self.at_s is None else self.at_s
        self.trust.check(certificate.der, at_s, role, usage)
        if self.revoked is not None:
            self.revoked.check(certificate, at_s)


def _steps(data: bytes, judge: _Judge, check_value: str | None) -> Iterator[Finding]:
    accepted = open_statement(data, "acceptance")
    yield _good("signatures", f"{len(accepted.signatures)} 个签名均有效", f"{len(accepted.signatures)} signatures hold")
    yield from _signers(accepted, judge)
    survey = _records(accepted)
    yield _good("records", "测量与自检均由该终端签名", "survey and self-test are signed by that terminal")
    yield _position(accepted, survey)
    if check_value is not None:
        yield _paper(accepted, check_value)


def _signers(accepted: Statement, judge: _Judge) -> Iterator[Finding]:
    terminal, authority = accepted.signature("terminal"), accepted.signature("authority")
    if terminal is None or terminal.certificate.common_name != accepted.facts.get("device"):
        yield _bad("terminal", "没有该终端自己的签名", "the terminal that it is about has not signed it")
        return
    made_ms = accepted.facts.get("made_ms")
    if type(made_ms) is not int:
        raise MalformedError("acceptance", "it does not say when it was made")
    judge.check(terminal.certificate, "terminal", "sign", made_ms)
    device, tenant = terminal.certificate.common_name, terminal.certificate.tenant
    yield _good(
        "terminal", f"终端 {device} 的证书可信（租户 {tenant}）", f"terminal {device} is trusted (tenant {tenant})"
    )
    if authority is None:
        yield _bad("authority", "机构尚未会签", "the authority has not countersigned it")
        return
    judge.check(authority.certificate, "issuing", "certify", made_ms)
    yield _good("authority", "机构已会签", "the authority has countersigned it")


def _records(accepted: Statement) -> Statement:
    """Return the survey inside. Raises `ProtocolError` unless both records hold and are this terminal's."""
    found = {}
    own = accepted.signature("terminal")
    for name, kind in _INSIDE.items():
        found[name] = of_json(accepted.facts.get(name), kind)
        signature = found[name].signature("terminal")
        if signature is None or own is None or signature.certificate.id != own.certificate.id:
            raise ProtocolError("records", f"the {kind} is of another terminal")
    return found["survey"]


def _position(accepted: Statement, survey: Statement) -> Finding:
    computed = position(survey.facts)
    stated: Any = accepted.facts.get("site")
    said = stated.get("position") if isinstance(stated, dict) else None
    if said != (None if computed is None else as_plain(computed)):
        return _bad("position", "所称位置不是由测量得出的", "the stated position does not follow from the survey")
    if computed is None:
        return _good("position", "测量时没有定位，如实写明", "there was no fix, and it says so")
    major = computed.error.ellipse().major_m
    return _good(
        "position",
        f"位置由 {computed.samples} 次定位算得，误差 {major:.0f} 米（95%）",
        f"the position follows from {computed.samples} fixes, within {major:.0f} m (95 %)",
    )


def _paper(accepted: Statement, check_value: str) -> Finding:
    plain = check_value.replace(" ", "").lower()
    if hmac.compare_digest(plain.encode(), accepted.check_value().encode()):
        return _good("paper", "与纸面校验值一致", "it is what stands on the paper")
    return _bad("paper", "与纸面校验值不符", "it is not what stands on the paper")


def _good(step: str, zh: str, en: str) -> Finding:
    return Finding(step, holds=True, text=Text(zh, en))


def _bad(step: str, zh: str, en: str) -> Finding:
    return Finding(step, holds=False, text=Text(zh, en))
