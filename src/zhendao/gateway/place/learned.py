"""What the fixes of a fixed terminal's checks teach about its home, and whether it has been moved since. Pure.

Learned are the first accepted fixes and no more, so that nothing which comes later, however slowly, teaches it another
place: a robust centre, and how wide most of them scatter. The newest are held against it (`protocol.home`) in two
windows, and fewer than half of each may be anywhere: a short one, quick, against the scatter of nineteen fixes of
twenty; a long one, against that of six of seven, which still sees moves where fixes drift far now and then.
Promise: one wild fix is drift and no move; what cannot be told is said so. rule: LOCATION
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from zhendao.gateway.place import telling
from zhendao.protocol.bodies import Fix
from zhendao.protocol.home import BLIND_M, FALSE_ALARM, TAIL, Answer, Compared, Home, Seen, compare, learn, together
from zhendao.protocol.position import Sample, estimate, offset_m
from zhendao.protocol.vocabulary import Datum, FixSign
from zhendao.protocol.wording import Text

SOON, LATE = 0.95, 0.86
"""Shares of the past fixes that the scatter of each window covers: what lies beyond may be anywhere, and so many of a
window do only once in some ten thousand windows, if checks err apart."""
_GROWTH: Final = 1.25
"""The figures are computed anew when so many times as many fixes are known: a dozen times in all."""


@dataclass(frozen=True, slots=True)
class LearningSettings:
    """How a home is learned.

    ``least`` fixes before anything is said, ``most`` that are ever learned from, ``soon`` and ``late`` newest that are
    judged together; a fix whose 95 % error is beyond ``max_error_m`` teaches nothing. ``false_alarm`` bounds wrong
    *moved* of one judgement of errors that follow the law, 0 to 1.
    """

    least: int = 12
    most: int = 128
    soon: int = 7
    late: int = 21
    max_error_m: float = 100.0
    false_alarm: float = FALSE_ALARM


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the newest fixes say; metres: their distance from the learned centre, and from how far a move would show."""

    answer: Answer
    text: Text
    samples: int
    distance_m: float | None = None
    reach_m: float | None = None
    p_ppb: int | None = None


@dataclass(frozen=True, slots=True)
class Recent:
    """A fix that is judged, and how it stands to what was known of the home when it came, in either window."""

    sample: Sample
    soon: Compared
    late: Compared


@dataclass(frozen=True, slots=True)
class Habit:
    """What is known of one terminal at one place; begin a new one when either changes. No larger than its settings.

    ``homes``: as the short and as the long window see it.
    """

    kept: tuple[Sample, ...] = ()
    recent: tuple[Recent, ...] = ()
    homes: tuple[Home, Home] | None = None


DEFAULT: Final = LearningSettings()


def sample_of(fix: Fix, at_ms: int) -> Sample | None:
    """Return what ``fix`` can teach, seen at ``at_ms`` (any clock that runs on); None where it is doubtful itself."""
    if fix.datum not in {Datum.WGS84, Datum.CGCS2000} or fix.signs & ~FixSign.WEAK:
        return None
    return Sample(fix.lat_e7, fix.lon_e7, fix.hacc95_dm / 10, at_ms / 1000)


def step(habit: Habit, sample: Sample, settings: LearningSettings = DEFAULT) -> tuple[Habit, Verdict]:
    """Take the next accepted fix of the journal; return what is known then, and the verdict on the newest fixes."""
    homes = habit.homes
    if homes is None:
        habit = _taught(habit, [sample], settings)
        return habit, _learning(habit, settings)
    seen = Seen(sample.lat_e7, sample.lon_e7, sample.hacc95_m)
    window = (*habit.recent, Recent(sample, compare(homes[0], seen), compare(homes[1], seen)))
    recent, leaving = window[-settings.late :], window[: -settings.late]
    habit = replace(habit, recent=recent)
    if len(recent) < settings.soon:
        return habit, _learning(habit, settings)
    verdict = _verdict(recent, homes[0].samples, settings)
    # What leaves the windows teaches only while nothing speaks for a move: of a move's first fixes none is learned.
    if verdict.answer is not Answer.MOVED:
        habit = _taught(habit, [one.sample for one in leaving], settings)
    return habit, verdict


def watch(samples: Iterable[Sample], settings: LearningSettings = DEFAULT) -> Iterator[Verdict]:
    """Return the verdict after each of a terminal's accepted fixes, in the order of its journal."""
    habit = Habit()
    for sample in samples:
        habit, verdict = step(habit, sample, settings)
        yield verdict


def learned(samples: Sequence[Sample], covered: float) -> Home:
    """Return centre, its error and the scatter of fixes (one at least, in order of time), as wide as ``covered``."""
    home = learn(estimate(samples))
    away = sorted(
        home.spread.squared(*offset_m((home.lat_e7, home.lon_e7), (one.lat_e7, one.lon_e7))) for one in samples
    )
    count = len(away)
    ranks = range(count // 2, max(count // 2 + 1, math.floor(covered * count)))
    wider = max(1.0, *(away[rank] / _law(1 - (rank + 1) / (count + 1)) for rank in ranks))
    return replace(home, spread=home.spread.times(wider))


def _taught(habit: Habit, samples: Iterable[Sample], settings: LearningSettings) -> Habit:
    room = max(0, settings.most - len(habit.kept))
    good = [one for one in samples if one.hacc95_m <= settings.max_error_m][:room]
    kept = (*habit.kept, *good)
    known = habit.homes[0].samples if habit.homes is not None else 0
    if not good or len(kept) < settings.least or (len(kept) < known * _GROWTH and len(kept) < settings.most):
        return replace(habit, kept=kept)
    return replace(habit, kept=kept, homes=(learned(kept, SOON), learned(kept, LATE)))


def _learning(habit: Habit, settings: LearningSettings) -> Verdict:
    known = len(habit.kept) + len(habit.recent)
    return Verdict(Answer.CANNOT_TELL, telling.learning(known, settings.least + settings.soon), known)


def _verdict(recent: Sequence[Recent], known: int, settings: LearningSettings) -> Verdict:
    """Judge both windows: one that says *moved* is believed, else the one that would see the smaller move."""
    windows = [[one.soon for one in recent[-settings.soon :]]]
    if len(recent) == settings.late:
        windows.append([one.late for one in recent])
    told = [(together(fixes, settings.false_alarm), len(fixes)) for fixes in windows]
    found, count = min(told, key=lambda one: (one[0].answer is not Answer.MOVED, one[0].reach_m or 0.0))
    distance, reach = found.distance_m or 0.0, found.reach_m or 0.0
    tell = {Answer.HERE: telling.here, Answer.MOVED: telling.moved, Answer.CANNOT_TELL: telling.too_wide}
    text = tell[found.answer](count, known, f"{distance:.0f}", f"{reach:.0f}", f"{BLIND_M:.0f}")
    return Verdict(found.answer, text, known, found.distance_m, found.reach_m, found.p_ppb)


def _law(beyond: float) -> float:
    """Return the squared distance, in sigmas, beyond which the law of `protocol.home` has this share."""
    return TAIL * (math.pow(beyond, -2 / TAIL) - 1)
