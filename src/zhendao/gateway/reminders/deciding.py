"""Who is reminded, and why each other is not. Pure: all that is known comes as arguments, and so does the time.

Promise: the same question is asked when a round is made and again right before anything goes out, by this one function;
whoever has checked in, or may have, is never reminded. rule: REMIND
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from zhendao.gateway.registry.snapshot import Caregiver, Registry, Terminal
from zhendao.gateway.reminders.duties import Duties
from zhendao.gateway.reminders.limits import Told, withheld
from zhendao.gateway.reminders.settings import RemindTable
from zhendao.protocol.vocabulary import Placement
from zhendao.protocol.wording import Text

PRESENT: Final = "present"
NO_PLAN: Final = "no_plan"
REASONS: Final = {
    "": Text("提醒", "reminded"),
    PRESENT: Text("已打卡", "has checked in"),
    NO_PLAN: Text("所在机构未设提醒", "no plan for the organisation"),
    "uncounted": Text("不计入持证护理员", "does not count"),
    "barred": Text("在禁入名单", "on the blocklist"),
    "leave": Text("请假", "on leave"),
    "off": Text("今日无班", "does not work today"),
    "early": Text("首个服务尚未开始", "the first visit has not begun"),
    "quiet": Text("静默时段", "hours of rest"),
    "often": Text("今日已提醒足够次数", "as often as allowed today"),
    "recent": Text("刚提醒过", "reminded a short time ago"),
    "offline": Text("终端离线", "a terminal is offline"),
}
"""What each verdict is called."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one caregiver: whether she has or may have checked in today, and when she was reminded.

    ``offline``: which of these terminals are.
    """

    present: Callable[[str], bool]
    told: Callable[[str], Sequence[Told]]
    offline: Callable[[Sequence[Terminal]], Collection[bytes]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """``why`` she is not reminded, a key of `REASONS`; empty: she is. ``offline``: her terminals that are."""

    caregiver_id: str
    organisation: str
    plan: RemindTable | None
    why: str
    offline: tuple[Terminal, ...] = ()


def plan_of(plans: Iterable[RemindTable], who: Caregiver, registry: Registry, at_ms: int) -> RemindTable | None:
    """Return the plan of a caregiver: the first that names her organisation or its region, or names nobody."""
    firm = None if who.organisation is None else registry.standing.organisation(who.organisation, at_ms)
    region = who.region if firm is None or firm.region is None else firm.region
    chain = () if region is None else registry.standing.regions_from(region, at_ms)
    for plan in plans:
        if not plan.organisations and not plan.regions:
            return plan
        if who.organisation in plan.organisations or any(one in plan.regions for one in chain):
            return plan
    return None


def verdict(
    plan: RemindTable | None,
    who: Caregiver,
    duties: Duties,
    known: Known,
    round_id: int | None,
    now_ms: int,
    offset_ms: int,
) -> Verdict:
    """Return whether ``who`` is reminded by ``round_id`` at ``now_ms`` (UTC ms)."""

    def made(why: str, offline: tuple[Terminal, ...] = ()) -> Verdict:
        return Verdict(who.caregiver_id, who.organisation or "", plan, why, offline)

    if plan is None:
        return made(NO_PLAN)
    if known.present(who.caregiver_id):
        return made(PRESENT)
    away = duties.unexpected(who, now_ms, plan.working(offset_ms))
    if away is not None:
        return made(away.value)
    terminals = duties.terminals(who, now_ms, offset_ms)
    dark = known.offline(terminals)
    offline = tuple(one for one in terminals if one.device in dark)
    limits, told = plan.limits(offset_ms), known.told(who.caregiver_id)
    held = withheld(limits, told, round_id, now_ms, offline=bool(offline))
    return made("" if held is None else held.value, offline)


def at_station(offline: Iterable[Terminal]) -> bool:
    """Return whether one of them is a station's, which can be named to anybody; a home's cannot."""
    return any(one.placement is Placement.STATION for one in offline)
