"""Faults of ours, found in the facts, and which findings they can have caused: those ask nobody at the door. Pure.

Promise: where a terminal was dark, silent, without a trusted time or with numbers missing, nothing that follows from
what it then did not witness is put to a person. The finding stays; whom it asks changes. rule: SAME-DAY
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from zhendao.gateway.judging.detectors.saying import when
from zhendao.gateway.judging.findings import Finding
from zhendao.gateway.judging.told import Told
from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.visits.drawing import Policy
from zhendao.gateway.visits.judgement import Visit
from zhendao.gateway.visits.pairing import CheckFact
from zhendao.protocol.wording import Text

OF_PAIRS: Final = frozenset({"no_in", "no_out", "long", "off_schedule"})
"""Kinds that follow from a check that is not there: one that was not witnessed makes them."""
OF_CLOCKS: Final = frozenset({"no_in", "no_out", "off_schedule", "overlap", "travel"})
"""Kinds that follow from when something was by the wall clock; what a tag's counter says is judged by bounds alone."""
OF_SPANS: Final = frozenset({"long", "short"})
"""Kinds that follow from how long it took: within one start of the terminal that is exact, whatever the wall clock."""
OF_FAULTS: Final = OF_PAIRS | OF_CLOCKS | OF_SPANS
"""Every kind that a fault can have caused."""
_POWER = Text("可能断电或停机", "may have been without power or stopped")
_READER = Text("读卡器失效", "read no card")
_CLOCK = Text(
    "终端当时没有可信时间，可能由此造成，不问责任何人",
    "the terminal had no trusted time then, which may have caused it: it is put to no person",
)
_GAP = Text(
    "终端日志在此处缺号，缺失的可能正是这次打卡，不问责任何人",
    "numbers are missing from the terminal's journal here, perhaps this very check: it is put to no person",
)
_EXCHANGED: Final = Text(
    "该户终端当时更换：一台终端不知道另一台的打卡，可能由此造成，不问责任何人",
    "the terminal of this home was exchanged then: what one saw the other does not know, which may have caused it; it "
    "is put to no person",
)
_LOST_STEP: Final = frozenset({"no_in", "no_out", "long", "reversed"})
"""Flags of a visit after which the next check of the same card may have been taken for the other half."""


@dataclass(frozen=True, slots=True)
class Caused:
    """What faults can have caused of visits: ``of_pairs`` in each visit, and the kinds of ``clocks``.

    ``short``: visits which one that is not there makes short as well. ``silent``: those whose terminal is silent, and
    when it was heard of last (UTC ms).
    """

    of_pairs: Mapping[bytes, Text]
    clocks: Mapping[bytes, frozenset[str]]
    short: frozenset[bytes] = frozenset()
    silent: Mapping[bytes, int] = field(default_factory=dict)

    def of(self, kind: str, visit_id: bytes) -> Text | None:
        """Return the fault that can have caused a finding of ``kind`` of this visit; None where there was none."""
        follows = kind in OF_PAIRS or (kind == "short" and visit_id in self.short)
        if follows and visit_id in self.of_pairs:
            return self.of_pairs[visit_id]
        return _CLOCK if kind in self.clocks.get(visit_id, ()) else None


def caused_in(visits: Iterable[Visit], told: Mapping[bytes, Told], policy: Policy, registry: Registry) -> Caused:
    """Return what faults can have caused in ``visits``, judged by ``policy``."""
    lanes: dict[tuple[bytes, bytes], list[Visit]] = {}
    for visit in visits:
        if visit.pair is not None:
            lanes.setdefault((visit.pair.first.device, visit.pair.first.body.caregiver.uid), []).append(visit)
    faults: dict[bytes, Text] = {}
    clocks: dict[bytes, frozenset[str]] = {}
    short: set[bytes] = set()
    silent: dict[bytes, int] = {}
    for (device, _), several in lanes.items():
        faults |= _of_lane(several, told.get(device, Told()), policy.thresholds.offset_ms)
        exchanged = {one.visit_id for one in several if _exchanged(one, registry)}
        faults |= dict.fromkeys(exchanged, _EXCHANGED)
        short |= exchanged
        clocks |= {one.visit_id: _of_clock(one) for one in several}
        short |= {one.visit_id for one in several if one.record["service"] in policy.rechecked_ms}
        heard = {one.visit_id: _silent_since(one, told.get(device, Told())) for one in several}
        silent |= {visit_id: since for visit_id, since in heard.items() if since is not None}
    return Caused(faults, clocks, frozenset(short), silent)


def with_faults(
    findings: Iterable[Finding], visits: Iterable[Visit], told: Mapping[bytes, Told], policy: Policy, registry: Registry
) -> list[Finding]:
    """Return ``findings``, each with the fault that can have caused it; one that was found with it keeps its own."""
    caused = caused_in(visits, told, policy, registry)
    return [
        one
        if one.visit_id is None or one.fault is not None or (fault := caused.of(one.kind, one.visit_id)) is None
        else replace(one, fault=fault)
        for one in findings
    ]


