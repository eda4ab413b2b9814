import dataclasses
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhendao.protocol import blocklist
from zhendao.protocol.blocked_numbers import Numbers, change, checked, numbers
from zhendao.protocol.blocklist import Manifest, Part, manifest_of, open_file, open_manifest, sign_manifest, to_file
from zhendao.protocol.command import BLOCKLIST, Command, open_command, sign_command
from zhendao.protocol.down import SignedCommand, split_down
from zhendao.protocol.errors import CryptoError, MalformedError, ProtocolError
from zhendao.protocol.limits import MAX_BLOCKED, MAX_BLOCKLIST_PARTS, MAX_DOWN_BYTES
from zhendao.protocol.suite import INTL, SM

KEY = INTL.new_signing_key()
VERIFYING = INTL.verifying_key(KEY.spki)
CERTIFICATE = b"c" * 32
NUMBER = st.one_of(st.binary(min_size=16, max_size=16), st.binary(min_size=4, max_size=10))
NEAR = st.one_of(NUMBER, st.binary(max_size=18))
"""What a reader may ask for: also what no number can be."""


def listed(several: set[bytes], version: int = 7, tenant: str = "xuhui") -> blocklist.Blocklist:
    made = numbers(several)
    manifest = manifest_of(INTL, tenant, version, 1_790_000_000_000, made)
    return blocklist.Blocklist(manifest, sign_manifest(KEY, CERTIFICATE, manifest), made)


@given(st.sets(NUMBER, max_size=60), st.lists(NEAR, max_size=60))
def test_membership_is_that_of_a_set(blocked: set[bytes], asked: list[bytes]) -> None:
    made = numbers(blocked)
    assert all(one in made for one in blocked)
    assert [one in made for one in asked] == [one in blocked for one in asked]
    assert set(made) == blocked


