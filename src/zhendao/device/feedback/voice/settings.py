"""The table ``[voice]`` of device.toml: whether and in which language it speaks, how loud, and whose recordings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 - the settings reader resolves the annotations
from typing import Annotated

from zhendao.command.kinds import Choice, Integer, Words
from zhendao.device.feedback.hours import LEAST_CALL, Hours


@dataclass(frozen=True)
class VoiceTable:
    """Volumes in per cent of full scale; night from and until whole hours of the local day.

    ``language``: that of the command where it is left out. ``dir``: the customer's recordings, in ``zh/`` and ``en/``.
    """

    kind: Annotated[str, Choice("none", "alsa")] = "none"
    device: Annotated[str, Words(200)] = "default"
    language: Annotated[str | None, Choice("zh", "en")] = None
    dir: Path | None = None
    volume: Annotated[int, Integer(0, 100)] = 80
    night_volume: Annotated[int, Integer(0, 100)] = 30
    call_volume: Annotated[int, Integer(LEAST_CALL, 100)] = 100
    night_from: Annotated[int, Integer(0, 23)] = 21
    night_until: Annotated[int, Integer(0, 23)] = 7


def hours(table: VoiceTable) -> Hours:
    """Return when night is, and how loud what is said."""
    return Hours(table.night_from, table.night_until, table.volume, table.night_volume, table.call_volume)
