import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhendao.device.clock.stamp import Stamp
from zhendao.device.taps.tokens import tell
from zhendao.protocol.suite import INTL
from zhendao.protocol.token import sign_token
from zhendao.protocol.vocabulary import ClockSource, Role, Strength, TapReason, Technology
from zhendao.readers.token_record import token_message
from zhendao.readers.values import Presence

ISSUER = INTL.new_signing_key()
ISSUERS = {ISSUER.key_id: INTL.verifying_key(ISSUER.spki)}
UID = bytes.fromhex("04a1b2c3d4e5f6")
NOW_S = 1_790_000_000


def stamp(now_s: int = NOW_S, source: ClockSource = ClockSource.NTP) -> Stamp:
    return Stamp(b"b" * 16, 5, now_s * 1000, source, 10)


def presence(record: bytes | None, uid: bytes = UID) -> Presence:
    message = None if record is None else token_message(record)
    return Presence(uid, Technology.NTAG21X, message, (800,), 5)


RECORD = sign_token(ISSUER, Role.CAREGIVER, b"t" * 16, UID, NOW_S - 100, NOW_S + 100)


def test_a_signed_token_is_told_with_role_and_proof() -> None:
    seen = tell(presence(RECORD), INTL, ISSUERS, stamp())
    assert (seen.refusal, seen.expired) == (None, False)
    assert (seen.read.role, seen.read.strength, seen.read.proof) == (Role.CAREGIVER, Strength.SIGNED, RECORD)


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (presence(RECORD, uid=b"\x04another"[:7]), TapReason.FORGED),
        (presence(RECORD[:-1] + bytes([RECORD[-1] ^ 1])), TapReason.FORGED),
        (presence(b"\x00"), TapReason.FORGED),
        (presence(sign_token(INTL.new_signing_key(), Role.DOOR, b"t" * 16, UID, 0, NOW_S * 2)), TapReason.FOREIGN),
    ],
    ids=["copied", "flipped", "garbage", "other-issuer"],
)
def test_what_is_no_good_says_why(found: Presence, reason: TapReason) -> None:
    assert tell(found, INTL, ISSUERS, stamp()).refusal is reason


def test_a_bare_card_takes_part_by_its_uid() -> None:
    seen = tell(presence(None), INTL, ISSUERS, stamp())
    assert (seen.refusal, seen.read.role, seen.read.strength) == (None, Role.UNKNOWN, Strength.UID)


def test_a_token_outside_its_dates_takes_part_and_is_flagged_where_the_time_is_trusted() -> None:
    for now_s in (0, NOW_S + 200):
        for source, flagged in ((ClockSource.UNSET, False), (ClockSource.RTC, False), (ClockSource.GNSS, True)):
            seen = tell(presence(RECORD), INTL, ISSUERS, stamp(now_s, source))
            assert (seen.refusal, seen.expired) == (None, flagged)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_on_a_tag_end_as_a_value(message: bytes) -> None:
    seen = tell(Presence(UID, Technology.NTAG21X, message, (), 5), INTL, ISSUERS, stamp())
    assert seen.refusal is not None or seen.read.role is Role.UNKNOWN