@given(st.sets(NUMBER, min_size=1, max_size=30), st.data())
def test_a_neighbour_of_a_blocked_number_is_not_blocked(blocked: set[bytes], data: st.DataObject) -> None:
    one = bytearray(data.draw(st.sampled_from(sorted(blocked))))
    one[data.draw(st.integers(0, len(one) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert (bytes(one) in numbers(blocked)) is (bytes(one) in blocked)


def test_a_uid_and_a_longer_one_that_begins_with_it_are_two() -> None:
    made = numbers({b"\x01\x02\x03\x04"})
    assert b"\x01\x02\x03\x04" in made
    assert b"\x01\x02\x03\x04\x00" not in made
    assert b"\x04\x01\x02\x03\x04".ljust(16, b"\0") not in made  # a token id that looks like the packed uid


@given(st.sets(NUMBER, max_size=40), st.sets(NUMBER, max_size=40))
def test_a_change_makes_the_one_list_of_the_other(before: set[bytes], after: set[bytes]) -> None:
    old, new = numbers(before), numbers(after)
    assert old.changed_by(change(old, new)) == new


@given(st.sets(NUMBER, max_size=20), st.sets(NUMBER, min_size=1, max_size=20), st.sets(NUMBER, max_size=20))
def test_a_change_of_another_list_is_refused_or_makes_something_else(
    a: set[bytes], b: set[bytes], c: set[bytes]
) -> None:
    made = change(numbers(b), numbers(c))
    try:
        result = set(numbers(a).changed_by(made))
    except MalformedError:
        return
    assert result == (a - (b - c)) | (c - b)


@given(st.sets(NUMBER, max_size=10), st.binary(max_size=80))
def test_any_bytes_as_a_change_end_as_a_list_or_as_a_protocol_error(held: set[bytes], content: bytes) -> None:
    try:
        made = numbers(held).changed_by(content)
    except ProtocolError:
        return
    assert checked(made.packed, made.ids) == made


@given(st.binary(max_size=120))
def test_any_bytes_as_a_file_are_refused_by_name(content: bytes) -> None:
    with pytest.raises(ProtocolError):
        open_file(INTL, VERIFYING, "xuhui", content)


@settings(max_examples=60)
@given(st.sets(NUMBER, min_size=1, max_size=12), st.data())
def test_a_file_with_any_bit_flipped_is_refused(blocked: set[bytes], data: st.DataObject) -> None:
    whole = to_file(listed(blocked))
    assert open_file(INTL, VERIFYING, "xuhui", whole).numbers == numbers(blocked)
    spoilt = bytearray(whole)
    spoilt[data.draw(st.integers(0, len(whole) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(ProtocolError):
        open_file(INTL, VERIFYING, "xuhui", bytes(spoilt))


@given(st.integers(0, 400))
def test_a_file_cut_anywhere_is_refused(end: int) -> None:
    whole = to_file(listed({bytes([n]) * 16 for n in range(8)}))
    if end < len(whole):
        with pytest.raises(ProtocolError):
            open_file(INTL, VERIFYING, "xuhui", whole[:end])


def test_whose_list_it_is() -> None:
    signed = listed({b"t" * 16}).signed
    assert open_manifest(INTL, VERIFYING, "xuhui", signed).version == 7
    with pytest.raises(CryptoError) as refused:
        open_manifest(INTL, VERIFYING, "pudong", signed)
    assert refused.value.reason == "tenant"
    with pytest.raises(CryptoError) as refused:
        open_manifest(INTL, INTL.verifying_key(INTL.new_signing_key().spki), "xuhui", signed)
    assert refused.value.reason == "signature"
    with pytest.raises(CryptoError) as refused:
        open_manifest(SM, VERIFYING, "xuhui", signed)
    assert refused.value.reason == "suite"


def test_a_signature_of_another_domain_makes_no_manifest() -> None:
    manifest = manifest_of(INTL, "xuhui", 7, 0, Numbers())
    order = Command(INTL.id, b"d" * 16, b"n" * 16, 1, BLOCKLIST, {}, 0)
    match split_down(sign_command(KEY, CERTIFICATE, order)):
        case SignedCommand(payload, certificate_id, signature):
            with pytest.raises(ProtocolError):
                open_manifest(INTL, VERIFYING, "xuhui", blocklist.cbor.encode([payload, certificate_id, signature]))
    assert open_manifest(INTL, VERIFYING, "xuhui", sign_manifest(KEY, CERTIFICATE, manifest)) == manifest


@pytest.mark.parametrize("count", [0, 1, 3840, 3841, 100_000, MAX_BLOCKED])
def test_a_list_of_any_size_goes_in_commands_that_fit(count: int) -> None:
    random = Random(count)
    whole = listed({random.randbytes(16) for _ in range(count)})
    parts = blocklist.pieces(whole.signed, whole.numbers.packed)
    assert len(parts) <= MAX_BLOCKLIST_PARTS
    came = []
    for part in parts:
        order = Command(INTL.id, b"d" * 16, b"n" * 16, 2**63, BLOCKLIST, blocklist.part_body(part), 2**62, 2**62)
        message = sign_command(KEY, CERTIFICATE, order)
        assert len(message) <= MAX_DOWN_BYTES
        found = split_down(message)
        assert isinstance(found, SignedCommand)
        came.append(blocklist.read_part(open_command(VERIFYING, found).body))
    assert came == parts
    packed = b"".join(one.content for one in came)
    manifest = open_manifest(INTL, VERIFYING, "xuhui", came[0].signed)
    assert blocklist.proved(INTL, manifest, came[0].signed, packed) == whole


@pytest.mark.parametrize(
    "body",
    [
        {},
        {1: b"m", 2: 0, 3: 1},
        {1: b"m", 2: 1, 3: 1, 4: b""},
        {1: b"m", 2: 0, 3: 0, 4: b""},
        {1: b"m", 2: 0, 3: 10_000, 4: b""},
        {1: b"m", 2: 0, 3: 1, 4: b"", 5: 0},
        {1: b"m", 2: 0, 3: 1, 4: bytes(65_000)},
        {1: b"m" * 600, 2: 0, 3: 1, 4: b""},
        {1: b"m", 2: True, 3: 1, 4: b""},
    ],
)
def test_a_part_of_another_form_is_refused(body: dict[int, object]) -> None:
    with pytest.raises(MalformedError):
        blocklist.read_part(body)


def test_a_part_of_a_change_says_from_which_version() -> None:
    part = Part(b"m", 0, 1, b"x" * 17, base=6)
    assert blocklist.read_part(blocklist.part_body(part)) == part


def test_what_the_manifest_does_not_say_is_refused() -> None:
    whole = listed({b"a" * 16, b"b" * 16})
    for packed in (b"a" * 16, b"b" * 16 + b"a" * 16, b"a" * 16 + b"c" * 16, b""):
        with pytest.raises(CryptoError):
            blocklist.proved(INTL, whole.manifest, whole.signed, packed)
    unsorted = b"b" * 16 + b"a" * 16
    manifest = dataclasses.replace(whole.manifest, digest=INTL.hash(unsorted))
    with pytest.raises(MalformedError):  # vouched for, and yet out of order: it would not be found again
        blocklist.proved(INTL, manifest, b"", unsorted)


def test_an_entry_twice_is_no_list() -> None:
    for packed, ids in ((b"a" * 32, 2), (b"\x04abcd" + bytes(11) + b"\x04abcd" + bytes(11), 0)):
        with pytest.raises(MalformedError):
            checked(packed, ids)
    assert len(checked(b"a" * 16 + b"\x04abcd" + bytes(11), 1)) == 2


def test_more_than_a_terminal_holds_is_no_list() -> None:
    with pytest.raises(MalformedError):
        numbers(n.to_bytes(16, "big") for n in range(MAX_BLOCKED + 1))
    with pytest.raises(MalformedError):
        numbers({b"abc"})
    manifest = Manifest(INTL.id, "xuhui", 1, 0, MAX_BLOCKED, 1, bytes(32))
    with pytest.raises(MalformedError):
        open_manifest(INTL, VERIFYING, "xuhui", sign_manifest(KEY, CERTIFICATE, manifest))
