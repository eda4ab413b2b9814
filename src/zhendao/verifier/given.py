"""What the arguments of `zhendao-verify` name: certificates, revocation lists, a moment, the bytes of a file.

Promise: a file that is none of what it should be is named, with the reason; nothing is read beyond a bound.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from zhendao.command.errors import UsageError
from zhendao.protocol.errors import CertificateError, ProtocolError
from zhendao.protocol.wording import Text
from zhendao.verifier.errors import UnreadableFileError

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from zhendao.protocol.chain import TrustStore
    from zhendao.protocol.revocation import Revocations

_CERTIFICATE_FILE_BYTES = 16_384


def trust(arguments: argparse.Namespace) -> TrustStore:
    """Return what ``--root`` and ``--issuing`` make believable. Raises `UnreadableFileError` naming the file."""
    from zhendao.protocol.chain import TrustStore  # noqa: PLC0415 - loads OpenSSL's own bindings

    root = certificate(arguments.root)
    try:
        TrustStore([root])
    except CertificateError as error:
        raise UnreadableFileError(arguments.root, _unusable(error)) from error
    issuing = []
    for path in arguments.issuing:
        issuing.append(certificate(path))
        try:
            TrustStore([root], issuing)
        except CertificateError as error:
            raise UnreadableFileError(path, _unusable(error)) from error
    return TrustStore([root], issuing)


def revoked(arguments: argparse.Namespace) -> Revocations | None:
    """Return what the lists say that were given; each must be signed by an authority of this root."""
    from zhendao.protocol.certificates import Certificate  # noqa: PLC0415 - not needed for help
    from zhendao.protocol.revocation import LIST_BYTES, Revocations, open_list  # noqa: PLC0415 - as above

    believed = trust(arguments)
    issuing = [Certificate.parse(certificate(path)) for path in arguments.issuing]
    lists = []
    for path in arguments.revoked:
        try:
            lists.append(open_list(read(path, LIST_BYTES)))
            Revocations(believed, issuing, lists)
        except ProtocolError as error:
            raise UnreadableFileError(path, error.detail) from error
    return Revocations(believed, issuing, lists) if lists else None


def _unusable(error: CertificateError) -> Text:
    return Text(f"不是可用的证书（{error.detail}）", error.detail)


def moment(said: str | None) -> int:
    """Return the moment of ``--at`` in UTC s, now where it is not given. Raises `UsageError`."""
    if said is None:
        return int(datetime.now(UTC).timestamp())
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        raise UsageError(
            Text(f"--at：不是时刻：{said}", f"--at: not a moment: {said}"),
            Text("例如 2026-11-22T09:00:00+08:00", "such as 2026-11-22T09:00:00+08:00"),
        ) from None
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())


def certificate(path: Path) -> bytes:
    """Return the DER of a certificate in a file, PEM or DER. Raises `UnreadableFileError`."""
    from asn1crypto import pem  # noqa: PLC0415 - not needed for help

    data = read(path, _CERTIFICATE_FILE_BYTES)
    if not pem.detect(data):
        return data
    try:
        return bytes(pem.unarmor(data)[2])
    except ValueError as error:
        raise UnreadableFileError(path, str(error)) from error


def read(path: Path, most: int) -> bytes:
    """Return the bytes of a file, at most ``most``. Raises `UnreadableFileError`."""
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise UnreadableFileError(path, error.strerror or str(error)) from error
    if len(data) > most:
        raise UnreadableFileError(path, f"> {most} bytes")
    return data
