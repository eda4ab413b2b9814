"""Every refusal of the wire, one by one: the form that is wrong, and the reason that is given."""

from dataclasses import replace
from typing import Any

import pytest

from samples.line import Line
from zhendao.protocol import cbor
from zhendao.protocol.ack import Ack, Range, RangeState, Refusal, RefusalState, encode_ack, open_ack
from zhendao.protocol.batch import Item, decode_batch, decode_companion, encode_batch
from zhendao.protocol.bodies import Sensor, Tamper, Unknown
from zhendao.protocol.command import Command, open_command, read_resend, sign_command
from zhendao.protocol.down import MacedAck, SignedCommand, split_down
from zhendao.protocol.errors import CryptoError, MalformedError, ProtocolError
from zhendao.protocol.event import Event, decode_event, encode_event, kind_and_version
from zhendao.protocol.fields import Int, OneOf, Sequence, SetOf, Truth, Words, exactly
from zhendao.protocol.health import Counter, Health
from zhendao.protocol.jsonform import event_from_json, event_to_json
from zhendao.protocol.proof import single_batch
from zhendao.protocol.seal import StartKeys, open_sealed, parse_sealed, seal_event, unwrap_start
from zhendao.protocol.shapes import Part, from_object
from zhendao.protocol.state import parse_state
from zhendao.protocol.suite import SM
from zhendao.protocol.token import read_token
from zhendao.protocol.vocabulary import ClockSource, Constellation, PartState, Role, SensorClass, TamperCause

ID, HASH = bytes(range(16)), bytes(range(32))
KEYS = StartKeys(b"\x01" * 16, b"\x02" * 32, ID, ID, 1)
EVENT = Event(ID, ID, 5, ID, 1, 1, ClockSource.GNSS, None, 11, 1, Tamper(TamperCause.CASE, active=True))
HEALTH = Health(1, 1, PartState.WELL, PartState.WELL, 0, software="0", counters=())
DOOR = Sensor("door", SensorClass.DOOR_CONTACT, 1, 0)


def gateway() -> Any:
    return SM.new_unwrapping_key()


@pytest.fixture(scope="module")
def line() -> Line:
    made = Line(SM, [SM.wrapping_key(gateway().spki)])
    made.add(DOOR)
    return made


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Int(0, 5), 6),
        (Int(), True),
        (Int(), "1"),
        (exactly(4), "text"),
        (exactly(4), b"12345"),
        (Words(3), b"x"),
        (Words(3), "abcd"),
        (Words(3), "\ud800"),
        (Truth(), 1),
        (OneOf(Role), 99),
        (SetOf(Constellation), 64),
        (Part(Counter), 5),
        (Sequence(Int(), 2), 5),
        (Sequence(Int(), 2), [1, 2, 3]),
    ],
)
def test_a_value_outside_its_declaration_is_neither_sent_nor_taken(kind: Any, value: Any) -> None:
    for way in (kind.to_raw, kind.from_raw):
        with pytest.raises(MalformedError):
            way(value)


@pytest.mark.parametrize(
    ("kind", "plain"),
    [
        (exactly(1), 5),
        (exactly(1), "zz"),
        (exactly(1), "AB"),
        (exactly(1), "a b"),
        (OneOf(Role), "Door"),
        (OneOf(Role), "nobody"),
        (OneOf(Role), 1),
        (SetOf(Constellation), "gps"),
        (SetOf(Constellation), ["beidou", "gps"]),
        (SetOf(Constellation), ["gps", "gps"]),
        (SetOf(Constellation), ["compass"]),
        (SetOf(Constellation), [8]),
    ],
)
def test_json_has_one_form_only(kind: Any, plain: Any) -> None:
    with pytest.raises(MalformedError):
        kind.from_plain(plain)


def test_objects_with_names_missing_or_unknown_are_refused() -> None:
    for plain in (5, {}, {"sensor": "x", "sensor_class": "other", "value": 1, "suppressed": 0, "more": 1}):
        with pytest.raises(MalformedError):
            from_object(Sensor, plain)


def test_numbers_are_taken_for_their_members_and_subclasses_of_int_for_numbers() -> None:
    assert OneOf(Role).to_raw(1) == 1
    assert SetOf(Constellation).to_raw(8) == 8
    assert Int().from_raw(Role.DOOR) == 1


@pytest.mark.parametrize(
    "counters",
    [
        (Counter("b", 1), Counter("a", 1)),
        (Counter("a", 1), Counter("a", 1)),
        tuple(Counter(f"{n:02}", 1) for n in range(33)),
    ],
    ids=["out of order", "doubled", "too many"],
)
def test_counters_come_in_order_once_and_few(counters: tuple[Counter, ...]) -> None:
    with pytest.raises(MalformedError):
        encode_event(replace(EVENT, kind=13, body=replace(HEALTH, counters=counters)))


