"""Plays the day of tests/data/day/day.script and writes what was seen and heard: python tests/samples/make_day.py."""

import sys
from pathlib import Path

DAY = Path(__file__).parents[1] / "data" / "day"


def main() -> None:
    sys.path[0] = str(Path(__file__).parents[1])  # not this folder: its modules are called as the library's are
    from samples.day.player import play  # noqa: PLC0415 - found by the line above

    transcript = play(DAY / "day.script")
    for language in ("zh", "en"):
        (DAY / f"day.{language}.golden").write_text(transcript.written(language), encoding="utf-8")


if __name__ == "__main__":
    main()
