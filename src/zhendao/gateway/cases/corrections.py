"""Corrections of a visit's times: proposed by one person, approved by another, withdrawn; each act signed. Pure.

Promise: an act says who, when, what, why and what was attested, under the gateway's signature, and is never changed;
what stands follows from the acts alone. No fact is touched (`visits.corrected`). rule: EVIDENCE
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from zhendao.gateway.cases.codes import REASONS
from zhendao.gateway.cases.errors import FourEyesError, LockedError, NotNowError
from zhendao.gateway.cases.settings import CasesTable
from zhendao.gateway.cases.values import Act
from zhendao.gateway.visits.corrected import Correction
from zhendao.gateway.visits.moments import can_be
from zhendao.protocol import cbor
from zhendao.protocol.keys import SigningKey, VerifyingKey
from zhendao.protocol.signing import to_be_signed
from zhendao.protocol.wording import Text

_DAY_MS: Final = 86_400_000
_MOST_BYTES: Final = 8_192


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to stand instead: begin and end in UTC ms (None: as witnessed), as against what was ``seen``.

    ``reason`` is a word of `codes.REASONS`; ``attested`` what the maker vouches for, in their own words.
    """

    visit_id: bytes
    begin_ms: int | None
    end_ms: int | None
    seen: tuple[int | None, int | None]
    reason: str
    attested: str


@dataclass(frozen=True, slots=True)
class Deed:
    """One act on correction ``number``: ``act`` proposed, approved, refused or withdrawn; ``memo`` why."""

    number: int
    act: Act
    by: str
    at_ms: int
    memo: str
    wanted: Wanted | None = None

    def document(self) -> bytes:
        """Return what is signed: CBOR, complete in itself."""
        plain: dict[int, Any] = {
            1: self.number, 2: self.act.value, 3: self.by, 4: self.at_ms, 5: self.memo,
        }  # fmt: skip
        if (one := self.wanted) is not None:
            plain[6] = [one.visit_id, one.begin_ms, one.end_ms, [*one.seen], one.reason, one.attested]
        return cbor.encode(plain)


def signed(deed: Deed, key: SigningKey, certificate_id: bytes) -> tuple[bytes, bytes]:
    """Return the document of ``deed`` and the signature of it, domain ``correction``."""
    document = deed.document()
    return document, key.sign(to_be_signed("correction", cbor.encode([key.suite.id, certificate_id]), document))


def is_signed(document: bytes, signature: bytes, key: VerifyingKey, suite_id: int, certificate_id: bytes) -> bool:
    """Tell whether ``key``, certified as ``certificate_id``, signed ``document``."""
    protected = cbor.encode([suite_id, certificate_id])
    return key.verify(to_be_signed("correction", protected, document), signature)


def deed_of(document: bytes) -> Deed:
    """Read what `Deed.document` made. Raises `MalformedError` where it is no CBOR."""
    plain = cbor.decode(document, _MOST_BYTES)
    wanted = None
    if (told := plain.get(6)) is not None:
        visit_id, begin_ms, end_ms, seen, reason, attested = told
        wanted = Wanted(visit_id, begin_ms, end_ms, (seen[0], seen[1]), reason, attested)
    return Deed(plain[1], Act(plain[2]), plain[3], plain[4], plain[5], wanted)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a correction stands: its last act, who proposed it, and what it wants."""

    number: int
    act: Act
    wanted: Wanted
    by: str
    at_ms: int

    @property
    def counts(self) -> bool:
        """Tell whether it is computed with."""
        return self.act is Act.APPROVED


def folded(deeds: Iterable[Deed], before: Mapping[int, Standing] | None = None) -> dict[int, Standing]:
    """Return how each correction stands after ``deeds``, in their order; ``before``: how they stood until then."""
    stand = dict(before or {})
    for deed in deeds:
        if deed.wanted is not None:
            stand[deed.number] = Standing(deed.number, deed.act, deed.wanted, deed.by, deed.at_ms)
        else:
            stand[deed.number] = replace(stand[deed.number], act=deed.act)
    return stand


def counting(stand: Iterable[Standing]) -> list[Correction]:
    """Return those that count, as the visits are computed with them."""
    return [
        Correction(one.number, one.wanted.visit_id, one.wanted.begin_ms, one.wanted.end_ms, one.wanted.reason,
                   one.wanted.seen)
        for one in stand
        if one.counts
    ]  # fmt: skip


def deadline_ms(visit_ms: int, table: CasesTable) -> int:
    """Return until when a visit that was at ``visit_ms`` may be corrected: so many whole local days after its own."""
    offset_ms = table.utc_offset_min * 60_000
    return ((visit_ms + offset_ms) // _DAY_MS + 1 + table.correct_days) * _DAY_MS - offset_ms


def proposed(
    number: int, wanted: Wanted, memo: str, by: str, now_ms: int, unlocked_ms: int | None, table: CasesTable
) -> Deed:
    """Return the act that proposes ``wanted``. Raises `LockedError` after the deadline, `NotNowError` for nonsense.

    ``unlocked_ms``: until when the supervisors have unlocked the visit.
    """
    begin, end = (new if new is not None else old for new, old in zip(_times(wanted), wanted.seen, strict=True))
    reason = REASONS.get(wanted.reason)
    if reason is None:
        raise NotNowError(Text(f"没有原因代码 {wanted.reason}", f"there is no reason {wanted.reason}"))
    if reason.needs_memo and not memo.strip():
        raise NotNowError(Text("该原因须说明", "this reason needs words beside it"))
    if not wanted.attested.strip():
        raise NotNowError(Text("须写明由谁、凭什么担保", "say what is attested, and on what grounds"))
    if _times(wanted) == (None, None) or any(one is not None and not can_be(one) for one in _times(wanted)):
        raise NotNowError(Text("须给出签到或签退时间", "give a time of check-in or of check-out"))
    if begin is not None and end is not None and end <= begin:
        raise NotNowError(Text("签退须晚于签到", "the check-out must be after the check-in"))
    if any(one is not None and one > now_ms for one in _times(wanted)):
        raise NotNowError(Text("时间尚未到", "that time is yet to come"))
    about_ms = next((one for one in (*wanted.seen, begin, end) if one is not None), now_ms)
    if now_ms > max(deadline_ms(about_ms, table), unlocked_ms or 0):
        raise LockedError
    return Deed(number, Act.PROPOSED, by, now_ms, memo, wanted)


def answered(one: Standing, act: Act, by: str, memo: str, now_ms: int) -> Deed:
    """Return the act that approves, refuses or withdraws ``one``. Raises `FourEyesError`, `NotNowError`."""
    fits = {Act.PROPOSED: {Act.APPROVED, Act.REFUSED, Act.WITHDRAWN}, Act.APPROVED: {Act.WITHDRAWN}}
    if act not in fits.get(one.act, ()):
        raise NotNowError(
            Text(f"更正 {one.number} 现为 {one.act.value}", f"correction {one.number} is {one.act.value} now")
        )
    # What stands before the stroke is whose token it is; the name behind it is only claimed.
    if act is Act.APPROVED and by.partition("/")[0] == one.by.partition("/")[0]:
        raise FourEyesError
    return Deed(one.number, act, by, now_ms, memo)


def _times(wanted: Wanted) -> tuple[int | None, int | None]:
    return wanted.begin_ms, wanted.end_ms
