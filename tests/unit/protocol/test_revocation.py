"""Lists of what is revoked, and last words of terminals: any bytes are read or refused, and nothing else happens."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples.family import NOW_S, Family, make_family
from zhendao.protocol import cbor
from zhendao.protocol.chain import TrustStore
from zhendao.protocol.errors import CertificateError, CryptoError, MalformedError, ProtocolError
from zhendao.protocol.retirement import Retirement, open_retirement, sign_retirement
from zhendao.protocol.revocation import Reason, RevocationList, Revocations, Revoked, open_list, sign_list
from zhendao.protocol.suite import INTL, SM, Suite

FAMILIES = {suite: make_family(suite) for suite in (SM, INTL)}
ENTRIES = st.lists(
    st.builds(Revoked, st.binary(min_size=32, max_size=32), st.integers(0, 2**40), st.sampled_from(Reason)),
    max_size=20,
    unique_by=lambda one: one.certificate_id,
)
WORD = Retirement(INTL.id, bytes(16), bytes(32), b"e" * 16, 7, b"h" * 32, 2, 1)
KEY = INTL.new_signing_key()


def signed(family: Family, *entries: Revoked) -> bytes:
    return sign_list(RevocationList(family.issuing, 3, NOW_S, entries), family.issuing_key)


@pytest.mark.parametrize("suite", [SM, INTL], ids=["sm", "intl"])
@given(entries=ENTRIES)
def test_a_list_reads_as_it_was_signed(suite: Suite, entries: list[Revoked]) -> None:
    found = open_list(signed(FAMILIES[suite], *entries))
    assert sorted(found.entries, key=lambda one: one.certificate_id) == list(found.entries)
    assert set(found.entries) == set(entries)
    assert (found.number, found.made_s, found.signer) == (3, NOW_S, FAMILIES[suite].issuing)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_list_or_refused(data: bytes) -> None:
    for read in (open_list, lambda one: open_retirement(one, KEY.spki)):
        with pytest.raises(ProtocolError):
            read(data)


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_changed_byte_is_told(place: int, by: int) -> None:
    for data, read in (
        (signed(FAMILIES[INTL], Revoked(bytes(32), NOW_S, Reason.STOLEN)), open_list),
        (sign_retirement(WORD, KEY), lambda one: open_retirement(one, KEY.spki)),
    ):
        at = place % len(data)
        bad = data[:at] + bytes([data[at] ^ by]) + data[at + 1 :]
        with pytest.raises(ProtocolError):
            read(bad)


def test_an_end_entity_signs_no_list() -> None:
    family = FAMILIES[INTL]
    forged = sign_list(RevocationList(family.terminal, 1, NOW_S, ()), family.terminal_key)
    with pytest.raises(CertificateError):
        open_list(forged)


def test_entries_are_in_order_and_once() -> None:
    family = FAMILIES[INTL]
    one, two = (Revoked(bytes([n]) * 32, NOW_S, Reason.STOLEN) for n in (1, 2))
    payload, der, _ = cbor.decode(signed(family, one, two), 10_000)  # type: ignore[misc]
    words = cbor.decode(payload, 10_000)
    assert isinstance(words, dict)
    from zhendao.protocol.revocation import _to_be_signed  # noqa: PLC0415 - to sign what the function would not

    for entries in ([words[6][1], words[6][0]], [words[6][0], words[6][0]], [[1, 2]], "x"):
        bad = cbor.encode({**words, 6: entries})
        signature = family.issuing_key.sign(_to_be_signed(family.issuing, bad))
        with pytest.raises(MalformedError):
            open_list(cbor.encode([bad, der, signature]))


def test_an_issuing_authority_revokes_no_other() -> None:
    family = FAMILIES[INTL]
    trust = TrustStore([family.root.der], [family.issuing.der])
    for signer, key, counts in (
        (family.issuing, family.issuing_key, False),
        (family.root, family.root_key, True),
    ):
        made = RevocationList(signer, 1, NOW_S, (Revoked(family.issuing.id, NOW_S, Reason.KEY_LOST),))
        found = Revocations(trust, [family.issuing], [open_list(sign_list(made, key))])
        assert (found.find(family.issuing) is not None) is counts
        assert (found.find(family.terminal) is not None) is counts


@given(st.integers(0, 2**40), st.integers(0, 2**60), st.booleans())
def test_a_last_word_reads_as_it_was_signed(unacknowledged: int, wall_ms: int, empty: bool) -> None:  # noqa: FBT001
    word = replace(WORD, unacknowledged=unacknowledged, wall_ms=wall_ms)
    if empty:
        word = replace(word, epoch=None, seq=0, head=None)
    assert open_retirement(sign_retirement(word, KEY), KEY.spki) == word
    with pytest.raises(CryptoError):
        open_retirement(sign_retirement(word, INTL.new_signing_key()), KEY.spki)
