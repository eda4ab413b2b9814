"""A history as a story that a person reads: who did what, in order, in local time, with faults and the breach marked.

Promise: every act of the story and every note is in it, or counted in it: what repeats itself is one line that says how
often and until when. Lines are plain text; nothing is told by colour.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from zhendao.protocol.wording import Language, Text
from zhendao.simulators.world.invariants.invariant import Breach
from zhendao.simulators.world.story.story import Act, Story
from zhendao.simulators.world.telling.words import say, signal_of
from zhendao.simulators.world.trace import Note

LOCAL: Final = timezone(timedelta(hours=8))
"""China Standard Time; it has no summer time."""
_NS = 1_000_000_000
_MS = 1_000_000
_WEEKDAYS = (
    Text("星期一", "Monday"), Text("星期二", "Tuesday"), Text("星期三", "Wednesday"), Text("星期四", "Thursday"),
    Text("星期五", "Friday"), Text("星期六", "Saturday"), Text("星期日", "Sunday"),
)  # fmt: skip
FAULT, OVER, BROKEN = "⚡", "⌁", "✗✗"
_CHANGES_NOTHING = frozenset({"sent", "accepted"})


@dataclass(frozen=True, slots=True)
class _Line:
    at_ns: int
    order: int
    mark: str
    who: str
    text: str


def timeline(
    story: Story, notes: Iterable[Note], breaches: Iterable[Breach], language: Language, *, every: bool = False
) -> Iterator[str]:
    """Yield the lines of a history. With ``every`` also what only says that all goes well (deliveries, receipts)."""
    broken = list(breaches)
    lines = [_begins(one, language) for one in story.acts]
    lines += [_Line(one.end_ms * _MS, 0, OVER, one.who, _over(one, language)) for one in story.acts if _lasts(one)]
    begun = {(one.who, one.kind, one.at_ms * _MS) for one in story.acts}
    lines += [
        _Line(note.at_ns, 1, " ", note.who, say(note.what, note.facts, language))
        for note in notes
        if note.at_ns < story.end_ms * _MS  # then the world itself is put away
        and (every or _matters(note))
        and (note.who, note.facts.get("fault"), note.at_ns) not in begun
    ]
    lines += [_Line(one.at_ns, 2, BROKEN, one.who, f"{one.invariant}: {one.text.in_(language)}") for one in broken]
    lines.sort(key=lambda one: (one.at_ns, one.order))
    yield from _head(story, broken, language)
    yield from _days(story, lines, language)


def _matters(note: Note) -> bool:
    return note.what not in {"sends", "acknowledges", "took", "effective", "connects"} and not (
        note.what in _CHANGES_NOTHING and signal_of(note.what) is not None
    )


def _begins(one: Act, language: Language) -> _Line:
    mark = FAULT if one.of.is_fault else "☞"
    return _Line(one.at_ms * _MS, 0, mark, one.who, one.explain(language).partition(": ")[2])


def _lasts(one: Act) -> bool:
    return one.of.is_fault and one.end_ms > one.at_ms and "within_ms" not in one.arguments


def _over(one: Act, language: Language) -> str:
    name = one.of.text.in_(language)
    return Text(f"{name}：结束", f"{name}: over").in_(language)


def _head(story: Story, breaches: list[Breach], language: Language) -> Iterator[str]:
    yield Text(
        f"种子 {story.seed}，{story.terminals} 台终端，{story.days} 天，{len(story.acts)} 件事（{story.profile}）",
        f"seed {story.seed}, {count_of(story.terminals, 'terminal')}, {count_of(story.days, 'day')}, "
        f"{count_of(len(story.acts), 'act')} ({story.profile})",
    ).in_(language)
    if breaches:
        yield Text(f"被打破：{breaches[0].invariant}", f"broken: {breaches[0].invariant}").in_(language)
    else:
        yield Text("全部不变式成立", "every invariant held").in_(language)


def _days(story: Story, lines: list[_Line], language: Language) -> Iterator[str]:
    width = max((len(one.who) for one in lines), default=0)
    day = None
    waiting: _Line | None = None
    again, until_ns = 0, 0

    def said() -> Iterator[str]:
        if waiting is not None:
            more = "" if not again else f"  ×{again + 1} → {_time(story, until_ns)}"
            rule = "─" * 72
            if waiting.mark == BROKEN:
                yield rule
            yield f"  {_time(story, waiting.at_ns)}  {waiting.who:<{width}}  {waiting.mark:<2} {waiting.text}{more}"
            if waiting.mark == BROKEN:
                yield rule

    for line in lines:
        if (
            waiting is not None
            and (line.who, line.mark, line.text) == (waiting.who, waiting.mark, waiting.text)
            and _date(story, line.at_ns) == day
        ):
            again, until_ns = again + 1, line.at_ns
            continue
        yield from said()
        waiting, again = line, 0
        if _date(story, line.at_ns) != day:
            day = _date(story, line.at_ns)
            yield ""
            yield f"{day:%Y-%m-%d} {_WEEKDAYS[day.weekday()].in_(language)}"
    yield from said()


def count_of(count: int, what: str) -> str:
    """Return "1 day", "2 days"."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def local_time(story: Story, at_ns: int) -> tuple[str, str]:
    """Return a moment's local date and time of day."""
    return f"{_date(story, at_ns):%Y-%m-%d}", _time(story, at_ns)


def _local(story: Story, at_ns: int) -> datetime:
    ms = story.start_ms + at_ns // _MS
    return (datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=ms)).astimezone(LOCAL)


def _date(story: Story, at_ns: int) -> datetime:
    return _local(story, at_ns).replace(hour=0, minute=0, second=0, microsecond=0)


def _time(story: Story, at_ns: int) -> str:
    moment = _local(story, at_ns)
    return f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03}"
