"""One history as a picture (SVG): a lane for each terminal, broker, gateway, platform; faults, signals, deliveries.

Drawn from a story and the notes of its trace alone, so a picture can be made of any trace file. Time is not to scale:
busy seconds are pulled apart (`scale`). Nothing is told by colour alone.
"""

from bisect import bisect_left
from collections.abc import Iterable
from typing import Final

from zhendao.device.feedback.moments import Moment, Signal
from zhendao.protocol.wording import Language, Text
from zhendao.simulators.world.invariants.invariant import Breach
from zhendao.simulators.world.shrinking.simpler import terminals_of
from zhendao.simulators.world.story.story import Story
from zhendao.simulators.world.telling import svg
from zhendao.simulators.world.telling.lane import Lane, bars, draw, patterns, shape
from zhendao.simulators.world.telling.scale import Scale
from zhendao.simulators.world.telling.timeline import count_of, local_time
from zhendao.simulators.world.telling.words import signal_of
from zhendao.simulators.world.trace import Note

_LEFT, _RIGHT, _TOP, _AXIS, _LEGEND = 150.0, 40.0, 74.0, 40.0, 78.0
_LEAST_WIDTH, _MOST_WIDTH = 980.0, 2600.0
_SHARED: Final = ("network", "broker", "gateway", "platform")
_LATE_NS = 600 * 1_000_000_000
"""An acknowledgement after so long is of another sending."""
_RED = "#b3261e"

_SIGNS: Final = (
    (Signal.RECORDED, Text("已记录", "recorded")),
    (Signal.REMARKED, Text("已记录，有备注", "recorded, with a remark")),
    (Signal.BAD, Text("未打卡", "no check")),
    (Signal.NOTICE, Text("提示", "notice")),
)
_WAYS: Final = (
    ("#117a43", "", Text("送达网关并入库", "arrives and is committed")),
    ("#8795a3", "4 3", Text("回执", "acknowledged")),
    (_RED, "2 3", Text("未得到回执", "not acknowledged")),
    ("#7a4a00", "", Text("平台生效", "effective at the platform")),
)


def picture(story: Story, notes: Iterable[Note], breaches: Iterable[Breach], language: Language) -> str:
    """Return the SVG of one history."""
    heard, broken = list(notes), list(breaches)
    lanes = _lanes(story, heard, broken)
    moments = [one.at_ms * 1_000_000 for one in story.acts] + [one.end_ms * 1_000_000 for one in story.acts]
    moments += [one.at_ns for one in heard if _shown(one)] + [one.at_ns for one in broken]
    scale = Scale(moments, _LEFT, _LEAST_WIDTH, _MOST_WIDTH)
    placed = {lane.who: bars(lane, scale, language) for lane in lanes.values()}
    y = _TOP + _AXIS
    for lane in lanes.values():
        lane.top = y
        y += lane.height
    bottom = y
    width = _LEFT + scale.width + _RIGHT
    shapes = _title(story, broken, language)
    shapes += _axis(story, scale, bottom)
    for place, lane in enumerate(lanes.values()):
        if place % 2 == 0:
            shapes.append(svg.rect(0, lane.top, width, lane.height, fill="#f5f7f9"))
    shapes += _grid(scale, bottom)
    shapes += _deliveries(lanes, heard, scale)
    for lane in lanes.values():
        shapes += draw(lane, placed[lane.who], scale, language)
    shapes += _breaches(lanes, broken, scale, bottom)
    shapes += _legend(bottom, language)
    title = Text(f"种子 {story.seed} 的历史", f"The history of seed {story.seed}").in_(language)
    return svg.document(width, bottom + _LEGEND, title, patterns(), shapes)


def _shown(note: Note) -> bool:
    return signal_of(note.what) is not None or note.what in {
        "sends", "acknowledges", "effective", "starts", "power cut", "killed", "ended", "stops",
    }  # fmt: skip


def _lanes(story: Story, notes: list[Note], breaches: list[Breach]) -> dict[str, Lane]:
    boxes = (
        {one.who for one in notes} | {one.who for one in breaches} | {f"terminal {n}" for n in range(story.terminals)}
    )
    order = sorted((one for one in boxes if one.startswith("terminal ")), key=_natural)
    quiet = {"network"} - {one.who for one in story.acts}
    lanes = {who: Lane(who) for who in [*order, *(one for one in _SHARED if one not in quiet)]}
    for one in story.acts:
        who = one.who if one.who in lanes else f"terminal {min(terminals_of(one), default=0)}"
        lanes[who].acts.append(one)
    for note in notes:
        if note.who in lanes:
            lanes[note.who].notes.append(note)
    return lanes


def _natural(who: str) -> tuple[int, str]:
    number = who.split(" ")[1]
    return int(number) if number.isdigit() else 0, who


def _title(story: Story, breaches: list[Breach], language: Language) -> list[str]:
    heading = Text(
        f"种子 {story.seed} · {story.terminals} 台终端 · {story.days} 天 · {story.profile}",
        f"seed {story.seed} · {count_of(story.terminals, 'terminal')} · {count_of(story.days, 'day')}"
        f" · {story.profile}",
    ).in_(language)
    if breaches:
        first = breaches[0]
        said = f"✗ {first.invariant} — {first.who}: {first.text.in_(language)}"
    else:
        said = Text("✓ 全部不变式成立", "✓ every invariant held").in_(language)
    return [
        svg.text(14, 32, heading, 18, font_weight="600"),
        svg.text(14, 56, said, 13, fill=_RED if breaches else "#117a43"),
    ]


