"""The signed blocklist (docs/protocol.md section 14): whose list, which version, what it must hash to; how it travels.

rule: BLOCKLIST. The gateway signs the manifest under a domain of its own: a list in a file (a USB stick) is believed
for the same signature as one that came over the air. `blocked_numbers` is what is on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zhendao.protocol import cbor
from zhendao.protocol.blocked_numbers import Numbers, checked
from zhendao.protocol.errors import CryptoError, MalformedError
from zhendao.protocol.fields import SINT, UINT, Bytes, Int, Words, check_version, exactly
from zhendao.protocol.limits import (
    ENTRY_BYTES,
    MAX_BLOCKED,
    MAX_BLOCKLIST_PARTS,
    MAX_MANIFEST_BYTES,
    PART_BYTES,
    WIRE_VERSION,
)
from zhendao.protocol.signing import to_be_signed
from zhendao.protocol.topics import check_tenant

if TYPE_CHECKING:
    from zhendao.protocol.keys import SigningKey, VerifyingKey
    from zhendao.protocol.suite import Suite

MAX_FILE_BYTES = 2 + MAX_MANIFEST_BYTES + MAX_BLOCKED * ENTRY_BYTES

_HASH = exactly(32)
_COUNT = Int(0, MAX_BLOCKED)
_KEYS = set(range(1, 9))
_BASE = 5
_LENGTH = 2
"""Bytes in which a file says how long the manifest is."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the gateway vouches for: version ``version`` of ``tenant``'s list, issued at ``issued_ms`` (UTC ms).

    ``digest`` is the hash of the packed list: ``ids`` token ids and ``uids`` chip numbers.
    """

    suite_id: int
    tenant: str
    version: int
    issued_ms: int
    ids: int
    uids: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Blocklist:
    """A whole list with the manifest that it was checked against, and that as it was ``signed``."""

    manifest: Manifest
    signed: bytes
    numbers: Numbers


@dataclass(frozen=True, slots=True)
class Part:
    """One of ``parts`` pieces, in order from 0: of the whole list, or of the change from version ``base``."""

    signed: bytes
    part: int
    parts: int
    content: bytes
    base: int | None = None


def manifest_of(suite: Suite, tenant: str, version: int, issued_ms: int, numbers: Numbers) -> Manifest:
    """Return the manifest of ``numbers`` as version ``version``."""
    count = len(numbers) - numbers.ids
    return Manifest(suite.id, check_tenant(tenant), version, issued_ms, numbers.ids, count, suite.hash(numbers.packed))


def _to_be_signed(suite_id: int, certificate_id: bytes, payload: bytes) -> bytes:
    return to_be_signed("blocklist", cbor.encode([suite_id, certificate_id]), payload)


def sign_manifest(key: SigningKey, certificate_id: bytes, manifest: Manifest) -> bytes:
    """Return the manifest signed by the gateway: CBOR [payload, certificate id, signature]."""
    payload = cbor.encode(
        {
            1: WIRE_VERSION,
            2: UINT.to_raw(manifest.suite_id),
            3: Words(32).to_raw(manifest.tenant),
            4: Int(1).to_raw(manifest.version),
            5: SINT.to_raw(manifest.issued_ms),
            6: _COUNT.to_raw(manifest.ids),
            7: _COUNT.to_raw(manifest.uids),
            8: _HASH.to_raw(manifest.digest),
        }
    )
    signature = key.sign(_to_be_signed(manifest.suite_id, _HASH.to_raw(certificate_id), payload))
    return cbor.encode([payload, certificate_id, signature])


def open_manifest(suite: Suite, key: VerifyingKey, tenant: str, signed: bytes) -> Manifest:
    """Check the gateway's signature, then read.

    Raises `CryptoError` with reason ``signature`` (the key did not sign it), ``tenant`` or ``suite`` (of another one),
    `MalformedError` if its form is wrong. Whether its version is new is for the caller.
    """
    manifest, payload, certificate_id, signature = _parse(signed)
    if manifest.suite_id != suite.id:
        raise CryptoError("suite", "a blocklist of another suite")
    if not key.verify(_to_be_signed(suite.id, certificate_id, payload), signature):
        raise CryptoError("signature", "a blocklist that the gateway did not sign")
    if manifest.tenant != tenant:
        raise CryptoError("tenant", "a blocklist of another tenant")
    return manifest


def read_manifest(signed: bytes) -> Manifest:
    """Return what a manifest claims, unproved; raises `MalformedError`."""
    return _parse(signed)[0]


def signer_of(signed: bytes) -> bytes:
    """Return the id of the certificate that a manifest claims to be signed under; raises `MalformedError`."""
    return _parse(signed)[2]


def _parse(signed: bytes) -> tuple[Manifest, bytes, bytes, bytes]:
    match cbor.decode(signed, MAX_MANIFEST_BYTES):
        case [bytes() as payload, bytes() as certificate_id, bytes() as signature]:
            pass
        case _:
            raise MalformedError("blocklist", "a manifest is [payload, certificate id, signature]")
    raw = cbor.decode(payload, MAX_MANIFEST_BYTES)
    if not isinstance(raw, dict) or raw.keys() != _KEYS:
        raise MalformedError("blocklist", "a manifest with keys missing or too many")
    check_version(raw[1], WIRE_VERSION)
    manifest = Manifest(
        suite_id=UINT.from_raw(raw[2]),
        tenant=check_tenant(Words(32).from_raw(raw[3])),
        version=Int(1).from_raw(raw[4]),
        issued_ms=SINT.from_raw(raw[5]),
        ids=_COUNT.from_raw(raw[6]),
        uids=_COUNT.from_raw(raw[7]),
        digest=_HASH.from_raw(raw[8]),
    )
    if manifest.ids + manifest.uids > MAX_BLOCKED:
        raise MalformedError("length", f"a blocklist has at most {MAX_BLOCKED} entries")
    return manifest, payload, _HASH.from_raw(certificate_id), exactly(64).from_raw(signature)


def proved(suite: Suite, manifest: Manifest, signed: bytes, packed: bytes) -> Blocklist:
    """Return the list whose packed numbers are ``packed``, if they are what ``manifest`` (opened before) vouches for.

    Raises `CryptoError` with reason ``digest``, `MalformedError` if it is out of order.
    """
    if len(packed) != (manifest.ids + manifest.uids) * ENTRY_BYTES or suite.hash(packed) != manifest.digest:
        raise CryptoError("digest", "a blocklist that is not what its manifest says")
    return Blocklist(manifest, signed, checked(packed, manifest.ids))


def pieces(signed: bytes, content: bytes, base: int | None = None) -> list[Part]:
    """Cut a packed list (or the change from version ``base``) into parts that each fit one command."""
    cut = [content[at : at + PART_BYTES] for at in range(0, len(content), PART_BYTES)] or [b""]
    return [Part(signed, number, len(cut), piece, base) for number, piece in enumerate(cut)]


def part_body(part: Part) -> dict[int, Any]:
    """Return the body of the command that carries ``part``."""
    body: dict[int, Any] = {1: part.signed, 2: part.part, 3: part.parts, 4: part.content}
    return body if part.base is None else body | {_BASE: part.base}


def read_part(body: dict[int, Any]) -> Part:
    """Return the part that a command of kind `blocklist` carries; raises `MalformedError`."""
    if body.keys() - {_BASE} != {1, 2, 3, 4}:
        raise MalformedError("command", "a part of a blocklist has manifest, part, parts and content")
    part = Part(
        Bytes(1, MAX_MANIFEST_BYTES).from_raw(body[1]),
        UINT.from_raw(body[2]),
        Int(1, MAX_BLOCKLIST_PARTS).from_raw(body[3]),
        Bytes(0, PART_BYTES).from_raw(body[4]),
        Int(1).from_raw(body[_BASE]) if _BASE in body else None,
    )
    if part.part >= part.parts:
        raise MalformedError("command", "a part beyond the last one")
    return part


def to_file(blocklist: Blocklist) -> bytes:
    """Return the list as it lies in a file: the manifest's length (2 bytes, big-endian), the manifest, the numbers."""
    return len(blocklist.signed).to_bytes(_LENGTH, "big") + blocklist.signed + blocklist.numbers.packed


def open_file(suite: Suite, key: VerifyingKey, tenant: str, data: bytes) -> Blocklist:
    """Return the list in a file, believed as far as the gateway's signature reaches: all of it.

    Raises `CryptoError`, `MalformedError`.
    """
    if len(data) > MAX_FILE_BYTES:
        raise MalformedError("length", "a blocklist larger than one can be")
    end = _LENGTH + int.from_bytes(data[:_LENGTH], "big")
    signed = data[_LENGTH:end]
    return proved(suite, open_manifest(suite, key, tenant, signed), signed, data[end:])
