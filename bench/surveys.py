"""What it costs a gateway to find what several visits show: beside ingest, and for one late message.

    python bench/surveys.py [--json] [--days 3] [--elders 640]

A simulated city with its frauds as signed messages, through the real pipeline into an SQLite store in one process, as
they would come; what is looked at has its turn once a minute of the city. CPU time of one core, without the disk.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))  # the terminals of the tests send here too

from sqlalchemy import func, select

from samples.hamlet import Sent, hamlet
from samples.site import Site
from zhendao.gateway.store.conclusions import visits
from zhendao.protocol.batch import decode_batch

MINUTE_MS, DAY_MS = 60_000, 86_400_000
LATE = 60
LIMIT_MS = 50


def looked(site: Site, now_ms: int) -> list[float]:
    """Do what waits for time; return how long (s) each transaction of it took."""
    took = []
    while True:
        began = time.process_time()
        more = site.pipeline.watch(now_ms).more
        took.append(time.process_time() - began)
        if not more:
            return took


def live(site: Site, sent: list[Sent]) -> tuple[int, float, list[float]]:
    """Take ``sent`` as it comes; return events, and how long (s) taking them and each look took."""
    events, taking, looks, looked_ms = 0, 0.0, list[float](), 0
    for at_ms, message in sent:
        began = time.process_time()
        events += site.take(message, now_ms=at_ms).events
        taking += time.process_time() - began
        if at_ms - looked_ms >= MINUTE_MS:
            looked_ms = at_ms
            looks += looked(site, at_ms)
    return events, taking, looks


def main() -> int:
    """Measure, and say it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--days", type=int, default=3)
    parser.add_argument("--elders", type=int, default=640)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        site, sent = hamlet(Path(folder), 7, arguments.days, arguments.elders // 13, arguments.elders)
        later = [one for one in sent if decode_batch(one.message.payload).first > 8]
        held = later[:: max(1, len(later) // LATE)][:LATE]
        away = set(map(id, held))
        events, taking, looks = live(site, [one for one in sent if id(one) not in away])
        now_ms = sent[-1].received_ms + 3 * DAY_MS
        looked(site, now_ms)
        late = []
        for one in held:
            began = time.process_time()
            site.take(one.message, now_ms=now_ms)
            looked(site, now_ms)
            late.append(1000 * (time.process_time() - began))
        with site.store.reading() as connection:
            count = connection.execute(select(func.count()).select_from(visits)).scalar_one()
        began = time.process_time()
        everybody, _ = site.surveyor.everybody(site.store, sent[-1].received_ms)
        patterns_ms = 1000 * (time.process_time() - began)
        site.store.close()
    found = {
        "events": events, "visits": count, "taking_s": round(taking, 2), "looking_s": round(sum(looks), 2),
        "looking_ms_a_visit": round(1000 * sum(looks) / count, 1), "transaction_ms_99": round(
            1000 * sorted(looks)[len(looks) * 99 // 100]), "late_ms_median": round(median(late)),
        "late_ms_max": round(max(late)), "patterns_ms_a_visit": round(patterns_ms / max(1, everybody), 2),
    }  # fmt: skip
    print(json.dumps(found) if arguments.json else "\n".join(f"{name:>20} {value}" for name, value in found.items()))
    return 0 if found["late_ms_median"] <= LIMIT_MS else 1


if __name__ == "__main__":
    raise SystemExit(main())
