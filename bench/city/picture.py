"""The confusion matrix as a picture: classes of the truth down the side, kinds of finding along the top."""

from typing import Any, Final

from words import GROUPS, PICTURE, called

from zhendao.protocol.wording import Language
from zhendao.simulators.world.telling.svg import INK, LINE, QUIET, document, group, line, rect, text

_NAME, _COUNT, _CELL, _ROW, _HEAD, _MARGIN = 236.0, 56.0, 37.0, 21.0, 150.0, 18.0
_ANSWERS, _BESIDE, _WRONG, _NOTHING = "#1f8a5b", "#4f7cac", "#c8452f", "#8a97a3"
_LEFT_OUT: Final = frozenset({"weak_token", "low_rating", "unlicensed", "papers", "over_capacity"})
"""Kinds that stand in the registry or in one fact: they say nothing of a class."""
_DARK = 0.5
"""From this share on a cell is so dark that what stands in it is white."""


def picture(report: dict[str, Any], language: Language) -> str:
    """Return the picture of ``report`` as SVG."""
    rows = [one for one in report["classes"] if one["group"] != "office" and one["visits"]]
    kinds = _kinds(rows)
    top = 62 + _HEAD
    left = _MARGIN + _NAME + _COUNT
    shapes = [
        text(_MARGIN, 30, PICTURE["title"].in_(language), 18, font_weight="bold"),
        text(_MARGIN, 51, _under(report, language), 12, fill=QUIET),
        *_legend(language),
    ]
    for at, kind in enumerate([*kinds, "nothing"]):
        x = left + at * _CELL + _CELL / 2 + 4
        said = PICTURE["nothing"].in_(language) if kind == "nothing" else kind
        shapes.append(text(x, top - 8, said, 11.5, transform=f"rotate(-55 {x:.1f} {top - 8:.1f})"))
    y, before = top, ""
    for row in rows:
        if row["group"] != before:
            before = row["group"]
            shapes.append(text(_MARGIN, y + 16, GROUPS[before].in_(language), 12, font_weight="bold", fill=QUIET))
            y += _ROW + 2
        shapes += _row(row, kinds, left, y, language)
        y += _ROW
    width = left + (len(kinds) + 1) * _CELL + 74
    return document(width, y + _MARGIN, PICTURE["title"].in_(language), "", shapes)


def _kinds(rows: list[dict[str, Any]]) -> list[str]:
    """Return the kinds that answer something or were found, in the order in which classes name them."""
    found: dict[str, None] = {}
    for row in rows:
        found |= dict.fromkeys(row["answers"])
    for row in rows:
        found |= dict.fromkeys(kind for kind in row["seen"] if kind not in _LEFT_OUT)
    return list(found)


def _under(report: dict[str, Any], language: Language) -> str:
    values = {"cities": len(report["seeds"]), "days": report["days"], "visits": report["visits"]}
    return PICTURE["under"].in_(language).format(caregivers=report["scale"]["caregivers"], **values)


def _legend(language: Language) -> list[str]:
    shapes, x = [], _MARGIN
    for name, colour in (("answers", _ANSWERS), ("beside", _BESIDE), ("wrong", _WRONG)):
        said = PICTURE[name].in_(language)
        shapes += [rect(x, 66, 13, 13, fill=colour), text(x + 19, 77, said, 12)]
        x += 34 + 7.2 * len(said) * (1.75 if language == "zh" else 1)
    return shapes


def _row(row: dict[str, Any], kinds: list[str], left: float, y: float, language: Language) -> list[str]:
    name = called(row["class"]).in_(language)
    shapes = [
        line(_MARGIN, y + _ROW, left + (len(kinds) + 1) * _CELL, y + _ROW, stroke=LINE, stroke_width="0.6"),
        text(_MARGIN + 10, y + 15, name, 12),
        text(left - 10, y + 15, f"{row['visits']:,}", 11, text_anchor="end", fill=QUIET),
    ]
    for at, kind in enumerate(kinds):
        x, count = left + at * _CELL, row["seen"].get(kind, 0)
        if kind in row["answers"]:
            shapes.append(rect(x + 1.5, y + 1.5, _CELL - 3, _ROW - 3, fill="none", stroke=_ANSWERS, stroke_width="1.2"))
        if count:
            amiss = row["amiss"].get(kind, 0)
            colour = _WRONG if amiss else _ANSWERS if kind in row["answers"] else _BESIDE
            title = f"{name}: {kind} {count}" + (f" ({amiss} ✗)" if amiss else "")
            shapes.append(_cell(x, y, count / row["visits"], colour, title))
    share = row["nothing"] / row["visits"]
    shapes.append(_cell(left + len(kinds) * _CELL, y, share, _NOTHING, f"{name}: {row['nothing']}"))
    return shapes


def _cell(x: float, y: float, share: float, colour: str, title: str) -> str:
    shade = f"{0.12 + 0.88 * share:.2f}"
    said = f"{100 * share:.0f}" if share >= 0.005 else "<1" if share else "0"
    ink = "#ffffff" if share > _DARK else INK
    return group(
        [
            rect(x + 1.5, y + 1.5, _CELL - 3, _ROW - 3, fill=colour, fill_opacity=shade),
            text(x + _CELL / 2, y + 15, said, 10.5, text_anchor="middle", fill=ink),
        ],
        title,
    )
