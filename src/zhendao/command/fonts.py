"""Where a font that holds Chinese and Latin is looked for: one place for paper, pictures and displays.

Promise: whoever finds none says so in words of their own; nothing is drawn with a font that shows boxes.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

FONTS: Final = (
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
)
"""Where Debian's packages put TrueType fonts with both; the first one that is there is taken."""


def first_font(fonts: Sequence[str] = FONTS) -> Path | None:
    """Return the first file of ``fonts`` that is there, None where there is none."""
    return next((Path(one) for one in fonts if Path(one).is_file()), None)
