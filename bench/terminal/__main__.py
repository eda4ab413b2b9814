"""The terminal beside a measured peer: same machine, same broker, one run, an ordinary day and four faults each.

    python bench/terminal [--quick] [--alone] [--only FAULT,… | figures] [--json FILE] [--write]

The full run takes about a quarter of an hour; ``--write`` puts its tables into docs/benchmarks.md and draws
docs/benchmarks.svg. ``--quick`` shows in half a minute that everything works, ``--alone`` leaves the peer out. The peer
is installed under build/ from requirements/peer.lock. A disk is filled where this machine allows mounts (root, or user
namespaces).
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))  # the gateway that the tests start

import faults
import figures
import page
from line import Broker, Link
from ours import Ours
from peer import Peer
from scale import FULL, QUICK, Scale

from zhendao.simulators.soak import disks

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PARTS = ("figures", *faults.FAULTS)


def main() -> int:
    """Measure and print; exit code 1 where ours lost anything that it had accepted."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a little of everything, half a minute")
    parser.add_argument("--alone", action="store_true", help="without the peer")
    parser.add_argument("--only", default=",".join(PARTS), help=f"parts, with commas between them: {', '.join(PARTS)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the result as JSON")
    parser.add_argument("--write", action="store_true", help="put it into docs/benchmarks.md and docs/benchmarks.svg")
    chosen = parser.parse_args()
    parts = chosen.only.split(",")
    if not set(parts) <= set(PARTS):
        parser.error(f"--only: {', '.join(PARTS)}")
    os.environ["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)  # for every process started here
    small = disks.settle((sys.executable, str(HERE), *sys.argv[1:]))
    if not small:
        say("no mounts are allowed here: no disk gets full")
        parts = [one for one in parts if one != "disk-full"]
    scale = QUICK if chosen.quick else FULL
    kinds: list[Any] = [Ours] if chosen.alone else [Peer, Ours]
    result: dict[str, Any] = {"machine": platform.platform(), "python": platform.python_version(), "candidates": {}}
    with tempfile.TemporaryDirectory(prefix="bench-terminal-") as folder:
        Path(folder).chmod(0o755)  # the broker may run as a user of its own
        for kind in kinds:
            measured(kind, Path(folder) / kind.__name__, parts, scale, result)
    if "figures" in parts:
        result["candidates"][Ours.name]["figures"]["sense_cpu_percent"] = sense_loop(scale)
    print("\n".join(page.lines(result, scale)))
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    if chosen.write:
        page.write(result, scale, ROOT / "docs")
    return 1 if any(one["lost"] for one in result["candidates"][Ours.name]["faults"].values()) else 0


def measured(kind: Any, folder: Path, parts: list[str], scale: Scale, result: dict[str, Any]) -> None:
    """Add to ``result`` what one candidate comes to."""
    found: dict[str, Any] = {"figures": {}, "faults": {}}
    result["candidates"][kind.name] = found
    for part in parts:
        say(f"{kind.name}: {part}")
        broker = Broker(folder / part / "broker")
        broker.start()
        link = Link(broker.port)
        make = partial(kind, port=link.port, broker=broker.port)
        try:
            if part == "figures":
                one = make(folder / part, folder / part / "data")
                try:
                    found["figures"] = figures.measure(one, link, scale)
                finally:
                    one.kill()
                    one.close()
            else:
                found["faults"][part] = faults.measure(part, folder / part, make, broker, link, scale)
        finally:
            link.close()
            broker.kill()
        say(f"  {json.dumps(found['figures'] if part == 'figures' else found['faults'][part])}")


def sense_loop(scale: Scale) -> float:
    """Return the processor's use of our agent with a reader that is sensed every 100 ms, percent of one core."""
    words = [sys.executable, ROOT / "bench" / "footprint.py", "--seconds", str(max(1, int(scale.idle_s))), "--json"]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    if not done.stdout:  # what misses its own limits is told by its exit code, and measured all the same
        raise SystemExit(f"bench/footprint.py: {done.stderr[-2000:]}")
    return float(json.loads(done.stdout)["idle_cpu_percent"])


def say(text: str) -> None:
    """Tell whoever waits."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
