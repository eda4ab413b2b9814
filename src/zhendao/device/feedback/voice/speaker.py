"""Feedback by voice: what a moment says, from recordings, on a thread of its own.

Promise: `give` never waits, whatever the player does; the next tap cuts what is being said; each trouble is told once,
and the next utterance is tried as if nothing had been. After three failures in a row it rests a minute, but for calls.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from zhendao.device.feedback.moments import TABLE
from zhendao.device.feedback.shown import Origin
from zhendao.device.feedback.voice.aplay import PlayError
from zhendao.device.feedback.voice.choosing import chosen
from zhendao.device.feedback.voice.turns import Turns
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zhendao.device.feedback.given import Given
    from zhendao.device.feedback.hours import Hours
    from zhendao.device.feedback.voice.aplay import Aplay
    from zhendao.device.feedback.voice.shelf import Shelf
    from zhendao.device.feedback.voice.sounds import Sound
    from zhendao.device.feedback.voice.turns import Utterance
    from zhendao.protocol.wording import Language

THERE_NS = 60_000_000_000
"""So long after a tap somebody is taken to be there, to hear what no tap has led to."""
CLOSE_S = 2.0
_PATIENCE = 3
_RESTS_NS = 60_000_000_000


class Speaker:
    """Says moments. ``minute``: returns that of the local day, None where it is not known; ``tell``: for the engineer.

    ``buzzes``: a buzzer gives each signal, and the voice begins when it has ended. ``now_ns``: the clock of `Given`.
    """

    def __init__(
        self,
        player: Aplay,
        shelf: Shelf,
        language: Language,
        hours: Hours,
        minute: Callable[[], int | None],
        now_ns: Callable[[], int],
        tell: Callable[[str, Text], None],
        *,
        buzzes: bool = False,
    ) -> None:
        self._player, self._shelf, self._hours, self._minute = player, shelf, hours, minute
        self._language: Language = language
        self._now_ns, self._tell, self._buzzes = now_ns, tell, buzzes
        self._news = threading.Condition()
        self._turns = Turns()
        self._there_until_ns = 0
        self._failed = 0
        self._rests_until_ns = 0
        self._closing = self._cut = False
        self._thread = threading.Thread(target=self._run, name="voice", daemon=True)
        self._thread.start()

    def give(self, given: Given) -> None:
        """Say it, in the background."""
        with self._news:
            if TABLE[given.moment].origin in {Origin.TAP, Origin.ASKED}:
                self._there_until_ns = given.mono_ns + THERE_NS
            there = given.mono_ns < self._there_until_ns
            one = chosen(given, self._language, self._hours, self._minute(), there=there, buzzes=self._buzzes)
            if one is None or self._closing:
                return
            if self._turns.give(one):
                self._cut = True
                self._player.stop()
            self._news.notify_all()

    def left(self) -> None:
        """Cut what a card asked for that was taken away: it is for nobody else's ears."""
        with self._news:
            if self._turns.left():
                self._cut = True
                self._player.stop()
            self._news.notify_all()

    def close(self) -> None:
        """Fall silent, and let go of the player."""
        with self._news:
            self._closing = True
            self._player.stop()
            self._news.notify_all()
        self._thread.join(CLOSE_S)

    def _run(self) -> None:
        while True:
            with self._news:
                self._turns.saying = None
                self._news.wait_for(lambda: len(self._turns) or self._closing)
                if self._closing:
                    return
                one = self._turns.take(self._now_ns())
                self._cut = False
                self._player.ready()
            if one is None or not one.pieces:
                continue
            try:
                self._say(one)
            except Exception as error:  # noqa: BLE001 - a voice that fails is told, and speaks again
                self._tell("voice", Text(f"语音故障：{error!r}", f"the voice failed: {error!r}"))

    def _say(self, one: Utterance) -> None:
        if self._now_ns() < self._rests_until_ns and one.origin is not Origin.CALL:
            return
        with self._news:
            if self._news.wait_for(lambda: self._cut or self._closing, one.lead_s):
                return
        sounds = self._shelf.say(one.pieces, short=one.short)
        if not sounds:
            return
        try:
            self._player.play(_blocks(sounds, one.percent), sum(sound.seconds for sound in sounds))
        except PlayError as error:
            self._failed += 1
            if self._failed % _PATIENCE == 0:
                self._rests_until_ns = self._now_ns() + _RESTS_NS
            self._tell("voice-player", error.text)
        except OSError as error:
            what = error.strerror
            self._tell("voice", Text(f"录音读取中断：{what}", f"a recording could not be read to its end: {what}"))
        else:
            if self._failed:
                self._tell("voice-player", Text("语音已恢复", "the voice works again"))
            self._failed = 0


def _blocks(sounds: list[Sound], percent: int) -> Iterator[bytes]:
    for sound in sounds:
        yield from sound.blocks(percent)