@pytest.mark.parametrize("raw", [5, [5], [["a"]], [["a", 1, 2]], [["a", "b"]]])
def test_counters_of_another_form_are_refused(raw: Any) -> None:
    encoded = cbor.decode(encode_event(replace(EVENT, kind=13, body=HEALTH)), 999)
    encoded[11][8] = raw
    with pytest.raises(MalformedError):
        decode_event(cbor.encode(encoded))


def test_counters_in_json_are_an_object() -> None:
    plain = event_to_json(replace(EVENT, kind=13, body=HEALTH))
    plain["body"]["counters"] = [1]
    with pytest.raises(MalformedError):
        event_from_json(plain)


def test_kind_version_and_body_belong_together() -> None:
    for event in (
        replace(EVENT, kind=3),
        replace(EVENT, body=Unknown(cbor.encode({}))),
        replace(EVENT, kind=99, body=Unknown(cbor.encode([]))),
        replace(EVENT, kind=99, body=Unknown(cbor.encode({1: bytes(16_380)}))),
        replace(EVENT, kind=99, body=Unknown(b"\xff")),
    ):
        with pytest.raises(MalformedError):
            encode_event(event)
    with pytest.raises(MalformedError):
        kind_and_version(Unknown(b""))
    assert kind_and_version(DOOR) == (10, 2)


def test_what_is_no_map_is_no_event() -> None:
    raw = cbor.decode(encode_event(EVENT), 999)
    for data in (cbor.encode([]), cbor.encode({**raw, 11: []}), cbor.encode({**raw, 11: {1: 1}})):
        with pytest.raises(MalformedError):
            decode_event(data)


@pytest.mark.parametrize(
    "change",
    [
        {"clock": {"source": "gnss"}},
        {"clock": 5},
        {"kind": 11},
        {"kind": "nothing"},
        {"kind": 99, "body": {}},
        {"kind": 99, "body": {"cbor": ""}},
        {"kind": 99, "body": 5},
        {"body": {}},
    ],
)
def test_json_of_another_form_is_no_event(change: dict[str, Any]) -> None:
    with pytest.raises(MalformedError):
        event_from_json({**event_to_json(EVENT), **change})


def test_only_a_boot_event_carries_keys() -> None:
    recipients = [SM.wrapping_key(gateway().spki)]
    for seq, given in ((1, None), (2, recipients), (1, []), (1, recipients * 5)):
        with pytest.raises(MalformedError):
            seal_event(SM, KEYS, seq, b"x", bytes(16), given)
    for plaintext, salt in ((b"", bytes(16)), (b"x", bytes(15)), (bytes(16_385), bytes(16))):
        with pytest.raises(MalformedError):
            seal_event(SM, KEYS, 2, plaintext, salt)


@pytest.mark.parametrize(
    "raw",
    [
        5,
        [1],
        [True, b"x"],
        ["1", b"x"],
        [1, "x"],
        [3, b"x"],
        [0, b"x"],
        [2, b"x"],
        [1, b"x", []],
        [2, b"x", []],
        [2, b"x", 5],
        [2, b"x", [5]],
        [2, b"x", [[b"short", b"w"]]],
        [2, b"x", [[b"2" * 8, b"w"], [b"1" * 8, b"w"]]],
        [2, b"x", [[b"1" * 8, b"w"], [b"1" * 8, b"w"]]],
        [2, b"x", [[bytes([n]) * 8, b"w"] for n in range(5)]],
    ],
)
def test_a_sealed_event_has_one_form(raw: Any) -> None:
    with pytest.raises(MalformedError):
        parse_sealed(cbor.encode(raw), 2)


def test_a_wrap_that_holds_something_else_is_refused() -> None:
    own = gateway()
    key = SM.wrapping_key(own.spki)
    good = {1: bytes(16), 2: bytes(32), 3: ID, 4: ID, 5: 1}
    for content in (
        [],
        {**good, 6: 1},
        {**good, 1: bytes(15)},
        {**good, 5: True},
        {**good, 5: 2},
        {**good, 3: HASH[:16][::-1]},
        {name: one for name, one in good.items() if name != 2},
    ):
        sealed = cbor.encode([1, b"x", [[key.key_id, key.wrap(cbor.encode(content))]]])
        with pytest.raises(ProtocolError):
            unwrap_start(own, sealed, ID, ID, 1)


def test_an_event_does_not_open_under_another_start() -> None:
    sealed = seal_event(SM, KEYS, 2, b"x", bytes(16)).sealed
    with pytest.raises(CryptoError):
        open_sealed(SM, replace(KEYS, start=2), 2, cbor.encode([1, b"\x00" * 80]))
    with pytest.raises(ProtocolError):
        open_sealed(SM, replace(KEYS, start=3), 2, sealed)


