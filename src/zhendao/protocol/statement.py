"""Signed statements: facts as JSON that people can read, under signatures that `zhendao-verify` checks offline.

docs/protocol.md section 16. The signed bytes are the facts in the canonical JSON of RFC 8785 (keys in plain ASCII, no
fractions), so that any tool makes them again; each signature covers those before it. Forms and signatures only:
whether the certificates chain up to a root is for `chain.TrustStore`.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from zhendao.protocol import cbor
from zhendao.protocol.certificates import Certificate
from zhendao.protocol.errors import CertificateError, CryptoError, MalformedError
from zhendao.protocol.limits import MAX_DEPTH
from zhendao.protocol.signing import to_be_signed

if TYPE_CHECKING:
    from zhendao.protocol.keys import SigningKey

Kind = Literal["survey", "self-test", "acceptance"]
By = Literal["terminal", "authority"]
KINDS: Final[tuple[Kind, ...]] = ("survey", "self-test", "acceptance")
STATEMENT_BYTES: Final = 1 << 20
_VERSION: Final = 1
_MOST_SIGNATURES: Final = 4
_ROLES: Final[dict[By, str]] = {"terminal": "terminal", "authority": "issuing"}
_KEY: Final = re.compile(r"[a-z0-9_-]{1,64}")
_EXACT: Final = (1 << 53) - 1
"""Larger numbers are not the same in every reader of JSON."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature, with the certificate of whoever made it."""

    by: By
    certificate: Certificate
    value: bytes


@dataclass(frozen=True, slots=True)
class Statement:
    """What is stated, and who signed it, in order. ``facts`` is as `json` gives it, and never changed."""

    kind: Kind
    facts: dict[str, Any]
    signatures: tuple[Signature, ...] = ()

    def signature(self, by: By) -> Signature | None:
        """Return the first signature of that party."""
        return next((one for one in self.signatures if one.by == by), None)

    def check_value(self) -> str:
        """Return 32 hex digits that name this content: what is printed on paper to be compared with the file."""
        suite = self.signatures[0].certificate.suite
        return suite.hash(cbor.encode([self.kind, canonical(self.facts)])).hex()[:32]

    def as_json(self) -> dict[str, Any]:
        """Return the statement as one object of JSON."""
        return {
            "zhendao": self.kind,
            "version": _VERSION,
            "facts": self.facts,
            "signatures": [
                {
                    "by": one.by,
                    "certificate": base64.b64encode(one.certificate.der).decode(),
                    "signature": one.value.hex(),
                }
                for one in self.signatures
            ],
        }

    def encode(self) -> bytes:
        """Return the file: JSON in UTF-8, to be read by people too."""
        return json.dumps(self.as_json(), ensure_ascii=False, indent=1).encode() + b"\n"


def canonical(facts: Any) -> bytes:
    """Return the canonical JSON of ``facts``.

    Raises:
        MalformedError: something that is not the same in every reader: a fraction, a large number, a strange key.
    """
    _check(facts, 0)
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def sign(statement: Statement, by: By, key: SigningKey, certificate: Certificate) -> Statement:
    """Return ``statement`` with one more signature.

    Raises:
        CertificateError: the certificate is not of this key, or not of one who may sign so.
        CryptoError: the key does not answer.
    """
    _check_role(by, certificate)
    if key.spki != certificate.spki:
        raise CertificateError("certificate-key", "the certificate is of another key")
    value = key.sign(_to_be_signed(statement, by, certificate))
    return Statement(statement.kind, statement.facts, (*statement.signatures, Signature(by, certificate, value)))


def open_draft(data: bytes, kind: Kind) -> Statement:
    """Return a statement that nobody has signed yet. Raises `MalformedError`."""
    found = _read(data)
    match found:
        case {"zhendao": str() as said, "version": 1, "facts": dict() as facts, "signatures": []} if said == kind:
            canonical(facts)
            return Statement(kind, facts)
    raise MalformedError("statement", f"no draft of a {kind}")


