"""A scene as SVG: sharp at any size, and text that can be searched and copied.

Promise: whatever a text is, it is text in the file and never a part of its structure.
"""

from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from zhendao.gateway.reports.scene import Box, Line, Scene, Words

_FONT: Final = "WenQuanYi Micro Hei, Noto Sans CJK SC, Microsoft YaHei, PingFang SC, sans-serif"

_BASE: Final = 0.36
"""How far below its middle a text stands, of its size: not every program knows of another base line."""


def svg(scene: Scene) -> bytes:
    """Return the SVG file of ``scene``."""
    size = {"width": str(scene.width), "height": str(scene.height), "viewBox": f"0 0 {scene.width} {scene.height}"}
    root = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "font-family": _FONT, **size})
    SubElement(root, "rect", {"width": "100%", "height": "100%", "fill": "#ffffff"})
    for part in scene.parts:
        match part:
            case Box():
                place = {"x": _n(part.x), "y": _n(part.y), "width": _n(part.width), "height": _n(part.height)}
                SubElement(root, "rect", {**place, "fill": part.fill})
            case Line():
                points = " ".join(f"{_n(x)},{_n(y)}" for x, y in part.points)
                how = {"stroke": part.stroke, "stroke-width": _n(part.width), "fill": "none"}
                SubElement(root, "polyline", {"points": points, **how})
            case Words():
                place = {
                    "x": _n(part.x),
                    "y": _n(part.y + _BASE * part.size),
                    "font-size": _n(part.size),
                    "text-anchor": part.anchor,
                }
                words = SubElement(root, "text", {**place, "fill": part.fill})
                words.text = "".join(sign if sign.isprintable() else " " for sign in part.text)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
