"""One receiver's line from the port to what is posted: rate, budget, receiver, and in which condition it all is. Pure.

Promise: any bytes, in any chunks, at any pace, and any errors of the port end as bounded postings; time is an argument.
The edge (`serial_source`) opens, reads, and does what `rate` and `room` say.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zhendao.device.gnss.budget import Budget, BudgetSettings
from zhendao.device.gnss.condition import TEXTS, Condition, Telling
from zhendao.device.gnss.gate import Refusal, RefusedEpoch
from zhendao.device.gnss.jamming import JammingSettings, JammingWatch
from zhendao.device.gnss.rate import RateSearch, RateSettings
from zhendao.device.gnss.receiver import GnssSettings, GoodFix, Receiver, ReceiverCounters
from zhendao.protocol.vocabulary import FixSign
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from zhendao.device.gnss.receiver import Outcome

_NS = 1_000_000_000
_SIGNS = ~FixSign.WEAK


@dataclass(frozen=True, slots=True)
class ListeningSettings:
    """All thresholds of the line; seconds by the monotonic clock."""

    rate: RateSettings = field(default_factory=RateSettings)
    budget: BudgetSettings = field(default_factory=BudgetSettings)
    jamming: JammingSettings = field(default_factory=JammingSettings)
    gnss: GnssSettings = field(default_factory=GnssSettings)
    silence_s: float = 10.0
    """A receiver writes every second; no byte for so long is a wrong port, a dead receiver or a broken wire."""
    fix_s: float = 10.0
    """A fix so old is no longer there."""
    sign_s: float = 60.0
    """So long a sign of spoofing keeps the receiver suspect."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The receiver is in another ``condition`` than before, or a person is to be told of it (``tell``)."""

    condition: Condition
    signs: FixSign
    tell: Text | None


@dataclass(frozen=True, slots=True)
class RateFound:
    """Sentences come at ``rate`` baud."""

    rate: int


Heard = GoodFix | RefusedEpoch | Standing | RateFound


class Listening:
    """Told what the port does and brings; returns what is to be posted."""

    def __init__(self, settings: ListeningSettings, configured: int, remembered: int | None = None) -> None:
        self._settings = settings
        self._receiver = Receiver(settings.gnss)
        self._search = RateSearch(settings.rate, configured, remembered)
        self._budget = Budget(settings.budget)
        self._jamming = JammingWatch(settings.jamming)
        self._telling = Telling()
        self._condition = Condition.SEARCHING
        self._open = True
        self._why: Text | None = None
        self._byte_ns: int | None = None
        self._fix_ns: int | None = None
        self._signs: dict[FixSign, int] = {}
        self._rate: int | None = remembered
        self.troubles: Counter[Condition] = Counter()

    @property
    def rate(self) -> int:
        """The baud rate to listen at."""
        return self._search.rate

    @property
    def counters(self) -> ReceiverCounters:
        """What came since the start."""
        return self._receiver.counters

    def opened(self, now_ns: int) -> list[Heard]:
        """The port is open."""
        self._open, self._why, self._byte_ns = True, None, now_ns
        self._search.reopened()
        return self._look(now_ns)

    def closed(self, why: Text, now_ns: int) -> list[Heard]:
        """The port could not be opened, or went away."""
        self._open, self._why = False, why
        return [*self._outcomes(self._receiver.finish(now_ns), now_ns), *self._look(now_ns)]

    def rate_refused(self) -> None:
        """The port cannot be set to `rate`."""
        self._search.refused()

    def room(self, now_ns: int) -> int:
        """Return how many bytes may be read now; 0 until `wait_s` has passed."""
        return self._budget.room(now_ns)

    def wait_s(self, now_ns: int) -> float:
        """Return for how many seconds nothing may be read."""
        return self._budget.wait_s(now_ns)

    def heard(self, data: bytes, now_ns: int) -> list[Heard]:
        """Take in what was read within the last moments, perhaps nothing."""
        posted: list[Heard] = []
        if data:
            self._byte_ns = now_ns
            self._budget.took(len(data))
            before = self._receiver.sentences
            posted += self._outcomes(self._receiver.feed(data, now_ns), now_ns)
            self._search.heard(len(data), self._receiver.sentences - before, now_ns)
            if self._search.found is not None and self._search.found != self._rate:
                self._rate = self._search.found
                posted.append(RateFound(self._rate))
        return [*posted, *self._look(now_ns)]

    def _outcomes(self, outcomes: list[Outcome], now_ns: int) -> list[Heard]:
        told: list[Heard] = []
        for outcome in outcomes:
            if isinstance(outcome, GoodFix):
                self._fix_ns = now_ns
                for sign in outcome.epoch.signs & _SIGNS:
                    self._signs[sign] = now_ns
            elif outcome.reason is Refusal.SIMULATOR:
                self._signs[FixSign.SIMULATOR] = now_ns
            tracked = outcome.epoch.tracked if isinstance(outcome, GoodFix) else outcome.tracked
            self._jamming.epoch(dict(tracked), now_ns, fixed=isinstance(outcome, GoodFix))
            if self._budget.epoch():
                told.append(outcome)
        return told

    def _look(self, now_ns: int) -> list[Heard]:
        for sign in [sign for sign, seen in self._signs.items() if now_ns - seen > self._settings.sign_s * _NS]:
            del self._signs[sign]
        condition = self._now(now_ns)
        tell = self._telling.take(condition, now_ns)
        if condition is self._condition and not tell:
            return []
        if condition is not self._condition:
            self.troubles[condition] += 1
        self._condition = condition
        signs = FixSign(0)
        for sign in self._signs:
            signs |= sign
        return [Standing(condition, signs, self._text(condition, signs) if tell else None)]

    def _now(self, now_ns: int) -> Condition:
        quiet_ns = 0 if self._byte_ns is None else now_ns - self._byte_ns
        found = (
            (not self._open, Condition.UNPLUGGED),
            (quiet_ns > self._settings.silence_s * _NS, Condition.SILENT),
            (self._budget.babbling, Condition.BABBLING),
            (self._search.exhausted, Condition.UNREADABLE),
            (self._jamming.jammed, Condition.JAMMED),
            (bool(self._signs), Condition.SUSPECT),
            (self._fix_ns is None or now_ns - self._fix_ns > self._settings.fix_s * _NS, Condition.SEARCHING),
        )
        return next((condition for so, condition in found if so), Condition.WELL)

    def _text(self, condition: Condition, signs: FixSign) -> Text:
        if condition is Condition.UNPLUGGED and self._why is not None:
            return self._why
        text = TEXTS[condition]
        if condition is not Condition.SUSPECT:
            return text
        zh, en = ("、".join(_SIGN_TEXTS[sign].zh for sign in signs), ", ".join(_SIGN_TEXTS[sign].en for sign in signs))
        return Text(f"{text.zh}：{zh}", f"{text.en}: {en}")


_SIGN_TEXTS = {
    FixSign.JUMP: Text("位置跳变", "it jumped"),
    FixSign.UNIFORM_CN0: Text("各卫星信号强度过于一致", "all satellites are equally strong"),
    FixSign.HIGH_CN0: Text("信号强得不正常", "signals are too strong"),
    FixSign.TIME_DISAGREES: Text("时间不符", "its time disagrees"),
    FixSign.FROZEN: Text("位置一动不动", "it does not move at all"),
    FixSign.SIMULATOR: Text("模拟器信号", "it says that it is simulated"),
    FixSign.SOLUTIONS_DISAGREE: Text("各卫星系统的解互相矛盾", "two satellite systems disagree"),
}
