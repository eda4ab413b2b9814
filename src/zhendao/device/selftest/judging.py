"""From what was tried to what it means: disk, clock, receiver, tokens. Pure; no sentence is made elsewhere."""

from __future__ import annotations

import statistics
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from zhendao.device.gnss.condition import Condition
from zhendao.device.selftest.results import Outcome, halves, passed, trouble
from zhendao.device.selftest.troubles import TROUBLES
from zhendao.protocol.vocabulary import Role, TapReason
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from zhendao.device.selftest.results import Result
    from zhendao.device.site.fixes import Taken
    from zhendao.device.taps.decisions import Seen
    from zhendao.protocol.bodies import TokenRead

LEAST_MIB = 8
"""With less room than this a terminal cannot begin a journal, its reserve and its log."""
BUILT_S = 1_790_000_000
"""2026-09-21: a clock before this is wrong for certain."""
_DOUBTFUL = {Condition.BABBLING, Condition.JAMMED, Condition.SUSPECT}
_REFUSALS = {TapReason.FORGED: "forged", TapReason.FOREIGN: "issuer", TapReason.UNREADABLE: "unreadable"}


def room(free_mib: int) -> Result | None:
    """Return the trouble of a disk with so much room; None where it is enough."""
    return trouble("disk", "disk-full", free_mib=free_mib) if free_mib < LEAST_MIB else None


def clock(now_s: float, bound_ms: int | None, *, satellites: bool) -> Result:
    """Judge the wall clock; ``bound_ms``: of the kernel under NTP; ``satellites``: the receiver tells a time now."""
    if now_s < BUILT_S:
        return trouble("clock", "clock-wrong", day=time.strftime("%Y-%m-%d", time.gmtime(now_s)))
    if bound_ms is not None:
        return passed(
            "clock", Text(f"NTP 校时，±{bound_ms} ms", f"synchronised by NTP, ± {bound_ms} ms"), bound_ms=bound_ms
        )
    if satellites:
        return passed("clock", Text("由卫星授时", "satellites give the time"), bound_ms=None)
    return trouble("clock", "clock-unset", Outcome.NOTED)


def receiver(taken: Taken) -> Result:
    """Judge what came from the receiver; no fix is no failure."""
    why, seconds = taken.trouble(), round(taken.seconds)
    if taken.deaf:
        what, cure = halves(why, TROUBLES["gnss-deaf"].cure)
        return replace(trouble("gnss", "gnss-deaf", detail_zh=what.zh, detail_en=what.en), cure=cure)
    if taken.condition in _DOUBTFUL:
        return trouble("gnss", "gnss-doubtful", Outcome.NOTED, detail_zh=why.zh, detail_en=why.en)
    if not taken.fixes:
        return trouble("gnss", "gnss-no-fix", Outcome.NOTED, seconds=seconds, epochs=taken.heard)
    newest = taken.fixes[-1]
    return passed(
        "gnss",
        Text(
            f"已定位：{newest.satellites} 颗卫星，误差 {newest.hacc95_m:.0f} 米",
            f"fixed: {newest.satellites} satellites, within {newest.hacc95_m:.0f} m",
        ),
        satellites=newest.satellites,
        hacc95_dm=round(10 * newest.hacc95_m),
        fixes=len(taken.fixes),
        took_s=seconds,
    )


def door(seen: Seen, own: bytes | None) -> Result:
    """Judge the door tag that was shown; ``own`` is the token id bound to this terminal."""
    read = seen.read
    if seen.refusal is not None:
        return _refused("door", seen.refusal)
    token = "" if read.token_id is None else read.token_id.hex()
    if read.role is not Role.DOOR:
        return trouble("door", "door-none", detail=read.role.name.lower())
    if seen.opened:
        return trouble("door", "door-opened", Outcome.NOTED, token=token, **_figures(read))
    if own is None:
        return trouble("door", "door-unbound", Outcome.NOTED, token=token, **_figures(read))
    if read.token_id != own:
        return trouble("door", "door-foreign", token=token)
    return passed(
        "door", Text("门牌是本终端绑定的", "the door tag is the one bound here"), token=token, **_figures(read)
    )


def card(seen: Seen) -> Result:
    """Judge the card that was shown: a caregiver's or an engineer's."""
    read = seen.read
    if seen.refusal is not None:
        return _refused("card", seen.refusal)
    if read.role is Role.UNKNOWN:
        return trouble("card", "card-unknown", Outcome.NOTED, **_figures(read))
    if read.role not in {Role.CAREGIVER, Role.ENGINEER}:
        return trouble("card", "card-none", detail=read.role.name.lower())
    figures = {"role": read.role.name.lower(), **_figures(read)}
    if read.role is Role.ENGINEER and read.token_id is not None:
        # Who was there: an engineer's own token, with the proof that can be checked again.
        proof = None if read.proof is None else read.proof.hex()
        figures |= {"token": read.token_id.hex(), "uid": read.uid.hex(), "proof": proof}
    return passed("card", Text("工卡读取正常", "the card was read and holds"), **figures)


def _refused(part: str, reason: TapReason) -> Result:
    word = _REFUSALS.get(reason)
    if word is None:
        return trouble(part, f"{part}-refused", detail=reason.name.lower())
    return trouble(part, f"{part}-{word}", detail=reason.name.lower())


def _figures(read: TokenRead) -> dict[str, int | str | None]:
    return {
        "strength": read.strength.name.lower(),
        "technology": read.technology.name.lower(),
        "rtt_us": round(statistics.median(read.rtts_us)) if read.rtts_us else None,
    }
