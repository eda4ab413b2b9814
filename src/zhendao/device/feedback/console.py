"""Feedback on standard output: one line a signal, what the caregiver would see and hear, or the same as JSON."""

from __future__ import annotations

import contextlib
import json
import sys
from typing import TYPE_CHECKING

from zhendao.device.feedback.moments import TABLE, Signal
from zhendao.device.feedback.voice.prompts import wording
from zhendao.device.feedback.words import shown as words_of
from zhendao.protocol.wording import Language, Text

if TYPE_CHECKING:
    from zhendao.device.feedback.given import Given

LOOKS = {
    Signal.NOTICE: Text("· 两灯闪一下，嗒一声", "· both lights blink once, one tick"),
    Signal.RECORDED: Text("● 绿灯，长响一声", "● green, one long tone"),
    Signal.REMARKED: Text("◉ 绿灯加红灯，长响两声", "◉ green and red, two long tones"),
    Signal.SENT: Text("○ 绿灯闪两下，嗒嗒两声", "○ green blinks twice, two ticks"),
    Signal.ACCEPTED: Text("◎ 绿灯一短一长，响一短一长", "◎ green short and long, tone short and long"),
    Signal.BAD: Text("✗ 红灯，短响三声", "✗ red, three short tones"),
    Signal.CALLING: Text("▲ 两灯一长一短，响一长一短", "▲ both long and short, tone long and short"),
    Signal.REACHED: Text("△ 绿灯两短一长，响两短一长", "△ green two short and long, tones alike"),
    Signal.HEARD: Text("★ 绿灯三长，长响三声", "★ green three long, three long tones"),
    Signal.UNHEARD: Text("‼ 红灯闪五下，短响五声", "‼ red blinks five times, five short tones"),
    Signal.EXERCISE: Text("◇ 两灯长短长，响长短长", "◇ both long, short, long, tones alike"),
    Signal.TROUBLE: Text("▽ 红灯短长短，响短长短", "▽ red short, long, short, tones alike"),
}
"""Each signal in words; a test holds that each has its own, and that they begin with a sign of their own."""


class ConsoleFeedback:
    """Prints. A reader of the output that has gone away is no reason to stop recording."""

    def __init__(self, language: Language, *, as_json: bool) -> None:
        self._language: Language = language
        self._as_json = as_json

    def give(self, given: Given) -> None:
        """Print one line."""
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.write((self._json(given) if self._as_json else self._text(given)) + "\n")
            sys.stdout.flush()

    def close(self) -> None:
        """Nothing is held."""

    def _text(self, given: Given) -> str:
        shown = TABLE[given.moment]
        number = "" if given.seq is None else f"  #{given.seq}"
        words = words_of(shown.text, given.said, self._language)
        spoken = wording(given.moment, given.said, self._language)
        heard = f"  「{spoken}」" if spoken else ""
        return f"{LOOKS[shown.signal].in_(self._language)}  {words}{heard}{number}"

    def _json(self, given: Given) -> str:
        line: dict[str, object] = {"signal": TABLE[given.moment].signal, "moment": given.moment}
        if given.epoch is not None and given.seq is not None:
            line |= {"epoch": given.epoch.hex(), "seq": given.seq}
        line["mono_ns"] = given.mono_ns
        if given.seen_ns is not None:
            line["seen_ns"] = given.seen_ns
        if given.said:
            line["said"] = [one.text(self._language) for one in given.said]
        if spoken := wording(given.moment, given.said, self._language):
            line["spoken"] = spoken
        return json.dumps(line, ensure_ascii=False)
