"""Light, buzzer and voice of a day: the patterns and the turns of the terminal, played in the time of the day.

The lamps are gpiozero's on the mock board; what is written down is what its pins did.
"""

from collections.abc import Callable
from dataclasses import replace

from gpiozero import LED, Buzzer

from samples.day.transcript import Transcript
from zhendao.device.feedback.console import LOOKS
from zhendao.device.feedback.given import Given
from zhendao.device.feedback.gpio import PAUSE_S, THERE_S
from zhendao.device.feedback.hours import HOURS
from zhendao.device.feedback.moments import TABLE, Signal
from zhendao.device.feedback.patterns import PATTERNS, STANDING_RED, UNASKED, Outputs, timeline
from zhendao.device.feedback.shown import Origin
from zhendao.device.feedback.voice.choosing import chosen
from zhendao.device.feedback.voice.prompts import wording
from zhendao.device.feedback.voice.turns import Turns
from zhendao.device.feedback.waiting import Waiting
from zhendao.protocol.wording import Text
from zhendao.simulators.world.engine.clockwork import Clockwork, Timer

GREEN, RED, BUZZER = 17, 27, 22
_NAMES = {GREEN: Text("绿", "green"), RED: Text("红", "red"), BUZZER: Text("响", "tone")}
_S = 1_000_000_000
_THERE_NS = int(THERE_S * _S)
_PAUSE_NS = int(PAUSE_S * _S)
_SAYING_NS = 2 * _S
"""How long an utterance is taken to last."""


class Lamps:
    """Two lights and a buzzer; ``minute`` is that of the local day."""

    def __init__(self, clockwork: Clockwork, transcript: Transcript, minute: Callable[[], int]) -> None:
        self._clockwork, self._transcript, self._minute = clockwork, transcript, minute
        self._pins = (LED(GREEN), LED(RED), Buzzer(BUZZER))
        self._waiting = Waiting()
        self._there_until = -1
        self._red_stands = self._stood = self._pauses = False
        self._signal: Signal | None = None
        self._timers: list[Timer] = []
        self._since: dict[int, int] = {}
        self._lit: dict[int, list[int]] = {}
        self._begun_ns = 0

    def give(self, given: Given) -> None:
        now = self._clockwork.now_ns
        self._red_stands = STANDING_RED.get(given.moment, self._red_stands)
        if given.fresh:
            shown = TABLE[given.moment]
            if given.moment not in UNASKED:
                self._there_until = now + _THERE_NS
            heard = HOURS.heard(shown.origin, self._minute(), there=now < self._there_until)
            self._waiting.add(shown.signal, sound=heard)
        if self._pauses:
            return  # a call has cut in, and comes next
        if self._signal is None:
            self._next()
        elif now >= self._begun_ns + int(PATTERNS[self._signal].least_s * _S):
            self._end()
        elif self._waiting.call_waits and self._signal is not Signal.EXERCISE:
            self._end(pause_ns=_PAUSE_NS)

    def dark(self) -> None:
        """The power is gone."""
        for timer in self._timers:
            timer.cancel()
        while self._waiting.take() is not None:
            continue
        self._signal, self._red_stands, self._stood, self._pauses = None, False, False, False
        self._show(Outputs())

    def close(self) -> None:
        self.dark()
        for pin in self._pins:
            pin.close()

    def changed(self, pin: int, on: bool) -> None:  # noqa: FBT001 - as a board reports
        """Take in what a pin did."""
        if on:
            self._since[pin] = self._clockwork.now_ns
        elif pin in self._since:
            self._lit.setdefault(pin, []).append(self._clockwork.now_ns - self._since.pop(pin))

    def _next(self) -> None:
        taken = self._waiting.take()
        self._signal, self._pauses = None, False
        if taken is None:
            self._show(Outputs(red=self._red_stands))
            if self._stood is not self._red_stands:
                self._stood = self._red_stands
                red = ("红灯常亮", "light: red stands") if self._stood else ("红灯灭", "light: red is out")
                self._transcript.came(self._clockwork.now_ns, Text(*red))
            return
        self._signal, sound = taken
        self._begun_ns = self._clockwork.now_ns
        pattern = PATTERNS[self._signal]
        rows = timeline(pattern, sound=sound)
        self._show(Outputs())
        self._lit.clear()
        self._timers = [
            self._clockwork.after(int(at * _S), lambda outputs=outputs: self._show(outputs))  # type: ignore[misc]
            for at, outputs in rows
        ]
        self._timers.append(self._clockwork.after(int(pattern.least_s * _S), self._enough))
        self._timers.append(self._clockwork.after(int(max(rows[-1][0], pattern.least_s) * _S), self._end))

    def _enough(self) -> None:
        if len(self._waiting):
            self._end()

    def _end(self, pause_ns: int = 0) -> None:
        for timer in self._timers:
            timer.cancel()
        self._show(Outputs())
        if self._signal is not None:
            lights = [(name, self._lit.get(pin, [])) for pin, name in _NAMES.items()]
            zh, en = (
                " ".join(f"{name.in_(language)} {_seconds(times)}" for name, times in lights if times)
                for language in ("zh", "en")
            )
            looks = LOOKS[self._signal]
            quiet = "" if self._lit.get(BUZZER) else "（无声）", "" if self._lit.get(BUZZER) else " (silent)"
            sign = looks.zh.split()[0]
            self._transcript.came(self._begun_ns, Text(f"灯 {sign} {zh}{quiet[0]}", f"light {sign} {en}{quiet[1]}"))
        self._lit.clear()
        if pause_ns:
            self._pauses = True
            self._timers = [self._clockwork.after(pause_ns, self._next)]
        else:
            self._next()

    def _show(self, outputs: Outputs) -> None:
        for pin, on in zip(self._pins, (outputs.green, outputs.red, outputs.buzzer), strict=True):
            if pin.is_active != on:
                pin.on() if on else pin.off()


def _seconds(times: list[int]) -> str:
    return "+".join(f"{one / _S:.2f}".rstrip("0").rstrip(".") for one in times)


class Voice:
    """What would be said, whose turn it is, and what is cut."""

    def __init__(self, clockwork: Clockwork, transcript: Transcript, minute: Callable[[], int]) -> None:
        self._clockwork, self._transcript, self._minute = clockwork, transcript, minute
        self._turns = Turns()
        self._there_until = -1
        self._words: dict[tuple[str, ...], Text] = {}
        self._timer: Timer | None = None

    def give(self, given: Given) -> None:
        now = self._clockwork.now_ns
        if TABLE[given.moment].origin in {Origin.TAP, Origin.ASKED}:
            self._there_until = now + _THERE_NS
        one = chosen(replace(given, mono_ns=now), "zh", HOURS, self._minute(), there=now < self._there_until)
        if one is None:
            return
        self._words[one.pieces] = Text(*(wording(given.moment, given.said, language) for language in ("zh", "en")))
        if self._turns.give(one):
            self._transcript.came(now, Text("话被打断", "the voice is cut"))
            self._over()
        elif self._timer is None:
            self._over()

    def _over(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        one = self._turns.take(self._clockwork.now_ns)
        while one is not None and not one.pieces:
            one = self._turns.take(self._clockwork.now_ns)
        if one is None:
            return
        words = self._words[one.pieces]
        again = "（再说）" if one.cut else "", " (again)" if one.cut else ""
        self._transcript.came(
            self._clockwork.now_ns,
            Text(f"说 {one.percent}%「{words.zh}」{again[0]}", f'says {one.percent}% "{words.en}"{again[1]}'),
        )
        self._timer = self._clockwork.after(_SAYING_NS, self._over)
