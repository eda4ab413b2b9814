"""Who has come round when: the decision that the watchdog hangs on."""

from hypothesis import given
from hypothesis import strategies as st

from zhendao.device.care.alive import Limit, Pulse, Watchman

LIMITS = {"journal": Limit(60), "link": Limit(180), "reader": Limit(30, vital=False)}
STEP = 10


def after(counts: list[dict[str, int]], step: int = STEP) -> list[tuple[bool, set[str]]]:
    man = Watchman(LIMITS, STEP)
    return [(one.pat, set(one.silent)) for one in (man.look(count, step) for count in counts)]


def test_whoever_comes_round_is_well() -> None:
    assert after([{"journal": n, "reader": n} for n in range(50)]) == [(True, set())] * 50


def test_a_vital_part_that_is_silent_ends_the_pats_and_its_return_brings_them_back() -> None:
    found = after([{"journal": 1, "reader": n} for n in range(9)] + [{"journal": 2, "reader": 99}])
    assert [pat for pat, _ in found] == [True] * 7 + [False] * 2 + [True]
    assert found[7][1] == {"journal"}


def test_a_reader_that_hangs_is_named_and_stops_no_pat() -> None:
    found = after([{"journal": n, "reader": 7} for n in range(100)])
    assert all(pat for pat, _ in found)
    assert found[3][1] == set()
    assert found[4][1] == {"reader"}


def test_a_machine_that_stood_still_accuses_nobody() -> None:
    man = Watchman(LIMITS, STEP)
    man.look({"journal": 1, "reader": 1}, STEP)
    assert man.look({"journal": 1, "reader": 1}, 10**6).silent == frozenset()


def test_a_part_that_left_and_one_that_was_replaced_begin_anew() -> None:
    man = Watchman(LIMITS, STEP)
    for _ in range(6):
        man.look({"reader": 0, "link": 1}, STEP)
    assert man.look({"reader": 0, "link": 1}, STEP).silent == {"reader"}
    man.forget("reader")
    assert man.look({"reader": 0}, STEP).silent == frozenset()
    assert man.look({"reader": 0, "link": 1}, STEP).silent == frozenset()


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 40)), max_size=80))
def test_there_is_no_pat_exactly_while_something_vital_is_beyond_its_limit(
    rounds: list[tuple[bool, bool, int]],
) -> None:
    man, pulses = Watchman(LIMITS, STEP), {"journal": Pulse(), "link": Pulse()}
    silent: dict[str, int | None] = {"journal": None, "link": None}
    for journal, link, step in rounds:
        for part, beats in (("journal", journal), ("link", link)):
            if beats:
                pulses[part].beat()
            before = silent[part]
            silent[part] = 0 if beats or before is None else before + min(step, STEP)
        verdict = man.look({part: pulse.count for part, pulse in pulses.items()}, step)
        late = {part for part, long in silent.items() if long is not None and long > LIMITS[part].silent_ns}
        assert verdict.silent == late
        assert verdict.pat is not bool(late)
