"""A key takes the place of another, and nothing that was signed or sealed before is lost; what is revoked is dated."""

import shutil
from pathlib import Path

import pytest

from samples.founded import NOW_S, WORDS, Founded
from zhendao.protocol.chain import TrustStore
from zhendao.protocol.enrolment import KeyStore, Request, open_answer, sign_request
from zhendao.protocol.errors import CertificateError
from zhendao.protocol.revocation import Reason, Revocations, open_list
from zhendao.protocol.suite import INTL
from zhendao.protocol.vocabulary import Mounting, Placement
from zhendao.provisioning import audit, gateways, rotation
from zhendao.provisioning.authority import (
    ESCROW,
    GATEWAY,
    GATEWAY_WRAP,
    NEXT,
    TLS_CA,
    TLS_GATEWAY,
    Authority,
    certificate_file,
    key_file,
)
from zhendao.provisioning.duty import Duty
from zhendao.provisioning.errors import NoAuthorityError, ProvisioningError
from zhendao.provisioning.founding import Above, found
from zhendao.provisioning.revoking import RevocationError, lists, revocations, revoke
from zhendao.provisioning.roots import NoRootError, open_root
from zhendao.provisioning.terminals import approve
from zhendao.provisioning.tls import certify_client, der_of, new_authority
from zhendao.provisioning.validity import span

pytestmark = pytest.mark.usefixtures("few_rounds")
ENDS = ("token-issuer", "gateway", "gateway-wrap", "escrow", "tls-ca", "tls-broker", "tls-gateway")


@pytest.fixture
def authority(founded: Founded, tmp_path: Path) -> Authority:
    return founded.at(tmp_path / "a", INTL, ("mqtt.example.org",))


def a_request(path: Path, device: bytes = bytes(16)) -> Path:
    key = INTL.new_signing_key()
    tls = new_authority("x", span(NOW_S, 1))
    from cryptography import x509  # noqa: PLC0415 - a detail of this helper
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415 - as above

    spki = (
        x509.load_pem_x509_certificate(tls.certificate)
        .public_key()
        .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )
    path.write_bytes(sign_request(Request(INTL, device, key.spki, spki, KeyStore.FILE, "test", NOW_S * 1000), key))
    return path


def joined(authority: Authority, tmp_path: Path) -> Path:
    approve(authority, a_request(tmp_path / "request"), Duty(Placement.HOME, Mounting.WALL, b"d" * 16), None, NOW_S)
    return authority.terminals()[0]


