"""Gives a gateway its keys: the part of the authority that a gateway needs, opened for its data folder.

These keys lie there without a passphrase, mode 0600, since a service must start by itself: who reads them reads every
event and can command terminals, but can forge no event, no certificate and no card.
"""

import os
from pathlib import Path
from typing import Final

from zhendao.protocol.enrolment import ANSWER_BYTES
from zhendao.protocol.revocation import LIST_BYTES
from zhendao.provisioning import revoking, rotation
from zhendao.provisioning.authority import (
    ESCROW,
    GATEWAY,
    GATEWAY_WRAP,
    ISSUING,
    OLD,
    ROOT,
    TLS_CA,
    TLS_CALLS,
    TLS_GATEWAY,
    TOKEN_ISSUER,
    Authority,
    certificate_file,
    certificate_pem,
    read_certificate,
)
from zhendao.provisioning.errors import FolderUnusableError, NoAuthorityError
from zhendao.provisioning.folders import PUBLIC, SECRET, new_folder, read_file, write_file
from zhendao.provisioning.keyfile import plain_pem
from zhendao.provisioning.tls import TlsPair, new_pair
from zhendao.provisioning.validity import END_YEARS, span

FOLDER: Final = "keys"
_File = tuple[Path, bytes, int]
"""Where it goes, what is in it, its mode."""
ANSWERS: Final = "answers"
"""In the data folder: the newest answer to each terminal, by its device id."""
_SHOWN: Final = {
    "root.crt": ROOT,
    "issuing.crt": ISSUING,
    "token-issuer.crt": TOKEN_ISSUER,
    "gateway.crt": GATEWAY,
    "wrap.crt": GATEWAY_WRAP,
    "escrow.crt": ESCROW,
}


def install(authority: Authority, data_dir: Path, now_s: int) -> Path:
    """Make ``data_dir/keys`` and return it.

    Raises:
        FolderExistsError: the gateway has keys already.
    """
    tls = authority.tls(TLS_GATEWAY)
    secrets = {"gateway.key": authority.gateway().pkcs8(), "wrap.key": authority.gateway_wrap().pkcs8()}
    target = data_dir.absolute() / FOLDER
    with new_folder(target) as made:
        for file, name in _SHOWN.items():
            write_file(made / file, certificate_pem(authority.certificate(name).der))
        for file, pkcs8 in secrets.items():
            write_file(made / file, plain_pem(pkcs8), SECRET)
        write_tls(made, tls, tls_authorities(authority), "tls-ca.crt", "tls")
        write_file(made / "tenant", (authority.tenant + "\n").encode())
    _bring(authority, data_dir.absolute(), now_s)
    authority.note("gateway install", now_s, folder=str(target))
    return target


def update(authority: Authority, data_dir: Path, now_s: int) -> Path:
    """Bring ``data_dir`` up to what the authority has now, and return its folder of keys.

    Keys that were rotated stay in ``keys/old``, to open and verify what is older; lists of what was revoked go in, and
    the newest answer to each terminal, for the gateway to hand on. Files belong to whom the folder belongs. Done again
    after it was cut short, it ends the same.

    Raises:
        NoAuthorityError: there are no keys of this authority's gateway.
    """
    target = data_dir.absolute() / FOLDER
    if read_certificate(target, target / "root.crt").id != authority.root.id:
        raise NoAuthorityError(target, "it belongs to another root")
    _bring(authority, data_dir.absolute(), now_s)
    authority.note("gateway update", now_s, folder=str(target))
    return target


def _bring(authority: Authority, data_dir: Path, now_s: int) -> None:
    target = data_dir / FOLDER
    calls = _calls(authority, now_s)
    files = [*_former(authority, target), *_present(authority, target, calls), *_answers(authority, data_dir)]
    for path, data, mode in files:
        put(path, data, mode, target)
    for path in set((data_dir / ANSWERS).glob("*.cbor")) - {one for one, _, _ in files}:
        path.unlink()


def _former(authority: Authority, target: Path) -> list[_File]:
    """Return what verifies and opens what is older, and what is revoked: it is in place before anything changes."""
    files: list[_File] = []
    for name, label in ((ISSUING, "issuing"), (TOKEN_ISSUER, "token-issuer"), (GATEWAY, "gateway")):
        files += [
            (target / OLD / f"{label}-{path.stem}.crt", path.read_bytes(), PUBLIC) for path in authority.old_files(name)
        ]
    for key in authority.old_wraps():
        files.append((target / OLD / f"wrap-{key.key_id.hex()}.key", plain_pem(key.pkcs8()), SECRET))
    for name in revoking.FILES:
        if (authority.folder / name).exists():
            files.append((target / name, read_file(authority.folder / name, LIST_BYTES), PUBLIC))
    return files


def _calls(authority: Authority, now_s: int) -> TlsPair:
    """Return what the gateway hears calls for help with, made here where the authority is older than that."""
    if not (authority.folder / certificate_file(TLS_CALLS)).exists():
        name = TLS_CALLS.rpartition("/")[2]
        pair = new_pair(authority.tls(TLS_CA), authority.tenant, name, span(now_s, END_YEARS))
        authority.keep_tls(TLS_CALLS, pair)
    return authority.tls(TLS_CALLS)


def _present(authority: Authority, target: Path, calls: TlsPair) -> list[_File]:
    tls = authority.tls(TLS_GATEWAY)
    return [
        *((target / file, certificate_pem(authority.certificate(name).der), PUBLIC) for file, name in _SHOWN.items()),
        (target / "gateway.key", plain_pem(authority.gateway().pkcs8()), SECRET),
        (target / "wrap.key", plain_pem(authority.gateway_wrap().pkcs8()), SECRET),
        (target / "tls-ca.crt", tls_authorities(authority), PUBLIC),
        (target / "tls.crt", tls.certificate, PUBLIC),
        (target / "tls.key", plain_pem(tls.pkcs8), SECRET),
        (target / "tls-calls.key", plain_pem(calls.pkcs8), SECRET),
        (target / "tls-calls.crt", calls.certificate, PUBLIC),
    ]


def _answers(authority: Authority, data_dir: Path) -> list[_File]:
    return [
        (data_dir / ANSWERS / f"{one.name}.cbor", read_file(one / rotation.ANSWER_FILE, ANSWER_BYTES), SECRET)
        for one in rotation.active(authority)
    ]


def tls_authorities(authority: Authority) -> bytes:
    """Return all TLS authorities that are believed now, PEM after PEM, the newest first."""
    current = (authority.folder / certificate_file(TLS_CA)).read_bytes()
    return b"".join([current, *(path.read_bytes() for path in authority.old_files(TLS_CA))])


def put(path: Path, data: bytes, mode: int, like: Path) -> None:
    """Write a file that is not so already, and give it to the owner of ``like``."""
    try:
        if path.exists() and path.read_bytes() == data:
            return
        write_file(path, data, mode)
        owner = like.stat()
        for one in (path, path.parent):
            if (one.stat().st_uid, one.stat().st_gid) != (owner.st_uid, owner.st_gid):
                os.chown(one, owner.st_uid, owner.st_gid)
    except OSError as error:
        raise FolderUnusableError(path, error.strerror or str(error)) from error


def write_tls(folder: Path, pair: TlsPair, authority: bytes, authority_file: str, name: str) -> None:
    """Write a TLS key, its certificate and the authority that it belongs to."""
    write_file(folder / authority_file, authority)
    write_file(folder / f"{name}.crt", pair.certificate)
    write_file(folder / f"{name}.key", plain_pem(pair.pkcs8), SECRET)