def _axis(story: Story, scale: Scale, bottom: float) -> list[str]:
    shapes, day = [], ""
    for at_ns in scale.ticks(92):
        date, clock = local_time(story, at_ns)
        x = scale.x(at_ns)
        if date != day:
            shapes.append(svg.text(x, _TOP + 8, date, 11, fill=svg.INK, font_weight="600"))
            day = date
        shapes.append(svg.text(x, _TOP + 24, clock.removesuffix(".000"), 11, fill=svg.QUIET))
    return [*shapes, svg.line(_LEFT, bottom, scale.x(1 << 62), bottom, stroke=svg.LINE)]


def _grid(scale: Scale, bottom: float) -> list[str]:
    return [
        svg.line(scale.x(at_ns), _TOP + 30, scale.x(at_ns), bottom, stroke=svg.LINE, stroke_width="0.7")
        for at_ns in scale.ticks(92)
    ]


def _deliveries(lanes: dict[str, Lane], notes: list[Note], scale: Scale) -> list[str]:
    """The way of each batch: to the gateway and back, or to the broker and no further; and on to the platform."""
    gateway, platform = lanes["gateway"], lanes["platform"]
    answers = [one for one in notes if one.what == "acknowledges"]
    times = [one.at_ns for one in answers]
    shapes = []
    for lane in lanes.values():
        number = _natural(lane.who)[0] if lane.who.startswith("terminal ") else None
        if number is None:
            continue
        for sent in (one for one in lane.notes if one.what == "sends"):
            answer = next(
                (one for one in answers[bisect_left(times, sent.at_ns) :] if _answers(one, number, sent)), None
            )
            x = scale.x(sent.at_ns)
            if answer is None or answer.at_ns - sent.at_ns > _LATE_NS:
                broker = lanes["broker"]
                shapes.append(
                    svg.line(x, lane.base, x, broker.base, stroke=_RED, stroke_width="1.2", stroke_dasharray="2 3")
                )
                shapes.append(svg.text(x, broker.base + 4, "✕", 11, fill=_RED, text_anchor="middle"))
            else:
                shapes.append(
                    svg.line(x, lane.base, scale.x(answer.at_ns), gateway.base, stroke="#117a43", stroke_width="1.2",
                             stroke_opacity="0.8")
                )  # fmt: skip
        for told in (one for one in lane.notes if one.what == Moment.ACCEPTED.value):
            before = [one for one in answers[: bisect_left(times, told.at_ns + 1)] if _tells(one, number, told)]
            if before:
                shapes.append(
                    svg.line(scale.x(before[-1].at_ns), gateway.base, scale.x(told.at_ns), lane.base,
                             stroke="#8795a3", stroke_width="1", stroke_dasharray="4 3")
                )  # fmt: skip
    for one in platform.notes:
        if one.what == "effective":
            x = scale.x(one.at_ns)
            shapes.append(svg.line(x, gateway.base, x, platform.base, stroke="#7a4a00", stroke_width="1.2"))
            shapes.append(svg.rect(x - 3, platform.base - 3, 6, 6, fill="#7a4a00"))
    return shapes


def _answers(answer: Note, terminal: int, sent: Note) -> bool:
    """Tell whether an acknowledgement is of the last event of what was sent."""
    facts, asked = answer.facts, sent.facts
    same = facts["terminal"] == terminal and facts["epoch"] == asked["epoch"]
    return same and int(facts["first"]) <= int(asked["last"]) <= int(facts["last"])


def _tells(answer: Note, terminal: int, told: Note) -> bool:
    """Tell whether an acknowledgement is what let the terminal say that the gateway has an event."""
    facts = answer.facts
    return facts["terminal"] == terminal and int(facts["first"]) <= int(told.facts["seq"]) <= int(facts["last"])


def _breaches(lanes: dict[str, Lane], breaches: list[Breach], scale: Scale, bottom: float) -> list[str]:
    shapes = []
    for one in breaches[:1]:
        x = scale.x(one.at_ns)
        shapes.append(svg.line(x, _TOP + 30, x, bottom, stroke=_RED, stroke_width="1.6", stroke_dasharray="9 4"))
        lane = lanes.get(one.who)
        if lane is not None:
            shapes.append(svg.circle(x, lane.base, 9, fill=svg.PAPER, stroke=_RED, stroke_width="2.5"))
            shapes.append(svg.text(x, lane.base + 5, "✗", 14, fill=_RED, text_anchor="middle", font_weight="700"))
    return shapes


def _legend(bottom: float, language: Language) -> list[str]:
    shapes, x, y = [], _LEFT, bottom + 30
    for signal, said in _SIGNS:
        shapes += shape(signal, x, y - 4)
        shapes.append(svg.text(x + 12, y, said.in_(language), 11, fill=svg.QUIET))
        x += 34 + svg.text_width(said.in_(language), 11)
    x, y = _LEFT, bottom + 54
    for colour, dashes, said in _WAYS:
        style = {"stroke_dasharray": dashes} if dashes else {}
        shapes.append(svg.line(x - 5, y - 4, x + 17, y - 4, stroke=colour, stroke_width="1.6", **style))
        shapes.append(svg.text(x + 24, y, said.in_(language), 11, fill=svg.QUIET))
        x += 50 + svg.text_width(said.in_(language), 11)
    return shapes
