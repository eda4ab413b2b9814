"""From a moment that a terminal gives to the page that shows it: real processes, a screen, and a framebuffer.

`moment → screen` ends when the words are on the pseudo-terminal that `zhendao-device page` draws on, beside a terminal
that takes taps; `picture` is what a framebuffer takes beyond: drawing 480 by 320 and packing it into RGB565.
`python bench/page.py [--taps N] [--json]`.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))  # the home that the tests use, with all its processes

from integration.device.test_page import page
from samples.home import Home
from samples.page_scenes import SCENES
from zhendao.command.output import table
from zhendao.device.page.framebuffer import Framebuffer
from zhendao.device.page.picture import HIGH, WIDE, draw


def main() -> None:
    """Measure both, print both."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--taps", type=int, default=30)
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = {"moment -> screen": screen(Path(folder), chosen.taps), "picture": pictures(Path(folder))}
    if chosen.json:
        print(json.dumps({name: summary(values) for name, values in rows.items()}))
        return
    table(
        ["ms", "n", "median", "p95", "max"],
        [[name, len(values), *(f"{one:.1f}" for one in summary(values).values())] for name, values in rows.items()],
    )


def summary(values: list[float]) -> dict[str, float]:
    """Return median and tail, milliseconds."""
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return {"median": statistics.median(values), "p95": cuts[94], "max": max(values)}


def screen(folder: Path, taps: int) -> list[float]:
    """Return milliseconds from the moment that the terminal gives to its words on the screen."""
    found = []
    with Home(folder, session="double_tap_s = 0") as home, page(home.config, "--lang", "en") as shown:
        terminal = home.start()
        shown.until("READY")
        for at in range(taps):
            for tag, moment in (("door", "door-seen"), ("card", "checked-out" if at % 2 else "checked-in")):
                home.emulator.do(f"present {tag}")
                given = terminal.next(moment)["mono_ns"]
                shown.until({"door": "NOW YOUR CARD", "card": "CHECKED OUT" if at % 2 else "CHECKED IN"}[tag])
                found.append((time.clock_gettime_ns(time.CLOCK_BOOTTIME) - given) / 1e6)
                home.emulator.do(f"remove {tag}")
            time.sleep(0.6)  # so long until a card that is away counts as away
    return found


def pictures(folder: Path) -> list[float]:
    """Return milliseconds that drawing and packing of each page take."""
    sysfs = folder / "graphics" / "fb0"
    sysfs.mkdir(parents=True)
    for name, text in (("virtual_size", f"{WIDE},{HIGH}"), ("bits_per_pixel", "16"), ("stride", str(WIDE * 2))):
        (sysfs / name).write_text(text)
    (folder / "fb0").touch()
    display = Framebuffer(folder / "fb0", folder / "graphics")
    found = []
    for scene in SCENES:
        begun = time.perf_counter()
        display.show(draw(scene.page(), (WIDE, HIGH), "zh"))
        found.append((time.perf_counter() - begun) * 1000)
    display.close()
    return found


if __name__ == "__main__":
    main()
