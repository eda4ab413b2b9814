"""The log of accesses in the store: the one way to enter something in it, and its heads.

Promise: an access is entered in the transaction of its writer, linked to the one before; the store has one writer at a
time, so writers in any number of processes make one chain. A head is made for what came since the last one.
rule: PIPL
"""

from collections.abc import Iterator
from dataclasses import fields
from typing import Final

from sqlalchemy import Connection, insert, select

from zhendao.gateway.accesses.chain import BEGINNING, Access, AccessHead
from zhendao.gateway.accesses.tables import ACCESS_HEADS
from zhendao.gateway.api.tables import ACCESSES
from zhendao.gateway.keyring import Keyring
from zhendao.gateway.store.prepared import Prepared
from zhendao.protocol import cbor
from zhendao.protocol.keys import VerifyingKey
from zhendao.protocol.signing import to_be_signed

_LAST: Final = Prepared(select(ACCESSES.c.id, ACCESSES.c.link).order_by(ACCESSES.c.id.desc()).limit(1))
_HELD: Final = Prepared(select(ACCESS_HEADS.c.row).order_by(ACCESS_HEADS.c.id.desc()).limit(1))
_NAMES: Final = tuple(field.name for field in fields(Access))


def enter(
    connection: Connection, at_ms: int, who: tuple[str, str], resource: str, filters: str, *, items: int, names: bool
) -> None:
    """Write down, in the caller's write transaction, that ``who`` (token and role) reads ``items`` of ``resource``.

    ``names``: unmasked. What is too long is cut: resource at 32, filters at 400 characters.
    """
    last, before = _LAST.first(connection) or (0, BEGINNING)
    access = Access(last + 1, at_ms, *who, resource[:32], filters[:400], items, names)
    said = {name: getattr(access, name) for name in _NAMES}
    connection.execute(insert(ACCESSES).values(**said, link=access.link(before or BEGINNING)))


def entered(connection: Connection) -> Iterator[tuple[Access, bytes | None]]:
    """Give all that is in the log with its links, in order."""
    query = select(*(ACCESSES.c[name] for name in _NAMES), ACCESSES.c.link).order_by(ACCESSES.c.id)
    for *said, link in connection.execute(query.execution_options(yield_per=1_000)):
        yield Access(*said), link


def make_head(connection: Connection, keyring: Keyring, now_ms: int) -> bool:
    """Sign up to where the log goes, in a write transaction; return False where nothing came since the last head."""
    last = _LAST.first(connection)
    if last is None or last[0] == _HELD.scalar(connection):
        return False
    document = AccessHead(keyring.tenant, last[0], last[1] or BEGINNING, now_ms).document()
    certificate = keyring.certificate
    signature = keyring.signing_key.sign(_to_be_signed(certificate.suite.id, certificate.id, document))
    connection.execute(
        insert(ACCESS_HEADS).values(
            row=last[0], document=document, signature=signature, suite=certificate.suite.id,
            certificate_id=certificate.id,
        )
    )  # fmt: skip
    return True


def is_signed(document: bytes, signature: bytes, key: VerifyingKey, suite_id: int, certificate_id: bytes) -> bool:
    """Tell whether ``key``, certified as ``certificate_id``, signed the head ``document``."""
    return key.verify(_to_be_signed(suite_id, certificate_id, document), signature)


def _to_be_signed(suite_id: int, certificate_id: bytes, document: bytes) -> bytes:
    return to_be_signed("access-head", cbor.encode([suite_id, certificate_id]), document)
