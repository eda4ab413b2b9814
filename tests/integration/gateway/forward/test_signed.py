"""Signed bodies at a platform that takes nothing else, and requests and answers as the OpenAPI document has them."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from asn1crypto import pem
from jsonschema import Draft202012Validator

from samples.platform import Platform, platform
from samples.site import Authority
from zhendao.gateway.forward.errors import BatchRefusedError, LinkError
from zhendao.gateway.forward.https import HttpsConnector
from zhendao.gateway.forward.record import Letter, Record, Verdict, batch_key
from zhendao.gateway.forward.signing import MOST_BYTES, Signer
from zhendao.protocol.suite import SM
from zhendao.protocol.webhook import SIGNATURE

OPENAPI = json.loads((Path(__file__).parents[4] / "docs/platform.openapi.json").read_text("utf-8"))
BATCH = [Letter(Record(n, "visit", f"v/{n}", 2), '{"名":"值"}') for n in (1, 2)]
KEY = batch_key([one.record for one in BATCH])


def conforms(name: str, value: Any) -> bool:
    schema = {"$ref": f"#/components/schemas/{name}", "components": OPENAPI["components"]}
    return Draft202012Validator(schema).is_valid(value)


@pytest.fixture(scope="module")
def signer() -> tuple[Signer, bytes]:
    key = SM.new_signing_key()
    certificate = Authority(suite=SM, now_s=int(time.time())).gateway(key.spki)
    return Signer(key, certificate.id), certificate.der


@pytest.fixture(scope="module")
def taker(signer: tuple[Signer, bytes], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    file = tmp_path_factory.mktemp("known") / "gateway.crt"
    file.write_bytes(pem.armor("CERTIFICATE", signer[1]))
    with platform("--gateway", str(file)) as running:
        yield running


async def test_only_what_the_gateway_signed_is_taken_and_it_is_sent_again_until_it_is(
    signer: tuple[Signer, bytes], taker: Platform
) -> None:
    stranger = Signer(SM.new_signing_key(), signer[0].certificate_id)
    for other in (None, stranger):
        connector = HttpsConnector(taker.url, signer=other)
        with pytest.raises(LinkError, match="401"):
            await connector.send(BATCH, KEY)
        await connector.close()
    connector = HttpsConnector(taker.url, signer=signer[0])
    answers = await connector.send(BATCH, KEY)
    assert [one.verdict for one in answers.values()] == [Verdict.TAKEN] * 2
    assert [one.status for one in (await connector.send(BATCH, KEY)).values()] == ["duplicate"] * 2
    await connector.close()
    assert taker.taken() == [("v/1", 2), ("v/2", 2)]


def test_a_request_under_another_key_or_with_another_body_is_not_the_one_that_was_signed(
    signer: tuple[Signer, bytes], taker: Platform
) -> None:
    body = b'{"records": []}'
    headers = signer[0].headers("a" * 64, time.time_ns() // 1_000_000, body)
    for key, sent in (("b" * 64, body), ("a" * 64, body + b" ")):
        answer = httpx.post(taker.url, content=sent, headers=headers | {"Idempotency-Key": key})
        assert answer.status_code == 401
    assert httpx.post(taker.url, content=body, headers=headers | {"Idempotency-Key": "a" * 64}).status_code == 422


async def test_a_body_that_is_too_long_is_halved_and_not_sent() -> None:
    connector = HttpsConnector("http://127.0.0.1:9/records")
    long = [Letter(Record(1, "visit", "v", 1), json.dumps({"a": "x" * MOST_BYTES}))]
    with pytest.raises(BatchRefusedError, match="413"):
        await connector.send(long, KEY)
    await connector.close()


def test_requests_and_answers_are_those_of_the_openapi_document(signer: tuple[Signer, bytes], taker: Platform) -> None:
    record = {"idempotency_key": "visit/w/1", "type": "visit", "key": "w", "revision": 1, "payload": {}}
    request = {"records": [record]}
    body = json.dumps(request).encode()
    headers = signer[0].headers(KEY, time.time_ns() // 1_000_000, body)
    answer = httpx.post(taker.url, content=body, headers=headers | {"Idempotency-Key": KEY})
    assert conforms("Request", request)
    assert conforms("Answers", answer.json())
    assert not conforms("Request", {"records": [{**record, "revision": 0}]})
    assert not conforms("Answers", {"answers": [{"status": "accepted"}]})
    described = {one["name"]: one["schema"] for one in OPENAPI["paths"]["/records"]["post"]["parameters"]}
    assert set(headers) <= set(described)
    for name, value in headers.items():
        assert Draft202012Validator(described[name]).is_valid(value), name
    assert not Draft202012Validator(described[SIGNATURE]).is_valid("md5 x")
