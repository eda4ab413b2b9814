"""Certificates: one form, chains that hold, and every changed byte an error of the one kind."""

from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from samples.family import DEVICE, NOW_S, YEAR_S, make_family
from zhendao.protocol.certificates import Certificate, Name, Role, Usage
from zhendao.protocol.chain import TrustStore
from zhendao.protocol.errors import CertificateError, MalformedError
from zhendao.protocol.issuing import Subject, issue
from zhendao.protocol.suite import INTL, SM

FAMILIES = {suite.name: make_family(suite) for suite in (SM, INTL)}
both = pytest.mark.parametrize("name", ["sm", "intl"])


@both
def test_a_certificate_says_what_was_issued(name: str) -> None:
    family = FAMILIES[name]
    read = Certificate.parse(family.terminal.der)
    assert read == family.terminal
    assert read.id == family.suite.hash(read.der)
    assert (read.common_name, read.role, read.tenant) == (DEVICE.hex(), "terminal", "xuhui")
    assert read.spki == family.terminal_key.spki
    assert read.usage == "sign"
    assert read.valid_at(NOW_S)
    assert not read.valid_at(read.not_after_s + 1)
    assert read.issuer == family.issuing.subject


@both
def test_a_chain_holds_at_its_time_only(name: str) -> None:
    family = FAMILIES[name]
    store = TrustStore([family.root.der], [family.issuing.der])
    for certificate in (family.terminal, family.answer.gateway_wrap, family.issuing):
        assert store.check(certificate.der, NOW_S) == certificate
    assert store.check(family.terminal.der, NOW_S, "terminal", "sign").common_name == DEVICE.hex()
    for at_s in (-1, 0, NOW_S - 61, NOW_S + 6 * YEAR_S, 2**40, 2**70):
        with pytest.raises(CertificateError):
            store.check(family.terminal.der, at_s)


@both
def test_role_and_usage_are_asked_for(name: str) -> None:
    family = FAMILIES[name]
    store = TrustStore([family.root.der], [family.issuing.der])
    for role, usage in (("gateway", "sign"), ("terminal", "wrap")):
        with pytest.raises(CertificateError):
            store.check(family.terminal.der, NOW_S, role, usage)


@both
def test_strangers_are_refused(name: str) -> None:
    family, stranger = FAMILIES[name], make_family(FAMILIES[name].suite)
    with pytest.raises(CertificateError):
        TrustStore([family.root.der], [family.issuing.der]).check(stranger.terminal.der, NOW_S)
    with pytest.raises(CertificateError):  # the way up is missing
        TrustStore([family.root.der]).check(family.terminal.der, NOW_S)
    with pytest.raises(CertificateError):  # an authority that another root made
        TrustStore([family.root.der], [stranger.issuing.der]).check(stranger.terminal.der, NOW_S)


@both
def test_another_tenant_below_the_same_authority_is_refused(name: str) -> None:
    family = FAMILIES[name]
    subject = Subject(Name("other", "terminal", DEVICE.hex()), family.terminal.spki, "sign", NOW_S - 60, NOW_S + YEAR_S)
    other = issue(subject, bytes(16), family.issuing_key, family.issuing)
    with pytest.raises(CertificateError):
        TrustStore([family.root.der], [family.issuing.der]).check(other.der, NOW_S)


@both
def test_the_root_certifies_issuing_authorities_alone(name: str) -> None:
    family = FAMILIES[name]
    subject = Subject(Name("xuhui", "gateway", "g"), family.terminal.spki, "sign", NOW_S - 60, NOW_S + 60)
    with pytest.raises(CertificateError):
        issue(subject, bytes(16), family.root_key, family.root)


@both
def test_a_terminal_is_no_authority(name: str) -> None:
    family = FAMILIES[name]
    below = Subject(Name("xuhui", "gateway", "evil"), family.terminal.spki, "sign", NOW_S - 60, NOW_S + 60)
    with pytest.raises(CertificateError):
        issue(below, bytes(16), family.terminal_key, family.terminal)
    # made with lies about the issuer's usage and name, it is still refused by the chain
    lies = replace(family.terminal, usage="certify", subject=family.issuing.subject)
    forged = issue(below, bytes(16), family.terminal_key, lies)
    store = TrustStore([family.root.der], [family.issuing.der])
    with pytest.raises(CertificateError):
        store.check(forged.der, NOW_S)
    with pytest.raises(CertificateError):
        TrustStore([family.root.der], [family.issuing.der, family.terminal.der])


@both
@pytest.mark.parametrize(
    ("role", "usage", "common_name"),
    [
        ("terminal", "wrap", DEVICE.hex()),
        ("terminal", "certify", DEVICE.hex()),
        ("gateway", "certify", "g"),
        ("terminal", "sign", "not-hex"),
        ("token-issuer", "wrap", "t"),
        ("gateway", "sign", ""),
        ("gateway", "sign", "x" * 65),
        ("root", "certify", "second root"),
    ],
)
def test_what_no_certificate_may_say_is_not_issued(name: str, role: Role, usage: Usage, common_name: str) -> None:
    with pytest.raises(CertificateError):
        FAMILIES[name].issue(FAMILIES[name].terminal.spki, role, usage, common_name)


@both
def test_every_changed_byte_is_refused(name: str) -> None:
    family = FAMILIES[name]
    store = TrustStore([family.root.der], [family.issuing.der])
    for position in range(len(family.terminal.der)):
        for bit in (0x01, 0x80):
            bad = bytearray(family.terminal.der)
            bad[position] ^= bit
            with pytest.raises(CertificateError):
                store.check(bytes(bad), NOW_S)


@both
@given(change=st.tuples(st.integers(0, 1000), st.integers(0, 255)), cut=st.integers(0, 600), tail=st.binary(max_size=3))
def test_any_bytes_are_one_of_two_errors(name: str, change: tuple[int, int], cut: int, tail: bytes) -> None:
    der = bytearray(FAMILIES[name].terminal.der)
    der[change[0] % len(der)] ^= change[1]
    bad = bytes(der[: cut or None]) + tail
    try:
        read = Certificate.parse(bad)
    except (MalformedError, CertificateError):
        return
    assert read.der == bad


@given(junk=st.binary(max_size=300))
def test_junk_is_malformed(junk: bytes) -> None:
    with pytest.raises(MalformedError):
        Certificate.parse(junk)
    with pytest.raises(CertificateError):
        TrustStore([FAMILIES["sm"].root.der]).check(junk, NOW_S)


def test_a_certificate_of_the_web_is_none_of_ours() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "example")])
    der = (
        x509.CertificateBuilder(name, name, key.public_key(), 5)
        .not_valid_before(FAMILY_TIME)
        .not_valid_after(FAMILY_TIME.replace(year=2030))
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )
    with pytest.raises(CertificateError):
        Certificate.parse(der)
    with pytest.raises(CertificateError):
        TrustStore([der])


FAMILY_TIME = x509.load_der_x509_certificate(FAMILIES["sm"].root.der).not_valid_before_utc
