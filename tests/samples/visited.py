"""A gateway's store in which somebody visited, for tests of formats: real messages, a registry with names, corrections.

Two visits on one day of the same two people for the same service; the fixes are WGS-84, the home was marked in GCJ-02.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select

from samples.registered import CHINA
from samples.site import NOW_MS, TENANT, Authority, Site, Terminal
from samples.taps import check
from zhendao.gateway.cases.deeds import Clerk
from zhendao.gateway.cases.values import Act
from zhendao.gateway.ingest.steady import Now
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.loading import load
from zhendao.gateway.store.conclusions import visits
from zhendao.protocol.bodies import Check, Fix
from zhendao.protocol.vocabulary import Constellation, Datum, Direction, FixSign

MINUTE: Final = 60_000
BEGAN: Final = NOW_MS - 8 * 60 * MINUTE
FIX: Final = Fix(
    lat_e7=311_886_000, lon_e7=1_214_365_000, datum=Datum.WGS84, hacc95_dm=80, age_ms=500, epochs=10, sats=12,
    hdop_centi=90, constellations=Constellation.BEIDOU, signs=FixSign(0),
)  # fmt: skip
TABLES: Final = {
    "regions": "region,level,title,valid_from\n徐家汇,街道,徐家汇街道,2026-01-01\n",
    "places": "place_id,lat_e7,lon_e7,datum,radius_m,accuracy_m,region,address,valid_from\n"
    "P1,31.1866310,121.4410770,GCJ-02,60,5,徐家汇,天钥桥路 100 弄 1 号,2026-01-01\n",
    "organisations": "organisation,title,type,valid_from\nORG1,安康养老,居家服务商,2026-01-01\n",
    "elders": "elder_id,name,phone,place_id,valid_from\nE1,王秀兰,13512345678,P1,2026-01-01\n",
    "caregivers": "caregiver_id,name,organisation,sex,born,employed_on,valid_from\n"
    "C1,李婉,ORG1,女,1970-02-28,2024-03-01,2026-01-01\n",
    "services": "code,title,min_duration,max_duration,valid_from\n助洁,居家保洁,60min,90min,2026-01-01\n",
    "tokens": f"token_id,uid,role,holder_id,valid_from\n,{b'card-one'.hex()},caregiver,C1,2026-01-01\n",
    "schedules": "elder_id,caregiver_id,code,valid_from\nE1,C1,助洁,2026-01-01\n",
}


class Visited:
    """A site with a terminal in a home; `visit` is somebody coming and going."""

    def __init__(self, folder: Path, *, leave_out: tuple[str, ...] = ()) -> None:
        """``leave_out``: tables of the registry that are loaded later, by `know`."""
        self.folder = folder
        self.site = Site(folder, Authority())
        self.line: Terminal = self.site.authority.terminal()
        self._loads = 0
        self.know(*(name for name in (*TABLES, "terminals") if name not in leave_out))

    def know(self, *names: str, **instead: str) -> None:
        """Load these tables of the registry; ``instead``: texts of tables in their stead."""
        self._loads += 1
        folder = self.folder / f"registry-{self._loads}"
        folder.mkdir()
        terminal = f"device,placement,place_id,elder_id,valid_from\n{self.line.device.hex()},home,P1,E1,2026-01-01\n"
        texts = {**TABLES, "terminals": terminal, **instead}
        for name in (*names, *instead):
            (folder / f"{name}.csv").write_text(texts[name], "utf-8")
        load(self.site.store, Book(self.site.key), folder, zone=CHINA, tenant=TENANT)
        self.site.settle()

    def check(self, minute: int, direction: Direction, opened_by: int | None = None) -> int:
        """Make a check so many minutes after `BEGAN`; return its number."""
        body: Check = replace(check(direction, opened_by), fix=FIX)
        event = self.line.add(body, wall_ms=BEGAN + minute * MINUTE, mono_ns=(minute * 60 + 600) * 10**9)
        return event.seq

    def visit(self, minute: int, lasting: int = 70) -> None:
        """Let somebody come and go, and the gateway hear of it."""
        first = self.check(minute, Direction.IN)
        last = self.check(minute + lasting, Direction.OUT, first)
        self.site.take(self.line.message(1 if first == 2 else first, last))

    def ids(self) -> list[bytes]:
        """Return the ids of the visits that stand, in their order."""
        with self.site.store.reading() as connection:
            query = select(visits.c.id).where(visits.c.state != "withdrawn").order_by(visits.c.begin_ms)
            return list(connection.execute(query).scalars())

    @property
    def clerk(self) -> Clerk:
        """Who does what people do."""
        assert self.site.pipeline.clerk is not None
        return self.site.pipeline.clerk

    def act(self, doing: Callable[[Any, Now], Any], now_ms: int = NOW_MS) -> Any:
        """Do what people do, and draw what follows."""
        with self.site.store.writing() as connection:
            done = doing(connection, Now(now_ms, now_ms))
        self.site.settle(now_ms)
        return done

    def correct(self, visit_id: bytes, end_minute: int, reason: str = "check_out_broken") -> int:
        """Correct the end of a visit: proposed by one, approved by another; return the correction's number."""
        times = (None, BEGAN + end_minute * MINUTE)
        one = self.act(self.clerk.propose(visit_id, times, reason, "老人确认", "终端故障", "李婉"))
        self.act(self.clerk.answer(one.number, Act.APPROVED, "已核实", "王芳"))
        return int(one.number)

    def settings(self, more: str = "") -> Path:
        """Write a settings file under which the commands find this store; return where it is."""
        keys = self.folder / "data" / "keys"
        keys.mkdir(parents=True, exist_ok=True)
        (keys / "store.key").write_bytes(bytes(32))
        config = self.folder / "gateway.toml"
        config.write_text(
            'data_dir = "data"\nstore.url = "sqlite:///gateway.db"\nbroker.url = "mqtt://127.0.0.1:1883"\n'
            f'http.listen = "127.0.0.1:0"\n{more}'
        )
        return config
