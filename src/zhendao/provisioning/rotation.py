"""Rotation: a new key and certificate in the place of one of the authority's, and answers that tell the terminals.

Promise: what was signed or sealed under the old key goes on being verified and opened: its certificate stays in the
authority's folder, in the gateway's, and in the answers of the terminals, until it is revoked or has expired.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zhendao.protocol.enrolment import ANSWER_BYTES, REQUEST_BYTES, Answer, open_answer, open_request, sign_answer
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.keys import SigningKey
from zhendao.protocol.wording import Text
from zhendao.provisioning.answers import make_answer
from zhendao.provisioning.authority import (
    ESCROW,
    GATEWAY,
    GATEWAY_WRAP,
    ISSUING,
    OLD,
    TLS_BROKER,
    TLS_CA,
    TLS_CALLS,
    TLS_GATEWAY,
    TOKEN_ISSUER,
    Authority,
    certificate_pem,
)
from zhendao.provisioning.duty import Duty
from zhendao.provisioning.errors import ApprovalError, ProvisioningError
from zhendao.provisioning.folders import read_file, write_file
from zhendao.provisioning.founding import Purpose, certify
from zhendao.provisioning.roots import Root
from zhendao.provisioning.signers.interface import SignerError, find
from zhendao.provisioning.tls import hosts_of, new_authority, new_pair
from zhendao.provisioning.validity import END_YEARS, ISSUING_YEARS, span

REQUEST_FILE: Final = "request.cbor"
ANSWER_FILE: Final = "answer.cbor"
RETIRED_FILE: Final = "retired.json"
"""In the folder of a terminal that works no longer."""

_ENDS: Final = {
    TOKEN_ISSUER: Purpose("token-issuer", "sign", "token-issuer"),
    GATEWAY: Purpose("gateway", "sign", "gateway"),
    GATEWAY_WRAP: Purpose("gateway", "wrap", "gateway-wrap"),
    ESCROW: Purpose("escrow", "wrap", "escrow"),
}
WHAT: Final = {
    "issuing": ISSUING,
    "token-issuer": TOKEN_ISSUER,
    "gateway": GATEWAY,
    "gateway-wrap": GATEWAY_WRAP,
    "escrow": ESCROW,
    "tls-ca": TLS_CA,
    "tls-broker": TLS_BROKER,
    "tls-gateway": TLS_GATEWAY,
    "tls-calls": TLS_CALLS,
}
"""What can be rotated, by the word of the command."""
HELD_BY_SIGNERS: Final = frozenset({ISSUING, TOKEN_ISSUER})


@dataclass(frozen=True)
class Rotated:
    """What was rotated, and where the certificate that was there before is kept."""

    what: str
    kept: Path


def rotate(authority: Authority, what: str, now_s: int, root: Root | None = None, signer: str = "libcrypto") -> Rotated:
    """Make a new key and certificate of ``what``, one of `WHAT`; the old ones are kept.

    ``signer``: where the new key is to live; those of services live in files.

    Raises:
        ProvisioningError: the root is needed for an issuing authority.
        SignerError: the signer has no such keys, or is not for this one.
    """
    name = WHAT[what]
    if name not in HELD_BY_SIGNERS and signer != "libcrypto":
        raise SignerError(
            Text(f"{what} 的密钥须放在文件中", f"the key of {what} lives in a file: a service has to be given it")
        )
    if name == ISSUING:
        _rotate_issuing(authority, now_s, root, signer)
    elif name in _ENDS:
        _rotate_end(authority, name, now_s, signer)
    else:
        _rotate_tls(authority, name, now_s)
    kept = authority.old_files(name)[0]
    authority.note("rotate", now_s, what=what, kept=kept.stem)
    return Rotated(what, kept)


def renew(authority: Authority, folder: Path, now_s: int, duty: Duty | None = None) -> Answer:
    """Give the terminal of ``folder`` a new certificate and a new answer, for another ``duty`` where one is given.

    Raises:
        ApprovalError: what is kept of it is damaged.
    """
    data, before = read_file(folder / REQUEST_FILE, REQUEST_BYTES), kept_answer(folder)
    answer = make_answer(authority, open_request(data), data, duty or Duty.of(before), now_s, before)
    for label, der in (("crt", before.certificate.der), ("tls.crt", before.tls_certificate)):
        write_file(folder / OLD / f"{before.made_ms}.{label}", certificate_pem(der))
    write_file(folder / "terminal.crt", certificate_pem(answer.certificate.der))
    write_file(folder / "tls.crt", certificate_pem(answer.tls_certificate))
    write_file(folder / ANSWER_FILE, sign_answer(answer, authority.issuing_key()))
    authority.note("terminal renew", now_s, device=folder.name, certificate=answer.certificate.id.hex())
    return answer


def active(authority: Authority) -> list[Path]:
    """Return the folders of the terminals that were not retired or revoked."""
    return [one for one in authority.terminals() if not (one / RETIRED_FILE).exists()]


def kept_answer(folder: Path) -> Answer:
    """Return the newest answer to the terminal of ``folder``. Raises `ApprovalError`."""
    try:
        return open_answer(read_file(folder / ANSWER_FILE, ANSWER_BYTES))
    except ProtocolError as error:
        raise ApprovalError(Text(f"{folder} 已损坏：{error.detail}", f"{folder} is damaged: {error.detail}")) from error


def _new_key(authority: Authority, signer: str) -> tuple[SigningKey, bytes | None, str | None]:
    """Return a new signing key, and either its bytes or where it is held."""
    if signer == "libcrypto":
        made = authority.suite.new_signing_key()
        return made, made.pkcs8(), None
    place = find(signer, authority.surroundings())
    locator = place.make(authority.suite)
    return place.open(authority.suite, locator), None, f"{signer} {locator}"


def _rotate_issuing(authority: Authority, now_s: int, root: Root | None, signer: str) -> None:
    if root is None:
        raise ProvisioningError(
            Text("轮换签发机构需要根密钥", "to rotate the issuing authority takes the root's key"),
            Text("请给出 --root-folder", "give --root-folder"),
        )
    key, pkcs8, held = _new_key(authority, signer)
    first = authority.old(ISSUING)[-1:] or [authority.issuing]
    name = f"{first[0].common_name} {len(authority.old_files(ISSUING)) + 2}"
    # terminals tell the newer of two by when it begins
    certificate = root.certify(name, key.spki, max(now_s, authority.issuing.not_before_s + 86_401))
    authority.replace(ISSUING, certificate_pem(certificate.der), pkcs8, held)


def _rotate_end(authority: Authority, name: str, now_s: int, signer: str) -> None:
    purpose = _ENDS[name]
    pkcs8: bytes | None
    if purpose.usage == "sign":
        key, pkcs8, held = _new_key(authority, signer)
        spki = key.spki
    else:
        opening = authority.suite.new_unwrapping_key()
        spki, pkcs8, held = opening.spki, opening.pkcs8(), None
    certificate = certify(authority.issuing, authority.issuing_key(), purpose, spki, now_s)
    authority.replace(name, certificate_pem(certificate.der), pkcs8, held)


def _rotate_tls(authority: Authority, name: str, now_s: int) -> None:
    if name == TLS_CA:
        count = len(authority.old_files(TLS_CA)) + 2
        pair = new_authority(authority.tenant, span(now_s, ISSUING_YEARS), f"{authority.tenant} TLS {count}")
    else:
        hosts = tuple(hosts_of(authority.tls(name).certificate)) if name == TLS_BROKER else ()
        user = name.rpartition("/")[2]
        pair = new_pair(authority.tls(TLS_CA), authority.tenant, user, span(now_s, END_YEARS), hosts)
    authority.replace(name, pair.certificate, pair.pkcs8)
