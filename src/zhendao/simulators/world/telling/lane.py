"""One lane of a picture: whose it is, when it ran, the faults done to it, the signals that it gave.

What is told by colour is told by shape, pattern or words too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from zhendao.device.feedback.moments import Signal
from zhendao.protocol.wording import Language
from zhendao.simulators.world.story.story import Act
from zhendao.simulators.world.telling import svg
from zhendao.simulators.world.telling.scale import Scale
from zhendao.simulators.world.telling.words import say, signal_of
from zhendao.simulators.world.trace import Note

BEGINS: Final = frozenset({"starts"})
ENDS: Final = frozenset({"power cut", "killed", "ended", "stops"})
_ROW, _BASE, _FOOT = 20.0, 26.0, 20.0
_SMALL = 11.0

FAMILIES: Final[dict[str, tuple[str, str]]] = {
    "power": ("#8a1c1c", "M0,0 h8 M0,4 h8"),
    "disk": ("#7a4a00", "M0,0 l8,8 M8,0 l-8,8"),
    "clock": ("#4b3a8f", "M2,2 h1 M6,6 h1"),
    "gnss": ("#4b3a8f", "M2,2 h1 M6,6 h1"),
    "reader": ("#5b5b5b", "M0,4 h8"),
    "link": ("#0b5f8a", "M0,8 l8,-8"),
    "broker": ("#0b5f8a", "M4,0 v8"),
    "gateway": ("#8a1c1c", "M0,0 l8,8"),
    "platform": ("#7a4a00", "M0,8 l8,-8 M0,0 l8,8"),
    "people": ("#3f6b2f", ""),
}
"""Colour and pattern of each family of acts."""

SHAPES: Final[dict[Signal, tuple[str, str]]] = {
    Signal.RECORDED: ("#117a43", "disc"),
    Signal.REMARKED: ("#117a43", "ring"),
    Signal.BAD: ("#b3261e", "cross"),
    Signal.SENT: ("#0b5f8a", "up"),
    Signal.ACCEPTED: ("#0b5f8a", "tick"),
    Signal.NOTICE: ("#8795a3", "M-2,0 a2,2 0 1 0 4,0 a2,2 0 1 0 -4,0"),
    Signal.CALLING: ("#8a1c1c", "M-5,-5 h10 v10 h-10 z"),
    Signal.REACHED: ("#8a1c1c", "M-5,-5 h10 v10 h-10 z M-2,-2 v4 h4 v-4 z"),
    Signal.HEARD: ("#117a43", "M0,-6 l6,6 l-6,6 l-6,-6 z"),
    Signal.UNHEARD: ("#b3261e", "M-1.5,-6 h3 v7 h-3 z M-1.5,3 h3 v3 h-3 z"),
    Signal.EXERCISE: ("#4b3a8f", "M0,-6 l6,6 l-6,6 l-6,-6 z M0,-3 l-3,3 l3,3 l3,-3 z"),
    Signal.TROUBLE: ("#7a4a00", "M0,5 l-5,-9 h10 z"),
}
"""Colour and form of each signal: a form of old by its name, the others drawn round their middle."""


@dataclass(slots=True)
class Lane:
    """What there is of one doer."""

    who: str
    acts: list[Act] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    top: float = 0.0
    rows: int = 0

    @property
    def height(self) -> float:
        """How tall it is, once its bars have rows."""
        return self.rows * _ROW + _BASE + _FOOT

    @property
    def base(self) -> float:
        """Where its line of life is."""
        return self.top + self.rows * _ROW + _BASE


def patterns() -> str:
    """Return the definitions of the patterns of families."""
    return "".join(
        f'<pattern id="{name}" width="8" height="8" patternUnits="userSpaceOnUse">'
        f'<rect width="8" height="8" fill="{colour}" fill-opacity="0.16"/>'
        f'<path d="{marks}" stroke="{colour}" stroke-opacity="0.55" fill="none"/></pattern>'
        for name, (colour, marks) in FAMILIES.items()
    )


def bars(lane: Lane, scale: Scale, language: Language) -> list[tuple[Act, int, float, float, str]]:
    """Return each act of the lane with its row, its ends and its words; sets how many rows the lane has."""
    reached: list[float] = []
    found = []
    for one in lane.acts:
        begin = scale.x(one.at_ms * 1_000_000)
        lasts_ms = one.end_ms - int(one.arguments.get("within_ms", 0))  # what waits for its moment may have no wait
        end = max(scale.x(lasts_ms * 1_000_000), begin + 3)
        label = (f"{one.who} " if one.who != lane.who else "") + one.of.text.in_(language)
        extent = max(end, begin + svg.text_width(label, _SMALL) + 12)
        row = next((n for n, x in enumerate(reached) if x <= begin), len(reached))
        reached[row : row + 1] = [extent]
        found.append((one, row, begin, end, label))
    lane.rows = len(reached)
    return found


def draw(
    lane: Lane, placed: Sequence[tuple[Act, int, float, float, str]], scale: Scale, language: Language
) -> list[str]:
    """Return the lane's shapes."""
    shapes = [svg.text(14, lane.base + 4, lane.who, 13, font_weight="600")]
    shapes += _life(lane, scale)
    for one, row, begin, end, label in placed:
        colour, _ = FAMILIES[one.of.family]
        y = lane.top + 8 + row * _ROW
        shapes.append(
            svg.group(
                [
                    svg.rect(
                        begin, y, end - begin, _ROW - 5, rx="2", fill=f"url(#{one.of.family})", stroke=colour,
                        stroke_width="1",
                    ),
                    svg.line(begin, y + _ROW - 5, begin, lane.base, stroke=colour, stroke_width="1"),
                    svg.text(
                        begin + 5, y + _ROW - 9, label, _SMALL, fill=colour, stroke=svg.PAPER, stroke_width="3",
                        paint_order="stroke",
                    ),
                ],
                one.explain(language),
            )
        )  # fmt: skip
    for note in lane.notes:
        signal = signal_of(note.what)
        if signal is not None and signal not in {Signal.SENT, Signal.ACCEPTED}:
            said = say(note.what, note.facts, language)
            shapes.append(svg.group(shape(signal, scale.x(note.at_ns), lane.base), said))
            if note.facts.get("seq"):
                x = scale.x(note.at_ns)
                shapes.append(svg.text(x, lane.base + 17, f"#{note.facts['seq']}", 9.5, fill=svg.QUIET,
                                       text_anchor="middle"))  # fmt: skip
    return shapes


