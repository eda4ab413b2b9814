"""Terminal-years of calm life (a visit a day) that a simulated world lives through in a second of one core.

Everything counts: terminals, network, broker, gateway, platform, the invariants all along, the books and the replay of
all conclusions at the end. A stand-in suite replaces the slow signatures; `--suite intl` and `--suite sm` run the real
ones. Seconds are of the processor, so that another process costs little.

usage: world.py [--terminals T ...] [--days D] [--suite S]
"""

import argparse
import time

from zhendao.simulators.world.story.plan import plan
from zhendao.simulators.world.world import SUITES, run

YEAR_DAYS = 365


def measure(terminals: int, days: int, suite: str) -> None:
    """Run one world and print its figures."""
    story = plan(1, terminals, days, "calm")
    begun = time.process_time()
    history = run(story, suite)
    took_s = time.process_time() - begun
    assert history.held, history.breaches
    events = len(history.books.facts)
    print(
        f"{terminals:4d} terminals × {days} days, {suite:8s}: {took_s:6.1f} s, "
        f"{terminals * days / took_s:6.0f} terminal-days a second "
        f"({terminals * days / YEAR_DAYS / took_s:.2f} terminal-years), "
        f"{events} events, {took_s / events * 1e3:.2f} ms each from the card to the platform"
    )


def main() -> None:
    """Measure each size asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--terminals", type=int, nargs="+", default=[1, 20, 100])
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--suite", choices=SUITES, default=SUITES[0])
    arguments = parser.parse_args()
    for terminals in arguments.terminals:
        measure(terminals, arguments.days, arguments.suite)


if __name__ == "__main__":
    main()
