"""A scene as PNG, for chats and slides, where no SVG is shown; twice as fine as its points, where it is not too long.

Promise: it is drawn with a font that has Chinese, or not at all; and it is no longer than programs show.
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
_LONGEST: Final = 32_767
"""In dots: longer pictures are not shown by every program, and take much memory."""
_ANCHORS: Final = {"start": "lm", "middle": "mm", "end": "rm"}


def png(scene: Scene, fonts: Sequence[str] = FONTS) -> bytes:
    """Return the PNG file of ``scene``. Raises `ReportError` where none of ``fonts`` is there, or it is too long."""
    path = first_font(fonts)
    if path is None:
        raise ReportError(
            Text("没有可用的中文字体", "there is no font with Chinese"),
            Text(
                "apt-get install fonts-wqy-microhei，或写成 .svg", "apt-get install fonts-wqy-microhei, or write .svg"
            ),
        )
    if scene.height > _LONGEST:
        raise ReportError(
            Text("图过长，看图软件无法显示", "the picture would be too long for programs to show"),
            Text("用 --region 分区制图，或写成 .svg", "draw it region by region (--region), or write .svg"),
        )
    fine = _FINE if scene.height * _FINE <= _LONGEST else 1
    image = Image.new("RGB", (scene.width * fine, scene.height * fine), "#ffffff")
    draw = ImageDraw.Draw(image)
    for part in scene.parts:
        match part:
            case Box():
                right, bottom = part.x + part.width, part.y + part.height
                if part.width > 0 and part.height > 0:
                    corners = [part.x * fine, part.y * fine, right * fine - 1, bottom * fine - 1]
                    draw.rectangle([min(corners[0], corners[2]), *corners[1:]], fill=part.fill)
            case Line():
                points = [(x * fine, y * fine) for x, y in part.points]
                draw.line(points, fill=part.stroke, width=max(1, round(part.width * fine)))
            case Words():
                place, font = (part.x * fine, part.y * fine), _font(str(path), round(part.size * fine))
                text = "".join(sign if sign.isprintable() else " " for sign in part.text)
                draw.text(place, text, fill=part.fill, font=font, anchor=_ANCHORS[part.anchor])
    content = io.BytesIO()
    image.save(content, "PNG", optimize=True)
    return content.getvalue()


@lru_cache(16)
def _font(path: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size)
