"""All that is known of one visit in one file, to be checked by anybody with a root certificate: its form.

docs/protocol.md section 19. `decode_bundle` takes any bytes and gives a `Bundle` or raises `MalformedError`; nothing in
it is true until each part was proved (`verifier.evidence`). rule: EVIDENCE
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from zhendao.protocol import cbor
from zhendao.protocol.errors import MalformedError
from zhendao.protocol.fields import SINT, UINT, Bytes, Int, Words, check_version, exactly
from zhendao.protocol.limits import (
    HASH_BYTES,
    ID_BYTES,
    MAX_CERTIFICATE_BYTES,
    MAX_EVENT_BYTES,
    SALT_BYTES,
    SIGNATURE_BYTES,
    WIRE_VERSION,
)
from zhendao.protocol.loghead import MAX_HEAD_BYTES
from zhendao.protocol.merkle import MAX_PATH
from zhendao.protocol.revocation import LIST_BYTES
from zhendao.protocol.seal import MAX_SEALED_BYTES
from zhendao.protocol.signing import to_be_signed
from zhendao.protocol.topics import check_tenant

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.protocol.certificates import Certificate
    from zhendao.protocol.keys import SigningKey

MAX_BUNDLE_BYTES: Final = 16 << 20
MAX_RUN: Final = 4_096
_MANY: Final = 4_096
T = TypeVar("T")
_ID, _HASH, _SIGNATURE = exactly(ID_BYTES), exactly(HASH_BYTES), exactly(SIGNATURE_BYTES)
_CERTIFICATE, _SEALED = Bytes(1, MAX_CERTIFICATE_BYTES), Bytes(1, MAX_SEALED_BYTES)
_TEXT: Final = Bytes(0, 1 << 20)
_DOCUMENT: Final = Bytes(1, 65_536)


@dataclass(frozen=True, slots=True)
class Opened:
    """An event with its content; ``own``: certificate id and signature that it was journalled with, if it has one.

    ``received_ms``: when the gateway took it (UTC ms, the gateway's word).
    """

    sealed: bytes
    salt: bytes
    plaintext: bytes
    received_ms: int
    own: tuple[bytes, bytes] | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """What signs the last head of a run. ``batch``: first, prev and H(signatures) of the batch that ends there.

    Without ``batch`` it is the last event's own signature.
    """

    certificate_id: bytes
    signature: bytes
    batch: tuple[int, bytes, bytes] | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """Events ``first``, ``first + 1``, … of one journal, each opened or closed (its leaf alone, 32 bytes)."""

    suite_id: int
    device: bytes
    epoch: bytes
    first: int
    prev: bytes
    links: tuple[Opened | bytes, ...]
    ending: Ending


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision of the visit as it stood; ``record`` is JSON, ``rules`` the version of the rules that drew it."""

    number: int
    rules: int
    made_ms: int
    record: bytes


@dataclass(frozen=True, slots=True)
class Act:
    """What a person did, signed by the gateway: a ``correction`` or ``tasks``."""

    domain: str
    document: bytes
    suite_id: int
    certificate_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Logged:
    """An entry of the gateway's log and its path to the root of the bundle's head."""

    entry: bytes
    index: int
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Bundle:
    """Everything that is known of one visit. ``registry`` and ``findings`` are JSON, the gateway's word."""

    suite_id: int
    tenant: str
    visit_id: bytes
    made_ms: int
    runs: tuple[Run, ...]
    certificates: tuple[bytes, ...]
    revoked: tuple[bytes, ...]
    revisions: tuple[Revision, ...]
    acts: tuple[Act, ...]
    registry: bytes
    findings: bytes
    head: bytes
    logged: tuple[Logged, ...]


@dataclass(frozen=True, slots=True)
class SignedBundle:
    """A bundle as it lies in a file, with the certificate that it says it is signed under."""

    bundle: Bundle
    payload: bytes
    gateway: bytes
    signature: bytes


def sign_bundle(bundle: Bundle, key: SigningKey, gateway: Certificate) -> bytes:
    """Return the bytes of the file: CBOR [payload, gateway's certificate, signature]."""
    payload = encode_bundle(bundle)
    return cbor.encode([payload, gateway.der, key.sign(bundle_to_be_signed(gateway, payload))])


def bundle_to_be_signed(gateway: Certificate, payload: bytes) -> bytes:
    """Return what the gateway signs."""
    return to_be_signed("evidence", cbor.encode([gateway.suite.id, gateway.id]), payload)


def encode_bundle(bundle: Bundle) -> bytes:
    """Return the payload. Raises `MalformedError` where it is larger than a file may be."""
    encoded = cbor.encode({
        1: WIRE_VERSION, 2: bundle.suite_id, 3: bundle.tenant, 4: bundle.visit_id, 5: bundle.made_ms,
        6: [_run_to_raw(one) for one in bundle.runs],
        7: list(bundle.certificates), 8: list(bundle.revoked),
        9: [[one.number, one.rules, one.made_ms, one.record] for one in bundle.revisions],
        10: [[one.domain, one.document, one.suite_id, one.certificate_id, one.signature] for one in bundle.acts],
        11: bundle.registry, 12: bundle.findings, 13: bundle.head,
        14: [[one.entry, one.index, list(one.path)] for one in bundle.logged],
    })  # fmt: skip
    if len(encoded) > MAX_BUNDLE_BYTES:
        raise MalformedError("length", f"evidence of {len(encoded)} bytes is longer than {MAX_BUNDLE_BYTES}")
    return encoded


def _run_to_raw(run: Run) -> dict[int, Any]:
    end = run.ending
    return {
        1: run.suite_id, 2: run.device, 3: run.epoch, 4: run.first, 5: run.prev,
        6: [_link_to_raw(one) for one in run.links],
        7: [end.certificate_id, end.signature, *(end.batch or ())],
    }  # fmt: skip


def _link_to_raw(link: Opened | bytes) -> Any:
    if isinstance(link, bytes):
        return link
    return [link.sealed, link.salt, link.plaintext, link.received_ms, *(link.own or ())]


def decode_bundle(data: bytes) -> SignedBundle:
    """Return the bundle that ``data`` holds; raises `MalformedError` for everything else."""
    match cbor.decode(data, MAX_BUNDLE_BYTES + MAX_CERTIFICATE_BYTES):
        case [bytes() as payload, bytes() as gateway, bytes() as signature]:
            pass
        case _:
            raise MalformedError("evidence", "evidence is [payload, certificate, signature]")
    raw = cbor.decode(payload, MAX_BUNDLE_BYTES)
    if not isinstance(raw, dict) or raw.keys() != set(range(1, 15)):
        raise MalformedError("key", "evidence with keys missing or too many")
    check_version(raw[1], WIRE_VERSION)
    bundle = Bundle(
        suite_id=UINT.from_raw(raw[2]),
        tenant=check_tenant(Words(32).from_raw(raw[3])),
        visit_id=_ID.from_raw(raw[4]),
        made_ms=SINT.from_raw(raw[5]),
        runs=_all(raw[6], _run_from_raw),
        certificates=_all(raw[7], _CERTIFICATE.from_raw),
        revoked=_all(raw[8], Bytes(1, LIST_BYTES).from_raw),
        revisions=_all(raw[9], _revision_from_raw),
        acts=_all(raw[10], _act_from_raw),
        registry=_TEXT.from_raw(raw[11]),
        findings=_TEXT.from_raw(raw[12]),
        head=Bytes(1, MAX_HEAD_BYTES).from_raw(raw[13]),
        logged=_all(raw[14], _logged_from_raw),
    )
    return SignedBundle(bundle, payload, _CERTIFICATE.from_raw(gateway), _SIGNATURE.from_raw(signature))


def _all(raw: Any, read: Callable[[Any], T]) -> tuple[T, ...]:
    if not isinstance(raw, list) or len(raw) > _MANY:
        raise MalformedError("evidence", f"a list of at most {_MANY} wanted")
    return tuple(read(one) for one in raw)


def _run_from_raw(raw: Any) -> Run:
    if not isinstance(raw, dict) or raw.keys() != set(range(1, 8)):
        raise MalformedError("evidence", "a run with keys missing or too many")
    links = _all(raw[6], _link_from_raw)
    if not links:
        raise MalformedError("evidence", "a run without events")
    match raw[7]:
        case [certificate_id, signature]:
            batch = None
        case [certificate_id, signature, first, prev, signatures]:
            batch = (Int(1).from_raw(first), _HASH.from_raw(prev), _HASH.from_raw(signatures))
        case _:
            raise MalformedError("evidence", "a run ends in a signature")
    return Run(
        UINT.from_raw(raw[1]),
        _ID.from_raw(raw[2]),
        _ID.from_raw(raw[3]),
        Int(1).from_raw(raw[4]),
        _HASH.from_raw(raw[5]),
        links,
        Ending(_HASH.from_raw(certificate_id), _SIGNATURE.from_raw(signature), batch),
    )


def _link_from_raw(raw: Any) -> Opened | bytes:
    match raw:
        case bytes():
            return _HASH.from_raw(raw)
        case [sealed, salt, plaintext, received_ms]:
            own = None
        case [sealed, salt, plaintext, received_ms, certificate_id, signature]:
            own = (_HASH.from_raw(certificate_id), _SIGNATURE.from_raw(signature))
        case _:
            raise MalformedError("evidence", "an event is its leaf, or [sealed, salt, content, received …]")
    content = Bytes(1, MAX_EVENT_BYTES).from_raw(plaintext)
    return Opened(
        _SEALED.from_raw(sealed), exactly(SALT_BYTES).from_raw(salt), content, SINT.from_raw(received_ms), own
    )


def _revision_from_raw(raw: Any) -> Revision:
    match raw:
        case [number, rules, made_ms, record]:
            return Revision(
                Int(1).from_raw(number), UINT.from_raw(rules), SINT.from_raw(made_ms), _TEXT.from_raw(record)
            )
    raise MalformedError("evidence", "a revision is [number, rules, when, record]")


def _act_from_raw(raw: Any) -> Act:
    match raw:
        case ["correction" | "tasks" as domain, document, suite_id, certificate_id, signature]:
            return Act(
                domain,
                _DOCUMENT.from_raw(document),
                UINT.from_raw(suite_id),
                _HASH.from_raw(certificate_id),
                _SIGNATURE.from_raw(signature),
            )
    raise MalformedError("evidence", "an act is [domain, document, suite, certificate id, signature]")


def _logged_from_raw(raw: Any) -> Logged:
    match raw:
        case [entry, index, list() as path] if len(path) <= MAX_PATH:
            hashes = tuple(_HASH.from_raw(one) for one in path)
            return Logged(Bytes(1, 512).from_raw(entry), UINT.from_raw(index), hashes)
    raise MalformedError("evidence", "an entry of the log is [entry, index, path]")
