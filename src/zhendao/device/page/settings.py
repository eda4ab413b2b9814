"""The table ``[page]`` of device.toml: on what the status page is shown, in which language, when it is dimmed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from zhendao.command.kinds import Choice, Integer

FRAMEBUFFER = Path("/dev/fb0")


@dataclass(frozen=True)
class PageTable:
    """The page; hours of the local day, both alike for never dimmed. ``font``: none is the first that is found."""

    kind: Annotated[str, Choice("terminal", "framebuffer")] = "terminal"
    device: Path = FRAMEBUFFER
    language: Annotated[str, Choice("auto", "zh", "en")] = "auto"
    font: Path | None = None
    night_from_h: Annotated[int, Integer(0, 23)] = 22
    night_to_h: Annotated[int, Integer(0, 23)] = 6
