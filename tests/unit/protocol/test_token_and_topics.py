from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.protocol.errors import CryptoError, MalformedError, ProtocolError
from zhendao.protocol.suite import INTL, SM
from zhendao.protocol.token import open_token, read_token, sign_token
from zhendao.protocol.topics import Topic, parse_topic, subscription
from zhendao.protocol.vocabulary import Role

SUITES = pytest.mark.parametrize("suite", [SM, INTL], ids=["sm", "intl"])
UID = bytes.fromhex("04a1b2c3d4e580")
DEVICE = bytes.fromhex("5e" * 16)


@SUITES
def test_a_token_holds_on_its_own_tag_only(suite: Any) -> None:
    key = suite.new_signing_key()
    issuers = {key.key_id: suite.verifying_key(key.spki)}
    record = sign_token(key, Role.CAREGIVER, bytes(16), UID, 1_790_000_000, 1_890_000_000)
    token = open_token(suite, record, UID, issuers)
    assert (token.role, token.token_id, token.uid) == (Role.CAREGIVER, bytes(16), UID)
    assert token.valid_at(1_790_000_000)
    assert not token.valid_at(1_789_999_999)
    assert not token.valid_at(1_890_000_001)
    with pytest.raises(CryptoError) as copied:
        open_token(suite, record, bytes(7), issuers)
    assert copied.value.reason == "uid"
    with pytest.raises(CryptoError) as stranger:
        open_token(suite, record, UID, {})
    assert stranger.value.reason == "issuer"
    with pytest.raises(ProtocolError):
        open_token(suite, record[:-1] + bytes([record[-1] ^ 1]), UID, issuers)


@SUITES
def test_a_token_fits_the_smallest_tag(suite: Any) -> None:
    record = sign_token(suite.new_signing_key(), Role.DOOR, bytes(16), UID, 2**32 - 2, 2**32 - 1)
    tlv, header, name = 2 + 1, 3, len("zhendao:t")
    assert tlv + header + name + len(record) == 138  # NTAG213 has 144


@given(st.binary(max_size=200))
def test_any_bytes_are_a_token_or_a_protocol_error(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        read_token(data)


@given(st.binary(min_size=16, max_size=16), st.sampled_from(["up", "state", "down"]))
def test_topics_come_back(device: bytes, channel: Any) -> None:
    topic = Topic("xuhui", device, channel)
    assert parse_topic(str(topic)) == topic


@pytest.mark.parametrize(
    "name",
    [
        "",
        "zd/1/xuhui/00/" + "5e" * 16 + "/up",
        "zd/1/xuhui/5e/" + "5E" * 16 + "/up",
        "zd/1/xuhui/5e/" + "5e" * 16 + "/up\n",
        "zd/1/xu hui/5e/" + "5e" * 16 + "/up",
        "zd/2/xuhui/5e/" + "5e" * 16 + "/up",
        "zd/1/xuhui/5e/" + "5e" * 16 + "/sideways",
    ],
)
def test_foreign_topics_are_refused(name: str) -> None:
    with pytest.raises(MalformedError):
        parse_topic(name)


def test_a_gateway_subscribes_all_shards_of_its_tenant() -> None:
    assert subscription("xuhui", "up") == "zd/1/xuhui/+/+/up"
    with pytest.raises(MalformedError):
        subscription("#", "up")
