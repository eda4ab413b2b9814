"""The authority's revocation lists: its own (`revoked.cbor`) and the root's (`revoked-root.cbor`).

Each act makes the next number of a list, signed; nothing is ever taken off. Which certificates a list may name:
`protocol.revocation`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from zhendao.protocol.certificates import Certificate
from zhendao.protocol.chain import TrustStore
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.revocation import (
    LIST_BYTES,
    Reason,
    RevocationList,
    Revocations,
    Revoked,
    open_list,
    sign_list,
)
from zhendao.protocol.wording import Text
from zhendao.provisioning.authority import ISSUING, Authority
from zhendao.provisioning.errors import ProvisioningError
from zhendao.provisioning.folders import read_file, write_file
from zhendao.provisioning.roots import Root

OWN, OF_ROOT = "revoked.cbor", "revoked-root.cbor"
FILES: Final = (OWN, OF_ROOT)


class RevocationError(ProvisioningError):
    """A certificate cannot be revoked like this, or a list cannot be read."""

    code = "revocation"


def lists(authority: Authority) -> list[RevocationList]:
    """Return the lists that there are."""
    return [found for name in FILES if (found := _read(authority.folder / name)) is not None]


def revocations(authority: Authority) -> Revocations:
    """Return what is revoked now."""
    issuing = [authority.issuing, *authority.old(ISSUING)]
    trust = TrustStore([authority.root.der], [one.der for one in issuing])
    return Revocations(trust, issuing, lists(authority))


def revoke(
    authority: Authority, certificate: Certificate, since_s: int, reason: Reason, now_s: int, root: Root | None = None
) -> RevocationList:
    """Put ``certificate`` on a list from ``since_s`` on; see `revoke_all`."""
    return revoke_all(authority, [certificate], since_s, reason, now_s, root)


def revoke_all(
    authority: Authority,
    certificates: Sequence[Certificate],
    since_s: int,
    reason: Reason,
    now_s: int,
    root: Root | None = None,
) -> RevocationList:
    """Put ``certificates`` on a list from ``since_s`` on, and return the list; an earlier moment may be set later.

    An issuing authority is revoked by the ``root``, everything else by the issuing authority.

    Raises:
        RevocationError: the root is needed, or it is a root.
    """
    if any(one.role == "root" for one in certificates):
        raise RevocationError(
            Text("根证书不能吊销", "a root cannot be revoked"),
            Text("须重新建立机构并重新注册全部终端", "found a new authority and enrol every terminal anew"),
        )
    if root is None and any(one.role == "issuing" for one in certificates):
        raise RevocationError(
            Text("吊销签发机构需要根密钥", "to revoke an issuing authority takes the root's key"),
            Text("请给出 --root-folder", "give --root-folder"),
        )
    signer, key = (root.certificate, root.key) if root is not None else (authority.issuing, authority.issuing_key())
    path = authority.folder / (OF_ROOT if root is not None else OWN)
    before = _read(path)
    entries = {} if before is None else {one.certificate_id: one for one in before.entries}
    for certificate in certificates:
        known = entries.get(certificate.id)
        if known is None or since_s < known.since_s:
            entries[certificate.id] = Revoked(certificate.id, since_s, reason)
    made = RevocationList(signer, 1 if before is None else before.number + 1, now_s, tuple(entries.values()))
    write_file(path, sign_list(made, key))
    authority.note(
        "revoke",
        now_s,
        certificates=[one.id.hex() for one in certificates],
        role=certificates[0].role,
        name=certificates[0].common_name,
        since=since_s,
        reason=reason.name.lower(),
        number=made.number,
    )
    return made


def _read(path: Path) -> RevocationList | None:
    if not path.exists():
        return None
    try:
        return open_list(read_file(path, LIST_BYTES))
    except ProtocolError as error:
        raise RevocationError(
            Text(f"吊销列表 {path} 已损坏：{error.detail}", f"the list {path} is damaged: {error.detail}")
        ) from error
