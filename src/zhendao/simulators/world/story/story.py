"""A story: everything that will be done to a world, as data. Drawn from a seed, written by hand, or shrunk.

Promise: what happens in a world follows from its story alone. Every act is of a known kind with every argument in its
range, and what lasts is over before the quiet time begins. Times are milliseconds since the story's start.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from zhendao.protocol.wording import Language, Text
from zhendao.simulators.world.story.arguments import (
    CAREGIVER,
    DAY,
    HOUR,
    MINUTE,
    NTH,
    PER_MILLE,
    PIECES,
    PPM,
    SECOND,
    TERMINAL,
    Argument,
    Kind,
    StoryError,
    Value,
    Whole,
    Word,
)
from zhendao.simulators.world.story.kinds import KINDS

START_MS = 1_795_305_600_000
"""2026-11-22 00:00:00 UTC."""
QUIET_S = 6 * 3600
MOST_TERMINALS = 10_000
MOST_DAYS = 4000
_DIGITS = 5

SETTINGS: dict[str, Argument] = {
    "placement": Word(Text("安放", "placement"), ("home", "mixed", "station", "carried")),
    "mounting": Word(Text("安装", "mounting"), ("cradle", "mixed", "wall")),
    "rtc": Whole(Text("有电池时钟的终端", "terminals with a battery clock"), PER_MILLE, 0, 1000, 500),
    "ntp": Whole(Text("有 NTP 的终端", "terminals with NTP"), PER_MILLE, 0, 1000, 1000),
    "gnss": Whole(Text("有卫星接收机的终端", "terminals with a receiver"), PER_MILLE, 0, 1000, 500),
    "uid_cards": Whole(Text("只有卡号的工卡", "cards known by their uid alone"), PER_MILLE, 0, 1000, 100),
    "expired_cards": Whole(Text("已过期的工卡", "cards out of their dates"), PER_MILLE, 0, 1000, 0),
    "drift": Whole(Text("各终端晶振偏差至多", "each crystal is off by at most"), PPM, 0, 50, 20),
    "delay_ms": Whole(Text("网络延迟至多", "network delays at most"), "ms", 0, 1_000, 80),
}
"""What a story may say of its world; what it leaves out is plain."""


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that is done: when (milliseconds since the start), by or to whom, which, and how.

    ``arguments`` holds every argument of its kind, so nobody need know what is plain; `act` makes one.
    """

    at_ms: int
    who: str
    kind: str
    arguments: Mapping[str, Value] = field(default_factory=dict)

    def number(self, name: str) -> int:
        """Return a whole number among the arguments."""
        return int(self.arguments[name])

    def word(self, name: str) -> str:
        """Return a word among the arguments."""
        return str(self.arguments[name])

    @property
    def of(self) -> Kind:
        """What there is to know about its kind."""
        return KINDS[self.kind]

    @property
    def index(self) -> int:
        """The number in ``who``: 3 of "terminal 3"; 0 where there is but one."""
        return int(self.who.rpartition(" ")[2]) if " " in self.who else 0

    @property
    def end_ms(self) -> int:
        """When it is over, milliseconds since the start; the moment itself where it does not last."""
        waits = int(self.arguments.get("within_ms", 0))
        lasts = int(self.arguments.get("for_ms", 0)) or int(self.arguments.get("stay_ms", 0))
        return self.at_ms + waits + lasts

    @property
    def name(self) -> str:
        """What its dice are called: the same whatever other acts there are."""
        return f"{self.kind} {self.who} {self.at_ms}"

    def explain(self, language: Language) -> str:
        """Return the act in words for a timeline, without its time."""
        kind = self.of
        said = [
            f"{argument.text.in_(language)} {_shown(argument, self.arguments[name])}"
            for name, argument in kind.arguments.items()
        ]
        return f"{self.who}: {kind.text.in_(language)}" + (f" ({', '.join(said)})" if said else "")


def act(at_ms: int, who: str, kind: str, **arguments: Value) -> Act:
    """Return an act with what is left out filled in. Raises `StoryError` if there is no such kind or argument."""
    where = f"{kind} @ {clock_text(at_ms)}"
    known = KINDS.get(kind)
    if known is None:
        raise StoryError(where, Text(f"没有这种行为“{kind}”", f"there is no kind {kind!r}"), _see_kinds())
    for name in arguments:
        if name not in known.arguments:
            has = ", ".join(known.arguments) or "-"
            raise StoryError(
                where, Text(f"没有参数“{name}”；可用：{has}", f"has no argument {name!r}; there are: {has}")
            )
    whom, _, number = who.partition(" ")
    if whom not in known.whom or (whom in {TERMINAL, CAREGIVER}) != _is_number(number):
        may = ", ".join(one + (" N" if one in {TERMINAL, CAREGIVER} else "") for one in known.whom)
        raise StoryError(where, Text(f"who 须是 {may}，不能是“{who}”", f"who must be {may}, not {who!r}"))
    taken = {
        name: argument.take(arguments.get(name, argument.plain), f"{where} {name}")
        for name, argument in known.arguments.items()
    }
    return Act(at_ms, who, kind, taken)


