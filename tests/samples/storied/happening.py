"""Sentences of what happens in homes and at terminals."""

from samples.storied.reading import Book
from samples.storied.world import Home, World
from zhendao.protocol.bodies import Clock, Rating, Undo
from zhendao.protocol.vocabulary import ClockReason, ClockSource, Direction

BOOK = Book()
"""Every sentence that a story may use."""
_says = BOOK.says
_WHERE_ZH = "[，定位偏离 {n} 米，误差 {m} 米]"
_WHERE_EN = "[, the fix {n} m off with an error of {m} m]"


@_says("{day}", "{day}")
def date(world: World, day: int) -> None:
    """Begin a day."""
    world.day = day
    world.at(0)


@_says(f"{{at}} {{who}}到{{elder}}家签到{_WHERE_ZH}。", f"{{at}} {{who}} checks in at {{elder}}'s home{_WHERE_EN}.")
def come(world: World, at: int, who: str, elder: str, n: int = 0, m: int | None = None) -> None:
    _check(world, at, who, elder, Direction.IN, n, m)


@_says(f"{{at}} {{who}}在{{elder}}家签退{_WHERE_ZH}。", f"{{at}} {{who}} checks out at {{elder}}'s home{_WHERE_EN}.")
def leave(world: World, at: int, who: str, elder: str, n: int = 0, m: int | None = None) -> None:
    _check(world, at, who, elder, Direction.OUT, n, m)


@_says("{at} 有人用{who}的卡在{elder}家签到。", "{at} Somebody checks in at {elder}'s home with {who}'s card.")
def come_by_card(world: World, at: int, who: str, elder: str) -> None:
    _check(world, at, who, elder, Direction.IN)


@_says("{at} 有人用{who}的卡在{elder}家签退。", "{at} Somebody checks out at {elder}'s home with {who}'s card.")
def leave_by_card(world: World, at: int, who: str, elder: str) -> None:
    _check(world, at, who, elder, Direction.OUT)


@_says("{at} {who}的另一张卡在{elder}家刷卡。", "{at} {who}'s other card is read at {elder}'s home.")
def other_card(world: World, at: int, who: str, elder: str) -> None:
    """For the terminal it is a check-in: that card has not been read there before."""
    world.at(at)
    home = world.homes[elder]
    world.check(home, who, Direction.IN, world.fix(home), cards="b")


@_says("{at} {who}到{elder}家签到，室内没有定位。", "{at} {who} checks in at {elder}'s home, without a fix indoors.")
def come_unseen(world: World, at: int, who: str, elder: str) -> None:
    world.at(at)
    world.check(world.homes[elder], who, Direction.IN, None)


@_says("{at} {who}在{elder}家签退，室内没有定位。", "{at} {who} checks out at {elder}'s home, without a fix indoors.")
def leave_unseen(world: World, at: int, who: str, elder: str) -> None:
    world.at(at)
    world.check(world.homes[elder], who, Direction.OUT, None)


@_says(
    "{at} {who}在{elder}家的终端签到，用的是{next}家的门牌。",
    "{at} {who} checks in at the terminal of {elder}'s home, with the door tag of {next}'s home.",
)
def come_with_another_door(world: World, at: int, who: str, elder: str, next: str) -> None:  # noqa: A002 - as it is said
    world.at(at)
    home = world.homes[elder]
    world.check(home, who, Direction.IN, world.fix(home), next)


@_says(
    "{at} {who}在{elder}家的终端签退，用的是{next}家的门牌。",
    "{at} {who} checks out at the terminal of {elder}'s home, with the door tag of {next}'s home.",
)
def leave_with_another_door(world: World, at: int, who: str, elder: str, next: str) -> None:  # noqa: A002 - as said
    world.at(at)
    home = world.homes[elder]
    world.check(home, who, Direction.OUT, world.fix(home), next)


