"""What the reports of a year of meals cost: how long each takes, and the most memory, as the command that offices run.

    python bench/meals.py [--json] [--meals 1650000] [--folder NEW]

The store holds a year of the reference city: 24,737 elders of 306 villages in 13 sub-districts eat at 60 points, of
which every twentieth has no place code; of a hundred records five are back-filled, one is of a meal that was recorded
before, every five-hundredth is at another point, and every thousandth of somebody who had died. Each report is of the
whole year (coverage: of its last week), runs as a process of its own and writes a spreadsheet.
"""

import argparse
import json
import sys
import tempfile
import time
from contextlib import nullcontext
from datetime import date, timedelta
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from reports import cost
from sqlalchemy import insert

from samples.registered import CHINA
from samples.site import TENANT, Authority, Site
from zhendao.gateway.meals.tables import imports, meals
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.loading import load
from zhendao.gateway.reports.moment import DAY_MS, day_ms
from zhendao.gateway.store.engine import insert_rows
from zhendao.gateway.store.sealing import load_store_key

ELDERS, VILLAGES, STREETS, POINTS, DAYS, FILES = 24_737, 306, 13, 60, 365, 52
FIRST = date(2025, 9, 1)
BEGIN_MS = day_ms(FIRST, 8 * 3_600_000)
YEAR = ("--from", "2025-09-01", "--to", "2026-08-31")
REPORTS = {
    "meal-count": YEAR, "meal-points": YEAR, "meal-coverage": ("--date", "2026-08-31"),
    "meal-uncovered": ("--date", "2026-08-31"), "meal-dead": YEAR, "meal-backfill": YEAR, "meal-findings": YEAR,
}  # fmt: skip
COLUMNS = (
    "id", "number", "line", "device", "received_ms", "waits", "doubtful", "at_ms", "day", "meal", "point", "coded",
    "elder_id", "household", "village", "way", "by", "fixed", "flags", "dead_on", "state", "of", "digest", "revision",
    "changed_ms",
)  # fmt: skip


def register(site: Site, folder: Path) -> None:
    """Load the villages, their elders and the meal points."""
    folder.mkdir()
    tables = {
        "区划": [
            "区划,级别,上级区划,有效期起",
            *(f"第{n}街道,街道,,2025-01-01" for n in range(STREETS)),
            *(f"V{n},居,第{n % STREETS}街道,2025-01-01" for n in range(VILLAGES)),
        ],
        "老人": ["老人编号,姓名,户籍区划,有效期起", *(f"E{n},王{n},V{n % VILLAGES},2025-01-01" for n in range(ELDERS))],
        "助餐点": [
            "助餐点编号,名称,类型,场所码,区划,有效期起",
            *(f"M{n},{n}号食堂,食堂,{f'C{n}' if n % 20 else ''},V{n},2025-01-01" for n in range(POINTS)),
        ],
    }
    for name, lines in tables.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", "utf-8")
    load(site.store, Book(site.key), folder, zone=CHINA, tenant=TENANT)


def fill(site: Site, count: int) -> None:
    """Put ``count`` records of the year into the store, day after day."""
    random = Random(1)  # noqa: S311 - the same year each time
    with site.store.writing() as connection:
        made = [{"file": f"{n}.xlsx", "rows": 1, "by": "x", "made_ms": BEGIN_MS} for n in range(FILES)]
        connection.execute(insert(imports), made)
    for first in range(0, count, 20_000):
        rows = []
        for n in range(first, min(first + 20_000, count)):
            place = DAYS * n // count
            day = (FIRST + timedelta(days=place)).isoformat()
            at_ms = BEGIN_MS + place * DAY_MS + random.randrange(11 * 3_600_000, 13 * 3_600_000)
            elder, draw = n % ELDERS, random.random()
            point, before = elder % POINTS, max(0, n - 1).to_bytes(16, "big")
            number, device = (n * FILES // count + 1, None) if draw < 0.05 else (0, point.to_bytes(16, "big"))
            state, of, died = "counted", None, None
            if n % 100 == 7:
                state, of = "repeated", before
            elif n % 500 == 8:
                state, of = "elsewhere", before
            elif n % 1000 == 9:
                state, died = "dead", "2025-08-01"
            rows.append(
                (n.to_bytes(16, "big"), number, n % 30_000, device, at_ms, False, False, at_ms, day, 2, f"M{point}",
                 point % 20 > 0, f"E{elder}", f"h{elder}", f"V{elder % VILLAGES}", "canteen",
                 "paper" if number else "card", "dead" if died else None, "", died, state, of, bytes(32), 1, at_ms)
            )  # fmt: skip
        with site.store.writing() as connection:
            insert_rows(connection, meals, rows, *COLUMNS)


def main() -> int:
    """Measure, and say it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--meals", type=int, default=1_650_000)
    parser.add_argument("--folder", type=Path, help="where the store is made, and kept")
    asked = parser.parse_args()
    found: dict[str, object] = {"meals": asked.meals, "elders": ELDERS}
    with tempfile.TemporaryDirectory() if asked.folder is None else nullcontext(asked.folder) as name:
        folder = Path(name)
        (folder / "data/keys").mkdir(parents=True)
        site = Site(folder, Authority())
        site.key = load_store_key(folder / "data/keys/store.key")
        register(site, folder / "lists")
        began = time.perf_counter()
        fill(site, asked.meals)
        found["filled_s"] = round(time.perf_counter() - began, 1)
        site.store.close()
        found |= cost(folder, REPORTS)
    print(json.dumps(found) if asked.json else "\n".join(f"{what}: {figure}" for what, figure in found.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
