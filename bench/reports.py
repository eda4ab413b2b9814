"""What the reports of a city month cost: how long each takes, and the most memory, as the command that offices run.

    python bench/reports.py [--json] [--visits 500700] [--events 3000000] [--folder NEW]

The store holds a month of the reference city (1,669 caregivers of 18 organisations in 13 sub-districts, 24,737 elders
with a terminal each): 10 visits a day of each caregiver, as records of two checks that a gateway drew from signed
messages, copied and dated anew; something is found of every twentieth, with a case; and all events, of which the words
of terminals on themselves can be opened. Each report runs as a process of its own and writes a spreadsheet.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from sqlalchemy import insert, select

from samples.line import SOME_DAY_MS
from samples.registered import CHINA, register
from samples.site import TENANT, Authority, Site
from samples.taps import check
from zhendao.gateway.cases.book import Book as Cases
from zhendao.gateway.cases.life import due_ms
from zhendao.gateway.cases.outages import When
from zhendao.gateway.cases.settings import CasesTable
from zhendao.gateway.cases.values import Act, Case, Change, Decision, Entry, State
from zhendao.gateway.ingest.terminals import Terminals
from zhendao.gateway.judging.findings import Finding
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.loading import load
from zhendao.gateway.reports.moment import DAY_MS, day_ms
from zhendao.gateway.store.conclusions import visits
from zhendao.gateway.store.engine import insert_rows
from zhendao.gateway.store.facts import events, starts
from zhendao.gateway.store.sealing import StoreKey, load_store_key
from zhendao.gateway.surveys.tables import ANOMALIES
from zhendao.protocol.event import Event, encode_event, kind_and_version
from zhendao.protocol.health import HealthReport
from zhendao.protocol.seal import StartKeys, seal_event
from zhendao.protocol.suite import INTL
from zhendao.protocol.vocabulary import ClockSource, Concern, Direction, HealthReason, PartState
from zhendao.protocol.wording import Text

CAREGIVERS, FIRMS, STREETS, DAYS = 1_669, 18, 13, 30
MONTH = day_ms(date(2026, 9, 1), 8 * 3_600_000)
ELDERS = 24_737
REPORTS = {
    "daily-rank": ("--date", "2026-09-30"),
    "daily-detail": ("--date", "2026-09-30"),
    "record-list": ("--from", "2026-09-01", "--to", "2026-09-30"),
    "roster": ("--date", "2026-10-01"),
    "per-10k": ("--date", "2026-09-30"),
    "hours": ("--from", "2026-09-01", "--to", "2026-09-30"),
    "pay-hours": ("--from", "2026-09-01", "--to", "2026-09-30"),
    "anomalies": ("--from", "2026-09-01", "--to", "2026-09-30"),
    "cases": ("--from", "2026-09-01", "--to", "2026-09-30"),
    "overdue": ("--date", "2026-09-30"),
    "terminals": ("--date", "2026-09-30"),
    "trend": ("--from", "2026-09-01", "--to", "2026-09-30"),
}


LEVELS, ABLE, PAID = "红橙黄绿", ("自理", "介助", "介护"), ("免费", "减免", "自费")
SERVICES = ("助洁", "助浴", "助餐", "代办")


def device(n: int) -> bytes:
    """Return the number of a terminal."""
    return n.to_bytes(16, "big")


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
        "区划": [
            "区划,级别,户籍老年人数,有效期起",
            *(f"第{n}街道,街道,{9_000 + n},2026-01-01" for n in range(STREETS)),
        ],
        "机构": [
            "机构编号,机构名称,机构类型,区划,有效期起",
            *(f"O{n},第{n}为老服务中心,居家服务商,第{n % STREETS}街道,2026-01-01" for n in range(FIRMS)),
        ],
        "护理员": [
            "护理员编号,姓名,联系方式,机构编号,职业类型,性别,出生日期,有效期起",
            *(f"C{n},李{n},13{n:09},O{n % FIRMS},养老护理员,女,1980-01-01,2026-01-01" for n in range(CAREGIVERS)),
        ],
    }
    tables |= {
        "证照": ["护理员编号,证照类型,有效期起", *(f"C{n},资格证,2026-01-01" for n in range(CAREGIVERS))],
        "服务项目": ["服务代码,最短时长,最长时长,有效期起", *(f"{code},30分钟,90分钟,2026-01-01" for code in SERVICES)],
        "地点": [
            "地点编号,纬度,经度,坐标系,半径,精度,区划,有效期起",
            *(f"P{n},31.1,121.4,WGS-84,60,5,第{n % STREETS}街道,2026-01-01" for n in range(ELDERS)),
        ],
        "老人": [
            "老人编号,姓名,地点编号,照护等级,自理能力,付费方式,有效期起",
            *(f"E{n},王{n},P{n},{LEVELS[n % 4]},{ABLE[n % 3]},{PAID[n % 3]},2026-01-01" for n in range(ELDERS)),
        ],
        "终端": [
            "终端编号,安放方式,地点编号,老人编号,有效期起",
            *(f"{device(n).hex()},居家,P{n},E{n},2026-01-01" for n in range(ELDERS)),
        ],
        "服务协议": ["老人编号,机构编号,有效期起", *(f"E{n},O{n % FIRMS},2026-01-01" for n in range(ELDERS))],
        "核定时数": [
            "老人编号,服务代码,核定时长,周期,有效期起",
            *(f"E{n},{SERVICES[n % 4]},20小时,月,2026-01-01" for n in range(ELDERS)),
        ],
        "随访记录": ["老人编号,随访类型,随访时间,随访人,随访记录,有效期起", "E0,随访,2026-01-02,王,好,2026-01-02"],
    }
    for name, lines in tables.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", "utf-8")
    load(site.store, Book(site.key), folder, zone=CHINA, tenant=TENANT)


def fill(site: Site, row: dict[str, object], count: int) -> None:
    """Put ``count`` visits of the month into the store, day after day."""
    random, known = Random(1), json.dumps(row["record"])  # noqa: S311 - the same month each time
    for first in range(0, count, 5_000):
        rows = []
        for n in range(first, min(first + 5_000, count)):
            begin = MONTH + DAYS * n // count * DAY_MS + random.randrange(7 * 3_600_000, 19 * 3_600_000)
            record = json.loads(known)
            record["in"]["at_ms"], record["out"]["at_ms"] = begin, begin + 3_600_000
            times = {"begin_ms": begin, "end_ms": begin + 3_600_000}
            record |= {"duration_s": 3_600, "service": SERVICES[n % 4]}
            who = {"id": n.to_bytes(16, "big"), "seq": n, "caregiver_id": f"C{n % CAREGIVERS}"}
            who["elder_id"] = f"E{n % ELDERS}"
            rows.append(row | times | who | {"record": record})
        with site.store.writing() as connection:
            connection.execute(insert(visits), rows)


def doubt(site: Site, count: int) -> None:
    """Have something found of every twentieth of ``count`` visits, with a case that was decided or waits."""
    said, random = Text("服务时长不足", "too short"), Random(2)  # noqa: S311 - as above
    book = Cases(site.key)
    for first in range(0, count, 20 * 2_000):
        found = []
        with site.store.writing() as connection:
            for n in range(first, min(first + 20 * 2_000, count), 20):
                name, at_ms = n.to_bytes(16, "big"), MONTH + random.randrange(DAYS) * DAY_MS + 12 * 3_600_000
                one = Finding("short", name, ("visit", name.hex()), 1, 2, 1, "s", said, said)
                record = site.key.seal(json.dumps(one.as_json()).encode(), b"anomaly/" + name)
                found.append(
                    {"id": name, "scope": "visit", "key": name.hex(), "kind": "short", "visit_id": name,
                     "state": "found", "review": False, "revision": 1, "digest": b"", "record": record,
                     "at_ms": at_ms, "found_ms": at_ms, "changed_ms": at_ms}
                )  # fmt: skip
                when = When(device(0), at_ms, at_ms, at_ms)
                case = Case(
                    0, name, when, f"E{n % ELDERS}", f"C{n % CAREGIVERS}", "red", State.OPEN, frozenset({"short"}),
                    at_ms, due_ms(at_ms, CasesTable()),
                )  # fmt: skip
                lines = [Entry(Act.OPENED, at_ms)]
                if n % 3:
                    lines.append(Entry(Act.DECIDED, at_ms + 3_600_000, "王", "upheld other"))
                    case = replace(case, state=State.DECIDED, closed_ms=at_ms + 3_600_000, decision=Decision.UPHELD)
                book.write(connection, Change(case, tuple(lines)))
            connection.execute(insert(ANOMALIES), found)


def tell(site: Site, count: int) -> None:
    """Put ``count`` events of all terminals into the store; of each the last but two is its word on itself."""
    terminals, each = Terminals(site.key), count // ELDERS
    body = HealthReport(
        reason=HealthReason.INTERVAL, concerns=Concern(0), uptime_s=60, machine_up_s=60, disk_free_kib=2_048_000,
        reader=PartState.WELL, gnss=PartState.WELL, unacknowledged=0, journal_kib=1, software="1.2.3", wire_version=1,
        schema_version=1, kernel="6.1", counters=(),
    )  # fmt: skip
    kind, version = kind_and_version(body)
    columns = [column.name for column in events.columns if column.name not in {"id", "signature"}]
    starting, epoch = [], bytes(16)
    for first in range(0, ELDERS, 500):
        rows = []
        for n in range(first, min(first + 500, ELDERS)):
            name = device(n)
            keys = StartKeys(bytes(16), bytes(32), name, epoch, 1)
            starting.append((name, terminals.seal_keys(keys)))
            for seq in range(1, each + 1):
                at_ms = MONTH + (DAYS * DAY_MS * seq) // (each + 1)
                sealed, what = bytes(200), (3, 1)
                if seq == each - 2:
                    event = Event(name, epoch, seq, name, seq, at_ms, ClockSource.GNSS, 50, kind, version, body)
                    sealed = seal_event(INTL, keys, seq, encode_event(event), bytes(16)).sealed
                    what = int(kind), version
                h = n.to_bytes(16, "big") + seq.to_bytes(16, "big")
                rows.append((name, epoch, seq, h, h, 2, 1, sealed, h, h, h, at_ms, *what, name, seq, at_ms, 4, 50))
        with site.store.writing() as connection:
            insert_rows(connection, events, rows, *columns)
    with site.store.writing() as connection:
        connection.execute(
            insert(starts),
            [
                {"device": name, "epoch": epoch, "start": 1, "h": b"", "suite": 2, "keys": sealed, "boot_nonce": b"",
                 "wall_ms": MONTH, "reason": 1, "arrival": 1, "command_number": 0, "seen_ms": MONTH}
                for name, sealed in starting
            ],
        )  # fmt: skip


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


def cost(folder: Path, reports: Mapping[str, tuple[str, ...]]) -> dict[str, object]:
    """Return the seconds and megabytes of each of ``reports``, asked with its words, from the store in ``folder``."""
    config, found = folder / "gateway.toml", dict[str, object]()
    config.write_text(
        'data_dir = "data"\nstore.url = "sqlite:///gateway.db"\n'
        'broker.url = "mqtt://127.0.0.1:1883"\nhttp.listen = "127.0.0.1:0"\n'
    )
    for report, words in reports.items():
        took, memory = run(config, report, words, folder / f"{report}.xlsx")
        found[report] = {"s": round(took, 1), "mb": memory}
    return found


def main() -> int:
    """Measure, and say it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--visits", type=int, default=CAREGIVERS * 10 * DAYS)
    parser.add_argument("--events", type=int, default=3_000_000)
    parser.add_argument("--folder", type=Path, help="where the store is made, and kept")
    asked = parser.parse_args()
    found: dict[str, object] = {"visits": asked.visits, "events": asked.events, "caregivers": CAREGIVERS}
    with tempfile.TemporaryDirectory() if asked.folder is None else nullcontext(asked.folder) as name:
        folder = Path(name)
        folder.mkdir(exist_ok=True)
        (folder / "one").mkdir()
        (folder / "data/keys").mkdir(parents=True)
        row = a_visit(folder / "one")
        site = Site(folder, Authority())
        site.key = load_store_key(folder / "data/keys/store.key")
        assert isinstance(site.key, StoreKey)
        register_city(site, folder / "lists")
        fill(site, row, asked.visits)
        doubt(site, asked.visits)
        tell(site, asked.events)
        site.store.close()
        found |= cost(folder, REPORTS)
    print(json.dumps(found) if asked.json else "\n".join(f"{what}: {figure}" for what, figure in found.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
