"""Times of one boot that cannot all be true: by its monotonic clock they are too far apart. Pure.

A source that steps by more than its stated bounds has lied before or after, whatever the terminal made of it. Promise:
it follows from which times there are alone, whatever their order; one more never makes it untrue. rule: TIME
"""

from collections.abc import Iterable, Sequence

from zhendao.gateway.visits.moments import DRIFT_PPM, SAME_MS, Anchor, bound_of

_PER_MS = 10**10
"""Of the unit in which drift is whole: a ten-thousandth of a nanosecond."""
_PER_NS = 10**6 // DRIFT_PPM


def apart_ms(one: Anchor, other: Anchor) -> int:
    """Return by how many ms two times of a boot contradict each other, 0 where they do not.

    They do where they are further apart than their bounds, the drift of a quartz between them, and `SAME_MS`.
    """
    most = SAME_MS + one.bound_ms + other.bound_ms
    drift = abs(one.mono_ns - other.mono_ns)
    found = abs(_offset(one) - _offset(other))
    return found // _PER_MS if found > most * _PER_MS + drift else 0


def contradict(times: Iterable[Anchor]) -> bool:
    """Tell whether any two of ``times``, which are of one boot, contradict each other.

    Of all before a moment only the one that allows the least, and the one that allows the most, can.
    """
    slack = SAME_MS * _PER_MS
    least: int | None = None
    most: int | None = None
    for one in sorted(times, key=lambda time: time.mono_ns):
        offset, bound, drift = _offset(one), one.bound_ms * _PER_MS, one.mono_ns
        if least is not None and offset - bound - drift - least > slack:
            return True
        if most is not None and most - (offset + bound + drift) > slack:
            return True
        high, low = offset + bound - drift, offset - bound + drift
        least = high if least is None else min(least, high)
        most = low if most is None else max(most, low)
    return False


def changed_by(told: Iterable[Anchor], own: Iterable[Anchor], new: Sequence[Anchor]) -> bool:
    """Tell whether ``new`` times of a divided boot change what its checks are held against.

    They do where one contradicts a time ``told`` in it, or a check's ``own``, and where it is the first that an
    arrival bears out. Each is held against all: a vague time between two that contradict each other agrees with both.
    """
    before = list(told)
    first = [one for one in new if one.prompt and not any(other.prompt and _agree(other, one) for other in before)]
    return bool(first) or not all(_agree(other, one) for other in (*before, *own, *new) for one in new)


def _agree(one: Anchor, new: Anchor) -> bool:
    return abs(new.at(one.mono_ns) - one.wall_ms) <= max(SAME_MS, one.bound_ms + bound_of(new, one.mono_ns))


def _offset(one: Anchor) -> int:
    """Return what the wall clock was ahead of the monotonic one."""
    return one.wall_ms * _PER_MS - one.mono_ns * _PER_NS
