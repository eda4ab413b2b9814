"""Which page is shown: what has been told of the terminal, and the time in; one page out. Pure.

Promise: what answers a tap is there at once and for some seconds, whatever else is the matter; a call for help stands
until somebody has ended it, and is hidden by a tap for a few seconds only, its word left in the bar. What is private is
shown no longer than the card is held. A page that hears nothing from its terminal says so, and shows nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from zhendao.device.clock.local import minute_of
from zhendao.device.feedback.moments import TABLE, Moment
from zhendao.device.feedback.shown import Origin
from zhendao.device.feedback.shown import Page as Kind
from zhendao.device.page.faces import ENDED_BY, EVENT_TIMED, FACES, TONES
from zhendao.device.page.values import Note, Page, Shape, Tone
from zhendao.protocol.wording import Text, same

if TYPE_CHECKING:
    from datetime import tzinfo

    from zhendao.device.page.told import Facts, Seen, Told

_S = 1_000_000_000
SILENT_NS = 4 * _S
"""A terminal that has said nothing for so long hangs: it says something every second."""
_HOUR = 3600
STANDS_S: dict[Kind, float] = {
    Kind.WELCOME: 3,
    Kind.HALF: 20,
    Kind.DONE: 8,
    Kind.REMARK: 12,
    Kind.ANSWER: 8,
    Kind.REFUSED: 8,
    Kind.OUT_OF_ORDER: 8,
    Kind.CALLING: 12 * _HOUR,
    Kind.REACHED: 12 * _HOUR,
    Kind.CALL_TAKEN: 2 * _HOUR,
    Kind.CALL_ALONE: 12 * _HOUR,
    Kind.CALL_OVER: 60,
    Kind.DRILL: 10,
    Kind.TROUBLE: 6,
    Kind.WELL: 6,
}
"""How long a moment has the page to itself; `WAY` never has."""
_LONGER_S = {
    Moment.UNDO_ASKED: 60,
    Moment.REMIND_END: 300,
    Moment.PRIVACY: 20,
    Moment.TIMES_TODAY: 15,
    Moment.ALREADY_RECORDED: 5,
}
_TAP_BEFORE_CALL_S = 6
LONGEST_S = 24 * _HOUR
_NOTES = 2
_FEW = 10
_MINUTES = 60
_DAY_MINUTES = 1440


@dataclass(frozen=True, slots=True)
class View:
    """What a page is made with: the zone of its clock; when it is dimmed (minutes of the day, alike: never)."""

    zone: tzinfo
    night_from: int = 21 * _MINUTES
    night_until: int = 7 * _MINUTES

    def is_night(self, minute: int) -> bool:
        """Return whether ``minute`` of the day is in the night."""
        if self.night_from == self.night_until:
            return False
        return (minute - self.night_from) % _DAY_MINUTES < (self.night_until - self.night_from) % _DAY_MINUTES


def page(told: Told | None, now_ns: int, view: View) -> Page:
    """Return the page of now (CLOCK_BOOTTIME, ns); ``told`` is None where there is no terminal to hear."""
    if told is None or told.facts is None or told.beat_ns is None:
        return _NO_TERMINAL
    if now_ns - told.beat_ns > SILENT_NS:
        return _SILENT
    facts = told.facts
    minute = None if facts.known_ms is None else minute_of(facts.known_ms + now_ns // 1_000_000, view.zone)
    standing = _standing(told, now_ns)
    found = _call_or_tap(told, now_ns, view) or _idle(facts, standing)
    large = {found.head, *(FACES[one].note for one in standing if FACES[one].head == found.head)}
    notes = [note for note in _notes(told, standing, now_ns) if note.text not in large]
    night = minute is not None and view.is_night(minute) and found.tone is not Tone.CALL
    return replace(
        found,
        clock=None if minute is None else _clock(minute),
        link=_link(facts),
        notes=tuple(notes[:_NOTES]),
        more=max(0, len(notes) - _NOTES),
        night=night,
    )


# -- what has the page to itself


def _call_or_tap(told: Told, now_ns: int, view: View) -> Page | None:
    alive = [seen for seen in told.moments.values() if _alive(seen, now_ns) and not _over(told, seen)]
    taps = [seen for seen in alive if TABLE[seen.moment].origin in {Origin.TAP, Origin.ASKED}]
    others = [seen for seen in alive if not _is_call(seen) and seen not in taps]
    held = [seen for seen in taps if seen.moment is Moment.TIMES_TODAY]
    call, tap = _call(told, now_ns), _newest(held or taps)
    if call is not None:
        brief = tap is not None and tap.mono_ns > call.mono_ns and now_ns - tap.mono_ns < _TAP_BEFORE_CALL_S * _S
        shown = tap if brief else call
    else:
        shown = tap or _newest(others)
    return None if shown is None else _face(told, shown, view)


def _call(told: Told, now_ns: int) -> Seen | None:
    """Return what is true of the call of now: the newest word of it, and no older one when that is over."""
    newest = _newest([seen for seen in told.moments.values() if _is_call(seen)])
    return newest if newest is not None and _alive(newest, now_ns) else None


def _is_call(seen: Seen) -> bool:
    return TABLE[seen.moment].origin is Origin.CALL and seen.moment is not Moment.DRILL


def _alive(seen: Seen, now_ns: int) -> bool:
    kind = TABLE[seen.moment].page
    if kind is Kind.WAY or not seen.fresh:
        return False
    stands = _LONGER_S.get(seen.moment, STANDS_S[kind])
    return now_ns - seen.mono_ns < stands * _S


def _over(told: Told, seen: Seen) -> bool:
    """Return whether something newer has made ``seen`` untrue: asked and answered, down and up again."""
    if seen.moment is Moment.READER_DOWN and told.facts is not None and told.facts.reader_up:
        return True
    return any(_since(told, one, seen) for one in ENDED_BY.get(seen.moment, frozenset()))


def _since(told: Told, moment: Moment, seen: Seen) -> bool:
    other = told.moments.get(moment)
    return other is not None and other.mono_ns > seen.mono_ns


def _newest(several: list[Seen]) -> Seen | None:
    return max(enumerate(several), key=lambda one: (one[1].mono_ns, one[0]), default=(0, None))[1]


def _face(told: Told, seen: Seen, view: View) -> Page:
    face = FACES[seen.moment]
    lines = list(face.lines)
    big: Text | None = None
    if seen.moment in EVENT_TIMED:
        time = _time_of(told, seen, view)
        big = None if time is None else same(time)
        lines += _way(told, seen) if not lines else []
        lines += [_receipt(word) for word in seen.said[:1]]
    elif seen.moment is Moment.TIMES_TODAY:
        words = seen.said[-6:]
        lines = [_joined(words[at : at + 2]) for at in range(0, len(words), 2)]
        receipt = told.moments.get(Moment.RECEIPT)
        if receipt is not None and receipt.said and len(lines) < 3:  # noqa: PLR2004 - as many as there is room for
            lines.append(_receipt(receipt.said[0]))
    elif seen.moment is Moment.PRIVACY and seen.said:
        number = seen.said[0]
        lines = [Text(f"开机以来 {number.zh} 条", f"{number.en} since its start"), *lines]
    elif seen.said:
        big = seen.said[0]
    return Page(seen.moment.value, face.shape, TONES[TABLE[seen.moment].page], face.head, big, tuple(lines))


def _receipt(code: Text) -> Text:
    return Text(f"回执 {code.zh}", f"receipt {code.en}")


def _joined(words: tuple[Text, ...]) -> Text:
    return Text("　".join(one.zh for one in words), "   ".join(one.en for one in words))


def _time_of(told: Told, seen: Seen, view: View) -> str | None:
    if told.facts is None or told.facts.known_ms is None:
        return None
    return _clock(minute_of(told.facts.known_ms + seen.mono_ns // 1_000_000, view.zone))


def _way(told: Told, seen: Seen) -> list[Text]:
    """Return how far the check has come, as far as is known."""
    for moment, text in ((Moment.ACCEPTED, _ACCEPTED), (Moment.SENT, _SENT)):
        mark = told.moments.get(moment)
        if mark is not None and mark.event is not None and mark.event == seen.event:
            return [text]
    linked = told.facts is not None and told.facts.linked
    return [] if linked else [_KEPT]


# -- what stands


def _standing(told: Told, now_ns: int) -> list[Moment]:
    found = [
        moment
        for moment, seen in told.moments.items()
        if moment in ENDED_BY and now_ns - seen.mono_ns < LONGEST_S * _S and not _over(told, seen)
    ]
    if told.facts is not None and told.facts.reader_up is False and Moment.READER_DOWN not in found:
        found.append(Moment.READER_DOWN)
    if Moment.DRILL in found and now_ns - told.moments[Moment.DRILL].mono_ns > _HOUR * _S:
        found.remove(Moment.DRILL)
    return sorted(found, key=lambda one: -TABLE[one].importance)


def _notes(told: Told, standing: list[Moment], now_ns: int) -> list[Note]:
    notes = []
    for moment in standing:
        face = FACES[moment]
        notes.append(Note(face.shape, face.note or face.head, TONES[TABLE[moment].page]))
    call = _call(told, now_ns)
    if call is not None and TABLE[call.moment].page is not Kind.CALL_OVER:
        notes.insert(0, Note(FACES[call.moment].shape, FACES[call.moment].head, TONES[TABLE[call.moment].page]))
    return notes


def _idle(facts: Facts, standing: list[Moment]) -> Page:
    for moment in (Moment.READER_DOWN, Moment.OFF_WALL):
        if moment in standing:
            face = FACES[moment]
            return Page(moment.value, face.shape, Tone.BAD, face.head, lines=face.lines)
    if facts.reader_up is None:
        return Page("beginning", Shape.HOURGLASS, Tone.CALM, Text("请稍候", "One moment"))
    line = _CARD_ALONE if facts.card_alone else _BOTH
    return Page("ready", Shape.READY, Tone.CALM, FACES[Moment.READY].head, lines=(line,))


def _link(facts: Facts) -> Note:
    about = _about(facts.waiting)
    if facts.linked and facts.waiting:
        return Note(Shape.SENT, Text(f"{about.zh}待送达", f"{about.en} on the way"), Tone.CALM)
    if facts.linked:
        return Note(Shape.ACCEPTED, Text("全部送达", "all delivered"), Tone.CALM)
    if facts.waiting:
        return Note(Shape.OFFLINE, Text(f"离线，{about.zh}待发", f"offline, {about.en} waiting"), Tone.CALM)
    return Note(Shape.OFFLINE, Text("离线", "offline"), Tone.CALM)


def _about(number: int) -> Text:
    """Return roughly how many: a press of the rating buttons must not be told by its count from a silent call."""
    if number < _FEW:
        return Text("几条", "some")
    rough = number - number % (_FEW if number < _FEW * _FEW else _FEW * _FEW)
    return Text(f"{rough} 多条", f"{rough}+")


def _clock(minute: int) -> str:
    return f"{minute // _MINUTES}:{minute % _MINUTES:02}"


_ACCEPTED = Text("网关已收妥", "the gateway has it")
_SENT = Text("已发出", "sent")
_KEPT = Text("已存本机，有网再发", "kept here, sent later")
_BOTH, _CARD_ALONE = Text("请刷门牌和工卡", "hold door tag and card here"), Text("请刷工卡", "hold your card here")
_NO_TERMINAL = Page(
    "no-terminal",
    Shape.NO_TERMINAL,
    Tone.BAD,
    Text("终端没有运行", "Terminal stopped"),
    lines=(Text("不能打卡，请通知单位", "no check-in: tell the office"),),
)
_SILENT = replace(_NO_TERMINAL, state="silent", shape=Shape.HOURGLASS, head=Text("终端没有反应", "No answer"))
