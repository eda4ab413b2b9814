"""A day of the city as a picture: each caregiver a row, what was planned, where she was, what terminals saw. SVG.

One city gives one picture, byte for byte. Nothing here decides; the shapes are those of the world's pictures.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from zhendao.protocol.wording import Language, Text
from zhendao.simulators.city.visits import DAY_MS
from zhendao.simulators.world.telling import svg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zhendao.simulators.city.outages import Outage
    from zhendao.simulators.city.visits import Visit

_ROWS: Final = 40
_LEFT, _TOP, _ROW, _HOUR = 72.0, 104.0, 20.0, 46.0
_FROM_H, _TO_H = 6, 22
_BAR: Final = 9.0
_NAMES: Final = 130.0
"""Room for the names of frauds, to the right."""
_HOUR_MS: Final = 3_600_000
HONEST, MISHAP, FRAUD, DARK = "#3a8f5f", "#d9a53a", "#c0392b", "#e3e7f2"

_TITLE: Final = Text("一天：计划、真相与终端所见", "A day: what was planned, what was, and what terminals saw")
_LEGEND: Final = (
    (HONEST, Text("在场，一切如常", "was there, all as it should be")),
    (MISHAP, Text("在场，有差错或意外", "was there, with a mistake or mishap")),
    (
        FRAUD,
        Text("作弊（名称见右侧）：实为在场，空为只有打卡", "a fraud, by name: full was there, hollow only taps"),
    ),
    (DARK, Text("街道断网或平台停机", "network of a street, or the platform, down")),
)
_MORE: Final = Text("细线：计划；竖线：终端所见的打卡", "thin line: planned; upright: a check that a terminal saw")


def day_picture(visits: Sequence[Visit], outages: Sequence[Outage], day_ms: int, language: Language) -> str:
    """Return the picture of the day that begins at ``day_ms`` (UTC ms): those who cheat first, `_ROWS` at most."""
    rows: dict[str, list[Visit]] = defaultdict(list)
    for visit in visits:
        rows[(visit.by or visit.bond.caregiver).caregiver_id].append(visit)
    chosen = sorted(rows, key=lambda name: (not any(one.fraud for one in rows[name]), name))[:_ROWS]
    width, bottom = _LEFT + (_TO_H - _FROM_H) * _HOUR + 12 + _NAMES, _TOP + len(chosen) * _ROW
    shapes = [svg.text(16, 26, _TITLE.in_(language), 16, font_weight="bold"), *_legend(language)]
    shapes += [_outage(one, day_ms, bottom) for one in outages if one.what in {"street", "platform"}]
    for hour in range(_FROM_H, _TO_H + 1):
        x = _x(day_ms + hour * _HOUR_MS, day_ms)
        shapes.append(svg.line(x, _TOP - 4, x, bottom, stroke=svg.LINE))
        shapes.append(svg.text(x - 14, _TOP - 8, f"{hour:02}:00", 10, fill=svg.QUIET))
    for number, name in enumerate(chosen):
        y = _TOP + number * _ROW
        shapes.append(svg.text(16, y + _ROW - 6, name, 11))
        shapes += [_visit(visit, y, day_ms) for visit in rows[name]]
        frauds = " ".join(sorted({one.fraud for one in rows[name] if one.fraud}))
        shapes.append(svg.text(width - _NAMES, y + _ROW - 6, frauds, 10, fill=FRAUD))
    return svg.document(width, bottom + 20, _TITLE.in_(language), "", shapes)


def _legend(language: Language) -> list[str]:
    shapes = []
    for number, (colour, said) in enumerate(_LEGEND):
        x, y = 16.0 + number % 2 * 380, 38.0 + number // 2 * 16
        shapes += [svg.rect(x, y, 12, 10, fill=colour), svg.text(x + 16, y + 9, said.in_(language), 10)]
    return [*shapes, svg.text(16, 76, _MORE.in_(language), 10, fill=svg.QUIET)]


def _x(ms: int, day_ms: int) -> float:
    hours = (ms - day_ms) / _HOUR_MS
    return _LEFT + (min(max(hours, _FROM_H), _TO_H) - _FROM_H) * _HOUR


def _outage(one: Outage, day_ms: int, bottom: float) -> str:
    if one.to_ms <= day_ms or one.from_ms >= day_ms + DAY_MS:
        return ""
    left, right = _x(one.from_ms, day_ms), _x(one.to_ms, day_ms)
    return svg.group([svg.rect(left, _TOP, right - left, bottom - _TOP, fill=DARK)], f"{one.what} {one.whom}")


def _visit(visit: Visit, y: float, day_ms: int) -> str:
    planned = y + _ROW - 3
    shapes = [svg.line(_x(visit.begin_ms, day_ms), planned, _x(visit.end_ms, day_ms), planned, stroke=svg.QUIET)]
    colour = FRAUD if visit.fraud else MISHAP if visit.mistakes - {"no_fix"} else HONEST
    if visit.from_ms is not None and visit.to_ms is not None:
        left, right = _x(visit.from_ms, day_ms), _x(visit.to_ms, day_ms)
        shapes.append(svg.rect(left, y + 5, right - left, _BAR, fill=colour))
    elif len(visit.seen) > 1:
        left, right = _x(min(visit.seen), day_ms), _x(max(visit.seen), day_ms)
        shapes.append(svg.rect(left, y + 5, right - left, _BAR, fill="none", stroke=colour))
    shapes += [svg.line(_x(ms, day_ms), y + 3, _x(ms, day_ms), y + 16, stroke=svg.INK) for ms in visit.seen]
    return svg.group(shapes, f"{visit.visit_id} {visit.fraud or ''} {' '.join(sorted(visit.mistakes))}".strip())