def _life(lane: Lane, scale: Scale) -> Iterable[str]:
    """A full line while it runs, dots while it does not; one that notes neither is taken to run."""
    since, runs = 0, not any(note.what in BEGINS for note in lane.notes)
    ends = scale.x(1 << 62)
    for note in [*lane.notes, None]:
        what = note.what if note is not None else ""
        change = note is None or (what in BEGINS and not runs) or (what in ENDS and runs)
        if not change:
            continue
        x = scale.x(note.at_ns) if note is not None else ends
        style = {"stroke": "#7b8a99", "stroke_width": "2"} if runs else {
            "stroke": "#9aa7b3", "stroke_width": "2", "stroke_dasharray": "1 6", "stroke_linecap": "round",
        }  # fmt: skip
        yield svg.line(scale.x(since), lane.base, x, lane.base, **style)
        if note is not None:
            since, runs = note.at_ns, what in BEGINS


def shape(signal: Signal, x: float, y: float) -> list[str]:
    """Return the sign of a signal."""
    colour, form = SHAPES[signal]
    match form:
        case "disc":
            return [svg.circle(x, y, 5.5, fill=colour)]
        case "ring":
            return [svg.circle(x, y, 5, fill=svg.PAPER, stroke=colour, stroke_width="2.5"),
                    svg.circle(x, y, 1.6, fill=colour)]  # fmt: skip
        case "cross":
            return [svg.path(f"M{svg.number(x - 5)},{svg.number(y - 5)} l10,10 m0,-10 l-10,10", stroke=colour,
                             stroke_width="3", fill="none")]  # fmt: skip
        case "up":
            return [svg.path(f"M{svg.number(x)},{svg.number(y - 5)} l4.5,8 h-9 z", fill=colour)]
        case "tick":
            return [svg.path(f"M{svg.number(x - 5)},{svg.number(y)} l4,4 l6,-8", stroke=colour, stroke_width="2",
                             fill="none")]  # fmt: skip
        case _:
            where = f"translate({svg.number(x)} {svg.number(y)})"
            return [svg.path(form, fill=colour, fill_rule="evenodd", transform=where)]