def test_batches_of_another_form_are_refused(line: Line) -> None:
    raw = cbor.decode(encode_batch(line.batch(1, 2)), 9_999)
    own = bytes(64)
    for change in (
        {1: 2},
        {8: []},
        {8: 5},
        {8: [5]},
        {8: [[b"x", HASH]]},
        {8: [[b"x", HASH, None, HASH]]},
        {8: [[b"", HASH, None]]},
        {8: [[b"x", HASH, own]]},
        {10: []},
        {10: 5},
        {10: [b"x"] * 9},
        {10: [5]},
        {11: b""},
        {11: 5},
        {12: 5},
    ):
        with pytest.raises(MalformedError):
            decode_batch(cbor.encode({**raw, **change}))
    with pytest.raises(MalformedError, match="length"):
        encode_batch(replace(line.batch(1, 2), items=(Item(bytes(20_000), HASH, own),) * 60))


def test_companions_carry_nothing_of_their_own_and_are_the_same_terminals(line: Line) -> None:
    main, boot = line.batch(1, 2), line.batch(1, 1)
    assert decode_companion(encode_batch(boot), main) == boot
    for other in (
        main,
        replace(boot, certificate=b"x"),
        replace(boot, companions=(b"x",)),
        replace(boot, device=bytes(16)),
        replace(boot, suite_id=2),
    ):
        with pytest.raises(MalformedError):
            decode_companion(encode_batch(other), main)


def test_a_single_event_is_sent_with_its_own_signature_or_not_alone() -> None:
    with pytest.raises(CryptoError):
        single_batch(SM, ID, ID, HASH, 5, HASH, Item(b"x", HASH))


ACK = Ack(ID, ID, (ID, 1), (Range(1, 2, RangeState.COMMITTED, HASH),), 2, HASH, (), ID, 1)


def opened(payload: Any) -> Ack:
    data = cbor.encode(payload)
    return open_ack(SM, b"k" * 32, MacedAck(data, SM.mac(b"k" * 32, b"zd1/ack" + data)))


def test_acknowledgements_of_another_form_are_refused_even_under_the_right_key() -> None:
    found = split_down(encode_ack(SM, b"k" * 32, ACK))
    assert isinstance(found, MacedAck)
    good = cbor.decode(found.payload, 9_999)
    assert opened(good) == ACK
    for change in (
        {2: 2},
        {1: 2},
        {10: 1},
        {5: 5},
        {5: [ID]},
        {6: 5},
        {6: [5]},
        {6: [[2, 1, 0, HASH]]},
        {6: [[0, 1, 0, HASH]]},
        {6: [[1, 1, 9, HASH]]},
        {6: [[1, 1, 0, HASH]] * 257},
        {8: [5]},
        {8: [[HASH, 2, "why"]]},
        {8: [[HASH, 1, "x" * 65]]},
    ):
        with pytest.raises(ProtocolError):
            opened({**good, **change})
    with pytest.raises(ProtocolError):
        opened([])
    with pytest.raises(MalformedError):
        encode_ack(SM, b"k" * 32, replace(ACK, ranges=ACK.ranges * 257))
    with pytest.raises(MalformedError):
        encode_ack(SM, b"k" * 32, replace(ACK, refusals=(Refusal(HASH, RefusalState.AGAIN, "x"),) * 65))


def test_commands_of_another_form_are_refused() -> None:
    key = SM.new_signing_key()
    verifying = SM.verifying_key(key.spki)
    found = split_down(sign_command(key, HASH, Command(1, ID, ID, 1, 1, {}, 1)))
    assert isinstance(found, SignedCommand)
    good = cbor.decode(found.payload, 9_999)
    for content in ([], {**good, 1: 2}, {**good, 7: []}, {**good, 10: 1}, {**good, 2: 9}, {**good, 9: "late"}):
        with pytest.raises(ProtocolError):
            open_command(verifying, replace(found, payload=cbor.encode(content)))
    with pytest.raises(MalformedError):
        read_resend({1: ID})


@pytest.mark.parametrize("message", [cbor.encode(5), cbor.encode({}), cbor.encode([3, b"", b""]), cbor.encode([])])
def test_other_messages_are_nothing_to_a_terminal_or_a_gateway(message: bytes) -> None:
    for read in (split_down, parse_state, read_token, decode_batch):
        with pytest.raises(MalformedError):
            read(message)


def test_tokens_of_another_form_are_refused() -> None:
    good = {1: 1, 2: 1, 3: ID, 4: b"1234567", 5: 0, 6: 1, 7: b"12345678"}
    for content in ([], {**good, 1: 2}, {**good, 8: 1}, {**good, 2: 9}, {**good, 4: b"1"}, {**good, 7: b"1"}):
        with pytest.raises(MalformedError):
            read_token(cbor.encode([cbor.encode(content), bytes(64)]))
    with pytest.raises(MalformedError):
        read_token(cbor.encode([cbor.encode(good), bytes(63)]))
