"""What people did about a visit, each act under the gateway's signature: corrections by two, tasks. Pure.

Promise: every act in the file is about this visit; a correction that counts in its record was proposed by one person
and approved by another, in acts that are in the file; a fact was never changed by it. docs/cases.md
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from zhendao.protocol import cbor
from zhendao.protocol.errors import CryptoError, MalformedError
from zhendao.protocol.signing import to_be_signed

if TYPE_CHECKING:
    from collections.abc import Collection

    from zhendao.protocol.bundle import Act, Bundle
    from zhendao.protocol.signing import Domain
    from zhendao.verifier.bundle.believed import Believed

_DOCUMENT_BYTES = 65_536
_NUMBER, _ACT, _BY, _AT, _WANTED = 1, 2, 3, 4, 6
_OF, _TOLD = 1, 3
"""Where the document of tasks says of which visit, and when."""


def signed_acts(bundle: Bundle, believed: Believed, about: Collection[bytes]) -> list[dict[int, Any]]:
    """Return the documents of all corrections, each proved, and of this visit.

    ``about``: its id, and those that it had while another of its checks was the first. Raises `ProtocolError`.
    """
    found: list[dict[int, Any]] = []
    for act in bundle.acts:
        document = cbor.decode(act.document, _DOCUMENT_BYTES)
        at_ms = document.get(_AT if act.domain == "correction" else _TOLD) if isinstance(document, dict) else None
        if type(at_ms) is not int:
            raise MalformedError("act", "an act does not say when it was done")
        _check(act, at_ms, believed)
        if act.domain == "correction":
            found.append(document)
        elif document.get(_OF) not in about:
            raise CryptoError("act", "tasks of another visit")
    mine = {one.get(_NUMBER) for one in found if (wanted := one.get(_WANTED)) and wanted[0] in about}
    if not {one.get(_NUMBER) for one in found} <= mine:
        raise CryptoError("act", "a correction of another visit")
    return found


def _check(act: Act, at_ms: int, believed: Believed) -> None:
    signer = believed.check(act.certificate_id, "gateway", at_ms)
    protected = cbor.encode([act.suite_id, act.certificate_id])
    message = to_be_signed(cast("Domain", act.domain), protected, act.document)
    if signer.suite.id != act.suite_id or not signer.suite.verifying_key(signer.spki).verify(message, act.signature):
        raise CryptoError("signature", "an act that the gateway did not sign")


def approved_by_two(deeds: list[dict[int, Any]], told: dict[str, Any]) -> tuple[str, str]:
    """Return who proposed and who approved the correction that the record ``told`` counts with.

    Raises `CryptoError` where it was not approved, by the same person, or says something else.
    """
    mine = [one for one in deeds if one.get(_NUMBER) == told.get("number")]
    wanted = next((one for one in mine if _WANTED in one), None)
    approved = next((one for one in mine if one.get(_ACT) == "approved"), None)
    if wanted is None or approved is None or mine[-1].get(_ACT) != "approved":
        raise CryptoError("correction", "it was not approved")
    proposer, approver = str(wanted.get(_BY)), str(approved.get(_BY))
    if proposer.partition("/")[0] == approver.partition("/")[0]:
        raise CryptoError("correction", "proposed and approved by the same person")
    match wanted[_WANTED]:
        case [bytes(), begin, end, _, reason, *_] if (begin, end, reason) == tuple(
            told.get(name) for name in ("begin_ms", "end_ms", "reason")
        ):
            return proposer, approver
    raise CryptoError("correction", "other times were approved, or for another reason")
