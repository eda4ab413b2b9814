"""What all tests share: generated input is judged by what it finds, not by how busy the machine is meanwhile.

A shell that starts the suite in the background lets it, and all that it starts, ignore interrupts; the commands under
test are to take them as in the hands of a person.

What is drawn at random is drawn alike in every run of the quick suite: a change that did nothing wrong is not refused
for what an older line of code hides. The long suite draws anew each time, twice as much, and says what it drew.
"""

import random
import signal
import zlib

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile(
    "zhendao",
    max_examples=50,
    deadline=None,
    print_blob=True,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("fresh", settings.get_profile("zhendao"), max_examples=100, derandomize=False)
settings.load_profile("zhendao")

# Of the constants that it draws, Hypothesis takes half from the modules that are loaded: those of the tests that ran
# before in the same process. Without them a test draws alike whatever ran before it.
_NO_LOCAL_CONSTANTS = providers.Constants()
providers._get_local_constants = lambda: _NO_LOCAL_CONSTANTS


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """Return the seed of this test: its own and always the same, or in the long suite a fresh one."""
    fresh = request.node.get_closest_marker("long") is not None
    drawn = random.randrange(1 << 32) if fresh else zlib.crc32(request.node.name.encode())
    print(f"seed {drawn}")  # noqa: T201 - shown where the test fails
    return drawn
