"""A gateway's store with the two 街道 of `street` in it, who checked in there, and the command as a person calls it."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from samples.street import TABLES, written
from zhendao.command.run import run
from zhendao.gateway.cli import PROGRAM
from zhendao.gateway.reports.moment import day_ms
from zhendao.gateway.store.conclusions import visits
from zhendao.gateway.store.engine import open_store

DAY = day_ms(date(2026, 11, 2), 8 * 3_600_000)
MINUTE = 60_000


class Office:
    """A gateway's store with the two streets in it, and the command as a person calls it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys, self.visits = folder, capsys, 0
        self.more: list[str] = []
        self.config = folder / "gateway.toml"
        self.config.write_text(
            'data_dir = "data"\nstore.url = "sqlite:///gateway.db"\n'
            'broker.url = "mqtt://127.0.0.1:1883"\nhttp.listen = "127.0.0.1:0"\n'
        )
        self.call("registry", "load", str(written(folder / "lists")))

    def call(self, *words: str, code: int = 0) -> str:
        assert run(PROGRAM, [*words, "--config", str(self.config)]) == code
        captured = self.capsys.readouterr()
        return captured.err if code else captured.out

    def said(self, *words: str) -> Any:
        return json.loads(self.call(*words, "--json"))

    def load_more(self) -> None:
        """Register the caregivers of ``more``, lines as `street` has them."""
        folder = self.folder / "more"
        folder.mkdir()
        (folder / "护理员.csv").write_text("\n".join((TABLES["护理员"][0], *self.more)) + "\n", "utf-8")
        self.call("registry", "load", str(folder))

    def checks_in(self, caregiver: str, *minutes: int, state: str = "closed") -> None:
        """A visit of ``caregiver`` with checks at these minutes of the day."""
        times = [DAY + one * MINUTE for one in minutes]
        self.visits += 1
        sides = [
            {"at_ms": at, "bound_ms": 50, "epoch": "00" * 16, "seq": self.visits * 10 + n} for n, at in enumerate(times)
        ]
        record = {"in": sides[0], "out": sides[1] if len(sides) > 1 else None}
        store = open_store(f"sqlite:///{self.folder}/gateway.db")
        with store.writing() as connection:
            connection.execute(
                insert(visits).values(
                    id=self.visits.to_bytes(16, "big"), device=bytes(16), lane=b"", epoch=bytes(16), seq=self.visits,
                    revision=1, digest=b"", state=state, caregiver_id=caregiver, begin_ms=times[0], end_ms=times[-1],
                    record=record, changed_ms=0,
                )
            )  # fmt: skip
        store.close()


def busy_office(folder: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    """Return one in which some checked in on 2 November 2026, and one the day before."""
    office = Office(folder, capsys)
    office.checks_in("C1", 480, 560)
    office.checks_in("C1", 600, 660)  # twice a day is one person
    office.checks_in("C2", 1_020)
    office.checks_in("C4", 630, 700)
    office.checks_in("C5", 630, 700, state="withdrawn")
    office.checks_in("C6", 500, 600)
    office.checks_in("C7", 500, 600)
    office.checks_in("C3", -30, -1)  # the day before
    return office
