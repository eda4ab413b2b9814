"""A gateway in which everything personal is something that can be looked for: in answers, in logs, on the disk."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from samples.alarmed import Alarmed
from samples.calls import PRESS
from samples.registered import CHINA, register
from samples.site import TENANT, Authority, Site
from samples.taps import HOUR_NS, check
from samples.visited import FIX
from zhendao.gateway.judging.days import local_date
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.loading import load
from zhendao.gateway.reminders import book
from zhendao.gateway.reminders.book import Owed, Round
from zhendao.gateway.store.binding import bind
from zhendao.protocol.vocabulary import Direction

LAT, LON = "31.2345678", "121.4567891"
ELDER, PHONE, ADDRESS, ENTRY = "欧阳若兰", "13912345678", "天钥桥路三百弄", "门禁码四七一一"
GIVER, GIVER_PHONE, PAPER = "司徒玉珍", "13787654321", "310104199001011234"
CHILD, CHILD_PHONE, SEAT_PHONE = "诸葛小明", "13611112222", "13533334444"
PERSONAL = (ELDER, PHONE, ADDRESS, ENTRY, GIVER, GIVER_PHONE, PAPER, CHILD, CHILD_PHONE, SEAT_PHONE)
PERSONAL = (*PERSONAL, LAT, LON, LAT.replace(".", ""), LON.replace(".", ""))
TABLES = {
    "places": "place_id,lat_e7,lon_e7,datum,radius_m,accuracy_m,address,entry,valid_from\n"
    f"P1,{LAT},{LON},WGS-84,60,5,{ADDRESS},{ENTRY},2026-01-01\n",
    "elders": f"elder_id,name,phone,place_id,valid_from\nE1,{ELDER},{PHONE},P1,2026-01-01\n",
    "regions": "region,level,parent,title,valid_from\nR1,street,,徐家汇,2026-01-01\n",
    "organisations": "organisation,title,type,region,valid_from\nO1,安康,home-care,R1,2026-01-01\n",
    "caregivers": "caregiver_id,name,phone,organisation,region,user_type,occupation,valid_from\n"
    f"C1,{GIVER},{GIVER_PHONE},O1,R1,caregiver,nurse,2026-01-01\n",
    "certificates": f"caregiver_id,kind,number,valid_from,valid_to\nC1,身份证,{PAPER},2026-01-01,2026-02-01\n",
    "contacts": f"elder_id,rank,name,phone,valid_from\nE1,1,{CHILD},{CHILD_PHONE},2026-01-01\n",
    "seats": f"seat,rank,name,phone,valid_from\n一号席,1,{CHILD},{SEAT_PHONE},2026-01-01\n",
}
SEEN_LAT, SEEN_LON = 312_345_619, 1_214_567_827
"""Where the terminal was, in ten millionths of a degree."""


@contextmanager
def spied(folder: Path) -> Iterator[Alarmed]:
    """Give a gateway that has a visit, a call for help, a case and a reminder of the people above."""
    made = Alarmed(Site(folder, Authority()))
    site = made.site
    bind(site.store, site.key)
    line = site.authority.terminal()
    register(site, line.device)
    lists = folder / "lists"
    lists.mkdir()
    for name, text in TABLES.items():
        (lists / f"{name}.csv").write_text(text, "utf-8")
    load(site.store, Book(site.key), lists, zone=CHINA, tenant=TENANT)
    fix = replace(FIX, lat_e7=SEEN_LAT, lon_e7=SEEN_LON)
    line.add(replace(check(Direction.IN), fix=fix), mono_ns=HOUR_NS)
    line.add(check(Direction.OUT, 2), mono_ns=2 * HOUR_NS)
    line.add(PRESS, mono_ns=3 * HOUR_NS)
    with made.running():
        made.take(line.message(1, len(line.items)))
        site.settle()
        _remind(site)
        yield made
    site.store.close()


def _remind(site: Site) -> None:
    now_ms = time.time_ns() // 1_000_000
    today = Round("全区 09:30", "全区", local_date(now_ms, 8 * 3_600_000), now_ms, book.MADE, {})
    with site.store.writing() as connection:
        book.enter(connection, today, [Owed("短信", "C1", "O1", offline=False)], now_ms)