def test_the_root_may_be_far_away(authority: Authority, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    shutil.move(authority.folder / "root", stick)
    away = Authority.open(authority.folder, WORDS)
    folder = joined(away, tmp_path)
    for what in ENDS:
        rotation.rotate(Authority.open(authority.folder, WORDS), what, NOW_S)
    rotation.renew(Authority.open(authority.folder, WORDS), folder, NOW_S)
    gateways.install(Authority.open(authority.folder, WORDS), tmp_path / "g", NOW_S)
    with pytest.raises(ProvisioningError, match="root"):
        rotation.rotate(away, "issuing", NOW_S)
    with pytest.raises(NoRootError):
        open_root(authority.folder / "root", WORDS, authority.root)
    rotation.rotate(away, "issuing", NOW_S, open_root(stick, WORDS, authority.root))
    assert Authority.open(authority.folder).issuing.id != authority.issuing.id


def test_several_authorities_stand_under_one_root(authority: Authority, tmp_path: Path) -> None:
    root = open_root(authority.folder / "root", WORDS)
    other = found(tmp_path / "b", root.certificate.tenant, "other words", INTL, (), NOW_S, Above(root, name="hangzhou"))
    assert other.root.id == authority.root.id
    assert not list((tmp_path / "b").rglob("root.key"))
    assert other.issuing.common_name == "xuhui hangzhou"
    TrustStore([authority.root.der], [authority.issuing.der, other.issuing.der]).check(
        other.certificate(GATEWAY).der, NOW_S
    )
    acts = [one["act"] for one in audit.read(authority.folder / "root")]
    assert acts == ["root", "certify", "certify"]


def test_another_root_is_refused(authority: Authority, tmp_path: Path) -> None:
    other = found(tmp_path / "b", "xuhui", WORDS, INTL, (), NOW_S)
    with pytest.raises(NoRootError):
        open_root(other.folder / "root", WORDS, authority.root)


def test_a_root_may_be_made_apart(tmp_path: Path) -> None:
    found(tmp_path / "a", "xuhui", WORDS, INTL, (), NOW_S, Above(apart=tmp_path / "stick"))
    assert not (tmp_path / "a/root").exists()
    assert open_root(tmp_path / "stick", WORDS).certificate.id == Authority.open(tmp_path / "a").root.id


@pytest.mark.parametrize("what", ["issuing", *ENDS])
def test_what_is_rotated_is_new_and_the_old_is_kept(authority: Authority, what: str) -> None:
    name = rotation.WHAT[what]
    before = (authority.folder / certificate_file(name)).read_bytes()
    key_before = (authority.folder / key_file(name)).read_bytes()
    root = open_root(authority.folder / "root", WORDS, authority.root)
    done = rotation.rotate(authority, what, NOW_S + 5, root)
    now = Authority.open(authority.folder, WORDS)
    assert (authority.folder / certificate_file(name)).read_bytes() != before
    assert done.kept.read_bytes() == before
    assert done.kept.with_suffix(".key").read_bytes() == key_before
    assert not list(authority.folder.rglob(f"*{NEXT}"))
    assert now.issuing_key().spki == now.issuing.spki
    assert now.gateway().spki == now.certificate(GATEWAY).spki
    assert now.escrow().spki == now.certificate(ESCROW).spki
    assert now.token_issuer().spki == now.token_issuer_certificate.spki


def test_what_was_sealed_to_the_old_key_can_be_opened(authority: Authority) -> None:
    sealed = INTL.wrapping_key(authority.certificate(GATEWAY_WRAP).spki).wrap(b"day one")
    for n in range(2):
        rotation.rotate(Authority.open(authority.folder, WORDS), "gateway-wrap", NOW_S + n)
    now = Authority.open(authority.folder, WORDS)
    assert now.old_wraps()[-1].unwrap(sealed) == b"day one"
    assert len({one.key_id for one in (now.gateway_wrap(), *now.old_wraps())}) == 3


@pytest.mark.parametrize("done", [(), ("key",), ("key", "crt")])
def test_a_replacement_that_is_cut_short_ends_whole(authority: Authority, done: tuple[str, ...]) -> None:
    """Both new files are written before either takes its place: whatever was done of it, the rest follows."""
    other = found(authority.folder.parent / "b", "xuhui", WORDS, INTL, (), NOW_S)
    shown, kept = (authority.folder / one for one in (certificate_file(GATEWAY), key_file(GATEWAY)))
    for name, path in (("key", kept), ("crt", shown)):
        new = (other.folder / path.relative_to(authority.folder)).read_bytes()
        (path if name in done else path.with_name(path.name + NEXT)).write_bytes(new)
    now = Authority.open(authority.folder, WORDS)
    assert now.gateway().spki == now.certificate(GATEWAY).spki == other.certificate(GATEWAY).spki


def test_a_key_alone_is_forgotten(authority: Authority) -> None:
    kept = authority.folder / key_file(GATEWAY)
    kept.with_name(kept.name + NEXT).write_bytes(b"half of it")
    now = Authority.open(authority.folder, WORDS)
    assert now.gateway().spki == authority.certificate(GATEWAY).spki
    assert not list(authority.folder.rglob(f"*{NEXT}"))


def test_an_answer_names_the_new_and_the_old(authority: Authority, tmp_path: Path) -> None:
    folder = joined(authority, tmp_path)
    first = open_answer((folder / "answer.cbor").read_bytes())
    root = open_root(authority.folder / "root", WORDS)
    for what in ("issuing", "token-issuer", "tls-ca"):
        rotation.rotate(Authority.open(authority.folder, WORDS), what, NOW_S, root)
    now = Authority.open(authority.folder, WORDS)
    answer = rotation.renew(now, folder, NOW_S)
    assert open_answer((folder / "answer.cbor").read_bytes()) == answer
    assert answer.age > first.age
    assert [one.id for one in answer.issuing] == [now.issuing.id, authority.issuing.id]
    issuers = (now.token_issuer_certificate.id, authority.token_issuer_certificate.id)
    assert tuple(one.id for one in answer.token_issuers) == issuers
    assert answer.tls_cas_before == (der_of(authority.old_files(TLS_CA)[0].read_bytes()),)
    assert (answer.door, answer.request, answer.certificate.spki) == (b"d" * 16, first.request, first.certificate.spki)
    store = TrustStore([one.der for one in first.roots], [one.der for one in answer.issuing])
    store.check(answer.certificate.der, NOW_S, "terminal", "sign")


def test_what_was_revoked_is_in_no_answer(authority: Authority, tmp_path: Path) -> None:
    folder = joined(authority, tmp_path)
    rotation.rotate(authority, "token-issuer", NOW_S)
    now = Authority.open(authority.folder, WORDS)
    revoke(now, authority.token_issuer_certificate, NOW_S, Reason.KEY_LOST, NOW_S)
    assert [one.id for one in rotation.renew(now, folder, NOW_S).token_issuers] == [now.token_issuer_certificate.id]


def test_a_revocation_has_a_moment(authority: Authority) -> None:
    certificate = authority.token_issuer_certificate
    assert revocations(authority).find(certificate) is None
    assert revoke(authority, certificate, NOW_S, Reason.STOLEN, NOW_S).number == 1
    found_ = revocations(authority)
    found_.check(certificate, NOW_S - 1)
    with pytest.raises(CertificateError, match="stolen"):
        found_.check(certificate, NOW_S)
    assert revoke(authority, certificate, NOW_S + 50, Reason.STOLEN, NOW_S).entries[0].since_s == NOW_S
    assert revoke(authority, certificate, NOW_S - 50, Reason.STOLEN, NOW_S).number == 3
    assert revocations(authority).find(certificate).since_s == NOW_S - 50  # type: ignore[union-attr]


def test_an_issuing_authority_takes_the_root_to_revoke(authority: Authority) -> None:
    root = open_root(authority.folder / "root", WORDS)
    with pytest.raises(RevocationError):
        revoke(authority, authority.issuing, NOW_S, Reason.KEY_LOST, NOW_S)
    with pytest.raises(RevocationError):
        revoke(authority, authority.root, NOW_S, Reason.KEY_LOST, NOW_S, root)
    revoke(authority, authority.issuing, NOW_S, Reason.KEY_LOST, NOW_S, root)
    assert revocations(authority).find(authority.certificate(GATEWAY)) is not None


def test_a_list_of_a_revoked_authority_counts_if_it_was_made_before(authority: Authority) -> None:
    certificate, root = authority.token_issuer_certificate, open_root(authority.folder / "root", WORDS)
    revoke(authority, certificate, NOW_S, Reason.KEY_LOST, NOW_S + 100)
    trust = TrustStore([authority.root.der], [authority.issuing.der])
    own = lists(authority)
    for since_s, counts in ((NOW_S + 101, True), (NOW_S + 100, False)):
        stopped = revoke(authority, authority.issuing, since_s, Reason.KEY_LOST, NOW_S, root)
        found_ = Revocations(trust, [authority.issuing], [*own, stopped]).find(certificate)
        assert found_ is not None
        assert (found_.since_s == NOW_S) is counts


def test_a_list_of_a_stranger_is_refused(authority: Authority, tmp_path: Path) -> None:
    other = found(tmp_path / "b", "xuhui", WORDS, INTL, (), NOW_S)
    revoke(other, other.token_issuer_certificate, NOW_S, Reason.KEY_LOST, NOW_S)
    trust = TrustStore([authority.root.der], [authority.issuing.der])
    with pytest.raises(CertificateError):
        Revocations(trust, [authority.issuing], lists(other))


def test_a_changed_list_is_refused(authority: Authority) -> None:
    revoke(authority, authority.token_issuer_certificate, NOW_S, Reason.KEY_LOST, NOW_S)
    data = (authority.folder / "revoked.cbor").read_bytes()
    for place in range(0, len(data), 7):
        bad = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        (authority.folder / "revoked.cbor").write_bytes(bad)
        with pytest.raises((RevocationError, CertificateError)):
            revocations(authority)
    assert open_list(data).number == 1


def test_the_gateway_keeps_what_it_had(authority: Authority, tmp_path: Path) -> None:
    joined(authority, tmp_path)
    target = gateways.install(authority, tmp_path / "g", NOW_S)
    wrap = (target / "wrap.key").read_bytes()
    for what in ("gateway", "gateway-wrap", "token-issuer", "tls-ca"):
        rotation.rotate(Authority.open(authority.folder, WORDS), what, NOW_S)
    now = Authority.open(authority.folder, WORDS)
    revoke(now, authority.certificate(GATEWAY), NOW_S, Reason.REPLACED, NOW_S)
    for _ in range(2):
        assert gateways.update(now, tmp_path / "g", NOW_S) == target
    assert [one.read_bytes() for one in target.glob("old/wrap-*.key")] == [wrap]
    assert (target / "tls-ca.crt").read_bytes().count(b"BEGIN CERTIFICATE") == 2
    assert open_list((target / "revoked.cbor").read_bytes()).number == 1
    assert len(list((tmp_path / "g/answers").iterdir())) == 1
    with pytest.raises(NoAuthorityError):
        gateways.update(found(tmp_path / "b", "xuhui", WORDS, INTL, (), NOW_S), tmp_path / "g", NOW_S)


def test_a_gateway_on_a_new_machine_opens_what_is_older(authority: Authority, tmp_path: Path) -> None:
    joined(authority, tmp_path)
    before = authority.gateway_wrap().key_id.hex()
    rotation.rotate(authority, "gateway-wrap", NOW_S)
    target = gateways.install(Authority.open(authority.folder, WORDS), tmp_path / "g", NOW_S)
    assert [one.name for one in target.glob("old/wrap-*.key")] == [f"wrap-{before}.key"]
    assert len(list((tmp_path / "g/answers").iterdir())) == 1


def test_a_client_of_the_old_tls_authority_still_chains(authority: Authority) -> None:
    from cryptography import x509  # noqa: PLC0415 - here alone

    old = authority.tls(TLS_CA)
    spki = x509.load_pem_x509_certificate(authority.tls(TLS_GATEWAY).certificate).public_key()
    rotation.rotate(authority, "tls-ca", NOW_S)
    now = Authority.open(authority.folder, WORDS)
    bundle = x509.load_pem_x509_certificates(gateways.tls_authorities(now))
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415 - as above

    raw = spki.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for pair, signer in ((now.tls(TLS_CA), bundle[0]), (old, bundle[1])):
        made = x509.load_pem_x509_certificate(certify_client(pair, raw, "xuhui", "ab" * 16, span(NOW_S, 1)))
        made.verify_directly_issued_by(signer)
