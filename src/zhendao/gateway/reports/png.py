"""A scene as PNG, for chats and slides, where no SVG is shown; twice as fine as its points.

Promise: it is drawn with a font that has Chinese, or not at all.
"""

import io
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from zhendao.command.fonts import FONTS, first_font
from zhendao.gateway.reports.errors import ReportError
from zhendao.gateway.reports.scene import Box, Line, Scene, Words
from zhendao.protocol.wording import Text

_FINE: Final = 2
_ANCHORS: Final = {"start": "lm", "middle": "mm", "end": "rm"}


def png(scene: Scene, fonts: Sequence[str] = FONTS) -> bytes:
    """Return the PNG file of ``scene``. Raises `ReportError` where none of ``fonts`` is there."""
    path = first_font(fonts)
    if path is None:
        raise ReportError(
            Text("没有可用的中文字体", "there is no font with Chinese"),
            Text(
                "apt-get install fonts-wqy-microhei，或写成 .svg", "apt-get install fonts-wqy-microhei, or write .svg"
            ),
        )
    image = Image.new("RGB", (scene.width * _FINE, scene.height * _FINE), "#ffffff")
    draw = ImageDraw.Draw(image)
    for part in scene.parts:
        match part:
            case Box():
                right, bottom = part.x + part.width, part.y + part.height
                if part.width > 0 and part.height > 0:
                    corners = [part.x * _FINE, part.y * _FINE, right * _FINE - 1, bottom * _FINE - 1]
                    draw.rectangle([min(corners[0], corners[2]), *corners[1:]], fill=part.fill)
            case Line():
                points = [(x * _FINE, y * _FINE) for x, y in part.points]
                draw.line(points, fill=part.stroke, width=max(1, round(part.width * _FINE)))
            case Words():
                place, font = (part.x * _FINE, part.y * _FINE), _font(str(path), round(part.size * _FINE))
                text = "".join(sign if sign.isprintable() else " " for sign in part.text)
                draw.text(place, text, fill=part.fill, font=font, anchor=_ANCHORS[part.anchor])
    content = io.BytesIO()
    image.save(content, "PNG", optimize=True)
    return content.getvalue()


@lru_cache(16)
def _font(path: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size)
