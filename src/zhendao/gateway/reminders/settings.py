"""``[[remind]]`` in gateway.toml: whom an organisation has reminded, at which times of day, by which ways.

Promise: nobody is reminded without a table that says so; of several tables the first that names a caregiver's
organisation or region is hers. What is assumed where the field is silent stands in docs/reminders.md. rule: REMIND
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Annotated, Any, Final

from zhendao.command.kinds import BadValueError, Choice, Integer, Switch, Url, Words
from zhendao.command.roster.cells import CellError
from zhendao.command.roster.shifts import ALL_DAY, Days, Hours
from zhendao.gateway.api.roles import ROLES, Right, allows
from zhendao.gateway.reminders.duties import Working
from zhendao.gateway.reminders.limits import Limits
from zhendao.protocol.wording import Text

SMS, DINGTALK, WECOM = "sms", "dingtalk", "wecom"
BOTS: Final = (DINGTALK, WECOM)
HOMES: Final = {
    DINGTALK: "https://oapi.dingtalk.com/robot/send",
    WECOM: "https://qyapi.weixin.qq.com/cgi-bin/webhook/send",
}
"""Where the bots of each kind are posted to, where nothing else is said."""
NO_HOURS: Final = "none"
MOST_TIMES: Final = 12
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True)
class Times:
    """Times of day: ``["09:30", "14:00"]``, kept as minutes of the day in their order."""

    def take(self, value: Any, folder: Path) -> tuple[int, ...]:
        """Return the minutes."""
        del folder
        found = [_CLOCK.fullmatch(one) for one in value if isinstance(one, str)] if isinstance(value, list) else []
        minutes = sorted({int(one[1]) * 60 + int(one[2]) for one in found if one is not None})
        if not minutes or len(minutes) != len(value) or len(minutes) > MOST_TIMES:
            raise BadValueError(
                Text(
                    f'须是 1 到 {MOST_TIMES} 个不同的时刻，如 ["09:30", "14:00"]',
                    f'must be 1 to {MOST_TIMES} different times of day: ["09:30", "14:00"]',
                )
            )
        return tuple(minutes)


@dataclass(frozen=True)
class Rest:
    """The hours of rest, ``21:00-07:00``; ``none``: there are none."""

    def take(self, value: Any, folder: Path) -> str | None:
        """Return the hours as `shifts` keeps them."""
        del folder
        if value == NO_HOURS:
            return None
        try:
            hours = Hours().take(value if isinstance(value, str) else None, UTC)
        except CellError as error:
            raise BadValueError(Text(f"须是时段：{error.cure.zh}", f"must be hours: {error.cure.en}")) from None
        if hours == ALL_DAY:
            raise BadValueError(Text("不能是全天", "cannot be all day"))
        return hours


@dataclass(frozen=True)
class Weekdays:
    """Days of the week as the lists have them: ``一至五``, ``Mon-Fri``, ``每天``."""

    def take(self, value: Any, folder: Path) -> int:
        """Return the bits: 1 is Monday."""
        del folder
        try:
            return Days().take(value if isinstance(value, str) else None, UTC)
        except CellError as error:
            raise BadValueError(Text(f"须是星期：{error.cure.zh}", f"must be days: {error.cure.en}")) from None


@dataclass(frozen=True)
class Names:
    """A list of names, each once."""

    def take(self, value: Any, folder: Path) -> tuple[str, ...]:
        """Return the names."""
        del folder
        if not isinstance(value, list) or not value or not all(isinstance(one, str) and one for one in value):
            raise BadValueError(Text('须是名称的列表，如 ["ORG1"]', 'must be a list of names: ["ORG1"]'))
        return tuple(dict.fromkeys(value))


@dataclass(frozen=True)
class ChannelTable:
    """``[[remind.channel]]``: one way; ``kind`` is how. Secrets are in files; see docs/reminders.md for each."""

    name: Annotated[str, Words(32)]
    kind: Annotated[str, Choice(SMS, *BOTS)]
    url: Annotated[str | None, Url("https", "http")] = None
    token_file: Path | None = None
    secret_file: Path | None = None
    provider: Annotated[str, Words(400)] = "plain"
    names: Annotated[str, Choice("count", "masked", "surname", "whole")] = "masked"
    role: Annotated[str, Choice(*ROLES)] = "viewer"
    mention: Annotated[bool, Switch()] = False
    ca: Path | None = None
    timeout_s: Annotated[int, Integer(1, 60)] = 10
    at_a_time: Annotated[int, Integer(1, 32)] = 4
    a_minute: Annotated[int | None, Integer(1, 6_000)] = None
    most_an_hour: Annotated[int, Integer(1, 100_000)] = 3_000

    @property
    def is_bot(self) -> bool:
        """Whether it tells a group."""
        return self.kind in BOTS

    @property
    def target(self) -> str:
        """Where it is posted to, without what is secret."""
        return self.url or HOMES.get(self.kind, "")

    @property
    def pace(self) -> int:
        """So many messages a minute: a bot that is asked for more is silent for minutes."""
        return self.a_minute or (20 if self.is_bot else 600)


@dataclass(frozen=True)
class RemindTable:
    """One plan: who (``organisations``, ``regions``; neither: everybody), ``at`` which times of day, and how often."""

    name: Annotated[str, Words(32)]
    at: Annotated[tuple[int, ...], Times()]
    organisations: Annotated[tuple[str, ...], Names()] = ()
    regions: Annotated[tuple[str, ...], Names()] = ()
    days: Annotated[int, Weekdays()] = 0b001_1111
    quiet: Annotated[str | None, Rest()] = "21:00-07:00"
    most_a_day: Annotated[int, Integer(1, 12)] = 2
    apart_min: Annotated[int, Integer(0, 1_440)] = 120
    late_min: Annotated[int, Integer(1, 240)] = 15
    after_min: Annotated[int, Integer(0, 720)] = 30
    offline: Annotated[str, Choice("say", "hold")] = "say"
    language: Annotated[str, Choice("zh", "en")] = "zh"
    words: Path | None = None
    channel: tuple[ChannelTable, ...] = ()

    def working(self, offset_ms: int) -> Working:
        """Return when her check-in is waited for."""
        return Working(self.days, self.after_min * 60_000, offset_ms)

    def limits(self, offset_ms: int) -> Limits:
        """Return when and how often she may be reminded."""
        offline_most = 0 if self.offline == "hold" else 1
        return Limits(self.quiet, self.most_a_day, self.apart_min * 60_000, offline_most, offset_ms)


def problems_of(plans: Sequence[RemindTable], path: Path) -> list[Text]:
    """Return what is wrong between the keys of the tables, one line each."""
    found: list[Text] = []
    names = [plan.name for plan in plans]
    channels: list[str] = []
    for number, plan in enumerate(plans, 1):
        start = f"{path}: [[remind]] {number}: "
        said = [_TWICE] if plan.name in names[: number - 1] else []
        if not plan.channel:
            said.append(Text("缺少 [[remind.channel]]", "[[remind.channel]] is missing"))
        found += [Text(start + one.zh, start + one.en) for one in said]
        for place, one in enumerate(plan.channel, 1):
            where = f"{start}[[remind.channel]] {place}: "
            wrong = [*_wrong(one), *([_TWICE] if one.name in channels else [])]
            found += [Text(where + text.zh, where + text.en) for text in wrong]
            channels.append(one.name)
    return found


_TWICE: Final = Text("name 与前面的重复", "name is there twice")


def _wrong(one: ChannelTable) -> list[Text]:
    said = []
    if one.kind == SMS and one.url is None:
        said.append(Text("sms 须有 url", "sms needs url"))
    if one.is_bot and one.token_file is None:
        said.append(Text(f"{one.kind} 须有 token_file", f"{one.kind} needs token_file"))
    if (one.kind == DINGTALK) != (one.secret_file is not None):
        said.append(
            Text(
                "secret_file 用于且必须用于 dingtalk（加签）", "secret_file belongs to dingtalk, which needs it to sign"
            )
        )
    if one.is_bot and one.provider != "plain":
        said.append(Text("provider 只用于 sms", "provider is for sms alone"))
    if one.kind == SMS and one.mention:
        said.append(Text("mention 只用于群机器人", "mention is for bots alone"))
    if one.is_bot and one.pace > 20:  # noqa: PLR2004 - what both platforms allow
        said.append(Text("a_minute 群机器人每分钟至多 20 条", "a_minute: a bot may send 20 a minute at most"))
    if (one.names == "whole" or one.mention) and not allows(one.role, Right.NAMES):
        said.append(
            Text(
                f'names = "whole" 与 mention 须由可见姓名的角色读取，{one.role} 不是',
                f'names = "whole" and mention need a role that may see names, {one.role} may not',
            )
        )
    return said
