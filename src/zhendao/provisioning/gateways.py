"""Gives a gateway its keys: the part of the authority that a gateway needs, opened for its data folder.

These keys lie there without a passphrase, mode 0600, since a service must start by itself: who reads them reads every
event and can command terminals, but can forge no event, no certificate and no card.
"""

from pathlib import Path
from typing import Final

from zhendao.provisioning.authority import (
    GATEWAY,
    GATEWAY_WRAP,
    ISSUING,
    ROOT,
    TLS_CA,
    TLS_GATEWAY,
    TOKEN_ISSUER,
    Authority,
    certificate_file,
    certificate_pem,
)
from zhendao.provisioning.folders import SECRET, new_folder, write_file
from zhendao.provisioning.keyfile import plain_pem
from zhendao.provisioning.tls import TlsPair

FOLDER: Final = "keys"


def install(authority: Authority, data_dir: Path, now_s: int) -> Path:
    """Make ``data_dir/keys`` and return it.

    Raises:
        FolderExistsError: the gateway has keys already.
    """
    tls = authority.tls(TLS_GATEWAY)
    tls_ca = authority.folder / certificate_file(TLS_CA)
    secrets = {"gateway.key": authority.gateway().pkcs8(), "wrap.key": authority.gateway_wrap().pkcs8()}
    certificates = {
        "root.crt": ROOT,
        "issuing.crt": ISSUING,
        "token-issuer.crt": TOKEN_ISSUER,
        "gateway.crt": GATEWAY,
        "wrap.crt": GATEWAY_WRAP,
    }
    target = data_dir.absolute() / FOLDER
    with new_folder(target) as made:
        for file, name in certificates.items():
            write_file(made / file, certificate_pem(authority.certificate(name).der))
        for file, pkcs8 in secrets.items():
            write_file(made / file, plain_pem(pkcs8), SECRET)
        write_tls(made, tls, tls_ca.read_bytes(), "tls-ca.crt", "tls")
        write_file(made / "tenant", (authority.tenant + "\n").encode())
    authority.note("gateway install", now_s, folder=str(target))
    return target


def write_tls(folder: Path, pair: TlsPair, authority: bytes, authority_file: str, name: str) -> None:
    """Write a TLS key, its certificate and the authority that it belongs to."""
    write_file(folder / authority_file, authority)
    write_file(folder / f"{name}.crt", pair.certificate)
    write_file(folder / f"{name}.key", plain_pem(pair.pkcs8), SECRET)
