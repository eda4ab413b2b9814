"""A home in the registry of a site, for tests: its terminal, elder, caregiver, cards, and planned visits."""

from datetime import timedelta, timezone
from pathlib import Path

from samples.site import TENANT, Site
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.loading import load

CARD = bytes.fromhex("c0" * 16)
"""The token id of the caregiver's card."""
CHINA = timezone(timedelta(hours=8))


def register(site: Site, device: bytes, name: str = "1", **cells: str) -> None:
    """Register elder ``E{name}`` at the terminal ``device``; ``cells``: days, hours, card, elder_card, placement."""
    folder = Path(site.folder) / f"registry-{name}-{len(list(Path(site.folder).glob('registry-*')))}"
    folder.mkdir()
    elder, place, giver = f"E{name}", f"P{name}", f"C{name}"
    card = cells.get("card", CARD.hex())
    elder_card = cells.get("elder_card", f"0e{name:0>8}")
    placement = cells.get("placement", "home")
    tables = {
        "places": "place_id,lat_e7,lon_e7,datum,radius_m,accuracy_m,valid_from\n"
        f"{place},31,121,WGS-84,60,5,2026-01-01\n",
        "elders": f"elder_id,name,place_id,valid_from\n{elder},王秀兰,{place},2026-01-01\n",
        "caregivers": f"caregiver_id,name,valid_from\n{giver},李婉,2026-01-01\n",
        "services": "code,min_duration,max_duration,valid_from\n助洁,60min,90min,2026-01-01\n",
        "tokens": "token_id,uid,role,holder_id,valid_from\n"
        f"{card},,caregiver,{giver},2026-01-01\n,{elder_card},elder,{elder},2026-01-01\n",
        "terminals": "device,placement,place_id,elder_id,valid_from\n"
        f"{device.hex()},{placement},{place},{elder if placement == 'home' else ''},2026-01-01\n",
        "schedules": "elder_id,caregiver_id,code,days,hours,valid_from\n"
        f"{elder},{giver},助洁,{cells.get('days', '')},{cells.get('hours', '')},2026-01-01\n",
    }
    for table, text in tables.items():
        (folder / f"{table}.csv").write_text(text, "utf-8")
    load(site.store, Book(site.key), folder, zone=CHINA, tenant=TENANT)
