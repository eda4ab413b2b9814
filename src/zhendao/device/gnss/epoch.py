"""Sentences of the same UTC to one epoch: what the receiver said about one moment, before anybody judges it.

RMC and GGA of one time make an epoch; GSA, GST, ZDA join where the receiver sends them, and GSV, which many send
only every few seconds, is remembered for `VIEW_LIFE_MS`. Bounded: a line that only ever sends one kind of sentence
fills nothing. Pure; the monotonic time of arrival is passed in.
"""

import datetime as dt
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

from zhendao.device.gnss.sentences import Gga, Gsa, Gst, Gsv, Other, Rmc, Sentence, Zda
from zhendao.device.gnss.systems import by_talker
from zhendao.protocol.vocabulary import Constellation

DAY_MS = 86_400_000
VIEW_LIFE_MS = 10_000
"""A strength seen longer ago than this says nothing about the present fix."""
VIEWS_LIMIT = 256
USED_LIMIT = 96

_Satellite = tuple[Constellation, int]


@dataclass(frozen=True, slots=True)
class Epoch:
    """One moment of the receiver. ``mono_ns`` is when its first sentence arrived; places are WGS-84 degrees × 10^7."""

    day_ms: int
    mono_ns: int
    rmc: Rmc | None
    gga: Gga | None
    others: tuple[Gga, ...]
    """Positions that further talkers gave for the same moment (receivers with one solution for each system)."""
    gsa_mode: int | None
    """Fix mode 1…3; None where the receiver sent no GSA with this epoch."""
    gsa_hdop: float | None
    used: frozenset[_Satellite]
    gst: Gst | None
    date: dt.date | None
    date_conflict: bool
    cn0: tuple[int, ...]
    """Strengths in dB-Hz of the satellites used, or of all tracked ones where the receiver names no used ones."""
    tracked: tuple[tuple[_Satellite, int], ...]
    """Every satellite that is tracked, used or not, with its strength."""
    systems: Constellation
    gsa_expected: bool
    """Whether this receiver has sent GSA before, so that its absence means a lost sentence."""


@dataclass(slots=True)
class _Open:
    day_ms: int
    mono_ns: int
    rmc: Rmc | None = None
    ggas: list[Gga] = field(default_factory=list)
    mode: int | None = None
    hdop: float | None = None
    used: set[_Satellite] = field(default_factory=set)
    gst: Gst | None = None
    zda: Zda | None = None

    def holds(self, sentence: Rmc | Gga | Gst | Zda) -> bool:
        """Whether this moment has had its sentence of that kind (and talker, for positions)."""
        match sentence:
            case Rmc():
                return self.rmc is not None
            case Gga():
                return any(gga.talker == sentence.talker for gga in self.ggas)
            case Gst():
                return self.gst is not None
            case Zda():
                return self.zda is not None


class EpochAssembler:
    """Feed it sentences in the order of the line; it hands out an epoch when the next one begins."""

    def __init__(self) -> None:
        self._open: _Open | None = None
        self._views: dict[tuple[Constellation, int, int], tuple[int, int | None]] = {}
        self._gsa_expected = False

    def feed(self, sentence: Sentence, mono_ns: int) -> Epoch | None:
        """Take one sentence; return the epoch before it if this sentence begins another."""
        match sentence:
            case Rmc() | Gga() | Gst() | Zda():
                return self._timed(sentence, mono_ns)
            case Gsa():
                self._gsa(sentence)
            case Gsv():
                self._gsv(sentence)
            case Other():
                pass
        return None

    def finish(self) -> Epoch | None:
        """Return what stands open, at the end of a recording or when the port went away."""
        closed = self._close()
        self._views.clear()
        return closed

    def _timed(self, sentence: Rmc | Gga | Gst | Zda, mono_ns: int) -> Epoch | None:
        if sentence.day_ms is None:
            return None
        closed = None
        if self._open is None or self._open.day_ms != sentence.day_ms or self._open.holds(sentence):
            if isinstance(sentence, Gst | Zda):
                # They say more about a moment that stands open, and begin none: some receivers write ZDA at the
                # whole second and their fix in between.
                return None
            closed = self._close()
            self._open = _Open(sentence.day_ms, mono_ns)
        match sentence:
            case Rmc():
                self._open.rmc = sentence
            case Gga():
                self._open.ggas.append(sentence)
            case Gst():
                self._open.gst = sentence
            case Zda():
                self._open.zda = sentence
        return closed

    def _gsa(self, gsa: Gsa) -> None:
        self._gsa_expected = True
        if self._open is None or len(self._open.used) > USED_LIMIT:
            return
        # One GSA for each system: a system without satellites of its own says 1, the fix is what the best one says.
        self._open.mode = max(gsa.mode, self._open.mode or 0)
        self._open.used.update(gsa.used)
        if gsa.hdop is not None:
            self._open.hdop = max(gsa.hdop, self._open.hdop or 0.0)

    def _gsv(self, gsv: Gsv) -> None:
        if self._open is None:
            return
        now = self._open.day_ms
        for view in gsv.views:
            key = (view.system, view.number, gsv.signal)
            if key in self._views or len(self._views) < VIEWS_LIMIT:
                self._views[key] = (now, view.cn0)

    def _close(self) -> Epoch | None:
        moment, self._open = self._open, None
        if moment is None:
            return None
        now = moment.day_ms
        self._views = {key: seen for key, seen in self._views.items() if (now - seen[0]) % DAY_MS <= VIEW_LIFE_MS}
        # A solution of all systems together (GN) goes before those of one.
        ggas = sorted(moment.ggas, key=lambda gga: gga.talker != "GN")
        date = moment.rmc.date if moment.rmc else None
        zda_date = moment.zda.date if moment.zda else None
        return Epoch(
            day_ms=now,
            mono_ns=moment.mono_ns,
            rmc=moment.rmc,
            gga=ggas[0] if ggas else None,
            others=tuple(ggas[1:]),
            gsa_mode=moment.mode,
            gsa_hdop=moment.hdop,
            used=frozenset(moment.used),
            gst=moment.gst,
            date=date or zda_date,
            date_conflict=date is not None and zda_date is not None and date != zda_date,
            cn0=self._strengths(moment.used),
            tracked=tuple(self._best().items()),
            systems=self._systems(moment),
            gsa_expected=self._gsa_expected,
        )

    def _systems(self, moment: _Open) -> Constellation:
        """Return the systems of the satellites used; where none are named, of those tracked, or of the talker."""
        seen = {system for system, _number in moment.used}
        seen = seen or {system for (system, _number, _signal), (_seen, cn0) in self._views.items() if cn0 is not None}
        seen = seen or {system for gga in moment.ggas if (system := by_talker(gga.talker)) is not None}
        return reduce(or_, seen, Constellation(0))

    def _strengths(self, used: set[_Satellite]) -> tuple[int, ...]:
        strengths = (cn0 for satellite, cn0 in self._best().items() if satellite in used or not used)
        return tuple(sorted(strengths, reverse=True))

    def _best(self) -> dict[_Satellite, int]:
        """Return the strength of each satellite on its strongest signal."""
        best: dict[_Satellite, int] = {}
        for (system, number, _signal), (_seen, cn0) in self._views.items():
            satellite = (system, number)
            if cn0 is not None:
                best[satellite] = max(cn0, best.get(satellite, 0))
        return best