def _of_lane(visits: Sequence[Visit], told: Told, offset_ms: int) -> dict[bytes, Text]:
    """Return, for each visit of one card at one terminal that a fault can have spoilt, which one."""
    found: dict[bytes, Text] = {}
    several = sorted(visits, key=lambda one: (one.at_ms or 0, one.pair.first.seq if one.pair else 0))
    for at, visit in enumerate(several):
        before = several[at - 1] if at else None
        behind = several[at + 1] if at + 1 < len(several) else None
        fault = _dark(visit, told, offset_ms) or _alone(visit, told, offset_ms) or _missing(before, visit, behind, told)
        if fault is None and before is not None and before.visit_id in found and _follows(before, visit):
            fault = found[before.visit_id]
        if fault is not None:
            found[visit.visit_id] = fault
    return found


def _exchanged(visit: Visit, registry: Registry) -> bool:
    """Tell whether its terminal came to this home, or went, while another check of the visit may have been made."""
    checks = _seqs(visit)
    if not checks or visit.at_ms is None:
        return False
    device, (first_ms, last_ms) = checks[0].device, _reach(visit)
    here = registry.terminal(device, visit.at_ms)
    if here is None or here.elder_id is None:
        return False
    there = (registry.terminal(device, at_ms) for at_ms in (first_ms, last_ms))
    return any(one is None or one.elder_id != here.elder_id for one in there)


def _reach(visit: Visit) -> tuple[int, int]:
    """Return from when to when (UTC ms) its checks may have been made, those that are not there too."""
    known = [one for one in (visit.begin_ms, visit.end_ms) if one is not None] or [visit.at_ms or 0]
    most_ms = visit.limits_s[1] * 1000 if visit.limits_s is not None else 0
    return min(known) - most_ms, max(known) + most_ms


def _dark(visit: Visit, told: Told, offset_ms: int) -> Text | None:
    """Tell that the terminal may have been dark, or was not heard of since, about the visit."""
    first, last = _reach(visit)
    for dark in told.dark:
        if dark.from_ms < last and first < dark.to_ms:
            begin, end = when(dark.from_ms, offset_ms), when(dark.to_ms, offset_ms)
            why = _READER if dark.reader else _POWER
            return Text(
                f"终端在 {begin} 至 {end} 之间{why.zh}，可能由此造成，不问责任何人",
                f"the terminal {why.en} between {begin} and {end}, which may have caused it: it is put to no person",
            )
    heard_ms = _silent_since(visit, told)
    if heard_ms is not None:
        since = when(heard_ms, offset_ms)
        return Text(
            f"{since} 以后没有收到该终端的消息，签退可能尚未送达，不问责任何人",
            f"nothing has been heard of the terminal since {since}: the check-out may be still to come; it is put to "
            "no person",
        )
    return None


def _silent_since(visit: Visit, told: Told) -> int | None:
    """Return when the terminal was heard of last (UTC ms), where the check-out may have been made after that."""
    ended = visit.pair is None or visit.pair.last is not None
    return told.heard_ms[-1] if not ended and told.heard_ms and told.heard_ms[-1] < _reach(visit)[1] else None


def _alone(visit: Visit, told: Told, offset_ms: int) -> Text | None:
    """Tell that the card was held there alone where a check is not there: she was at the door, and the tag was not."""
    checks = _seqs(visit)
    if not checks or (visit.pair is not None and visit.pair.last is not None):
        return None
    (first, last), uid = _reach(visit), checks[0].body.caregiver.uid
    found = next((ms for card, ms in told.alone if card == uid and first <= ms <= last), None)
    if found is None:
        return None
    at = when(found, offset_ms)
    return Text(
        f"{at} 这张卡在此单独刷过而没有读到门牌：门牌可能脱落，不问责任何人",
        f"at {at} this card was held there alone and no door tag was read: it may be gone; it is put to no person",
    )


def _missing(before: Visit | None, visit: Visit, behind: Visit | None, told: Told) -> Text | None:
    """Tell that numbers of the journal are missing between the visits of the card before and behind it."""
    here = _seqs(visit)
    if not here:
        return None
    epoch = here[0].epoch
    after = max((one.seq for one in _seqs(before) if one.epoch == epoch), default=0)
    until = min((one.seq for one in _seqs(behind) if one.epoch == epoch), default=None)
    for one in told.epochs:
        if one.epoch == epoch and any(end > after and (until is None or start < until) for start, end in one.missing):
            return _GAP
    return None


def _seqs(visit: Visit | None) -> Sequence[CheckFact]:
    return visit.pair.checks if visit is not None and visit.pair is not None else ()


def _follows(before: Visit, visit: Visit) -> bool:
    """Tell whether ``visit`` may begin with a check that a fault has put out of step."""
    out_of_step = any(one["flag"] in _LOST_STEP for one in before.record["flags"])
    return out_of_step and _reach(visit)[0] <= _reach(before)[1]


def _of_clock(visit: Visit) -> frozenset[str]:
    """Return the kinds that a terminal without a trusted time can have caused."""
    if not any(one["flag"] in {"clock_unset", "clock_disputed"} for one in visit.record["flags"]):
        return frozenset()
    starts = {one.moment.boot_id for one in _seqs(visit)}
    return OF_CLOCKS | OF_SPANS if len(starts) > 1 else OF_CLOCKS
