"""Unknown now, registered tomorrow: the flag goes by itself, and the platform hears of it. rule: BINDING."""

from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from samples.site import NOW_MS, TENANT, Authority, Site
from samples.taps import day
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.loading import load
from zhendao.gateway.store.conclusions import visits
from zhendao.gateway.visits import rejudging


def records(site: Site) -> list[dict[str, Any]]:
    with site.store.reading() as connection:
        rows = connection.execute(select(visits).order_by(visits.c.seq, visits.c.device))
        return [{"revision": row.revision, **row.record} for row in rows]


def flags(record: dict[str, Any]) -> set[str]:
    return {one["flag"] for one in record["flags"]}


def write(folder: Path, **tables: str) -> Path:
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    return folder


def test_a_card_that_is_registered_later_clears_its_flag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rejudging, "LANES", 1)
    authority = Authority()
    site = Site(tmp_path, authority)
    lines = [authority.terminal() for _ in range(3)]
    for line in lines:
        day(line)
        site.take(line.message(1, 5))
    assert all("unknown_card" in flags(one) and one["revision"] == 1 for one in records(site))
    folder = tmp_path / "registry"
    folder.mkdir()
    terminals = "".join(f"{line.device.hex()},home,P1,E1,,2026-01-01\n" for line in lines)
    source = write(
        folder,
        places="place_id,lat_e7,lon_e7,datum,radius_m,accuracy_m,valid_from\nP1,31.2,121.4,WGS-84,60,5,2026-01-01\n",
        elders="elder_id,name,place_id,valid_from\nE1,王秀兰,P1,2026-01-01\n",
        caregivers="caregiver_id,name,valid_from\nC1,李婉,2026-01-01\n",
        tokens=f"token_id,uid,role,holder_id,valid_from\n,{b'card-one'.hex()},caregiver,C1,2026-01-01\n",
        terminals=f"device,placement,place_id,elder_id,door_token,valid_from\n{terminals}",
    )
    load(site.store, Book(site.key), source, zone=UTC, tenant=TENANT)
    changed = 0
    for _ in range(5):
        changed += site.pipeline.watch(NOW_MS + 1000).conclusions
    assert changed == 6
    for one in records(site):
        assert (one["elder_id"], one["caregiver_id"], one["revision"]) == ("E1", "C1", 2)
        assert not flags(one) & {"unknown_card", "unknown_terminal", "no_place"}
    assert not site.pipeline.watch(NOW_MS + 2000).changed
    site.store.close()
