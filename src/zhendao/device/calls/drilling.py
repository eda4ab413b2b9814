"""`zhendao-device drill`: for some minutes the calls of this terminal are drills, and say so wherever they go."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from zhendao.command.output import emit_json, line
from zhendao.device import config
from zhendao.device.calls.drill import MOST_MINUTES, begin
from zhendao.device.clock.kernel import KernelClock
from zhendao.device.errors import DataFolderError
from zhendao.device.files import HOST
from zhendao.protocol.wording import Language, Text

if TYPE_CHECKING:
    import argparse


def drill(arguments: argparse.Namespace, language: Language) -> int:
    """Begin a drill, or end it with 0 minutes. Raises `DataFolderError`."""
    settings = config.read(Path(arguments.config))
    folder, minutes = settings.terminal.data_dir, min(MOST_MINUTES, max(0, arguments.minutes))
    clock = KernelClock(settings.clock.rtc)
    try:
        begin(HOST, folder, clock.boot_id(), clock.mono_ns(), minutes)
    except OSError as error:
        raise DataFolderError(folder, error.strerror or str(error)) from error
    if arguments.json:
        emit_json({"minutes": minutes})
    elif minutes:
        until = time.strftime("%H:%M", time.localtime(time.time() + minutes * 60))
        line(
            Text(
                f"演练中，至 {until}：此终端的呼叫均标为演练；胁迫报警不在演练之列",
                f"a drill until {until}: calls of this terminal say that they are drills; duress never does",
            ).in_(language)
        )
    else:
        line(Text("演练已结束：呼叫都是真的", "the drill is over: calls are real").in_(language))
    return 0
