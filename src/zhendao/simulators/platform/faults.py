"""How the platform fails: a profile of probabilities, and faults asked for the next requests.

Promise: the same seed and the same order of requests give the same faults. Pure, but for the random source it is given.

A profile is ``none``, ``down``, ``rough`` or a list such as ``error=0.2,timeout=0.1``: for each request at most one
fault happens, by its probability.
"""

from collections import deque
from dataclasses import dataclass, field
from random import Random

from zhendao.protocol.wording import Text
from zhendao.simulators.errors import SimulatorError

MAX_TIMES = 100_000  # faults asked for at once

KINDS = {
    "error": "500, nothing taken",
    "busy": "503 with Retry-After: 1, nothing taken",
    "error-after": "taken, then 500",
    "timeout": "taken, then no answer",
    "cut": "taken, then the connection is cut",
    "cut-before": "the connection is cut, nothing taken",
    "slow": "taken, answered after a second",
    "twice": "each answer is given twice",
    "later": "each record is answered with retry, nothing taken",
}

PROFILES = {
    "none": {},
    "down": {"busy": 1.0},
    "rough": dict.fromkeys(("error", "error-after", "cut", "cut-before", "twice", "later"), 0.06) | {"timeout": 0.02},
}


def parse_profile(text: str) -> dict[str, float]:
    """Read a profile; `SimulatorError` for an unknown fault, or for probabilities that are none."""
    if text in PROFILES:
        return dict(PROFILES[text])
    profile = {}
    for part in text.split(","):
        name, _, figure = part.partition("=")
        try:
            probability = float(figure)
        except ValueError:
            probability = -1.0
        if name not in KINDS or not 0 <= probability <= 1:
            raise _wrong(part)
        profile[name] = probability
    if sum(profile.values()) > 1 + 1e-9:
        raise _wrong(text)
    return profile


def _wrong(part: str) -> SimulatorError:
    names = "、".join([*PROFILES, *(f"{kind}=0…1" for kind in KINDS)])
    return SimulatorError(
        Text(f"故障设定看不懂：{part}", f"not a fault profile: {part}"),
        Text(f"可用：{names}（逗号分隔，总和不超过 1）", f"use {names} (joined by commas, at most 1 in all)"),
    )


@dataclass(slots=True)
class Faults:
    """Which fault the next request meets."""

    random: Random
    profile: dict[str, float] = field(default_factory=dict)
    asked: deque[str] = field(default_factory=deque)

    def ask(self, kind: str, times: int) -> None:
        """Let the next ``times`` requests meet ``kind``, whatever the profile says."""
        if kind not in KINDS or not 0 < times <= MAX_TIMES:
            raise _wrong(kind)
        self.asked.extend([kind] * times)

    def draw(self) -> str | None:
        """Return the fault of this request, or None."""
        if self.asked:
            return self.asked.popleft()
        point = self.random.random()
        for kind, probability in self.profile.items():
            if point < probability:
                return kind
            point -= probability
        return None
