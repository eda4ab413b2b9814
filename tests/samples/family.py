"""A whole family of certificates for tests: root, issuing, terminal, gateway, token issuer, escrow."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from zhendao.protocol.certificates import Certificate, Name, Role, Usage
from zhendao.protocol.enrolment import Answer, KeyStore, Request, sign_request
from zhendao.protocol.issuing import Subject, issue
from zhendao.protocol.keys import SoftwareSigningKey
from zhendao.protocol.suite import Suite
from zhendao.protocol.vocabulary import Mounting, Placement

NOW_S = 1_795_338_000
YEAR_S = 365 * 86_400
DEVICE = bytes(range(16))


@dataclass
class Family:
    suite: Suite
    root_key: SoftwareSigningKey
    issuing_key: SoftwareSigningKey
    terminal_key: SoftwareSigningKey
    root: Certificate
    issuing: Certificate
    terminal: Certificate
    request: bytes
    answer: Answer

    def issue(self, spki: bytes, role: Role, usage: Usage, name: str = "one") -> Certificate:
        subject = Subject(Name("xuhui", role, name), spki, usage, NOW_S - 60, NOW_S + YEAR_S)
        return issue(subject, b"0123456789abcdef", self.issuing_key, self.issuing)


def make_family(suite: Suite, tenant: str = "xuhui") -> Family:
    """Make keys and certificates that are valid from a minute before `NOW_S`."""
    root_key, issuing_key, terminal_key = (suite.new_signing_key() for _ in range(3))
    wrap_spki = suite.new_unwrapping_key().spki

    def subject(role: Role, name: str, spki: bytes, usage: Usage, years: int) -> Subject:
        return Subject(Name(tenant, role, name), spki, usage, NOW_S - 60, NOW_S + years * YEAR_S)

    root = issue(subject("root", "root", root_key.spki, "certify", 20), bytes(16), root_key, None)
    issuing = issue(subject("issuing", "issuing", issuing_key.spki, "certify", 10), bytes(16), root_key, root)

    def end(role: Role, spki: bytes, usage: Usage, name: str = "one") -> Certificate:
        return issue(subject(role, name, spki, usage, 5), b"0123456789abcdef", issuing_key, issuing)

    terminal = end("terminal", terminal_key.spki, "sign", DEVICE.hex())
    tls_spki = (
        ec.generate_private_key(ec.SECP256R1())
        .public_key()
        .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )
    request = sign_request(
        Request(suite, DEVICE, terminal_key.spki, tls_spki, KeyStore.FILE, "1.0", NOW_S * 1000), terminal_key
    )
    answer = Answer(
        suite=suite,
        device=DEVICE,
        tenant=tenant,
        request=suite.hash(request),
        certificate=terminal,
        placement=Placement.HOME,
        mounting=Mounting.CRADLE,
        door=bytes(16),
        roots=(root,),
        issuing=(issuing,),
        token_issuers=(end("token-issuer", suite.new_signing_key().spki, "sign"),),
        gateway=end("gateway", suite.new_signing_key().spki, "sign"),
        gateway_wrap=end("gateway", wrap_spki, "wrap"),
        escrow_wrap=end("escrow", wrap_spki, "wrap"),
        tls_certificate=b"\x30\x00",
        tls_ca=b"\x30\x00",
        made_ms=NOW_S * 1000,
    )
    return Family(suite, root_key, issuing_key, terminal_key, root, issuing, terminal, request, answer)
