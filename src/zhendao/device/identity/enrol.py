"""A terminal joins: it makes its keys and a request, and takes the authority's answer (docs/protocol.md section 12).

Promise: ``answer.cbor`` is the last file written, and only after every check: a terminal is enrolled wholly or not at
all. Once it is, an answer that its root vouches for may change whom it believes, and never who it is.
"""

from __future__ import annotations

import dataclasses
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asn1crypto import pem
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

import zhendao
from zhendao.device.errors import DataFolderError, DeviceError
from zhendao.device.identity import keystore
from zhendao.device.identity.atomic import replace
from zhendao.protocol.chain import TrustStore
from zhendao.protocol.enrolment import Answer, KeyStore, Request, open_answer, open_request, sign_request
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.invitation import check_vouched, invite, split_vouched
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from pathlib import Path

    from zhendao.protocol.invitation import Code
    from zhendao.protocol.suite import Suite

IDENTITY = "identity"
REQUEST_FILE, ANSWER_FILE, CODE_FILE = "request.cbor", "answer.cbor", "code"
DEVICE_BYTES = 16


class EnrolmentError(DeviceError):
    """An answer that is not for this terminal, or a step at the wrong time."""

    code = "enrolment"


@dataclass(frozen=True)
class Asked:
    """A request and its bytes; ``again`` if it had been made before."""

    request: Request
    data: bytes
    again: bool


def ask(data_dir: Path, suite: Suite, store: KeyStore | None, now_ms: int, code: Code | None = None) -> Asked:
    """Make keys and request in ``data_dir/identity``; a request that waits for its answer is given again.

    ``store`` None takes the best place for the key that the machine has. With a one-time ``code`` what is given proves
    it, and the answer has to prove it too.

    Raises:
        EnrolmentError: the terminal has been enrolled before.
        DeviceError: folder, key file or chip cannot be used.
    """
    folder = data_dir / IDENTITY
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise DataFolderError(data_dir, error.strerror or type(error).__name__) from error
    if (folder / ANSWER_FILE).exists():
        raise EnrolmentError(
            Text(f"终端已注册（{folder}）", f"this terminal is enrolled already ({folder})"),
            Text("如要换新身份，请换一个空的 data_dir", "take a new, empty data_dir to give it a new identity"),
        )
    waiting = _waiting(folder)
    if waiting is not None:
        return _invited(folder, Asked(open_request(waiting), waiting, again=True), code)
    store = keystore.choose(suite) if store is None else store
    key = keystore.make_key(folder, suite, store)
    request = Request(
        suite=suite,
        device=secrets.token_bytes(DEVICE_BYTES),
        spki=key.spki,
        tls_spki=_make_tls_key(folder),
        keystore=store,
        software=zhendao.__version__,
        made_ms=max(now_ms, 0),
    )
    data = sign_request(request, key)
    replace(folder / REQUEST_FILE, data)
    return _invited(folder, Asked(request, data, again=False), code)


def _invited(folder: Path, asked: Asked, code: Code | None) -> Asked:
    if code is None:
        (folder / CODE_FILE).unlink(missing_ok=True)
        return asked
    key = code.key()
    replace(folder / CODE_FILE, key)
    return dataclasses.replace(asked, data=invite(asked.request.suite, key, code.id, asked.data))


