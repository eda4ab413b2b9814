"""Whoever meddles with a terminal's clock gains no hours by it, and what else speaks against it still does.

The plug pulled, the network unplugged, the antenna covered: each makes a clock doubtful, none makes a duration longer.
"""

from typing import Any

import pytest

from samples.witnessed import HOUR_S, MINUTE_S, MORNING_MS, Witness, known
from zhendao.gateway.config import VisitsTable
from zhendao.gateway.judging.blame import Blame
from zhendao.gateway.judging.hours import hours_of
from zhendao.gateway.judging.judge import Judge, Judged
from zhendao.gateway.registry.snapshot import Elder, Place, Terminal
from zhendao.gateway.visits.drawing import policy_of
from zhendao.protocol.bodies import Clock
from zhendao.protocol.vocabulary import ClockReason, ClockSource, Datum, Placement

OTHER = b"o" * 16
TWO_HOMES = known(
    terminals=[Terminal(bytes(range(16)), "E-1", "P-1", Placement.HOME, None),
               Terminal(OTHER, "E-2", "P-2", Placement.HOME, None)],
    places=[Place("P-1", 311_886_000, 1_214_365_000, Datum.WGS84, 60, 10),
            Place("P-2", 312_086_000, 1_214_665_000, Datum.WGS84, 60, 10)],
    elders=[Elder("E-1", "xuhui", "P-1", "red"), Elder("E-2", "xuhui", "P-2", "red")],
)  # fmt: skip


def judged(*homes: Witness) -> Judged:
    judge = Judge(TWO_HOMES, policy_of(VisitsTable()), 10_000)
    for home in homes:
        for fact in home.facts:
            judge.take(fact)
    return judge.judged(MORNING_MS + 20 * HOUR_S * 1000)


def verified_s(found: Judged) -> int:
    return sum(one.seconds for one in hours_of(found.visits, found.findings, TWO_HOMES, 8 * 3_600_000))


def hears(home: Witness, at_s: int, step_s: int = 0, **more: Any) -> None:
    """Let the terminal be told a time that is ``step_s`` wrong."""
    wall_ms = MORNING_MS + (at_s + step_s) * 1000
    body = Clock(ClockReason.STEP, wall_ms, 50, ClockSource.GNSS, (at_s - home.began_s) * 10**9)
    home.add(body, at_s, step_s=step_s, **more)


@pytest.mark.parametrize("back_s", [HOUR_S, 12 * HOUR_S])
def test_hours_that_the_plug_and_the_network_hide_are_not_paid(back_s: int) -> None:
    """In; the plug; out five minutes later by a terminal that does not know the time, and nothing sent till night."""
    home = Witness()
    hears(home, -60)
    home.come(0)
    home.boot(2 * MINUTE_S, b"c", source=ClockSource.UNSET, received_s=back_s)
    home.leave(5 * MINUTE_S, 2, source=ClockSource.UNSET, received_s=back_s)
    found = judged(home)
    (visit,) = found.visits
    assert visit.record["duration_bound_ms"] > 20 * MINUTE_S * 1000
    assert verified_s(found) <= 5 * MINUTE_S


def test_a_time_that_is_forged_between_in_and_out_makes_no_visit_longer() -> None:
    home = Witness()
    hears(home, -60)
    seq = home.come(0)
    hears(home, 10 * MINUTE_S, 5 * HOUR_S)
    home.leave(35 * MINUTE_S, seq, step_s=5 * HOUR_S)
    found = judged(home)
    assert verified_s(found) == 35 * MINUTE_S
    (visit,) = found.visits
    assert visit.record["in"]["bound_ms"] == 50  # what came right away stands
    assert "clock_disputed" in {one["flag"] for one in visit.record["flags"]}


def test_one_who_is_elsewhere_is_found_though_the_terminal_did_not_know_the_time() -> None:
    """Family pulls the plug, holds her card there without a network, and lets it hear of the time again at night."""
    here = Witness()
    hears(here, -60)
    here.leave(50 * MINUTE_S, here.come(0))
    there = Witness(device=OTHER, boot_id=OTHER, epoch=OTHER)
    hears(there, -60)
    there.boot(5 * MINUTE_S, b"c", source=ClockSource.UNSET, received_s=12 * HOUR_S)
    night = {"source": ClockSource.UNSET, "received_s": 12 * HOUR_S}
    there.leave(48 * MINUTE_S, there.come(10 * MINUTE_S, **night), **night)
    hears(there, 12 * HOUR_S)
    blames = [one.blames for one in judged(here, there).findings if one.kind == "overlap"]
    assert blames == [Blame.PERSON, Blame.PERSON]


def test_a_message_that_was_played_before_is_a_replay_whatever_the_clock() -> None:
    def read(counter: int) -> dict[str, Any]:
        return {"door": {"proved": "dynamic", "findings": [], "counter": counter, "fresh": False}}

    home = Witness()
    home.leave(HOUR_S, home.come(0, evidence=read(40)), evidence=read(41))
    unset = {"source": ClockSource.UNSET, "received_s": 14 * HOUR_S}
    home.boot(3 * HOUR_S, b"c", **unset)
    home.leave(5 * HOUR_S, home.come(4 * HOUR_S, evidence=read(9), **unset), evidence=read(10), **unset)
    asked = {one.blames for one in judged(home).findings if one.kind == "replayed"}
    assert asked == {Blame.PERSON}
