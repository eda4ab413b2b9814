"""Tokens with keys at the terminal: graded, passed on with their proof, watched for hands that were at them, healed."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samples import strong
from samples.desk import Terminal
from zhendao.device.challenger import Challenger
from zhendao.device.clock.stamp import Stamp
from zhendao.device.doorfile import FILE, DoorFile
from zhendao.device.taps.decisions import MakeCheck, MakeTamper, MakeTap, Seen, SessionSettings
from zhendao.device.taps.owndoor import Kept, OwnDoor
from zhendao.device.taps.session import Session
from zhendao.device.taps.strength import record_alone
from zhendao.device.taps.tokens import tell
from zhendao.protocol.cards.challenge import make_challenge
from zhendao.protocol.cards.evidence import Answer, Evidence, Grounded, read_proof
from zhendao.protocol.cards.sun import ndef_file, read_sun
from zhendao.protocol.errors import MalformedError
from zhendao.protocol.suite import INTL
from zhendao.protocol.token import sign_token
from zhendao.protocol.vocabulary import (
    CheckFlag,
    ClockSource,
    Mounting,
    Placement,
    Role,
    Strength,
    TamperCause,
    TapReason,
    Technology,
)
from zhendao.readers.challenger import NO_CHALLENGES, Challenge
from zhendao.readers.values import Presence
from zhendao.simulators.pn532.tags.ev2.ntag424 import NDEF

ISSUER = INTL.new_signing_key()
ISSUERS = {ISSUER.key_id: INTL.verifying_key(ISSUER.spki)}
UID, CARD = bytes.fromhex("04a1b2c3d4e5f6"), bytes.fromhex("04b0b1b2b3b4b5")
OWN = b"o" * 16
NOW_S = 1_790_000_000
STAMP = Stamp(b"b" * 16, 5, NOW_S * 1000, ClockSource.NTP, 10)
SECOND = 1_000_000_000


def record(role: Role = Role.DOOR, uid: bytes = UID, token_id: bytes = OWN) -> bytes:
    return sign_token(ISSUER, role, token_id, uid, NOW_S - 100, NOW_S + 100)


class Asker:
    """Challenges without end; what is healed is for ``door`` to say."""

    renews = True

    def __init__(self, door: OwnDoor | None = None) -> None:
        self.remedy = (door or OwnDoor(None)).remedy
        self.number = 0

    def challenge(self) -> Challenge:
        self.number += 1
        return Challenge(self.number.to_bytes(16, "big"), Grounded(self.number, bytes(32), bytes(16)))


def told(presence: Presence, own_door: bytes | None = None) -> Seen:
    return tell(presence, INTL, ISSUERS, STAMP, own_door=own_door)


def door_tag(**how: Any) -> strong.Held:
    return strong.Held(strong.ntag424(UID, record(), **how))


def test_a_dynamic_door_tag_is_told_with_all_that_proves_it() -> None:
    seen = told(door_tag().presence(Asker(), 7))
    assert (seen.refusal, seen.flags, seen.spoiled, seen.opened) == (None, CheckFlag(0), False, False)
    read = seen.read
    assert (read.role, read.token_id, read.strength) == (Role.DOOR, OWN, Strength.DYNAMIC)
    assert read.technology is Technology.NTAG424
    assert read.proof is not None
    proof = read_proof(read.proof)
    assert proof.record == record()
    assert proof.sun is not None
    assert proof.challenge == Grounded(1, bytes(32), bytes(16))
    assert read_sun(strong.keys_of(Technology.NTAG424, UID), proof.sun, UID).nonce == (1).to_bytes(16, "big")


def test_a_cpu_card_is_told_with_its_answer_and_without_one_as_signed() -> None:
    card = strong.Held(strong.cpu_card(CARD, record(Role.CAREGIVER, CARD)))
    read = told(card.presence(Asker(), 7)).read
    assert (read.role, read.strength) == (Role.CAREGIVER, Strength.CHALLENGE)
    unasked = told(card.presence(NO_CHALLENGES, 7)).read
    assert (unasked.strength, unasked.proof) == (Strength.SIGNED, record(Role.CAREGIVER, CARD))


def test_a_card_with_keys_and_no_token_takes_part_by_its_uid_with_what_it_proves() -> None:
    seen = told(strong.Held(strong.cpu_card(CARD, b"")).presence(Asker(), 7))
    assert (seen.refusal, seen.read.role, seen.read.strength) == (None, Role.UNKNOWN, Strength.CHALLENGE)


@pytest.mark.parametrize(
    ("held", "reason"),
    [
        (strong.Held(strong.ntag424(CARD, record(Role.CAREGIVER, UID))), TapReason.FORGED),
        (strong.Held(strong.cpu_card(CARD, b"\x00")), TapReason.FORGED),
        (strong.Held(strong.desfire(CARD, record(Role.CAREGIVER, UID))), TapReason.FORGED),
    ],
)
def test_keys_excuse_no_forged_record(held: strong.Held, reason: TapReason) -> None:
    assert told(held.presence(Asker(), 7)).refusal is reason


def test_what_a_blocklist_names_is_refused_whatever_it_proves() -> None:
    seen = tell(door_tag().presence(Asker(), 7), INTL, ISSUERS, STAMP, {OWN}.__contains__)
    assert (seen.refusal, seen.read.strength) == (TapReason.BLOCKLISTED, Strength.DYNAMIC)


evidences = st.builds(
    Evidence,
    record=st.none() | st.binary(max_size=600),
    sun=st.none() | st.binary(max_size=300),
    challenge=st.none() | st.just(Grounded(1, bytes(32), bytes(16), bytes(16))),
    answer=st.none() | st.builds(Answer, st.sampled_from((1, 2, 3)), st.integers(0, 300), st.binary(max_size=120)),
)


@settings(max_examples=200, deadline=None)
@given(evidences, st.none() | st.binary(max_size=200), st.sampled_from((None, UID)))
def test_any_evidence_ends_as_a_value_that_fits_the_event(
    evidence: Evidence, message: bytes | None, own: bytes | None
) -> None:
    seen = told(Presence(UID, Technology.NTAG424, message, (), 5, evidence), own)
    assert seen.read.proof is None or len(seen.read.proof) <= 1024
    assert record_alone(seen.read).strength <= Strength.SIGNED


# -- hands that were at a tag


def test_a_loop_that_was_opened_is_said_once_and_flagged_on_every_check() -> None:
    session = Session(b"d" * 16, SessionSettings(Placement.HOME, Mounting.CRADLE), 0)
    held, card = door_tag(loop=True), strong.Held(strong.cpu_card(CARD, record(Role.CAREGIVER, CARD, b"c" * 16)))
    tag = held.tag
    assert isinstance(tag, type(strong.ntag424(UID, record())))
    assert tag.loop is not None
    decisions = []
    for number, torn in enumerate((False, True, False)):
        tag.loop.torn = torn
        at = number * 1000 * SECOND
        decisions += session.token(told(held.presence(Asker(), at)))
        decisions += session.token(told(card.presence(Asker(), at + 1)))
    tampers = [one for one in decisions if isinstance(one, MakeTamper)]
    assert tampers == [MakeTamper(TamperCause.TAG_OPENED, active=True, detail=OWN.hex())]
    flags = [one.flags for one in decisions if isinstance(one, MakeCheck)]
    assert flags == [CheckFlag(0), CheckFlag.TAG_OPENED, CheckFlag.TAG_OPENED]


def test_what_a_tag_that_is_not_ours_says_of_its_loop_is_not_told() -> None:
    session = Session(b"d" * 16, SessionSettings(Placement.HOME, Mounting.CRADLE), 0)
    for number, signed in enumerate(
        (b"", record(uid=CARD), sign_token(INTL.new_signing_key(), Role.DOOR, OWN, UID, 0, 1))
    ):
        held = strong.Held(strong.ntag424(UID, signed, loop=True))
        held.tag.loop.torn = True  # type: ignore[attr-defined]  # a tag with a loop
        seen = told(held.presence(Asker(), number))
        assert seen.opened
        assert not [one for one in session.token(seen) if isinstance(one, MakeTamper)]


def test_a_spoiled_door_tag_is_flagged_by_its_uid_told_and_told_again_when_it_is_well() -> None:
    settings = SessionSettings(Placement.HOME, Mounting.WALL, own_door=OWN)
    session = Session(b"d" * 16, settings, 0)
    held, card = door_tag(), strong.Held(strong.cpu_card(CARD, record(Role.CAREGIVER, CARD, b"c" * 16)))
    session.token(told(held.presence(Asker(), 1), UID))
    session.gone(UID, 2)
    well = bytes(held.tag.files[NDEF].content)  # type: ignore[attr-defined]  # an NTAG 424
    held.tag.files[NDEF].content[:] = bytes(256)  # type: ignore[attr-defined]  # as above
    said = session.token(told(held.presence(NO_CHALLENGES, 3), UID))
    assert said == [MakeTamper(TamperCause.DOOR_TAG_SPOILED, active=True, detail=UID.hex())]
    (check,) = session.token(told(card.presence(Asker(), 4), UID))
    assert isinstance(check, MakeCheck)
    assert check.door is not None
    assert (check.door.role, check.door.strength, check.door.uid) == (Role.DOOR, Strength.UID, UID)
    assert check.flags == CheckFlag.DOOR_SPOILED
    held.tag.files[NDEF].content[:] = well  # type: ignore[attr-defined]  # as above
    said = session.token(told(held.presence(Asker(), 5, again=True), UID))
    assert said == [MakeTamper(TamperCause.DOOR_TAG_SPOILED, active=False, detail=OWN.hex())]


def test_a_plain_copy_of_the_door_tags_record_and_uid_is_flagged() -> None:
    bare = Presence(UID, Technology.NTAG21X, door_tag().presence(Asker(), 1).ndef, (), 5)
    seen = told(bare, UID)
    assert (seen.read.strength, seen.spoiled) == (Strength.SIGNED, True)
    assert not told(bare).spoiled


# -- on the wall


def wall() -> tuple[Session, strong.Held, strong.Held]:
    session = Session(b"d" * 16, SessionSettings(Placement.HOME, Mounting.WALL, own_door=OWN, guard_ns=0), 0)
    card = strong.Held(strong.cpu_card(CARD, record(Role.CAREGIVER, CARD, b"c" * 16)))
    return session, door_tag(), card


def test_no_reading_of_the_door_tag_on_the_wall_serves_two_checks() -> None:
    session, door, card = wall()
    asker = Asker()
    assert session.token(told(door.presence(asker, 0))) == []
    proofs = []
    for number in range(1, 6):
        if number != 3:  # once it was hidden by the card
            assert session.token(told(door.presence(asker, number * SECOND, again=True))) == []
        (check,) = session.token(told(card.presence(asker, number * SECOND)))
        assert isinstance(check, MakeCheck)
        assert check.door is not None
        assert (check.door.token_id, check.flags) == (OWN, CheckFlag(0))
        proofs.append((check.door.strength, check.door.proof))
    strengths = [strength for strength, _ in proofs]
    assert strengths == [Strength.DYNAMIC] * 2 + [Strength.SIGNED] + [Strength.DYNAMIC] * 2
    assert len(set(proofs)) == 5
    assert proofs[2][1] == record()


def test_a_terminal_taken_off_its_wall_is_noticed_within_a_minute_with_a_door_tag_that_proves_itself() -> None:
    session, door, card = wall()
    session.token(told(door.presence(Asker(), SECOND)))
    session.gone(UID, 2 * SECOND)
    due = session.due_ns()
    assert due is not None
    assert due <= 62 * SECOND
    (off,) = session.tick(due)
    assert off == MakeTamper(TamperCause.OFF_WALL, active=True, moment=off.moment)  # type: ignore[union-attr]  # it is
    decisions = session.token(told(card.presence(Asker(), due + SECOND)))
    assert not [one for one in decisions if isinstance(one, MakeCheck)]
    (back,) = session.token(told(door.presence(Asker(), due + 2 * SECOND)))
    assert back == MakeTamper(TamperCause.OFF_WALL, active=False)


def test_another_door_tag_behind_the_wall_is_told_however_strong_it_is() -> None:
    session, _, card = wall()
    other = strong.Held(strong.ntag424(UID, record(token_id=b"x" * 16)))
    (changed,) = session.token(told(other.presence(Asker(), 1)))
    assert isinstance(changed, MakeTamper)
    assert (changed.cause, changed.active) == (TamperCause.DOOR_TAG_CHANGED, True)
    (check,) = session.token(told(card.presence(Asker(), 2)))
    assert isinstance(check, MakeCheck)
    assert check.flags == CheckFlag.FOREIGN_DOOR


def test_a_card_that_stays_while_a_door_tag_is_brought_makes_one_check() -> None:
    session = Session(b"d" * 16, SessionSettings(Placement.HOME, Mounting.CRADLE), 0)
    card = strong.Held(strong.cpu_card(CARD, record(Role.CAREGIVER, CARD)))
    decisions = session.token(told(card.presence(Asker(), 1)))
    decisions += session.token(told(card.presence(Asker(), 2, again=True)))
    decisions += session.token(told(door_tag().presence(Asker(), 2)))
    assert [type(one) for one in decisions if isinstance(one, MakeCheck | MakeTap)] == [MakeCheck]


def test_a_card_that_asks_whether_it_worked_keeps_its_proof_for_the_next_door() -> None:
    """Each reading is in one event: a challenge counts once."""
    session = Session(b"d" * 16, SessionSettings(Placement.CARRIED, Mounting.CRADLE), 0)
    card, asker = strong.Held(strong.cpu_card(CARD, record(Role.CAREGIVER, CARD))), Asker()
    doors = [strong.Held(strong.ntag424(uid, record(uid=uid, token_id=uid[:4] * 4))) for uid in (UID, b"\x04second")]
    made: list[Any] = []
    for number, held in enumerate((doors[0], card, card, doors[1])):
        decisions = session.token(told(held.presence(asker, number)))
        made += [one for one in decisions if isinstance(one, MakeCheck | MakeTap)]
        for one in made[-1:]:
            session.committed(session.changes(one, len(made)))
    first, repeated, second = made
    assert (repeated.reason, repeated.token.strength) == (TapReason.REPEATED, Strength.SIGNED)
    proofs = [first.caregiver.proof, second.caregiver.proof]
    assert [one.caregiver.strength for one in (first, second)] == [Strength.CHALLENGE] * 2
    assert len(set(proofs)) == 2


# -- what the terminal keeps of its door tag


def test_the_own_door_tag_is_learnt_when_it_is_well_and_nothing_else_is() -> None:
    own = OwnDoor(OWN)
    seen = told(door_tag().presence(Asker(), 1))
    assert own.learn(told(replace(door_tag().presence(Asker(), 1), evidence=None))) is None
    assert own.learn(replace(seen, refusal=TapReason.BLOCKLISTED)) is None
    assert OwnDoor(b"another door tag").learn(seen) is None
    assert OwnDoor(None).learn(seen) is None
    assert own.uid is None
    assert own.learn(seen) == Kept(OWN, UID, record())
    assert own.uid == UID
    assert own.learn(told(door_tag().presence(Asker(), 2))) is None


def test_only_the_own_tag_is_healed_and_only_when_it_is_spoiled() -> None:
    own = OwnDoor(OWN, Kept(OWN, UID, record()))
    belongs = ndef_file(record())[2:]
    good = door_tag().presence(Asker(), 1).ndef
    assert good is not None
    assert own.remedy(UID, good) is None
    assert own.remedy(UID, belongs) is None
    flipped = good[:-1] + bytes((good[-1] ^ 1,))
    for spoilt in (None, b"", good[:-1], b"\xd1" + good[1:], flipped, good[:20] + b"z" + good[21:]):
        assert own.remedy(UID, spoilt) == belongs
        assert own.remedy(CARD, spoilt) is None
    assert OwnDoor(b"another", Kept(OWN, UID, record())).remedy(UID, None) is None
    assert OwnDoor(OWN, Kept(OWN, UID, b"r" * 300)).remedy(UID, None) is None


@given(st.binary(max_size=300))
def test_any_file_is_what_was_kept_or_nothing(data: bytes) -> None:
    try:
        kept = Kept.decode(data)
    except MalformedError:
        return
    assert kept.encode() == data


async def test_the_door_tag_is_kept_over_a_restart_and_written_once(tmp_path: Path) -> None:
    """Through the desk: what is learnt at a tap is on the disk after it."""
    async with Terminal(tmp_path) as terminal:
        who = replace(terminal.who, own_door=OWN)
        issuer = terminal.issuer
        signed = sign_token(issuer, Role.DOOR, OWN, UID, 0, 1 << 40)
        doors = DoorFile(OWN, terminal.folder, terminal.scribe.also)
        terminal.desk._doors = doors  # as the agent makes it
        challenger = Challenger(who, terminal.scribe, Shipped(), bytes, doors.door, NO_LIVE)  # type: ignore[arg-type]  # enough
        held = strong.Held(strong.ntag424(UID, signed))
        await terminal.desk.take(held.presence(challenger, 1))
        file = tmp_path / FILE
        first = file.stat().st_mtime_ns
        await terminal.desk.take(held.presence(challenger, 2))
        assert file.stat().st_mtime_ns == first
        again = DoorFile(OWN, terminal.folder, terminal.scribe.also)
        assert again.door.uid == UID
        held.tag.files[NDEF].content[:] = bytes(256)  # type: ignore[attr-defined]  # an NTAG 424
        asker = Asker(again.door)
        assert held.presence(asker, 3).healed
        assert not held.presence(asker, 4).healed
        file.write_bytes(b"torn")
        assert DoorFile(OWN, terminal.folder, terminal.scribe.also).door.uid is None


class NoLive:
    """A relay that is switched off."""

    on = False
    token = None


NO_LIVE: Any = NoLive()


class Shipped:
    """A shipping that has heard a beacon."""

    beacon = b"B" * 16


async def test_a_challenge_stands_on_the_newest_event_and_the_latest_beacon(tmp_path: Path) -> None:
    async with Terminal(tmp_path) as terminal:
        dice = iter(range(9))
        door = OwnDoor(None)

        def entropy(size: int) -> bytes:
            return next(dice).to_bytes(size, "big")

        challenger = Challenger(terminal.who, terminal.scribe, Shipped(), entropy, door, NO_LIVE)  # type: ignore[arg-type]  # as above
        first, second = challenger.challenge(), challenger.challenge()
        standing = terminal.scribe.standing
        assert first.grounded == Grounded(standing.seq, standing.head, bytes(16), b"B" * 16)
        assert first.value != second.value
        ground = second.grounded.ground(terminal.who.device, standing.epoch)
        assert second.value == make_challenge(INTL, ground, second.grounded.fresh)
        await terminal.tap(Role.DOOR, UID)
        await terminal.tap(Role.CAREGIVER, CARD)
        assert challenger.challenge().grounded.seq == standing.seq + 1
