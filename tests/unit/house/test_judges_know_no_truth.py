"""What judges reads facts and registry: no word of it names a city's truth, and running it loads no simulator.

The contract of import-linter keeps the arrows; this keeps what no arrow shows: files by name, and imports at run time.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

from zhendao.simulators.city.rates import HONEST
from zhendao.simulators.city.running import Run
from zhendao.simulators.city.scale import Scale
from zhendao.simulators.city.writing import write_city

SOURCE = Path(__file__).parents[3] / "src/zhendao"
NAMES = re.compile(r"truth\.json|zhendao-city\b|zhendao\.simulators|\bsimulators\.")

_JUDGED = """
import json, sys
from zhendao.command.run import run
from zhendao.gateway.cli import PROGRAM
code = run(PROGRAM, sys.argv[1:])
print(json.dumps([code, sorted(name for name in sys.modules if "simulators" in name)]))
"""


def test_no_word_of_the_gateway_names_the_truth_of_a_city() -> None:
    places = [SOURCE / name for name in ("gateway", "protocol", "command")]
    files = [path for place in places for path in place.rglob("*.py")]
    assert len(files) > 300
    told = {str(path.relative_to(SOURCE)): NAMES.findall(path.read_text("utf-8")) for path in files}
    assert {name: words for name, words in told.items() if words} == {}


def test_judging_loads_no_simulator_and_needs_the_two_inputs_alone(tmp_path: Path) -> None:
    write_city(Run(2, Scale("hamlet", 2, 6, 24, 1), 1, HONEST), tmp_path / "city")
    (tmp_path / "city/truth.json").unlink()
    words = ["judge", "--registry", str(tmp_path / "city/registry"), "--events", str(tmp_path / "city/events.jsonl"),
             "--json", str(tmp_path / "out.json")]  # fmt: skip
    done = subprocess.run([sys.executable, "-c", _JUDGED, *words], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.splitlines()[-1]) == [0, []]
    assert json.loads((tmp_path / "out.json").read_bytes())["visits"]
