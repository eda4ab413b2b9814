"""How much of what goes wrong: each profile names its kinds of faults, how often they come and how long they last.

Promise: a profile is a table; what it makes of a seed is `plan`'s work. Each seed switches a part of a profile's kinds
on, each with an intensity of its own: worlds that differ find more than worlds that are all alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from zhendao.protocol.wording import Text
from zhendao.simulators.errors import SimulatorError
from zhendao.simulators.world.story.arguments import DAY, HOUR, MINUTE, SECOND

Range = tuple[int, int]
_NO_DRAWS: Mapping[str, Range] = {}


@dataclass(frozen=True, slots=True)
class Spell:
    """How one kind of fault comes in a profile.

    Attributes:
        kind: which.
        every_ms: the time between two of them at one target, on average, at a middling intensity.
        lasts_ms: the shortest and the longest; short ones are as likely as long ones.
        draws: least and most of its other whole numbers; words are drawn from all that there are.
    """

    kind: str
    every_ms: int
    lasts_ms: Range = (0, 0)
    draws: Mapping[str, Range] = field(default_factory=lambda: _NO_DRAWS)


@dataclass(frozen=True, slots=True)
class Profile:
    """A mix of faults, and how busy people are meanwhile.

    Attributes:
        name: as `--faults` takes it.
        text: what it is, in a line.
        spells: what may come.
        share: of the spells, so many of a thousand are switched on in one world; at least one.
        busy: caregivers come and go all day, and make mistakes; else one visit a day.
        varied: terminals differ in placement, mounting and clocks.
    """

    name: str
    text: Text
    spells: tuple[Spell, ...] = ()
    share: int = 500
    busy: bool = True
    varied: bool = True


_RARE, _SELDOM, _OFTEN = 2 * DAY, DAY, 10 * HOUR
_BRIEF: Range = (SECOND, 10 * MINUTE)
_LONG: Range = (MINUTE, 6 * HOUR)
_OFF: Range = (SECOND, 20 * MINUTE)
_SHARE = {"share": (20, 1000)}
_TIMES = {"times": (1, 100)}
_BY = {"by_ms": (SECOND, 40 * DAY)}
_BACK = {"back_ms": (MINUTE, 2 * DAY)}

POWER = (
    Spell("power-cut", _OFTEN, _OFF),
    Spell("power-cut-writing", _OFTEN, _OFF, {"write": (1, 60), "within_ms": (HOUR, 6 * HOUR)}),
    Spell("kill", _OFTEN, (SECOND, MINUTE)),
    Spell("stop", _SELDOM, (SECOND, 10 * MINUTE)),
)
DISK = (
    Spell("disk-full", _SELDOM, _LONG, {"left": (1, 1 << 20)}),
    Spell("disk-read-error", _SELDOM, _BRIEF, _TIMES),
    Spell("disk-write-error", _SELDOM, _BRIEF, _TIMES),
    Spell("disk-sync-error", _SELDOM, _BRIEF, _TIMES),
    Spell("disk-rot", _RARE, draws={"count": (1, 64)}),
    Spell("journal-destroyed", _RARE, _OFF),
    Spell("image-restored", _RARE, _OFF, _BACK),
    Spell("cloned", _RARE, (MINUTE, 4 * HOUR), _BACK),
)
CLOCK = (
    Spell("clock-step", _SELDOM, draws=_BY),
    Spell("clock-at-boot", _SELDOM, _OFF, {"back_ms": (HOUR, 20 * DAY)}),
    Spell("rtc-lost", _SELDOM, _LONG),
    Spell("rtc-wrong", _SELDOM, _LONG, _BY),
    Spell("drift", _SELDOM, _LONG, {"ppm": (1, 200)}),
    Spell("ntp-off", _SELDOM, _LONG),
    Spell("ntp-wrong", _RARE, _LONG, _BY),
    Spell("gnss-none", _SELDOM, _LONG),
    Spell("gnss-drift", _SELDOM, _LONG, {"metres": (10, 2000)}),
    Spell("gnss-away", _RARE, _LONG, {"metres": (500, 2_000_000)}),
    Spell("gnss-time", _RARE, _LONG, _BY),
)
READER = (Spell("reader-dead", _OFTEN, (SECOND, 2 * HOUR)), Spell("reader-misreads", _OFTEN, _BRIEF, _SHARE))
LINK = (
    Spell("link-cut", _OFTEN, _LONG),
    Spell("link-half-open", _OFTEN, _BRIEF),
    Spell("link-slow", _SELDOM, _BRIEF, {"delay_ms": (100, MINUTE)}),
    Spell("link-flap", _SELDOM, _BRIEF, {"up_ms": (100, MINUTE), "down_ms": (100, MINUTE)}),
    Spell("link-reset", _SELDOM),
    Spell("link-loss", _SELDOM, _BRIEF, {"share": (5, 400)}),
)
BROKER = (
    Spell("broker-restart", _SELDOM, (100, 10 * MINUTE)),
    Spell("broker-drops", _OFTEN, _LONG, {"share": (100, 900)}),
    Spell("broker-duplicates", _SELDOM, _BRIEF, _SHARE),
    Spell("broker-reorders", _SELDOM, _BRIEF, _SHARE),
    Spell("broker-refuses", _SELDOM, _BRIEF),
    Spell("broker-busy", _SELDOM, _BRIEF, {"delay_ms": (100, MINUTE)}),
    Spell("broker-full", _SELDOM, _BRIEF),
    Spell("broker-mute", _SELDOM, _BRIEF),
)
GATEWAY = (
    Spell("gateway-kill", _OFTEN, (SECOND, 10 * MINUTE), {"statement": (1, 60), "within_ms": (HOUR, 6 * HOUR)}),
    Spell("gateway-stop", _SELDOM, (SECOND, 10 * MINUTE)),
    Spell("store-full", _SELDOM, _BRIEF),
    Spell("store-refuses", _SELDOM, _BRIEF, _SHARE),
    Spell("gateway-clock", _RARE, _LONG, {"by_ms": (SECOND, 2 * DAY)}),
)
PLATFORM = (
    Spell("platform-errors", _OFTEN, _LONG, _SHARE),
    Spell("platform-puts-off", _OFTEN, _LONG, {"after_s": (1, 600), "share": (20, 1000)}),
    Spell("platform-times-out", _OFTEN, _LONG, _SHARE),
    Spell("platform-down", _OFTEN, _LONG),
)
BACKLOG = (
    Spell("link-cut", _OFTEN, (2 * HOUR, 12 * HOUR)),
    Spell("broker-drops", _OFTEN, (HOUR, 8 * HOUR), {"share": (20, 400)}),
    Spell("broker-duplicates", _OFTEN, (HOUR, 8 * HOUR), _SHARE),
    Spell("broker-reorders", _OFTEN, (HOUR, 8 * HOUR), {"share": (200, 1000)}),
    Spell("broker-busy", _SELDOM, (MINUTE, HOUR), {"delay_ms": (100, MINUTE)}),
    Spell("gateway-stop", _OFTEN, (MINUTE, 6 * HOUR)),
)
ALL = POWER + DISK + CLOCK + READER + LINK + BROKER + GATEWAY + PLATFORM

PROFILES: dict[str, Profile] = {
    one.name: one
    for one in (
        Profile("calm", Text("平静：一天一次上门，没有故障", "a visit a day, no faults"), busy=False, varied=False),
        Profile("links", Text("网络与代理", "links and broker"), LINK + BROKER, 600),
        Profile(
            "backlogs",
            Text(
                "长时间断网，补传时代理丢弃、重复、乱序", "long outages, and a broker that drops and re-orders the rest"
            ),
            BACKLOG,
            800,
        ),
        Profile("power", Text("断电、被杀、重启", "power cuts, kills, restarts"), POWER, 700),
        Profile("disks", Text("磁盘与断电", "disks, and power cuts"), DISK + POWER, 500),
        Profile(
            "clocks",
            Text("时钟、卫星、断电与断网", "clocks, satellites, and power and link cuts"),
            CLOCK + POWER + LINK[:1],
            500,
        ),
        Profile("readers", Text("读卡器", "readers"), READER + POWER[2:], 700),
        Profile("gateway", Text("网关与代理", "gateway and broker"), GATEWAY + BROKER, 500),
        Profile("platform", Text("平台与网关", "platform, and gateway"), PLATFORM + GATEWAY[:2], 600),
        Profile("everything", Text("全部", "all of them"), ALL, 300),
    )
}


class ProfileError(SimulatorError):
    """There is no such profile."""

    code = "simulator-profile"
    exit_code = 2

    def __init__(self, name: str) -> None:
        there = ", ".join(PROFILES)
        super().__init__(
            Text(f"没有故障组合“{name}”", f"there is no profile {name!r}"),
            Text(f"可用：{there}", f"choose one of {there}"),
        )


def profile_of(name: str) -> Profile:
    """Return the profile called ``name``. Raises `ProfileError`."""
    try:
        return PROFILES[name]
    except KeyError:
        raise ProfileError(name) from None
