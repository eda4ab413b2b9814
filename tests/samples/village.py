"""The village of `eaten` in the store of a site, canteens that sign there, and files that are back-filled."""

from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

from samples.eaten import BAG, BARE, CANTEEN, LOOSE, card, meal, tag
from samples.site import TENANT, Site, Terminal
from zhendao.gateway.ingest.steady import Now
from zhendao.gateway.meals.filling import Answer, Import, checked, fill, read_fills
from zhendao.gateway.meals.settings import MealRules
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.loading import load

CHINA = timezone(timedelta(hours=8))
RULES = MealRules()
NOON_MS = 1_790_049_600_000
"""Local noon of 2026-09-22."""
DAY = "2026-09-22"
NOW_MS = NOON_MS + 5 * 86_400_000
MINUTE_NS = 60 * 10**9
DEVICES = {"canteen": CANTEEN, "bag": BAG, "bare": BARE, "loose": LOOSE}


def written(folder: Path, died: dict[int, str] | None = None) -> Path:
    """Write the village of `samples.eaten` as tables into the new ``folder``."""
    folder.mkdir()
    dead = died or {}
    elders = "".join(
        f"E{n},老人{n},P{min(n, 7)},{'V1' if n < 5 else 'V2'},{dead.get(n, '')},2026-01-01\n" for n in range(1, 9)
    )
    tables = {
        "regions": "region,level,parent,valid_from\nS1,street,,2026-01-01\n"
        + "".join(f"V{n},village,S1,2026-01-01\n" for n in (1, 2, 3)),
        "places": "place_id,lat_e7,lon_e7,datum,radius_m,accuracy_m,valid_from\n"
        + "".join(f"P{n},{31 + n / 1000},121.4,WGS-84,60,5,2026-01-01\n" for n in range(8)),
        "elders": f"elder_id,name,place_id,household,died_on,valid_from\n{elders}",
        "tokens": "uid,role,holder_id,valid_from\n"
        + "".join(f"{card(n).hex()},elder,E{n},2026-01-01\n" for n in range(1, 9))
        + "".join(f"{tag(n).hex()},door,P{n},2026-01-01\n" for n in range(1, 8)),
        "meal_points": "point,title,kind,place_code,region,place_id,valid_from\nM1,一号食堂,食堂,C-1,V1,P0,2026-01-01\n"
        "M2,送餐站,送餐,C-2,V1,,2026-01-01\nM3,无码食堂,食堂,,V2,,2026-01-01\n",
        "terminals": "device,placement,meal_point,valid_from\n"
        f"{CANTEEN.hex()},station,M1,2026-01-01\n{BAG.hex()},carried,M2,2026-01-01\n"
        f"{BARE.hex()},station,M3,2026-01-01\n{LOOSE.hex()},station,,2026-01-01\n",
    }
    for table, text in tables.items():
        (folder / f"{table}.csv").write_text(text, "utf-8")
    return folder


def register(site: Site, *, died: dict[int, str] | None = None, name: str = "registry") -> None:
    """Register that village."""
    load(site.store, Book(site.key), written(Path(site.folder) / name, died), zone=CHINA, tenant=TENANT)


def settle(site: Site) -> None:
    """Let the gateway do what waits."""
    for _ in range(1000):
        site.settle(NOW_MS)
        with site.store.reading() as connection:
            if not site.meal_watch.is_due(connection, Now(NOW_MS, NOW_MS)):
                return
    raise AssertionError("it never settles")


def eat(line: Terminal, minutes: float, **how: Any) -> None:
    """Have ``line`` sign a meal ``minutes`` after noon, by a clock that knows."""
    at_ms = NOON_MS + int(minutes * 60_000)
    line.add(meal(**how), mono_ns=len(line.items) * MINUTE_NS, wall_ms=at_ms)


def backfill(site: Site, text: str, *, name: str = "补录.csv") -> list[Answer]:
    file = Path(site.folder) / name
    file.write_text("助餐点编号,日期,餐次,老人编号\n" + text, "utf-8")
    rows = read_fills(file, CHINA)
    made = Import(name, "me", NOW_MS)
    return fill(
        site.store, lambda known: checked(rows, known, RULES, "2026-09-27"), made, RULES, site.key, forward=True
    )
