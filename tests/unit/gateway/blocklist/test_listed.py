"""The registry's own table of the blocklist: it reaches terminals as what was entered by command does."""

from pathlib import Path

from samples.registered import CHINA
from samples.site import NOW_MS, TENANT, Authority, Site
from zhendao.command.roster.cells import Moment
from zhendao.command.roster.writing import as_cell
from zhendao.gateway.blocklist.editions import Editions
from zhendao.gateway.config import BlocklistTable
from zhendao.gateway.ingest.orders import Commander
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.loading import load

CARD, LOST = bytes.fromhex("08a1b2c4"), bytes.fromhex("04d1d2d3")
MINUTE = 60_000


def test_a_row_blocks_from_its_beginning_to_its_end_by_time_alone(tmp_path: Path) -> None:
    site = Site(tmp_path, Authority(), blocklist=BlocklistTable())
    begin, end = (as_cell(Moment(), NOW_MS + after * MINUTE) for after in (10, 20))
    folder = tmp_path / "lists"
    folder.mkdir()
    tables = {
        "caregivers": "caregiver_id,name,valid_from\nC1,李婉,2020-01-01\n",
        "tokens": f"uid,role,holder_id,valid_from\n{CARD.hex()},caregiver,C1,2020-01-01\n",
        "blocklist": "person,number,reason,street,civil,police,valid_from,valid_to\n"
        f"C1,,barred,一,二,三,{begin},{end}\n,{LOST.hex()},lost,,,,2020-01-01,\n",
    }
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text)
    load(site.store, Book(site.key), folder, zone=CHINA, tenant=TENANT)
    editions = Editions(Commander(TENANT, site.gateway_key, site.certificate_id))
    held, due = [], []
    for after in (0, 9, 10, 19, 20):
        now_ms = NOW_MS + after * MINUTE
        with site.store.writing() as connection:
            due.append(editions.is_due(connection, now_ms))
            editions.refresh(connection, now_ms)
            newest = editions.newest(connection)
        assert newest is not None
        held.append({one for one in (CARD, LOST) if one in newest.numbers})
    assert held == [{LOST}, {LOST}, {CARD, LOST}, {CARD, LOST}, {LOST}]
    assert due == [True, False, True, False, True]
