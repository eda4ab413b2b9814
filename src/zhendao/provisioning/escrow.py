"""The escrow: the city's cryptography office makes its own key, and hands over nothing but a request (rule: ESCROW).

Promise: the key that can always open events is made where it stays, under a passphrase of the office; the authority
sees its public half alone, and certifies it after a person compared its code over another way than the file's.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from zhendao.protocol import cbor
from zhendao.protocol.certificates import Certificate
from zhendao.protocol.chain import TrustStore
from zhendao.protocol.enrolment import code_of_request
from zhendao.protocol.errors import CertificateError, MalformedError, ProtocolError
from zhendao.protocol.fields import UINT, Words, check_version
from zhendao.protocol.keys import UnwrappingKey
from zhendao.protocol.limits import WIRE_VERSION
from zhendao.protocol.suite import SM, Suite, suite_by_id
from zhendao.protocol.wording import Text
from zhendao.provisioning import audit
from zhendao.provisioning.authority import ESCROW, Authority, certificate_pem, open_key_file, read_certificate
from zhendao.provisioning.errors import ProvisioningError
from zhendao.provisioning.folders import SECRET, new_folder, read_file, write_file
from zhendao.provisioning.founding import Purpose, certify
from zhendao.provisioning.keyfile import Passphrase

KEY, REQUEST, CERTIFICATE = "escrow.key", "request.cbor", "escrow.crt"
_MOST: Final = 1024
_NAME: Final = Words(64)


class EscrowError(ProvisioningError):
    """A request or a certificate of the escrow is not what it should be."""

    code = "escrow"


@dataclass(frozen=True)
class EscrowRequest:
    """What the office asks for: a certificate for its public key, under its name."""

    suite: Suite
    spki: bytes
    name: str
    made_s: int


def request(folder: Path, suite: Suite, name: str, passphrase: str, now_s: int) -> tuple[bytes, str]:
    """Make the office's key in the new ``folder``; return the request's bytes and its code.

    Raises:
        FolderExistsError: there is something already.
    """
    key = suite.new_unwrapping_key()
    words: dict[int, Any] = {1: WIRE_VERSION, 2: suite.id, 3: key.spki, 4: _NAME.to_raw(name), 5: UINT.to_raw(now_s)}
    data = cbor.encode(words)
    with new_folder(folder) as made:
        write_file(made / KEY, Passphrase(passphrase).encrypt(key.pkcs8()), SECRET)
        write_file(made / REQUEST, data)
        audit.append(made, "escrow request", now_s, name=name, key=key.key_id.hex())
    return data, code_of_request(data, suite)


def open_request(data: bytes) -> EscrowRequest:
    """Read a request. Raises `EscrowError`."""
    try:
        words = cbor.decode(data, _MOST)
        if not isinstance(words, dict) or words.keys() != {1, 2, 3, 4, 5} or not isinstance(words[3], bytes):
            raise MalformedError("escrow", "keys missing or too many")
        check_version(words[1], WIRE_VERSION)
        suite = suite_by_id(UINT.from_raw(words[2]))
        spki = suite.wrapping_key(words[3]).spki
        return EscrowRequest(suite, spki, _NAME.from_raw(words[4]), UINT.from_raw(words[5]))
    except ProtocolError as error:
        raise EscrowError(
            Text(f"不是托管机构的请求：{error.detail}", f"this is no request of an escrow: {error.detail}")
        ) from error


def approve(authority: Authority, data: bytes, code: str, now_s: int) -> Certificate:
    """Certify the office's key in the place of the escrow's key before; terminals learn it by their next answers.

    Raises:
        EscrowError: it is no request, of another suite, or not the one with ``code``.
    """
    asked = open_request(data)
    found = code_of_request(data, asked.suite)
    if code != found:
        raise EscrowError(
            Text(f"请求码不是 {code}", f"the code of this request is not {code}"),
            Text("请通过电话与密码管理部门核对", "compare it with the office, by telephone"),
        )
    if asked.suite is not authority.suite:
        raise EscrowError(Text("密码套件不同", f"the request is of suite {asked.suite.name}"))
    if asked.spki == authority.certificate(ESCROW).spki:
        return authority.certificate(ESCROW)
    purpose = Purpose("escrow", "wrap", asked.name)
    certificate = certify(authority.issuing, authority.issuing_key(), purpose, asked.spki, now_s)
    authority.replace(ESCROW, certificate_pem(certificate.der), None)
    authority.note("escrow approve", now_s, code=found, name=asked.name, certificate=certificate.id.hex())
    return certificate


def accept(folder: Path, data: bytes, trust: TrustStore, passphrase: str, now_s: int) -> Certificate:
    """Keep the certificate at the office, after seeing that it is for its key and that the key opens what is wrapped.

    Raises:
        EscrowError: it is for another key, or not below the root that is trusted.
    """
    try:
        certificate = trust.check(data, now_s, "escrow", "wrap")
    except CertificateError as error:
        raise EscrowError(
            Text(f"证书不可信：{error.detail}", f"the certificate cannot be believed: {error.detail}")
        ) from error
    key = open_key_file(folder / KEY, Passphrase(passphrase), certificate.suite.unwrapping_key)
    wrapping = certificate.suite.wrapping_key(certificate.spki)
    if key.spki != certificate.spki or key.unwrap(wrapping.wrap(b"opens")) != b"opens":
        raise EscrowError(Text("证书属于另一把密钥", "the certificate is for another key"))
    write_file(folder / CERTIFICATE, certificate_pem(certificate.der))
    audit.append(folder, "escrow accept", now_s, certificate=certificate.id.hex())
    return certificate


def own_key(folder: Path, passphrase: str) -> UnwrappingKey:
    """Return the key in the office's ``folder``, of the suite of its certificate (sm where it has none yet).

    Raises `PassphraseError`, `KeyFileError`.
    """
    kept = folder / CERTIFICATE
    suite = certificate_in(kept).suite if kept.exists() else SM
    return open_key_file(folder / KEY, Passphrase(passphrase), suite.unwrapping_key)


def read_request(path: Path) -> bytes:
    """Return the bytes of a request's file."""
    return read_file(path, _MOST)


def certificate_in(path: Path) -> Certificate:
    """Return the certificate in a PEM file."""
    return read_certificate(path.parent, path)