@dataclass(frozen=True, slots=True)
class Story:
    """All that is done to a world; what it becomes follows from this alone.

    Attributes:
        seed: of every die that is cast while it runs.
        terminals: how many there are, "terminal 0" and so on.
        days: how long it runs, with the quiet time.
        profile: what it was drawn with; says nothing about what happens.
        start_ms: when it starts, UTC milliseconds since 1970.
        quiet_s: seconds at the end in which nothing begins and no fault lasts.
        settings: every one of `SETTINGS`.
        acts: by time.
    """

    seed: int
    terminals: int
    days: int
    profile: str = "calm"
    start_ms: int = START_MS
    quiet_s: int = QUIET_S
    settings: Mapping[str, Value] = field(default_factory=lambda: {n: a.plain for n, a in SETTINGS.items()})
    acts: tuple[Act, ...] = ()

    @property
    def end_ms(self) -> int:
        """When it ends, milliseconds since the start."""
        return self.days * DAY

    @property
    def quiet_from_ms(self) -> int:
        """When the quiet time begins, milliseconds since the start."""
        return self.end_ms - self.quiet_s * SECOND

    def with_acts(self, acts: Iterable[Act]) -> "Story":
        """Return the same world with other ``acts``, put in order."""
        return replace(self, acts=ordered(acts))

    def number(self, name: str) -> int:
        """Return a whole number among the settings."""
        return int(self.settings[name])

    def word(self, name: str) -> str:
        """Return a word among the settings."""
        return str(self.settings[name])


def clock_text(at_ms: int) -> str:
    """Return a time since the start as "DAY HH:MM:SS.mmm"."""
    day, rest = divmod(at_ms, DAY)
    return f"{day} {rest // HOUR:02}:{rest // MINUTE % 60:02}:{rest // SECOND % 60:02}.{rest % SECOND:03}"


def ordered(acts: Iterable[Act]) -> tuple[Act, ...]:
    """Return acts by time; at one time by who, kind and arguments, so that their order says nothing."""
    return tuple(sorted(acts, key=lambda one: (one.at_ms, one.who, one.kind, sorted(one.arguments.items(), key=repr))))


def check(story: Story) -> Story:
    """Return ``story`` if it is a whole one. Raises `StoryError`: too large, an act out of its place or of its time."""
    for name, value, least, most in (
        ("seed", story.seed, 0, 2**63 - 1),
        ("terminals", story.terminals, 1, MOST_TERMINALS),
        ("days", story.days, 1, MOST_DAYS),
        ("start_ms", story.start_ms, 0, 2**42),
        ("quiet_s", story.quiet_s, 0, story.days * 86_400),
    ):
        Whole(Text(name, name), "", least, most, least).take(value, name)
    for one in story.acts:
        _check_act(one, story)
    return story


def _check_act(one: Act, story: Story) -> None:
    where = f"{one.kind} @ {clock_text(one.at_ms)}"
    terminals = [one.index] if one.who.startswith(TERMINAL) else []
    terminals += [one.number(name) for name in ("terminal",) if name in one.arguments]
    if one.kind == "hold" and one.word("token") == "foreign-door":
        terminals.append(one.number("number"))
    if any(number >= story.terminals for number in terminals):
        few = story.terminals - 1
        raise StoryError(where, Text(f"终端编号须在 0 到 {few} 之间", f"terminals are numbered 0 to {few}"))
    if one.at_ms < 0 or (one.end_ms if one.of.is_fault else one.at_ms) > story.quiet_from_ms:
        last = clock_text(story.quiet_from_ms)
        raise StoryError(
            where,
            Text(f"开始与结束须在 0 与 {last} 之间", f"must begin and end between 0 and {last}"),
            Text(
                "之后是安静时间：把它提前、缩短，或增加 days、减少 quiet_s",
                "quiet time follows: let it be earlier or shorter, or raise days, or lower quiet_s",
            ),
        )


def _shown(argument: Argument, value: Value) -> str:
    if isinstance(argument, Word):
        return str(value)
    return (
        _length(int(value))
        if argument.unit == "ms"
        else f"{value} {argument.unit}".replace(f" {NTH}", "").replace(f" {PIECES}", "")
    )


def _length(ms: int) -> str:
    sign, ms = ("-" if ms < 0 else ""), abs(ms)
    for unit, size in (("d", DAY), ("h", HOUR), ("min", MINUTE), ("s", SECOND)):
        if ms >= size:
            return f"{sign}{ms * 10 // size / 10:g} {unit}"
    return f"{sign}{ms} ms"


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS and str(int(text)) == text


def _see_kinds() -> Text:
    return Text("见 docs/simulation.md 的表", "see the table in docs/simulation.md")
