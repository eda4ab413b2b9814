"""What the reports of a city month cost: how long each takes, and the most memory, as the command that offices run.

    python bench/reports.py [--json] [--visits 500000]

The store holds a month of visits of the reference city (1,669 caregivers of 18 organisations in 13 sub-districts: 10
visits a day each, as records of two checks that a gateway drew from signed messages, copied and dated anew). Reports
read visits and the registry, and no events. Each runs as a process of its own and writes a spreadsheet.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from sqlalchemy import insert, select

from samples.line import SOME_DAY_MS
from samples.registered import CHINA, register
from samples.site import TENANT, Authority, Site
from samples.taps import check
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.loading import load
from zhendao.gateway.reports.moment import DAY_MS, day_ms
from zhendao.gateway.store.conclusions import visits
from zhendao.gateway.store.sealing import StoreKey, load_store_key
from zhendao.protocol.vocabulary import Direction

CAREGIVERS, FIRMS, STREETS, DAYS = 1_669, 18, 13, 30
MONTH = day_ms(date(2026, 9, 1), 8 * 3_600_000)
REPORTS = {
    "daily-rank": ("--date", "2026-09-30"),
    "daily-detail": ("--date", "2026-09-30"),
    "record-list": ("--from", "2026-09-01", "--to", "2026-09-30"),
    "roster": ("--date", "2026-10-01"),
}


def a_visit(folder: Path) -> dict[str, object]:
    """Return a row of ``visits`` as a gateway draws it."""
    authority = Authority()
    site, line = Site(folder, authority), authority.terminal()
    register(site, line.device)
    line.add(check(Direction.IN), mono_ns=3_600 * 10**9)
    line.add(check(Direction.OUT, 2), mono_ns=7_200 * 10**9)
    site.take(line.message(1, 3), now_ms=SOME_DAY_MS + DAY_MS)
    site.settle(SOME_DAY_MS + DAY_MS)
    with site.store.reading() as connection:
        row = connection.execute(select(visits)).mappings().one()
    site.store.close()
    return dict(row)


def register_city(site: Site, folder: Path) -> None:
    """Load the organisations and the people of the city."""
    folder.mkdir()
    tables = {
        "区划": ["区划,级别,有效期起", *(f"第{n}街道,街道,2026-01-01" for n in range(STREETS))],
        "机构": [
            "机构编号,机构名称,机构类型,区划,有效期起",
            *(f"O{n},第{n}为老服务中心,居家服务商,第{n % STREETS}街道,2026-01-01" for n in range(FIRMS)),
        ],
        "护理员": [
            "护理员编号,姓名,联系方式,机构编号,职业类型,性别,出生日期,有效期起",
            *(f"C{n},李{n},13{n:09},O{n % FIRMS},养老护理员,女,1980-01-01,2026-01-01" for n in range(CAREGIVERS)),
        ],
    }
    for name, lines in tables.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", "utf-8")
    load(site.store, Book(site.key), folder, zone=CHINA, tenant=TENANT)


def fill(site: Site, row: dict[str, object], count: int) -> None:
    """Put ``count`` visits of the month into the store."""
    random, known = Random(1), json.dumps(row["record"])  # noqa: S311 - the same month each time
    for first in range(0, count, 5_000):
        rows = []
        for n in range(first, min(first + 5_000, count)):
            begin = MONTH + random.randrange(DAYS) * DAY_MS + random.randrange(7 * 3_600_000, 19 * 3_600_000)
            record = json.loads(known)
            record["in"]["at_ms"], record["out"]["at_ms"] = begin, begin + 3_600_000
            times = {"begin_ms": begin, "end_ms": begin + 3_600_000}
            who = {"id": n.to_bytes(16, "big"), "seq": n, "caregiver_id": f"C{n % CAREGIVERS}"}
            rows.append(row | times | who | {"record": record})
        with site.store.writing() as connection:
            connection.execute(insert(visits), rows)


CODE = """
import sys
from zhendao.gateway.cli import main
code = main()
with open("/proc/self/status") as told:
    print(next(line.split()[1] for line in told if line.startswith("VmHWM")), file=sys.stderr)
sys.exit(code)
"""  # what a parent is told of a child's memory holds what the parent had itself


def run(config: Path, name: str, words: tuple[str, ...], out: Path) -> tuple[float, int]:
    """Make a report as a process; return how long it took (s), and the most memory that it had (MB)."""
    asked = ["report", name, *words, "--out", str(out), "--config", str(config)]
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", CODE, *asked], check=True, capture_output=True, text=True)
    return time.perf_counter() - began, int(done.stderr.split()[-1]) // 1024


def main() -> int:
    """Measure, and say it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--visits", type=int, default=CAREGIVERS * 10 * DAYS)
    asked = parser.parse_args()
    found: dict[str, object] = {"visits": asked.visits, "caregivers": CAREGIVERS}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "one").mkdir()
        (folder / "data/keys").mkdir(parents=True)
        row = a_visit(folder / "one")
        site = Site(folder, Authority())
        site.key = load_store_key(folder / "data/keys/store.key")
        assert isinstance(site.key, StoreKey)
        register_city(site, folder / "lists")
        fill(site, row, asked.visits)
        site.store.close()
        config = folder / "gateway.toml"
        config.write_text(
            'data_dir = "data"\nstore.url = "sqlite:///gateway.db"\n'
            'broker.url = "mqtt://127.0.0.1:1883"\nhttp.listen = "127.0.0.1:0"\n'
        )
        for report, words in REPORTS.items():
            took, memory = run(config, report, words, folder / f"{report}.xlsx")
            found[report] = {"s": round(took, 1), "mb": memory}
    print(json.dumps(found) if asked.json else "\n".join(f"{what}: {figure}" for what, figure in found.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
