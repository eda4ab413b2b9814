"""A good message is taken once; a fake, an altered one, or a replay is refused; no fault takes two."""

import json
import time

import httpx
import pytest

from samples.duty import TOKEN, Duty
from zhendao.protocol.suite import SM
from zhendao.protocol.webhook import sign_webhook

KEY = SM.new_signing_key()
BODY = b'{"kind": "sos"}'


def signed(name: str, ago_ms: int = 0) -> dict[str, str]:
    return sign_webhook(KEY, bytes(32), name, time.time_ns() // 1_000_000 - ago_ms, BODY)


def test_a_message_is_taken_once_and_what_is_not_the_gateways_is_refused() -> None:
    with Duty(SM.verifying_key(KEY.spki)) as duty:
        first = signed("a-1")
        assert duty.post("webhook", first, BODY)[1]["status"] == "accepted"
        assert duty.post("webhook", first, BODY) == (409, {"status": "refused", "reason": "replay"})
        assert duty.post("webhook", signed("a-1", 5), BODY)[1]["status"] == "duplicate"
        assert duty.post("webhook", signed("a-2"), BODY + b" ")[1]["reason"] == "webhook-signature"
        assert duty.post("webhook", signed("a-3", 400_000), BODY)[1]["reason"] == "webhook-moment"
        assert duty.post("webhook", {}, BODY)[1]["reason"] == "webhook-form"
        assert [one.verdict for one in duty.desk.received].count("taken") == 1


def test_a_text_needs_its_token_a_number_and_a_key_and_is_sent_once() -> None:
    body = json.dumps({"to": "13512345678", "text": "呼救"}).encode()
    good = {"Authorization": f"Bearer {TOKEN}", "Idempotency-Key": "a-1"}
    with Duty(None) as duty:
        assert duty.post("sms", {}, body)[0] == 401
        assert duty.post("sms", good, b'{"to": "x", "text": "y"}')[0] == 422
        assert duty.post("sms", {"Authorization": f"Bearer {TOKEN}"}, body)[0] == 422
        assert duty.post("sms", good, body)[1]["status"] == "accepted"
        assert duty.post("sms", good, body)[1]["status"] == "duplicate"


@pytest.mark.parametrize(("fault", "taken"), [("error", 0), ("busy", 0), ("cut-before", 0), ("cut", 1), ("slow", 1)])
def test_a_fault_takes_what_it_says_and_the_next_request_is_well(fault: str, taken: int) -> None:
    with Duty(SM.verifying_key(KEY.spki)) as duty:
        duty.fail("webhook", fault)
        try:
            status = duty.post("webhook", signed("a-1"), BODY)[0]
        except httpx.TransportError:
            status = 0
        assert status == {"error": 500, "busy": 503, "slow": 200}.get(fault, 0)
        assert len([one for one in duty.desk.received if one.verdict == "taken"]) == taken
        assert duty.post("webhook", signed("a-1", 1), BODY)[1]["status"] == ("duplicate" if taken else "accepted")
