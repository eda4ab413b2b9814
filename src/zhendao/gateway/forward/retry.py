"""When to try again, and when to stop trying for a while: pure, with time and chance as arguments.

Promise: waits grow to a cap and are spread over their whole length (full jitter), so that many gateways do not return
at one moment; the wait that a platform asks for is kept, up to a cap. After several failures in a row the circuit
opens; once it has rested a single small request tries the platform, and only its success closes the circuit.
"""

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits in ms: at most ``base_ms * 2**attempt``, never more than ``cap_ms``."""

    base_ms: int = 500
    cap_ms: int = 60_000

    def ceiling_ms(self, attempt: int) -> int:
        """Return the longest wait after failure number ``attempt`` (0 is the first)."""
        # Beyond 2**32 every base is over every cap: a gateway that failed for years makes no giant integers.
        return min(self.cap_ms, self.base_ms << min(max(attempt, 0), 32))

    def delay_ms(self, attempt: int, chance: float) -> int:
        """Return the wait after failure number ``attempt``; ``chance`` is uniform in [0, 1)."""
        return int(self.ceiling_ms(attempt) * chance)


class Phase(Enum):
    """What the circuit lets through."""

    CLOSED = "closed"  # everything
    OPEN = "open"  # nothing until it has rested
    TRYING = "trying"  # one small request


@dataclass(frozen=True, slots=True)
class Policy:
    """``trip_after`` failures in a row open the circuit for ``rest_ms``; a wait asked for counts to ``asked_ms``."""

    backoff: Backoff = Backoff()
    trip_after: int = 5
    rest_ms: int = 10_000
    asked_ms: int = 600_000


@dataclass(frozen=True, slots=True)
class Circuit:
    """Failures in a row, and until when (monotonic ms) nothing is sent; ``Circuit()`` is a fresh start."""

    failures: int = 0
    quiet_until_ms: int = 0

    def phase(self, policy: Policy, now_ms: int) -> Phase:
        """Return what is let through at ``now_ms``."""
        if self.failures < policy.trip_after:
            return Phase.CLOSED if now_ms >= self.quiet_until_ms else Phase.OPEN
        return Phase.TRYING if now_ms >= self.quiet_until_ms else Phase.OPEN

    def wait_ms(self, now_ms: int) -> int:
        """Return how long nothing is sent yet; 0 when something may be."""
        return max(0, self.quiet_until_ms - now_ms)

    def after_failure(self, policy: Policy, now_ms: int, chance: float, asked_ms: int = 0) -> "Circuit":
        """Return the circuit after a failure; ``asked_ms`` is the wait that the platform asked for."""
        wait = policy.backoff.delay_ms(self.failures, chance)
        if self.failures + 1 >= policy.trip_after:
            wait = max(wait, policy.rest_ms)
        return Circuit(self.failures + 1, now_ms + max(wait, min(asked_ms, policy.asked_ms)))

    def after_success(self) -> "Circuit":
        """Return the circuit after a usable answer."""
        return Circuit()
