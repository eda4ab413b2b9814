"""An office that keeps elders too: who pays for them, what is granted, who served them, what was found and decided."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import insert

from samples.office import MINUTE, Office
from zhendao.gateway.cases.book import Book as Cases
from zhendao.gateway.cases.life import due_ms
from zhendao.gateway.cases.outages import When
from zhendao.gateway.cases.settings import CasesTable
from zhendao.gateway.cases.values import Act, Case, Change, Decision, Entry, State
from zhendao.gateway.judging.findings import Finding
from zhendao.gateway.reports.moment import DAY_MS, day_ms
from zhendao.gateway.store.binding import bind
from zhendao.gateway.store.conclusions import visits
from zhendao.gateway.store.engine import Store, open_store
from zhendao.gateway.store.sealing import StoreKey, load_store_key
from zhendao.gateway.surveys.book import FindingsBook
from zhendao.protocol.wording import Text

NOVEMBER: Final = day_ms(date(2026, 11, 1), 8 * 3_600_000)
TABLES: Final = {
    "地点": (
        "地点编号,纬度,经度,坐标系,半径,精度,区划,有效期起",
        *(f"P{n},31.1,121.4,WGS-84,60,5,31010400{1 + n % 2},2026-01-01" for n in range(1, 5)),
    ),
    "老人": (
        "老人编号,姓名,地点编号,照护等级,自理能力,付费方式,有效期起",
        "E1,王秀兰,P1,红,介护,免费,2026-01-01",
        "E2,陈大文,P2,橙,介助,减免,2026-01-01",
        "E3,周小妹,P3,绿,自理,自费,2026-01-01",
        "E4,吴阿婆,P4,,,,2026-01-01",
    ),
    "服务项目": (
        "服务代码,最短时长,最长时长,有效期起",
        "助洁,30分钟,90分钟,2026-01-01",
        "助浴,30分钟,90分钟,2026-01-01",
    ),
    "服务协议": (
        "老人编号,机构编号,有效期起",
        "E1,O1,2026-10-01",
        "E2,O3,2026-01-01",
        "E3,O3,2026-01-01",
        "E3,O1,2026-01-01",
    ),
    "核定时数": (
        "老人编号,服务代码,核定时长,周期,有效期起",
        "E1,助洁,10小时,月,2026-01-01",
        "E3,助浴,7小时,周,2026-01-01",
    ),
}  # fmt: skip


class Served(Office):
    """The office with what was served."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        super().__init__(folder, capsys)
        lists = folder / "elders"
        lists.mkdir()
        for name, lines in TABLES.items():
            (lists / f"{name}.csv").write_text("\n".join(lines) + "\n", "utf-8")
        self.call("registry", "load", str(lists))
        self.key: StoreKey = load_store_key(folder / "data/keys/store.key")
        store = self.store()
        bind(store, self.key)
        store.close()

    def store(self) -> Store:
        return open_store(f"sqlite:///{self.folder}/gateway.db")

    def serve(
        self, caregiver: str, elder: str | None, day: int, at: int, lasts: int, code: str | None = "助洁", **more: Any
    ) -> bytes:
        """A visit on the ``day`` of November from minute ``at`` on, in minutes; return its id."""
        self.visits += 1
        begin = NOVEMBER + (day - 1) * DAY_MS + at * MINUTE
        end = begin + lasts * MINUTE
        state = more.pop("state", "closed")
        sides = [
            {"at_ms": at_ms, "bound_ms": 50, "epoch": "00" * 16, "seq": self.visits * 10 + n}
            for n, at_ms in enumerate((begin, end))
        ]
        closed = state == "closed"
        record = {
            "in": sides[0], "out": sides[1] if closed else None, "service": code, "flags": [],
            "duration_s": lasts * 60 if closed else None, **more,
        }  # fmt: skip
        row = {
            "id": self.visits.to_bytes(16, "big"), "device": bytes(16), "lane": b"", "epoch": bytes(16),
            "seq": self.visits, "revision": 1, "digest": b"", "state": state, "elder_id": elder,
            "caregiver_id": caregiver, "begin_ms": begin, "end_ms": end if closed else None, "record": record,
            "changed_ms": 0,
        }  # fmt: skip
        store = self.store()
        with store.writing() as connection:
            connection.execute(insert(visits).values(row))
        store.close()
        return self.visits.to_bytes(16, "big")

    def find(
        self, kind: str, visit: bytes | None = None, *, fault: bool = False, subject: tuple[str, str] = ("visit", ""),
        at_ms: int | None = None, review: bool = False,
    ) -> None:  # fmt: skip
        """Write down that something is found, as the gateway's surveys do."""
        said = Text("话", "words")
        finding = Finding(
            kind, visit, ("visit", visit.hex()) if visit is not None else subject, 1, 2, 1, "s", said, said,
            10 if review else None, said if fault else None,
        )  # fmt: skip
        if visit is not None and at_ms is None:
            at_ms = NOVEMBER
        self.visits += 1
        store = self.store()
        with store.writing() as connection:
            FindingsBook(self.key).settle(
                connection, "visit", f"{kind}{self.visits}", [(finding, at_ms)], NOVEMBER + DAY_MS
            )
        store.close()

    def case(
        self, visit: bytes, caregiver: str | None, kinds: set[str], opened_ms: int, *acts: tuple[Act, int],
        level: str | None = None, decision: Decision | None = None, elder: str | None = None,
    ) -> None:  # fmt: skip
        """Write a case down that was opened then, due at the end of its day, with what was done of it since."""
        due = due_ms(opened_ms, CasesTable())
        case = Case(
            0, visit, When(bytes(16), opened_ms, opened_ms, 0), elder, caregiver, level, State.OPEN,
            frozenset(kinds), opened_ms, due,
        )  # fmt: skip
        ends = {Act.CLEARED: State.CLEARED, Act.DECIDED: State.DECIDED, Act.ESCALATED: State.ESCALATED}
        for act, at_ms in acts:
            case = replace(case, state=ends.get(act, State.OPEN))
            if act is Act.ESCALATED:
                case = replace(case, escalated_ms=at_ms)
            elif act is Act.REOPENED:
                case = replace(case, due_ms=due_ms(at_ms, CasesTable()))
            elif act in ends:
                settled = frozenset(kinds) if act is Act.DECIDED else frozenset()
                case = replace(case, closed_ms=at_ms, decision=decision, settled=settled)
        entries = (
            Entry(Act.OPENED, opened_ms),
            *(Entry(act, at_ms, "王", f"{decision} other" if act is Act.DECIDED else "") for act, at_ms in acts),
        )
        store = self.store()
        with store.writing() as connection:
            Cases(self.key).write(connection, Change(case, entries))
        store.close()