def accept(data_dir: Path, data: bytes, *, vouched: bool = False) -> Answer:
    """Check the authority's answer and keep it; the same answer again changes nothing.

    A later answer takes the place of the one before, if the root that was believed then vouches for it. ``vouched``:
    only an answer is taken that proves the one-time code; one that claims to prove it must.

    Raises:
        EnrolmentError: it is no answer, not to this terminal's request, not of one chain, or not a later one.
    """
    folder = data_dir / IDENTITY
    request = _waiting(folder)
    if request is None:
        raise EnrolmentError(
            Text("本终端没有发出过请求", "this terminal has made no request"),
            Text("请先运行 zhendao-device enrol --request", "run zhendao-device enrol --request first"),
        )
    try:
        data = _unvouched(folder, request, data, vouched=vouched)
        answer = open_answer(data)
        _check(answer, open_request(request), request)
        kept = _kept(folder)
        before = None if kept in {None, data} else open_answer(kept)
        if before is not None:
            _check_later(answer, before)
    except ProtocolError as error:
        raise EnrolmentError(
            Text(f"答复不能接受：{error.detail}", f"the answer cannot be accepted: {error.detail}"),
            Text("请确认它是对本终端请求的答复", "see that it is the answer to this terminal's request"),
        ) from error
    key = keystore.open_key(folder, answer.suite)
    if key.spki != answer.certificate.spki:
        raise EnrolmentError(Text("终端密钥已不是请求中的密钥", "the terminal's key is no longer that of its request"))
    if before is not None:  # for the journal, which holds what was signed under it
        name = f"terminal-{before.made_ms}.crt"
        replace(folder / name, pem.armor("CERTIFICATE", before.certificate.der))
    for name, der in (
        ("terminal.crt", answer.certificate.der),
        ("tls.crt", answer.tls_certificate),
    ):
        replace(folder / name, pem.armor("CERTIFICATE", der))
    believed = (answer.tls_ca, *(answer.tls_cas_before or ()))
    replace(folder / "tls-ca.crt", b"".join(pem.armor("CERTIFICATE", der) for der in believed))
    replace(folder / ANSWER_FILE, data)
    (folder / CODE_FILE).unlink(missing_ok=True)
    return answer


def _unvouched(folder: Path, request: bytes, data: bytes, *, vouched: bool) -> bytes:
    """Return the answer in ``data``, after checking who vouches for it."""
    answer, mac = split_vouched(data)
    if mac is None:
        if vouched:
            raise ProtocolError("answer", "no code vouches for it")
        return answer
    try:
        key = (folder / CODE_FILE).read_bytes()
    except FileNotFoundError:
        if _kept(folder) == answer:
            return answer
        raise ProtocolError("answer", "it is for a terminal that was given a code") from None
    except OSError as error:
        raise DataFolderError(folder, error.strerror or type(error).__name__) from error
    check_vouched(open_request(request).suite, key, request, answer, mac)
    return answer


def _kept(folder: Path) -> bytes | None:
    try:
        return (folder / ANSWER_FILE).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DataFolderError(folder, error.strerror or type(error).__name__) from error


def _check_later(answer: Answer, before: Answer) -> None:
    """Check that ``answer`` may take the place of ``before``: the same root vouches for it, and it is a later one."""
    if [one.id for one in answer.roots] != [one.id for one in before.roots] or answer.tenant != before.tenant:
        raise ProtocolError("answer", "it names another root than the one that is believed")
    if answer.age <= before.age:
        raise ProtocolError("answer", "it is not later than the one that this terminal has")


def _waiting(folder: Path) -> bytes | None:
    try:
        return (folder / REQUEST_FILE).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DataFolderError(folder, error.strerror or type(error).__name__) from error


def _make_tls_key(folder: Path) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    replace(folder / "tls.key", key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _check(answer: Answer, request: Request, data: bytes) -> None:
    """Check all that section 12 asks of a terminal. The time is the answer's own: a new terminal may have no clock."""
    if answer.request != request.suite.hash(data) or answer.suite is not request.suite:
        raise ProtocolError("answer", "it answers another request")
    if answer.device != request.device or answer.certificate.spki != request.spki:
        raise ProtocolError("answer", "it certifies another terminal or key")
    store = TrustStore([one.der for one in answer.roots], [one.der for one in answer.issuing])
    at_s = answer.made_ms // 1000
    for one in (answer.certificate, answer.gateway, answer.gateway_wrap, answer.escrow_wrap, *answer.token_issuers):
        store.check(one.der, at_s)
    try:
        certificate, authority = (
            x509.load_der_x509_certificate(der) for der in (answer.tls_certificate, answer.tls_ca)
        )
        certificate.verify_directly_issued_by(authority)
        spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise ProtocolError("answer", "its TLS certificate is not good") from error
    if spki != request.tls_spki:
        raise ProtocolError("answer", "its TLS certificate is for another key")
