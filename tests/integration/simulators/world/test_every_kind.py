"""Every kind of act does something: a small world with it goes another way than the same world without it."""

from functools import cache

import pytest

from zhendao.simulators.world.story.arguments import HOUR, MINUTE, Value
from zhendao.simulators.world.story.kinds import KINDS
from zhendao.simulators.world.story.story import SETTINGS, Act, Story, act
from zhendao.simulators.world.trace import Note, Trace
from zhendao.simulators.world.world import run

PLAIN = {name: argument.plain for name, argument in SETTINGS.items()} | {"rtc": 1000, "gnss": 1000, "uid_cards": 0}
BASE = (
    act(2 * HOUR, "caregiver 0", "visit", terminal=0, stay_ms=40 * MINUTE),
    act(3 * HOUR, "terminal 0", "power-cut", for_ms=MINUTE),
    act(4 * HOUR, "caregiver 1", "visit", terminal=0, stay_ms=40 * MINUTE),
)
STRONG: dict[str, dict[str, Value]] = {
    "clock-at-boot": {"for_ms": MINUTE},
    "disk-read-error": {"times": 1000},
    "disk-rot": {"count": 500},
    "gateway-kill": {"when": "in-transaction", "for_ms": 10 * MINUTE},
    "gnss-drift": {"metres": 3000},
    "hold": {"for_ms": 1000},
    "image-restored": {"back_ms": HOUR, "for_ms": MINUTE},
    "journal-destroyed": {"for_ms": MINUTE},
    "cloned": {"back_ms": HOUR},
    "store-full": {"for_ms": 2 * MINUTE},
    "store-refuses": {"for_ms": 10 * MINUTE},
    "visit": {"stay_ms": 10 * MINUTE},
    "link-flap": {"up_ms": MINUTE, "down_ms": MINUTE},
    "drift": {"ppm": 400},
}
OFTEN = {"for_ms": 45 * MINUTE}
STARTS_MS = HOUR + 59 * MINUTE
AT_BOOT = frozenset(
    {"broker-refuses", "broker-full", "broker-busy", "rtc-lost", "rtc-wrong", "ntp-off", "ntp-wrong", "disk-read-error"}
)
"""What is felt when the terminal begins anew."""
LATER = AT_BOOT | {"cloned", "disk-rot", "image-restored", "journal-destroyed"}
"""Those, and what befalls a journal that has something in it."""


def happens(*acts: Act) -> tuple[tuple[Note, ...], object]:
    """Return what a world comes to: its notes but for those of faults themselves, and its books."""
    story = Story(9, 1, 1, settings=PLAIN).with_acts([*BASE, *acts])
    trace = Trace()
    history = run(story, trace=trace)
    assert history.held, [one.text.en for one in history.breaches]
    assert history.books is not None
    assert history.notes <= len(trace.last()), "a small world"
    said = tuple(note for note in trace.last() if note.what != "fault")
    return said, (history.books.facts, history.books.visits, history.books.findings)


@cache
def without() -> tuple[tuple[Note, ...], object]:
    return happens()


def one_of(name: str, whom: str, more: dict[str, Value]) -> Act:
    kind = KINDS[name]
    arguments = {
        key: value for key, value in {**OFTEN, **STRONG.get(name, {}), **more}.items() if key in kind.arguments
    }
    who = f"{whom} 0" if whom in {"terminal", "caregiver"} else whom
    return act(STARTS_MS + (50 * MINUTE if name in LATER else 0), who, name, **arguments)


@pytest.mark.parametrize(("name", "whom"), [(kind.name, whom) for kind in KINDS.values() for whom in kind.whom])
def test_it_does_something(name: str, whom: str) -> None:
    assert happens(one_of(name, whom, {})) != without()


def test_the_same_without_it_is_the_same() -> None:
    assert happens() == without()
