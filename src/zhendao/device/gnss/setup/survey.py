"""What came of setting a receiver up: each thing that was asked for is looked for in its sentences. Pure.

Promise: no check passes because nothing was heard; satellites that no sky shows are called not seen, never absent.
"""

from __future__ import annotations

import statistics
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from zhendao.device.gnss.receiver import GoodFix, Receiver
from zhendao.device.gnss.sentences import Gsa, Gsv, Other, Refused, Rmc, read
from zhendao.device.gnss.setup.steps import UNWANTED
from zhendao.device.gnss.splitter import Splitter
from zhendao.protocol.vocabulary import Constellation
from zhendao.protocol.wording import Text

_DAY_MS = 86_400_000
_NS = 1_000_000_000
_BITS = 10
_NEEDED = ("RMC", "GGA", "GSA", "GSV")
_SECOND_MS = 1000
_FULL = 0.95


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked for: whether it was found, and what was found."""

    name: str
    good: bool
    text: Text


class Survey:
    """Feed it what the receiver writes at ``baud``."""

    def __init__(self, baud: int) -> None:
        self.baud = baud
        self._splitter = Splitter()
        self._receiver = Receiver()
        self._times: list[int] = []
        self._bytes = 0
        self._first_ns: int | None = None
        self._last_ns = 0
        self.sentences: Counter[str] = Counter()
        self.tracked = Constellation(0)
        self.used = Constellation(0)
        self.fixes = 0
        self.refused: Counter[str] = Counter()

    def feed(self, data: bytes, now_ns: int) -> None:
        """Take in what came by ``now_ns``."""
        self._first_ns = now_ns if self._first_ns is None else self._first_ns
        self._last_ns = now_ns
        self._bytes += len(data)
        for line in self._splitter.feed(data):
            self._line(line)
        for outcome in self._receiver.feed(data, now_ns):
            if isinstance(outcome, GoodFix):
                self.fixes += 1
            else:
                self.refused[outcome.reason.value] += 1

    def _line(self, line: str) -> None:
        sentence = read(line)
        match sentence:
            case Refused():
                return
            case Other(name):
                self.sentences[name] += 1
                return
            case Rmc():
                if sentence.day_ms is not None:
                    self._times.append(sentence.day_ms)
            case Gsv():
                for view in sentence.views:
                    if view.cn0 is not None:  # what an almanac expects there is not heard yet
                        self.tracked |= view.system
            case Gsa():
                for system, _number in sentence.used:
                    self.used |= system
            case _:
                pass
        self.sentences[type(sentence).__name__.upper()] += 1

    @property
    def enough(self) -> bool:
        """Whether all that is wanted was seen already, over ten seconds at least."""
        return len(self._times) > 10 and all(one.good for one in self.findings())  # noqa: PLR2004 - epochs

    @property
    def load(self) -> float | None:
        """How much of its line the receiver uses; None before it has used it for a second."""
        if self._first_ns is None or self._last_ns - self._first_ns < _NS:
            return None
        return self._bytes * _BITS * _NS / (self._last_ns - self._first_ns) / self.baud

    def period_ms(self) -> int | None:
        """How far its epochs are apart by its own clock."""
        gaps = [(after - before) % _DAY_MS for before, after in pairwise(self._times)]
        return round(statistics.median(gaps)) if gaps else None

    def findings(self) -> list[Finding]:
        """Return what was looked for, in the order in which a person would."""
        missing = [name for name in _NEEDED if not self.sentences[name]]
        needless = [name for name in UNWANTED if self.sentences[name]]
        period, load = self.period_ms(), self.load
        both = Constellation.GPS | Constellation.BEIDOU
        seen = self.tracked | self.used
        return [
            Finding("heard", bool(self.sentences), Text(f"波特率 {self.baud}", f"heard at {self.baud} baud")),
            Finding(
                "sentences",
                not missing,
                Text(f"缺少 {', '.join(missing)}", f"missing: {', '.join(missing)}")
                if missing
                else Text("RMC、GGA、GSA、GSV 齐全", "RMC, GGA, GSA, GSV come"),
            ),
            Finding(
                "needless",
                bool(self.sentences) and not needless,
                Text(f"多余：{', '.join(needless)}", f"needless: {', '.join(needless)}")
                if needless
                else Text("没有多余语句", "no needless ones"),
            ),
            Finding(
                "period",
                period == _SECOND_MS,
                Text("没有时间", "no time yet") if period is None else Text(f"周期 {period} ms", f"every {period} ms"),
            ),
            Finding("systems", both in seen, _systems(seen)),
            Finding(
                "load",
                load is not None and load <= _FULL,
                Text("", "") if load is None else Text(f"占用线路 {load:.0%}", f"uses {load:.0%} of its line"),
            ),
        ]


def _systems(seen: Constellation) -> Text:
    names = {Constellation.GPS: Text("GPS", "GPS"), Constellation.BEIDOU: Text("北斗", "BeiDou")}
    here = [text for system, text in names.items() if system in seen]
    gone = [text for system, text in names.items() if system not in seen]
    zh = "、".join(one.zh for one in here) or "无"
    en = ", ".join(one.en for one in here) or "none"
    if not gone:
        return Text(f"见到 {zh}", f"seen: {en}")
    return Text(
        f"见到 {zh}；未见 {'、'.join(one.zh for one in gone)}（天线能看到天空吗？）",
        f"seen: {en}; not seen: {', '.join(one.en for one in gone)} (does the antenna see the sky?)",
    )
