"""The committed vectors of enrolment and certificates, checked from docs/protocol.md by code that is not ours.

Other people's cryptography (`samples.peers`), a bare CBOR library and a bare ASN.1 library; then read by ours.
"""

import json
from pathlib import Path
from typing import Any

import cbor2
import pytest
from asn1crypto import core, x509

from samples.peers import PEERS
from zhendao.protocol.chain import TrustStore
from zhendao.protocol.enrolment import code_of_request, open_answer, open_request
from zhendao.protocol.suite import suite_by_name

FOLDER = Path(__file__).parents[2] / "data" / "vectors"
NUMBERS = {"sm": 1, "intl": 2}
both = pytest.mark.parametrize("name", ["sm", "intl"])


def vector(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((FOLDER / name / "enrolment.json").read_text())
    return read


def to_be_signed(domain: str, protected: list[Any], payload: bytes) -> bytes:
    return cbor2.dumps(["zd1", domain, cbor2.dumps(protected, canonical=True), payload], canonical=True)


def signed_by(name: str, issuer: bytes, der: bytes) -> bool:
    """Tell whether the certificate ``der`` is signed by the key of the certificate ``issuer``."""
    certificate = x509.Certificate.load(der)
    signature: bytes = certificate["signature_value"].native
    if name == "sm":
        r, s = (one.native for one in core.SequenceOf.load(signature, spec=core.Integer))
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    key = x509.Certificate.load(issuer)["tbs_certificate"]["subject_public_key_info"].dump()
    return bool(PEERS[name].verify(key, certificate["tbs_certificate"].dump(), signature))


@both
def test_the_request_is_as_the_page_says(name: str) -> None:
    known, peer = vector(name), PEERS[name]
    payload, signature = cbor2.loads(bytes.fromhex(known["request"]))
    fields = cbor2.loads(payload)
    assert fields[1] == 1
    assert fields[2] == NUMBERS[name]
    assert fields[3].hex() == known["device"]
    assert peer.verify(fields[4], to_be_signed("request", [fields[2], fields[3]], payload), signature)
    digits = peer.hash(bytes.fromhex(known["request"])).hex()
    assert known["request_code"] == f"{digits[:5]}-{digits[5:10]}-{digits[10:15]}"


@both
def test_the_answer_is_as_the_page_says(name: str) -> None:
    known, peer = vector(name), PEERS[name]
    payload, issuer_id, signature = cbor2.loads(bytes.fromhex(known["answer"]))
    fields = cbor2.loads(payload)
    assert fields[5] == peer.hash(bytes.fromhex(known["request"]))
    issuing = fields[11][0]
    assert issuer_id == peer.hash(issuing)
    assert peer.hash(fields[6]).hex() == known["certificate_id"]
    key = x509.Certificate.load(issuing)["tbs_certificate"]["subject_public_key_info"].dump()
    assert peer.verify(key, to_be_signed("answer", [fields[2], fields[3], issuer_id], payload), signature)
    asked = cbor2.loads(cbor2.loads(bytes.fromhex(known["request"]))[0])
    assert x509.Certificate.load(fields[6])["tbs_certificate"]["subject_public_key_info"].dump() == asked[4]


@both
def test_the_chain_is_as_the_page_says(name: str) -> None:
    fields = cbor2.loads(cbor2.loads(bytes.fromhex(vector(name)["answer"]))[0])
    (root,), (issuing,) = fields[10], fields[11]
    assert signed_by(name, root, root)
    assert signed_by(name, root, issuing)
    for der in (fields[6], *fields[12], fields[13], fields[14], fields[15]):
        assert signed_by(name, issuing, der)
        subject = x509.Certificate.load(der).subject.native
        assert subject["organization_name"] == "xuhui"
    assert x509.Certificate.load(fields[6]).subject.native["common_name"] == vector(name)["device"]


@both
def test_ours_reads_the_same(name: str) -> None:
    known = vector(name)
    request, answer = open_request(bytes.fromhex(known["request"])), open_answer(bytes.fromhex(known["answer"]))
    assert request.device == answer.device == bytes.fromhex(known["device"])
    assert code_of_request(bytes.fromhex(known["request"]), suite_by_name(name)) == known["request_code"]
    store = TrustStore([one.der for one in answer.roots], [one.der for one in answer.issuing])
    assert store.check(answer.certificate.der, known["valid_at_s"], "terminal").id.hex() == known["certificate_id"]
