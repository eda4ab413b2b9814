"""One receiver, from bytes to judged epochs: splitter, sentences, epochs, gate, signs, time, in this order.

Promise: any bytes in, in any chunks: the same outcomes, and never an exception. Pure; the monotonic time of arrival
is passed in. Everything refused is counted under its reason.
"""

from collections import Counter
from dataclasses import dataclass, field

from zhendao.device.clock.evidence import TimeAt
from zhendao.device.gnss.epoch import Epoch, EpochAssembler
from zhendao.device.gnss.gate import AcceptedEpoch, GateSettings, RefusedEpoch, judge
from zhendao.device.gnss.sentences import Other, Refused, read
from zhendao.device.gnss.signs import SignSettings, SignWatch
from zhendao.device.gnss.splitter import LineCounters, Splitter
from zhendao.device.gnss.timing import DISAGREES, TimeRefusal, TimeSettings, TimeWatch
from zhendao.protocol.vocabulary import FixSign


@dataclass(frozen=True, slots=True)
class GnssSettings:
    """All thresholds of the receiver side."""

    gate: GateSettings = field(default_factory=GateSettings)
    signs: SignSettings = field(default_factory=SignSettings)
    time: TimeSettings = field(default_factory=TimeSettings)


@dataclass(frozen=True, slots=True)
class GoodFix:
    """An accepted epoch, and what its time is worth."""

    epoch: AcceptedEpoch
    time: TimeAt | TimeRefusal


Outcome = GoodFix | RefusedEpoch


@dataclass(frozen=True, slots=True)
class ReceiverCounters:
    """What the receiver brought since the start, by name; ``sentences`` counts those that were read."""

    line: LineCounters
    sentences: int
    refused_sentences: dict[str, int]
    accepted_epochs: int
    refused_epochs: dict[str, int]
    refused_times: dict[str, int]


class Receiver:
    """Feed it the bytes of one serial line."""

    def __init__(self, settings: GnssSettings | None = None) -> None:
        self._settings = settings or GnssSettings()
        self._splitter = Splitter()
        self._epochs = EpochAssembler()
        self._signs = SignWatch(self._settings.signs)
        self._time = TimeWatch(self._settings.time)
        self._sentences = self._accepted = 0
        self._refused_sentences: Counter[str] = Counter()
        self._refused_epochs: Counter[str] = Counter()
        self._refused_times: Counter[str] = Counter()

    @property
    def sentences(self) -> int:
        """Sentences read since the start."""
        return self._sentences

    @property
    def counters(self) -> ReceiverCounters:
        """Return a copy of all counters."""
        return ReceiverCounters(
            self._splitter.counters,
            self._sentences,
            dict(sorted(self._refused_sentences.items())),
            self._accepted,
            dict(sorted(self._refused_epochs.items())),
            dict(sorted(self._refused_times.items())),
        )

    def feed(self, data: bytes, mono_ns: int) -> list[Outcome]:
        """Take bytes that arrived at ``mono_ns`` (CLOCK_BOOTTIME); return the epochs they complete."""
        return self._lines(self._splitter.feed(data), mono_ns)

    def finish(self, mono_ns: int) -> list[Outcome]:
        """The line went away or the recording ended: return the epoch that stands open."""
        done = self._lines(self._splitter.finish(), mono_ns)
        last = self._epochs.finish()
        if last is not None:
            done.append(self.judge(last))
        return done

    def judge(self, epoch: Epoch) -> Outcome:
        """Judge one epoch after those before it, whoever put it together: place, signs, time."""
        judged = judge(epoch, self._settings.gate)
        if isinstance(judged, RefusedEpoch):
            self._signs.refused(judged)
            self._refused_epochs[judged.reason.value] += 1
            return judged
        self._accepted += 1
        accepted = self._signs.accepted(judged, epoch)
        time = self._time.judge(accepted)
        if isinstance(time, TimeRefusal):
            self._refused_times[time.value] += 1
            if time in DISAGREES:
                accepted = accepted.with_signs(FixSign.TIME_DISAGREES)
        return GoodFix(accepted, time)

    def _lines(self, lines: list[str], mono_ns: int) -> list[Outcome]:
        done: list[Outcome] = []
        for line in lines:
            sentence = read(line)
            if isinstance(sentence, Refused):
                self._refused_sentences[sentence.reason] += 1
                continue
            self._sentences += 1
            if isinstance(sentence, Other):
                continue
            epoch = self._epochs.feed(sentence, mono_ns)
            if epoch is not None:
                done.append(self.judge(epoch))
        return done
