"""A day in a home, played by script against mock pins: what was seen and heard is what stands in the golden files.

After a change that is meant: `python tests/samples/make_day.py`, and read the difference.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from samples.day.player import play
from samples.day.script import read
from samples.day.transcript import Transcript

DATA = Path(__file__).parents[2] / "data" / "day"


@pytest.fixture(scope="module")
def day() -> Transcript:
    return play(DATA / "day.script")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_day_is_seen_and_heard_as_it_stands_in_the_golden_file(day: Transcript, language: str) -> None:
    assert day.written(language) == (DATA / f"day.{language}.golden").read_text(encoding="utf-8")  # type: ignore[arg-type]


def test_what_is_seen_and_heard_of_duress_is_what_an_ordinary_rating_is(day: Transcript) -> None:
    acts = {act.words: act.at_ns for act in read(DATA / "day.script")}
    duress, rating = acts["press", "good", "bad", "2.5"], acts["press", "good", "0.3"]

    def told(begin: int) -> list[str]:
        lines = [text.en for at_ns, done, text in day.lines if not done and begin <= at_ns < begin + 4_000_000_000]
        return [line.split("  (")[0] for line in lines if not line.startswith("gateway")]

    assert any("duress" in text.en for _, _, text in day.lines), "it is recorded"
    assert told(duress) == told(rating) != []


def test_it_is_the_same_on_every_machine(day: Transcript) -> None:
    code = (
        f"import sys; sys.path[:0] = {[path for path in sys.path if path]!r}; from pathlib import Path; "
        "from samples.day.player import play; sys.stdout.reconfigure(encoding='utf-8'); "
        f"sys.stdout.write(play(Path({str(DATA / 'day.script')!r})).written('en'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stdout == day.written("en")