def open_statement(data: bytes, kind: Kind | None = None) -> Statement:
    """Return a statement each of whose signatures holds under the certificate beside it.

    Raises:
        MalformedError: no statement, or not of ``kind``.
        CertificateError: a certificate of the wrong role.
        CryptoError: not signed, or a signature does not hold.
    """
    return of_json(_read(data), kind)


def of_json(found: Any, kind: Kind | None = None) -> Statement:
    """Return the statement in an object of JSON. Raises what `open_statement` raises."""
    match found:
        case {"zhendao": str() as said, "version": 1, "facts": dict() as facts, "signatures": list() as signatures}:
            pass
        case _:
            raise MalformedError("statement", "no statement of this version")
    if said not in KINDS or (kind is not None and said != kind) or len(found) != 4:  # noqa: PLR2004 - as matched
        raise MalformedError("statement", f"a {kind or 'statement'} wanted, {str(said)[:32]!r} found")
    if not 0 < len(signatures) <= _MOST_SIGNATURES:
        raise CryptoError("statement", "it is not signed")
    statement = Statement(said, facts)
    _check(facts, 0)
    for one in signatures:
        signature = _signature(one)
        key = signature.certificate.suite.verifying_key(signature.certificate.spki)
        if not key.verify(_to_be_signed(statement, signature.by, signature.certificate), signature.value):
            raise CryptoError("statement", f"the signature of the {signature.by} does not hold")
        statement = Statement(statement.kind, facts, (*statement.signatures, signature))
    return statement


def _read(data: bytes) -> Any:
    if len(data) > STATEMENT_BYTES:
        raise MalformedError("too-long", f"{len(data)} bytes, at most {STATEMENT_BYTES} are allowed")
    try:
        return json.loads(data, object_pairs_hook=_once, parse_float=_no_fraction, parse_constant=_no_fraction)
    except (ValueError, RecursionError) as error:
        raise MalformedError("statement", f"no JSON: {error}") from error


def _to_be_signed(statement: Statement, by: By, certificate: Certificate) -> bytes:
    before = [one.value for one in statement.signatures]
    protected = cbor.encode([certificate.suite.id, statement.kind, _VERSION, by, certificate.id, before])
    return to_be_signed("statement", protected, canonical(statement.facts))


def _signature(found: Any) -> Signature:
    match found:
        case {"by": "terminal" | "authority" as by, "certificate": str() as der, "signature": str() as value}:
            pass
        case _:
            raise MalformedError("statement", "no signature")
    try:
        certificate = Certificate.parse(base64.b64decode(der, validate=True))
        signature = Signature(by, certificate, bytes.fromhex(value))
    except (ValueError, binascii.Error) as error:
        raise MalformedError("statement", "no signature") from error
    if len(found) != 3 or value != signature.value.hex():  # noqa: PLR2004 - as matched
        raise MalformedError("statement", "no signature in its one form")
    _check_role(by, certificate)
    return signature


def _check_role(by: By, certificate: Certificate) -> None:
    if certificate.role != _ROLES[by]:
        raise CertificateError("certificate-role", f"a {certificate.role} cannot sign as {by}")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_fraction(text: str) -> Any:
    raise ValueError(f"{text[:16]} is no whole number")


def _check(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise MalformedError("statement", "too deep")
    if isinstance(value, dict):
        for key, one in value.items():
            if not isinstance(key, str) or not _KEY.fullmatch(key):
                raise MalformedError("statement", "a key that is not plain")
            _check(one, depth + 1)
    elif isinstance(value, list):
        for one in value:
            _check(one, depth + 1)
    else:
        _check_plain(value)


def _check_plain(value: Any) -> None:
    match value:
        case bool() | None:
            return
        case int() if abs(value) <= _EXACT:
            return
        case str() if not any("\ud800" <= character <= "\udfff" for character in value):
            return
    raise MalformedError("statement", f"a {type(value).__name__} that not every reader of JSON keeps")