@_says("{at} {who}离开{elder}家，没有刷卡。", "{at} {who} leaves {elder}'s home without the card being read.")
def leave_unread(world: World, at: int, who: str, elder: str) -> None:
    """Nothing is recorded: the terminal still takes the visit for open."""
    world.at(at)
    assert who in world.homes[elder].open


@_says("{at} {who}在{elder}家撤销刚才的打卡。", "{at} {who} takes back the last check at {elder}'s home.")
def undo(world: World, at: int, who: str, elder: str) -> None:
    world.at(at)
    home = world.homes[elder]
    body = home.read[who]
    seq = next(one.seq for one in reversed(home.line.events) if one.body == body)
    world.record(home, Undo(seq, body.caregiver, (world.now_ms - home.began_ms) * 10**6))
    if body.direction is Direction.IN:
        home.open.pop(who, None)
    elif body.opened_by is not None:
        home.open[who] = body.opened_by


@_says("{at} {elder}按下「{score}」评价{who}的服务。", "{at} {elder} rates {who}'s visit: {score}.")
def rate(world: World, at: int, elder: str, score: int, who: str) -> None:
    world.at(at)
    home = world.homes[elder]
    card = home.read[who].caregiver
    came = [
        one.seq
        for one in home.line.events
        if getattr(one.body, "direction", None) is Direction.IN and one.body.caregiver == card  # type: ignore[union-attr]
    ]
    world.record(home, Rating(score, {100: 1, 60: 2, 0: 3}[score], refers_to=came[-1]))


@_says("{at} {elder}家断网。", "{at} {elder}'s home goes offline.")
def offline(world: World, at: int, elder: str) -> None:
    world.at(at)
    world.homes[elder].online = False


@_says(
    "{at} {elder}家恢复联网，积压的记录全部送达。",
    "{at} {elder}'s home is online again, and all that waited there arrives.",
)
def online(world: World, at: int, elder: str) -> None:
    world.at(at)
    world.connect(world.homes[elder])
    world.at(at + 10)


@_says("{at} {elder}家停电。", "{at} The power fails at {elder}'s home.")
def power_fails(world: World, at: int, elder: str) -> None:
    world.at(at)
    world.homes[elder].powered = False


@_says(
    "{at} {elder}家来电，终端重新启动，时间尚未校准。",
    "{at} The power is back at {elder}'s home; the terminal starts and does not know the time yet.",
)
def power_back_without_time(world: World, at: int, elder: str) -> None:
    world.at(at)
    world.start(world.homes[elder], ClockSource.UNSET)


@_says(
    "{at} {elder}家来电，终端重新启动，时间准确。",
    "{at} The power is back at {elder}'s home; the terminal starts and knows the time.",
)
def power_back(world: World, at: int, elder: str) -> None:
    world.at(at)
    world.start(world.homes[elder], ClockSource.GNSS)


@_says("{at} {elder}家的终端收到卫星授时。", "{at} The terminal of {elder}'s home has the time from satellites.")
def time_heard(world: World, at: int, elder: str) -> None:
    world.at(at)
    home = world.homes[elder]
    home.source = ClockSource.GNSS
    _tell_time(world, home)


@_says("{at} {elder}家的终端按时报告，一切正常。", "{at} The terminal of {elder}'s home reports that all is well.")
def all_well(world: World, at: int, elder: str) -> None:
    world.at(at)
    _tell_time(world, world.homes[elder])


def _tell_time(world: World, home: Home) -> None:
    mono_ns = (world.now_ms - home.began_ms) * 10**6
    world.record(home, Clock(ClockReason.ANCHOR, world.now_ms, 50, ClockSource.GNSS, mono_ns))


def _check(
    world: World, at: int, who: str, elder: str, direction: Direction, off_m: int = 0, error_m: int | None = None
) -> None:
    world.at(at)
    home = world.homes[elder]
    world.check(home, who, direction, world.fix(home, off_m, error_m))
