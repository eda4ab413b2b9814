"""The stories of docs/stories hold what the page says of them, for every value of what was not sure."""

from dataclasses import replace
from pathlib import Path

import pytest

from zhendao.simulators.world.story.storyfile import read
from zhendao.simulators.world.trace import Trace
from zhendao.simulators.world.world import run

STORIES = Path(__file__).parents[4] / "docs" / "stories"
GREEN = read(STORIES / "the-light-was-green.json")
WRITES = 8
"""Of the disk, for one check-out, as the page says."""


@pytest.mark.parametrize("write", range(1, WRITES + 4))
def test_the_light_was_green_or_there_is_no_check_out(write: int) -> None:
    acts = [
        replace(one, arguments={**one.arguments, "write": write}) if one.kind == "power-cut-writing" else one
        for one in GREEN.acts
    ]
    trace = Trace()
    history = run(GREEN.with_acts(acts), trace=trace)
    assert history.held
    assert history.books is not None
    second = [note for note in trace.last() if note.at_ns > 86_400 * 10**9]
    green = [note.what for note in second if note.what.startswith("checked-")]
    assert green == ["checked-in", "checked-out"][: 1 if write <= WRITES else 2]
    assert any(note.what == "power cut" for note in second)
    visit = history.books.visits[-1]
    assert (visit.end is not None) is (write > WRITES)
    assert "clock_unset" not in visit.flags
    if visit.end is not None and visit.end.at_ms is not None:
        told = next(note.at_ns for note in second if note.what == "checked-out")
        assert abs(GREEN.start_ms + told // 10**6 - visit.end.at_ms) < 1000
