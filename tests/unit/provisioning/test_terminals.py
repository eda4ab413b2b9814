"""A terminal joins: the answer is good, the same request gets the same answer, and another never its place."""

import json
import stat
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from samples.founded import NOW_S, WORDS, Founded
from zhendao.protocol.chain import TrustStore
from zhendao.protocol.enrolment import KeyStore, Request, open_answer, sign_request
from zhendao.protocol.suite import INTL, SM, Suite
from zhendao.protocol.vocabulary import Mounting, Placement
from zhendao.provisioning import audit, gateways
from zhendao.provisioning.authority import Authority
from zhendao.provisioning.cli import main
from zhendao.provisioning.errors import ApprovalError, FolderExistsError, PassphraseError
from zhendao.provisioning.keyfile import read_plain_pem
from zhendao.provisioning.terminals import Duty, approve, list_terminals

DUTY = Duty(Placement.HOME, Mounting.CRADLE, bytes(range(16)))


@dataclass
class Home:
    authority: Authority
    tls_spki: bytes
    request: Path

    def ask(self, suite: Suite = SM, device: bytes = bytes(16), made_ms: int = 1) -> Path:
        key = suite.new_signing_key()
        request = Request(suite, device, key.spki, self.tls_spki, KeyStore.FILE, "1.0", made_ms)
        self.request.write_bytes(sign_request(request, key))
        return self.request


@pytest.fixture
def home(founded: Founded, tmp_path: Path) -> Home:
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    authority = founded.at(tmp_path / "authority", SM)
    return Home(authority, spki, tmp_path / "request")


def test_a_request_is_granted(home: Home) -> None:
    approved = approve(home.authority, home.ask(), DUTY, None, NOW_S)
    answer = open_answer(approved.data)
    assert answer == approved.answer
    assert (answer.placement, answer.mounting, answer.door) == (Placement.HOME, Mounting.CRADLE, bytes(range(16)))
    assert answer.request == SM.hash(home.request.read_bytes())
    store = TrustStore([one.der for one in answer.roots], [one.der for one in answer.issuing])
    for one in (answer.certificate, answer.gateway, answer.gateway_wrap, answer.escrow_wrap, *answer.token_issuers):
        store.check(one.der, NOW_S)
    tls = x509.load_der_x509_certificate(answer.tls_certificate)
    tls.verify_directly_issued_by(x509.load_der_x509_certificate(answer.tls_ca))
    assert [str(one.value) for one in tls.subject] == ["xuhui", "tls", "00" * 16]


def test_the_same_request_gets_the_same_answer(home: Home) -> None:
    first = approve(home.authority, home.ask(), DUTY, None, NOW_S)
    again = approve(home.authority, home.request, DUTY, first.code, NOW_S + 99)
    assert (again.data, again.again, first.again) == (first.data, True, False)


def test_nobody_takes_the_place_of_a_terminal(home: Home) -> None:
    approve(home.authority, home.ask(), DUTY, None, NOW_S)
    with pytest.raises(ApprovalError):  # the same terminal for another duty
        approve(home.authority, home.request, Duty(Placement.STATION, Mounting.CRADLE), None, NOW_S)
    with pytest.raises(ApprovalError):  # another key under the same name
        approve(home.authority, home.ask(made_ms=2), DUTY, None, NOW_S)


def test_what_is_no_request_is_refused(home: Home) -> None:
    with pytest.raises(ApprovalError):  # not the one that the terminal shows
        approve(home.authority, home.ask(), DUTY, "00000-00000-00000", NOW_S)
    with pytest.raises(ApprovalError):
        approve(home.authority, home.ask(INTL), DUTY, None, NOW_S)
    home.request.write_bytes(b"nonsense")
    with pytest.raises(ApprovalError):
        approve(home.authority, home.request, DUTY, None, NOW_S)
    assert home.authority.terminals() == []


def test_a_wrong_passphrase_leaves_no_trace(home: Home) -> None:
    stranger = Authority.open(home.authority.folder, "wrong horse")
    with pytest.raises(PassphraseError):
        approve(stranger, home.ask(), DUTY, None, NOW_S)
    assert home.authority.terminals() == []


def test_terminals_are_listed(home: Home) -> None:
    for number in (2, 1):
        approve(home.authority, home.ask(device=bytes([number] * 16)), DUTY, None, NOW_S)
    listed = list_terminals(home.authority)
    assert [one.device for one in listed] == ["01" * 16, "02" * 16]
    assert (listed[0].duty, listed[0].keystore, listed[0].approved_ms) == (DUTY, KeyStore.FILE, NOW_S * 1000)
    (home.authority.folder / "terminals" / ("01" * 16) / "answer.cbor").write_bytes(b"x")
    with pytest.raises(ApprovalError):
        list_terminals(home.authority)


def test_a_gateway_gets_its_keys_once(home: Home, tmp_path: Path) -> None:
    keys = gateways.install(home.authority, tmp_path / "g", NOW_S)
    names = "escrow.crt gateway.crt gateway.key issuing.crt root.crt tenant token-issuer.crt wrap.crt wrap.key"
    tls = "tls-ca.crt tls-calls.crt tls-calls.key tls.crt tls.key"
    assert {one.name for one in keys.iterdir()} == {*names.split(), *tls.split()}
    assert (keys / "tenant").read_text() == "xuhui\n"
    for name in ("gateway.key", "wrap.key", "tls.key", "tls-calls.key"):
        assert stat.S_IMODE((keys / name).stat().st_mode) == 0o600
    assert SM.signing_key(read_plain_pem((keys / "gateway.key").read_bytes())).spki == home.authority.gateway().spki
    with pytest.raises(FolderExistsError):
        gateways.install(home.authority, tmp_path / "g", NOW_S)
    calls = (keys / "tls-calls.crt").read_bytes()
    for name in ("tls-calls.crt", "tls-calls.key"):
        (keys / name).unlink()  # as a gateway from before there were calls
    gateways.update(home.authority, tmp_path / "g", NOW_S)
    assert (keys / "tls-calls.crt").read_bytes() == calls, "made once, and kept"


def test_the_commands(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZHENDAO_PASSPHRASE", WORDS)
    folder, out = str(home.authority.folder), tmp_path / "answer"
    ask = ["terminal", "approve", folder, "--request", str(home.ask()), "--out", str(out)]
    assert main([*ask, "--mounting", "wall", "--door", "ab" * 16, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert open_answer(out.read_bytes()).device.hex() == told["device"]
    assert main(["terminal", "ls", folder, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["door"] == "ab" * 16
    assert main(["terminal", "ls", folder, "--lang", "zh"]) == 0
    assert "设备号" in capsys.readouterr().out
    assert main([*ask, "--door", "xyz"]) == 2
    assert main([*ask, "--code", "1"]) == 1
    assert main(["gateway", "install", folder, "--data-dir", str(tmp_path / "g")]) == 0
    assert main(["broker", "install", folder, "--out", str(tmp_path / "b"), "--listen", "nowhere"]) == 2
    assert main(["broker", "install", folder, "--out", str(tmp_path / "b"), "--listen", "[::1]:0"]) == 2
    assert main(["broker", "install", folder, "--out", str(tmp_path / "b"), "--listen", "10.1.2.3:8883"]) == 0
    acts = [json.loads(line)["act"] for line in (home.authority.folder / audit.FILE).read_text().splitlines()]
    assert acts == ["init", "terminal approve", "gateway install", "broker install"]
