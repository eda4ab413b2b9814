"""The table ``[page]`` of device.toml: on what the status page is shown, in which language, when it is dimmed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from zhendao.command.kinds import Choice, Integer

FRAMEBUFFER = Path("/dev/fb0")


@dataclass(frozen=True)
class PageTable:
    """Dimmed from and until whole hours of the local day, never where both are alike.

    ``language``: that of the command where it is left out. ``font``: the first that is found.
    """

    kind: Annotated[str, Choice("terminal", "framebuffer")] = "terminal"
    device: Path = FRAMEBUFFER
    language: Annotated[str | None, Choice("zh", "en")] = None
    font: Path | None = None
    night_from: Annotated[int, Integer(0, 23)] = 21
    night_until: Annotated[int, Integer(0, 23)] = 7
