"""What the authority believes no longer, as its lists in ``data_dir/keys`` say; read again as soon as they change.

A list that cannot be read or believed changes nothing: what was revoked before stays revoked, and the log says so.
"""

import logging
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from zhendao.protocol.certificates import Certificate, Name
from zhendao.protocol.chain import TrustStore
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.revocation import LIST_BYTES, Revocations, Revoked, open_list

_LOG = logging.getLogger(__name__)
FILES: Final = ("revoked.cbor", "revoked-root.cbor")
_LOOK_NS: Final = 1_000_000_000


class RevokedHere:
    """The lists in ``folder``. May be asked by any thread."""

    def __init__(self, folder: Path, trust: TrustStore, issuing: Sequence[Certificate]) -> None:
        self._paths = [folder / name for name in FILES]
        self._trust, self._issuing = trust, issuing
        self._lock = threading.Lock()
        self._looked_ns = 0
        self._seen: list[tuple[int, int] | None] = []
        self._found = Revocations(trust, issuing, ())

    def __call__(self, certificate_id: bytes, issuer: Name) -> tuple[Revoked | None, Revoked | None]:
        """Return what is said of an end entity's certificate, and of its issuer; None where it is believed."""
        with self._lock:
            now_ns = time.monotonic_ns()
            if not self._looked_ns or now_ns - self._looked_ns > _LOOK_NS:
                self._looked_ns = now_ns
                self._look()
            return self._found.own_and_above(certificate_id, issuer)

    def _look(self) -> None:
        seen = [_mark(path) for path in self._paths]
        if seen == self._seen:
            return
        self._seen = seen
        try:
            lists = [open_list(_read(path)) for path, mark in zip(self._paths, seen, strict=True) if mark is not None]
            self._found = Revocations(self._trust, self._issuing, lists)
        except (OSError, ProtocolError) as error:
            _LOG.error("the revocation lists cannot be used, those of before go on: %s", error)
            return
        _LOG.info("revocation lists: %s", ", ".join(f"{one.signer.role} {one.number}" for one in lists) or "none")


def _mark(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LIST_BYTES + 1)
