"""The receipt of a deletion: what kind, how many rows, which ones by their digest, when, by which rule. Pure.

docs/protocol.md section 21. Promise: receipts make a chain, so that none can be taken out or slipped in unseen; whoever
knows what a row was called can show that its deletion is the one that a receipt tells of. rule: PIPL
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from zhendao.protocol import cbor
from zhendao.protocol.errors import MalformedError
from zhendao.protocol.keys import SigningKey, VerifyingKey
from zhendao.protocol.merkle import leaf_hash, root_of
from zhendao.protocol.signing import to_be_signed
from zhendao.protocol.suite import SM

NOTHING: Final = bytes(32).hex()
"""What the first receipt goes on from."""


@dataclass(slots=True)
class Removed:
    """What was deleted in one step, as it is counted: ``names`` identify each row, in the order of deletion."""

    rows: dict[str, int] = field(default_factory=dict)
    names: list[bytes] = field(default_factory=list)

    def note(self, table: str, keys: Iterable[Sequence[Any]]) -> None:
        """Note rows of ``table`` by their primary keys, or by what they were called."""
        found = [name_of(table, key) for key in keys]
        if found:
            self.rows[table] = self.rows.get(table, 0) + len(found)
            self.names += found

    @property
    def digest(self) -> bytes:
        """Return the Merkle root (RFC 9162) over the names, by SM3."""
        return root_of(SM, [leaf_hash(SM, one) for one in self.names])


def name_of(table: str, key: Sequence[Any]) -> bytes:
    """Return what a row is called in a digest: CBOR [table, key …]."""
    return cbor.encode([table, *key])


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt; ``rule`` names the setting or the request, ``before_ms`` the age, ``previous`` the receipt before."""

    number: int
    tenant: str
    kind: str
    rule: str
    before_ms: int
    rows: Mapping[str, int]
    digest: str
    at_ms: int
    previous: str = NOTHING

    def document(self) -> bytes:
        """Return what is signed, domain ``retention``: JSON, keys in order."""
        return json.dumps({"version": 1, **asdict(self)}, sort_keys=True, ensure_ascii=False).encode()


def receipt_of(document: bytes) -> Receipt:
    """Read what `Receipt.document` made. Raises `MalformedError`."""
    try:
        said = json.loads(document)
        if said.pop("version") != 1:
            raise MalformedError("receipt", "a receipt of another version")
        return Receipt(**said)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise MalformedError("receipt", f"no receipt of a deletion: {error}") from error


def link_of(document: bytes) -> str:
    """Return how the next receipt names this one: SM3 in hex."""
    return SM.hash(document).hex()


def signed(receipt: Receipt, key: SigningKey, certificate_id: bytes) -> tuple[bytes, bytes]:
    """Return the document of ``receipt`` and the signature of it."""
    document = receipt.document()
    return document, key.sign(_to_be_signed(key.suite.id, certificate_id, document))


def is_signed(document: bytes, signature: bytes, key: VerifyingKey, suite_id: int, certificate_id: bytes) -> bool:
    """Tell whether ``key``, certified as ``certificate_id``, signed ``document``."""
    return key.verify(_to_be_signed(suite_id, certificate_id, document), signature)


def _to_be_signed(suite_id: int, certificate_id: bytes, document: bytes) -> bytes:
    return to_be_signed("retention", cbor.encode([suite_id, certificate_id]), document)


def broken_at(documents: Iterable[bytes]) -> int | None:
    """Return the number of the first receipt that does not go on from the one before it; None: all do."""
    previous = NOTHING
    for number, document in enumerate(documents, 1):
        try:
            one = receipt_of(document)
        except MalformedError:
            return number
        if one.number != number or one.previous != previous:
            return number
        previous = link_of(document)
    return None
