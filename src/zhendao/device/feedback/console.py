"""Feedback on standard output: one line a signal, what the caregiver would see and hear, or the same as JSON."""

from __future__ import annotations

import contextlib
import json
import sys
from typing import TYPE_CHECKING

from zhendao.device.feedback.moments import TABLE, Signal
from zhendao.protocol.wording import Language, Text

if TYPE_CHECKING:
    from zhendao.device.feedback.given import Given

_SHOWN = {
    Signal.NOTICE: Text("· 短响", "· tick"),
    Signal.RECORDED: Text("● 绿灯，长响一声", "● green, one long tone"),
    Signal.REMARKED: Text("● 绿灯加红灯，长响两声", "● green and red, two long tones"),
    Signal.SENT: Text("○ 绿灯闪一下，嗒嗒两声", "○ green blinks once, two ticks"),
    Signal.ACCEPTED: Text("◎ 绿灯闪两下，一短一长", "◎ green blinks twice, short and long"),
    Signal.BAD: Text("✗ 红灯，低响三声", "✗ red, three low tones"),
}


class ConsoleFeedback:
    """Prints. A reader of the output that has gone away is no reason to stop recording."""

    def __init__(self, language: Language, *, as_json: bool) -> None:
        self._language: Language = language
        self._as_json = as_json

    def give(self, given: Given) -> None:
        """Print one line."""
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.write((_as_json(given) if self._as_json else self._as_text(given)) + "\n")
            sys.stdout.flush()

    def close(self) -> None:
        """Nothing is held."""

    def _as_text(self, given: Given) -> str:
        shown = TABLE[given.moment]
        number = "" if given.seq is None else f"  #{given.seq}"
        return f"{_SHOWN[shown.signal].in_(self._language)}  {shown.text.in_(self._language)}{number}"


def _as_json(given: Given) -> str:
    shown = TABLE[given.moment]
    line: dict[str, str | int] = {"signal": shown.signal, "moment": given.moment}
    if given.epoch is not None and given.seq is not None:
        line |= {"epoch": given.epoch.hex(), "seq": given.seq}
    line["mono_ns"] = given.mono_ns
    if given.seen_ns is not None:
        line["seen_ns"] = given.seen_ns
    return json.dumps(line, ensure_ascii=False)
