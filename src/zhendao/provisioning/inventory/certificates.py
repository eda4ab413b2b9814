"""Certificates of an authority, those of its terminals among them, and those that they took the place of, as items."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from zhendao.protocol.certificates import Certificate
from zhendao.protocol.revocation import Revocations
from zhendao.provisioning.authority import (
    ESCROW,
    GATEWAY,
    GATEWAY_WRAP,
    ISSUING,
    OLD,
    ROOT,
    TLS_BROKER,
    TLS_CA,
    TLS_CALLS,
    TLS_GATEWAY,
    TOKEN_ISSUER,
    Authority,
    certificate_file,
    der_of_pem,
    read_certificate,
)
from zhendao.provisioning.errors import FolderUnusableError, NoAuthorityError
from zhendao.provisioning.folders import read_file
from zhendao.provisioning.inventory.items import Item, Kind, Moment, State
from zhendao.provisioning.rotation import RETIRED_FILE
from zhendao.provisioning.tls import validity_of

_SIGNED = (ROOT, ISSUING, TOKEN_ISSUER, GATEWAY, GATEWAY_WRAP, ESCROW)
_TLS = (TLS_CA, TLS_BROKER, TLS_GATEWAY)
_MOST_PEM = 8192


def certificates(authority: Authority, revoked: Revocations, moment: Moment) -> Iterator[Item]:
    """Give each certificate that lies in the folder; ``file`` among its facts is what `revoke --certificate` takes."""
    shelf = _Shelf(authority.folder, revoked, moment)
    for name in _SIGNED:
        yield shelf.signed(authority.folder / certificate_file(name), replaced=False)
        for path in authority.old_files(name):
            yield shelf.signed(path, replaced=True)
    calls = (TLS_CALLS,) if (authority.folder / certificate_file(TLS_CALLS)).exists() else ()
    for name in (*_TLS, *calls):
        yield shelf.tls(authority.folder / certificate_file(name), name, replaced=False)
        for path in authority.old_files(name):
            yield shelf.tls(path, name, replaced=True)
    for folder in authority.terminals():
        gone = (folder / RETIRED_FILE).exists()
        yield shelf.signed(folder / "terminal.crt", replaced=gone)
        yield shelf.tls(folder / "tls.crt", folder.name, replaced=gone)
        for path in sorted((folder / OLD).glob("*.crt")):
            if path.name.endswith(".tls.crt"):
                yield shelf.tls(path, folder.name, replaced=True)
            else:
                yield shelf.signed(path, replaced=True)


class _Shelf:
    """Files in, items out; a file that is missing or no certificate is an item too."""

    def __init__(self, folder: Path, revoked: Revocations, moment: Moment) -> None:
        self._folder, self._revoked, self._moment = folder, revoked, moment

    def signed(self, path: Path, *, replaced: bool) -> Item:
        try:
            found = read_certificate(self._folder, path)
        except NoAuthorityError:
            return self._damaged(path)
        number, name = found.id.hex(), found.common_name
        state = self._state(found, replaced=replaced)
        facts = self._facts(path, found.suite.name)
        return Item(Kind.CERTIFICATE, number, found.role, name, state, found.not_before_s, found.not_after_s, facts)

    def tls(self, path: Path, name: str, *, replaced: bool) -> Item:
        try:
            data = read_file(path, _MOST_PEM)
            times, number = validity_of(data), hashlib.sha256(der_of_pem(data)).hexdigest()
        except (FolderUnusableError, ValueError):
            return self._damaged(path)
        state = State.RETIRED if replaced else self._moment.by_time(times.not_after_s)
        facts = self._facts(path, "tls")
        return Item(Kind.CERTIFICATE, number, "tls", name, state, times.not_before_s, times.not_after_s, facts)

    def _state(self, found: Certificate, *, replaced: bool) -> State:
        ended = self._revoked.find(found)
        if ended is not None and ended.since_s <= self._moment.now_s:
            return State.REVOKED
        return State.RETIRED if replaced else self._moment.by_time(found.not_after_s)

    def _damaged(self, path: Path) -> Item:
        return Item(Kind.CERTIFICATE, "", "", "", State.DAMAGED, None, None, self._facts(path, None))

    def _facts(self, path: Path, suite: str | None) -> dict[str, str | None]:
        return {"suite": suite, "file": str(path.relative_to(self._folder))}
