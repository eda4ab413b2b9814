"""The few shapes that a picture of a history is made of, as SVG text. Nothing here knows what they mean.

Sizes are CSS pixels. Numbers are written with one decimal, so that one history gives one file, byte for byte.
"""

from html import escape
from typing import Final

FONT: Final = "'Noto Sans CJK SC','Noto Sans SC','PingFang SC','Microsoft YaHei','Helvetica Neue',Arial,sans-serif"
INK, QUIET, LINE, PAPER = "#1b2733", "#5c6b7a", "#c9d2db", "#ffffff"
_WIDE = 0x2E80
"""From this code point on a sign takes a full square: Chinese, and its punctuation."""


def text_width(text: str, size: float) -> float:
    """Return about how wide ``text`` is."""
    return sum(1.0 if ord(sign) >= _WIDE else 0.56 for sign in text) * size


def number(value: float) -> str:
    """Return ``value`` with one decimal, or none where that is zero."""
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")


def line(x1: float, y1: float, x2: float, y2: float, **style: str) -> str:
    """Return a straight line."""
    return f'<line x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}"{_style(style)}/>'


def rect(x: float, y: float, width: float, height: float, **style: str) -> str:
    """Return a rectangle."""
    return f'<rect x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}"{_style(style)}/>'


def circle(x: float, y: float, radius: float, **style: str) -> str:
    """Return a circle."""
    return f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(radius)}"{_style(style)}/>'


def path(points: str, **style: str) -> str:
    """Return a path."""
    return f'<path d="{points}"{_style(style)}/>'


def text(x: float, y: float, said: str, size: float = 12, **style: str) -> str:
    """Return one line of text; ``y`` is its base line."""
    style.setdefault("fill", INK)
    return f'<text x="{number(x)}" y="{number(y)}" font-size="{number(size)}"{_style(style)}>{escape(said)}</text>'


def group(shapes: list[str], title: str = "") -> str:
    """Return shapes as one, with a title that shows when it is pointed at."""
    named = f"<title>{escape(title)}</title>" if title else ""
    return f"<g>{named}{''.join(shapes)}</g>"


def document(width: float, height: float, title: str, definitions: str, shapes: list[str]) -> str:
    """Return the whole file."""
    body = "\n".join(shapes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{number(width)}" height="{number(height)}" '
        f'viewBox="0 0 {number(width)} {number(height)}" font-family="{FONT}" role="img">\n'
        f"<title>{escape(title)}</title>\n<defs>{definitions}</defs>\n"
        f"{rect(0, 0, width, height, fill=PAPER)}\n{body}\n</svg>\n"
    )


def _style(style: dict[str, str]) -> str:
    return "".join(f' {name.replace("_", "-")}="{escape(value)}"' for name, value in style.items())
