"""A correction needs two people, a reason, an attestation and its time; every act is signed."""

from dataclasses import replace

import pytest

from zhendao.gateway.cases.corrections import (
    Deed,
    Standing,
    Wanted,
    answered,
    counting,
    deadline_ms,
    deed_of,
    folded,
    is_signed,
    proposed,
    signed,
)
from zhendao.gateway.cases.errors import CaseError, FourEyesError, LockedError, NotNowError
from zhendao.gateway.cases.settings import CasesTable
from zhendao.gateway.cases.values import Act
from zhendao.protocol.suite import SM

HOUR, DAY = 3_600_000, 86_400_000
AT = 1_790_035_200_000
"""08:00 in China."""
TABLE = CasesTable()
WANTED = Wanted(b"v" * 16, None, AT + HOUR, (AT, None), "no_check_out", "她在场，老人确认")


def propose(wanted: Wanted = WANTED, now_ms: int = AT + DAY, unlocked_ms: int | None = None, memo: str = "") -> Deed:
    return proposed(1, wanted, memo, "王芳", now_ms, unlocked_ms, TABLE)


def stand(*deeds: Deed) -> Standing:
    return folded(deeds)[1]


def test_one_proposes_another_approves_and_it_counts_until_it_is_withdrawn() -> None:
    first = propose()
    assert counting([stand(first)]) == []
    with pytest.raises(FourEyesError):
        answered(stand(first), Act.APPROVED, "王芳", "", AT + DAY)
    second = answered(stand(first), Act.APPROVED, "李明", "已核实", AT + DAY + 1)
    (one,) = counting([stand(first, second)])
    assert (one.visit_id, one.begin_ms, one.end_ms, one.seen) == (b"v" * 16, None, AT + HOUR, (AT, None))
    third = answered(stand(first, second), Act.WITHDRAWN, "李明", "", AT + DAY + 2)
    assert counting([stand(first, second, third)]) == []
    with pytest.raises(NotNowError):
        answered(stand(first, second, third), Act.APPROVED, "张三", "", AT + DAY + 3)


def test_who_proposed_may_refuse_nothing_that_counts() -> None:
    first = propose()
    refused = answered(stand(first), Act.REFUSED, "李明", "", AT + DAY)
    with pytest.raises(NotNowError):
        answered(stand(first, refused), Act.WITHDRAWN, "王芳", "", AT + DAY)


def test_every_act_is_signed_whole_and_reads_back_as_it_was() -> None:
    key = SM.new_signing_key()
    for deed in (propose(), answered(stand(propose()), Act.APPROVED, "李明", "已核实", AT + DAY)):
        document, signature = signed(deed, key, b"c" * 32)
        verifying = SM.verifying_key(key.spki)
        assert deed_of(document) == deed
        assert is_signed(document, signature, verifying, SM.id, b"c" * 32)
        altered = replace(deed, by="别人").document()
        assert not is_signed(altered, signature, verifying, SM.id, b"c" * 32)


def test_after_the_deadline_only_an_unlocked_visit_is_corrected() -> None:
    end = deadline_ms(AT, TABLE)
    assert end == AT + 16 * HOUR + 7 * DAY  # the end of the visit's day, and seven more
    assert propose(now_ms=end).act is Act.PROPOSED
    with pytest.raises(LockedError):
        propose(now_ms=end + 1)
    assert propose(now_ms=end + 1, unlocked_ms=end + DAY).act is Act.PROPOSED
    with pytest.raises(LockedError):
        propose(now_ms=end + DAY + 1, unlocked_ms=end + DAY)


@pytest.mark.parametrize(
    "wanted",
    [
        replace(WANTED, end_ms=None),
        replace(WANTED, end_ms=AT),
        replace(WANTED, end_ms=AT + 2 * DAY),
        replace(WANTED, reason="because"),
        replace(WANTED, reason="other"),
        replace(WANTED, attested=" "),
    ],
    ids=["nothing", "ends before it begins", "yet to come", "no such reason", "other without words", "not attested"],
)
def test_what_makes_no_sense_is_refused(wanted: Wanted) -> None:
    with pytest.raises(CaseError):
        propose(wanted)
