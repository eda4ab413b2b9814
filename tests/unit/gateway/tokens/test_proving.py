"""What evidence proves: exactly what keys say, whatever the terminal claims; rule: TWO-TOKENS."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples.site import Authority, Terminal
from samples.wallet import Issuer, Tag, challenge_on, fresh, grounded, plain
from zhendao.gateway.tokens.findings import Finding
from zhendao.gateway.tokens.proving import Prover, Verdict
from zhendao.protocol.bodies import TokenRead
from zhendao.protocol.cards.blocks import ZERO_BLOCK, encrypt_cbc
from zhendao.protocol.cards.challenge import Scheme, challenge_of, sm4_answer
from zhendao.protocol.cards.diversify import CPU_ANSWER_KEY, CPU_MASTER_KEY, LIVE_KEY
from zhendao.protocol.cards.ev2 import rotate
from zhendao.protocol.cards.evidence import Answer, Evidence, encode_evidence
from zhendao.protocol.cards.live import live_random
from zhendao.protocol.suite import INTL
from zhendao.protocol.vocabulary import Role, Strength, Technology

ISSUER = Issuer(versions=2)
LINE = Authority().terminal()
DOOR = Tag(ISSUER, Role.DOOR, loop=b"CC")
CARD = Tag(ISSUER, Role.CAREGIVER, version=2)
CPU = Tag(ISSUER, Role.CAREGIVER, b"cpu1", Technology.CPU_CARD)


def proved(read: TokenRead, prover: Prover | None = None, line: Terminal = LINE) -> Verdict:
    return (prover or ISSUER.prover()).verdict(INTL, line.device, line.epoch, read)


def test_a_fresh_message_proves_the_tag_under_any_version_of_the_masters() -> None:
    for tag in (DOOR, CARD):
        verdict = proved(fresh(tag, LINE, 1))
        assert (verdict.proved, verdict.findings, verdict.fresh) == (Strength.DYNAMIC, frozenset(), True)
        assert verdict.counter == tag.counter
    assert proved(fresh(DOOR, LINE, 1)).loop == "CC"


@pytest.mark.parametrize("scheme", [Scheme.SM4_16, Scheme.SM4_8])
def test_an_sm4_card_proves_itself_by_either_answer(scheme: Scheme) -> None:
    ground = grounded(LINE)
    challenge = challenge_on(LINE, ground)
    answer = sm4_answer(CPU.keys[CPU_ANSWER_KEY], challenge_of(scheme, challenge))
    good = Answer(scheme, CPU_ANSWER_KEY, answer)
    verdict = proved(CPU.read(Evidence(CPU.record, None, ground, good), 1))
    assert (verdict.proved, verdict.findings, verdict.fresh) == (Strength.CHALLENGE, frozenset(), True)
    assert verdict.challenge == challenge
    for bad in (
        replace(good, answer=bytes(len(answer))),
        replace(good, answer=answer[:-1]),
        replace(good, key_number=CPU_MASTER_KEY),
        replace(good, scheme=Scheme.EV2),
    ):
        verdict = proved(CPU.read(Evidence(CPU.record, None, ground, bad), 1))
        assert Finding.FORGED in verdict.findings
        assert verdict.proved is Strength.SIGNED  # what its record proves, and no more


def test_a_card_authenticated_live_proves_itself_again() -> None:
    ground = grounded(LINE)
    challenge, first = challenge_on(LINE, ground), b"sealed rnd b 16!"
    rnd_a = live_random(ISSUER.masters[0].keys, DOOR.uid, challenge, first)
    last = encrypt_cbc("aes", DOOR.keys[LIVE_KEY], ZERO_BLOCK, b"TI--" + rotate(rnd_a) + bytes(12))
    answer = Answer(Scheme.EV2, LIVE_KEY, first + last)
    evidence = Evidence(DOOR.record, DOOR.sun(challenge), ground, answer)
    verdict = proved(DOOR.read(evidence, 1, strength=Strength.CHALLENGE))
    assert (verdict.proved, verdict.findings, verdict.counter) == (Strength.CHALLENGE, frozenset(), DOOR.counter)
    altered = replace(answer, answer=bytes(16) + last)
    verdict = proved(DOOR.read(replace(evidence, answer=altered), 1, strength=Strength.CHALLENGE))
    assert Finding.FORGED in verdict.findings


def test_an_answer_belongs_to_one_challenge_at_one_terminal() -> None:
    for tag in (CARD, CPU):
        read = fresh(tag, LINE, 1)
        elsewhere = proved(read, line=Authority().terminal())
        assert elsewhere.proved is Strength.SIGNED
        assert elsewhere.findings == {Finding.STALE if tag is CARD else Finding.FORGED}


def test_a_harvested_message_fits_no_challenge() -> None:
    harvested = [CARD.sun() for _ in range(3)]
    for text in harvested:
        verdict = proved(CARD.read(Evidence(CARD.record, text, grounded(LINE)), 1))
        assert (verdict.proved, verdict.findings, verdict.counter) == (Strength.SIGNED, {Finding.STALE}, None)
        undated = proved(plain(CARD, 1, sun=text))
        assert (undated.proved, undated.findings, undated.fresh) == (Strength.DYNAMIC, {Finding.UNDATED}, False)


@pytest.mark.parametrize("loop", [b"OO", b"OC"])
def test_a_tag_that_was_taken_off_says_so(loop: bytes) -> None:
    tag = Tag(ISSUER, Role.DOOR, loop=loop)
    assert proved(fresh(tag, LINE, 1)).findings == {Finding.OPENED}


def test_a_copied_message_is_not_of_the_tag_that_shows_it() -> None:
    copy = replace(fresh(CARD, LINE, 1), uid=b"\x04" + bytes(6))
    verdict = proved(copy)
    assert verdict.findings == {Finding.FORGED, Finding.COPIED}
    assert verdict.proved is Strength.UID


def test_signed_records_are_proved_again() -> None:
    record = CARD.read(None, 1)
    assert proved(record) == Verdict(Strength.SIGNED)
    stranger = Issuer()
    cases: list[tuple[TokenRead, Finding]] = [
        (replace(record, uid=b"\x04" + bytes(6)), Finding.COPIED),
        (replace(record, role=Role.DOOR), Finding.FORGED),
        (replace(record, token_id=bytes(16)), Finding.FORGED),
        (replace(record, proof=CARD.record[:-1] + bytes([CARD.record[-1] ^ 1])), Finding.FORGED),
        (replace(record, proof=stranger.record(Role.CAREGIVER, CARD.uid, CARD.token_id)), Finding.FOREIGN),
        (replace(record, proof=b"\x80"), Finding.UNPROVED),
    ]
    for read, finding in cases:
        for _ in range(2):  # the second time by what is remembered
            assert proved(read) == Verdict(Strength.UID, frozenset({finding}))


def test_what_is_remembered_of_a_record_holds_for_that_card_alone() -> None:
    prover, record = ISSUER.prover(), CARD.read(None, 1)
    assert prover.verdict(INTL, LINE.device, LINE.epoch, record).proved is Strength.SIGNED
    other = replace(record, uid=record.uid[:-1] + b"\xff")
    assert prover.verdict(INTL, LINE.device, LINE.epoch, other).findings == {Finding.COPIED}


@pytest.mark.parametrize(
    "change",
    [{"proof": None}, {"proof": b"\xa0"}, {"proof": b"\xff"}, {"proof": encode_evidence(Evidence())}],
    ids=["none", "empty map", "no cbor", "nothing in it"],
)
@pytest.mark.parametrize("strength", [Strength.DYNAMIC, Strength.CHALLENGE])
def test_a_claim_without_evidence_proves_nothing(change: dict[str, Any], strength: Strength) -> None:
    read = replace(fresh(CARD, LINE, 1), strength=strength, **change)
    assert proved(read) == Verdict(Strength.UID, frozenset({Finding.UNPROVED}))


def test_a_message_is_no_answer_to_a_claim_of_challenge() -> None:
    verdict = proved(replace(fresh(CARD, LINE, 1), strength=Strength.CHALLENGE))
    assert (verdict.proved, verdict.findings) == (Strength.DYNAMIC, {Finding.UNPROVED})


def test_without_its_key_a_gateway_claims_what_the_record_proves() -> None:
    keyless = Prover({ISSUER.key.key_id: INTL.verifying_key(ISSUER.key.spki)}, tuple)
    verdict = proved(fresh(CARD, LINE, 1), keyless)
    assert (verdict.proved, verdict.findings) == (Strength.SIGNED, {Finding.UNPROVED})


@given(proof=st.binary(min_size=1, max_size=1024), strength=st.sampled_from(Strength), kind=st.sampled_from(Technology))
def test_any_bytes_end_as_a_verdict_that_proves_nothing(proof: bytes, strength: Strength, kind: Technology) -> None:
    verdict = proved(replace(fresh(CARD, LINE, 1), proof=proof, strength=strength, technology=kind))
    assert verdict.proved is Strength.UID


GOOD = fresh(CARD, LINE, 1)


@given(data=st.data())
def test_no_alteration_goes_unnoticed(data: st.DataObject) -> None:
    assert GOOD.proof is not None
    altered = bytearray(GOOD.proof)
    altered[data.draw(st.integers(0, len(altered) - 1))] ^= data.draw(st.integers(1, 255))
    assert proved(replace(GOOD, proof=bytes(altered))).findings
