"""How long a guided installation takes, with every process real and somebody who does at once what the screen says.

The simulated receiver speaks once a second as a real one does, so the survey takes a second for each fix. A person's
walking, holding and reading come on top; nothing here waits for them.

usage: install.py [--fixes N]
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from samples.installing import place

LIMIT_S = 300


def main() -> int:
    """Install one home; print how long each step took; 1 if it was more than five minutes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fixes", type=int, default=60)
    fixes = parser.parse_args().fixes
    with tempfile.TemporaryDirectory() as folder, place(Path(folder)) as home:
        home.settings()
        screen = home.install("--json", answers=home.answers(), fixes=fixes)
        assert screen.ended() == 0, screen.lines
        said = json.loads(screen.lines[-1])
    for name, step in said["steps"].items():
        print(f"{name:10s} {step['seconds']:4d} s")
    print(f"{'all':10s} {said['seconds']:4d} s, with {fixes} fixes; the limit is {LIMIT_S} s")
    return int(said["seconds"] > LIMIT_S)


if __name__ == "__main__":
    sys.exit(main())
