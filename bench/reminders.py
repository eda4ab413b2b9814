"""What it costs to find out who has not checked in, at the size of the reference city; processor time, not the clock.

    python bench/reminders.py [--json]

1,669 caregivers of 18 organisations, 24,737 elders with a terminal and a weekly visit each, three days of 5,000 visits
and today's. Printed: a round (everybody is looked at once), and what is asked again of one before anything goes out.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from sqlalchemy import insert

from samples.reminded import MINUTE, OFFSET_MS, at, carer, plan
from zhendao.gateway.cases.settings import CasesTable
from zhendao.gateway.plans.today import DAY_MS, local_day
from zhendao.gateway.registry.snapshot import Registry, Schedule, Terminal
from zhendao.gateway.registry.standing import Certificate, Organisation, Standing
from zhendao.gateway.registry.validity import Valid
from zhendao.gateway.reminders.duties import Duties
from zhendao.gateway.reminders.present import is_present
from zhendao.gateway.reminders.rounds import Rules, survey
from zhendao.gateway.store.conclusions import visits
from zhendao.gateway.store.engine import Store, open_store
from zhendao.gateway.store.migrate import upgrade
from zhendao.protocol.vocabulary import Placement

CARERS, ELDERS, FIRMS, A_DAY = 1_669, 24_737, 18, 5_000
NOW = at("14:00")
ASKED = 200


def city() -> Registry:
    """Return the registry of the city."""
    carers = [carer(f"C{n:05}", f"O{n % FIRMS}") for n in range(CARERS)]
    schedules = [
        Schedule(f"E{n:05}", f"C{n % CARERS:05}", "助洁", 1 << n % 5, f"{8 + n % 9:02}:00-{9 + n % 9:02}:00")
        for n in range(ELDERS)
    ]
    terminals = [Terminal(n.to_bytes(16, "big"), f"E{n:05}", f"P{n}", Placement.HOME, None) for n in range(ELDERS)]
    standing = Standing(
        organisations=[Valid(Organisation(f"O{n}", "xuhui", "home-care"), 0) for n in range(FIRMS)],
        certificates=[Valid(Certificate(one.caregiver_id, "skill"), 0) for one in carers],
    )
    return Registry(
        caregivers=[Valid(one, 0) for one in carers],
        schedules=[Valid(one, 0) for one in schedules],
        terminals=[Valid(one, 0) for one in terminals],
        standing=standing,
    )


def fill(store: Store) -> None:
    """Conclude today's visits and those of three days before; some caregivers have none."""
    rows = []
    for n in range(4 * A_DAY):
        at_ms = NOW - n // A_DAY * DAY_MS - n % 300 * MINUTE
        side = {"at_ms": at_ms, "bound_ms": 50, "epoch": "00" * 16, "seq": n}
        rows.append({
            "id": n.to_bytes(16, "big"), "device": (n % ELDERS).to_bytes(16, "big"), "lane": b"", "epoch": bytes(16),
            "seq": n, "revision": 1, "digest": b"", "state": "closed", "caregiver_id": f"C{n % 1_200:05}",
            "begin_ms": at_ms, "record": {"in": side, "out": side, "flags": ["x" * 800]}, "changed_ms": at_ms,
        })  # fmt: skip
    with store.writing() as connection:
        connection.execute(insert(visits), rows)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    as_json = parser.parse_args().json
    registry, rules = city(), Rules((plan(quiet=None),), CasesTable(), OFFSET_MS)
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/gateway.db")
        upgrade(store)
        fill(store)
        began = time.process_time()
        duties = Duties(registry)
        made_s = time.process_time() - began
        with store.reading() as connection:
            began = time.process_time()
            found = survey(connection, registry, rules, NOW, duties)
            round_s = time.process_time() - began
            began = time.process_time()
            day = local_day(NOW, OFFSET_MS)
            for number in range(ASKED):
                is_present(connection, f"C{number:05}", day)
            one_ms = (time.process_time() - began) * 1000 / ASKED
        store.close()
    figures = {
        "caregivers": len(found),
        "reminded": sum(not one.why for one in found),
        "duties_s": round(made_s, 3),
        "round_s": round(round_s, 3),
        "one_ms": round(one_ms, 3),
    }
    print(json.dumps(figures) if as_json else "\n".join(f"{name}: {value}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
