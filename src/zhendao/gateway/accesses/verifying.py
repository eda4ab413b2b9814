"""The check of the whole log of accesses, with the certificates that its heads were signed under.

Promise: a head counts only under a certificate of this gateway that its authority issued; nothing is written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from asn1crypto import pem
from sqlalchemy import Connection, select

from zhendao.gateway.accesses.book import entered, is_signed
from zhendao.gateway.accesses.chain import AccessHead, Checked, Problem, check, head_of
from zhendao.gateway.accesses.tables import ACCESS_HEADS
from zhendao.gateway.evidence.anchored import first_unheld
from zhendao.gateway.evidence.log import ACCESS, Log
from zhendao.gateway.keyring import Keyring
from zhendao.protocol.certificates import Certificate
from zhendao.protocol.errors import CertificateError, ProtocolError
from zhendao.protocol.loghead import LogHead


def certificates(keyring: Keyring, keys: Path) -> Mapping[bytes, Certificate]:
    """Return the gateway's certificates by their ids: the one now, and those before it in the folder ``keys``."""
    found = {keyring.certificate.id: keyring.certificate}
    for path in sorted((keys / "old").glob("gateway-*.crt")):
        try:
            one = Certificate.parse(bytes(pem.unarmor(path.read_bytes())[2]))
        except (OSError, ValueError, ProtocolError):
            continue
        found[one.id] = one
    return found


def verify(connection: Connection, keyring: Keyring, keys: Path, log: Log, of_log: Sequence[LogHead] = ()) -> Checked:
    """Check the log as ``connection`` sees it; ``of_log``: heads of the gateway's ``log``, wherever they were kept."""
    known = certificates(keyring, keys)
    heads: list[AccessHead | None] = []
    good: set[AccessHead] = set()
    for row in connection.execute(select(ACCESS_HEADS).order_by(ACCESS_HEADS.c.id)):
        head = _read(row.document)
        heads.append(head)
        certificate = known.get(row.certificate_id)
        if head is None or certificate is None or head.row != row.row or head.tenant != keyring.tenant:
            continue
        key = certificate.suite.verifying_key(certificate.spki)
        signed = is_signed(row.document, row.signature, key, row.suite, row.certificate_id)
        if signed and _believed(keyring, certificate, head):
            good.add(head)
    checked = check(entered(connection), heads, good.__contains__)
    held = first_unheld(connection, keyring.certificate.suite, log, of_log, ACCESS, ACCESS_HEADS)
    if held is None:
        return checked
    last = connection.execute(select(ACCESS_HEADS.c.row).where(ACCESS_HEADS.c.id == held)).scalar() or 0
    return replace(checked, problems=(*checked.problems, Problem(last, "log")))


def _read(document: bytes) -> AccessHead | None:
    try:
        return head_of(document)
    except ProtocolError:
        return None


def _believed(keyring: Keyring, certificate: Certificate, head: AccessHead) -> bool:
    try:
        keyring.trust.check(certificate.der, head.made_ms // 1000, "gateway", "sign")
    except CertificateError:
        return False
    return True
