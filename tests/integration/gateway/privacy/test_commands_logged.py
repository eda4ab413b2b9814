"""What a command at the machine shows of people is in the log of accesses first. rule: PIPL

Every command of the gateway is in one of the four lists, so one that is added later says where it belongs.
"""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import pytest
from sqlalchemy import select

from samples.evidence import Office, hard_visit, installed, office
from samples.site import Authority
from zhendao.command.run import run
from zhendao.gateway.api.tables import ACCESSES
from zhendao.gateway.cli import PROGRAM
from zhendao.protocol.suite import SM

SHOWN: Final = {
    "registry show": ("registry", "registry show"),
    "blocklist ls": ("blocklist", "blocklist ls"),
    "cards given": ("card keys given", "cards given"),
    "cards findings": ("card findings", "cards findings"),
    "retention holds": ("holds", "retention holds"),
    "remind": ("reminders due", "remind --dry-run"),
    "remind log": ("reminders", "remind log"),
    "report roster": ("report roster", "report roster"),
    "report reminders": ("report reminders", "report reminders --out x.csv"),
}
"""By command: as what it is logged, and how it is called here. Every report goes the way of ``report roster``."""
OUT: Final = frozenset({
    "caregivers export", "evidence", "export", "forward show", "person erase", "person export", "registry export",
})  # fmt: skip
"""What is taken out into a file, or seen of one person: their own tests ask the log."""
INTERFACE: Final = frozenset({
    "alerts ack", "alerts dossier", "alerts drill", "alerts drills", "alerts false", "alerts ls", "alerts resolve",
    "alerts seats", "alerts sends", "alerts show", "alerts watch", "anomalies", "attendance", "cases approve",
    "cases correct", "cases corrections", "cases decide", "cases hear", "cases ls", "cases outage", "cases refuse",
    "cases show", "cases tasks", "cases unlock", "cases unlock-visit", "cases withdraw", "together", "visits",
})  # fmt: skip
"""What asks the interface of the running gateway, which logs it."""
NOBODY: Final = frozenset({
    "access verify", "answers ls", "blocklist add", "blocklist export", "blocklist remove", "blocklist status",
    "cards keys", "cards master export-escrow", "cards master ls", "cards master new", "caregivers load", "forward ls",
    "forward replay", "forward revive", "judge", "keys rotate", "keys status", "log head", "mapping check",
    "mapping ls", "mapping show", "meals import", "registry digest", "registry load", "registry overdue",
    "registry supply", "registry swap", "remind now", "replay", "retention hold", "retention receipts",
    "retention release", "retention run", "retention status", "run", "survey", "token ls", "token new", "token revoke",
})  # fmt: skip
"""What shows no person: figures, numbers, and what the caller brought along."""

REMIND: Final = """
[[remind]]
name = "all"
at = ["09:30"]
[[remind.channel]]
name = "texts"
kind = "sms"
url = "http://127.0.0.1:9/sms"
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    made = office(tmp_path_factory.mktemp("office"), Authority(SM))
    hard_visit(made)
    with installed(made).open("a") as settings:
        settings.write(REMIND)
    yield made
    made.site.store.close()


def logged(place: Office) -> list[tuple[int, str, str]]:
    columns = [ACCESSES.c[name] for name in ("id", "resource", "filters")]
    with place.site.store.reading() as connection:
        return [(*row,) for row in connection.execute(select(*columns).order_by(ACCESSES.c.id))]


@pytest.mark.parametrize("name", SHOWN)
def test_what_is_shown_is_logged(place: Office, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    resource, called = SHOWN[name]
    before = len(logged(place))
    words = [*shlex.split(called), "--config", str(Path(place.site.folder) / "gateway.toml")]
    assert run(PROGRAM, words) == 0
    (row,) = logged(place)[before:]
    assert row[1] == resource
    assert row[2].startswith(("by=", "date="))


def test_a_name_that_is_looked_for_is_not_in_the_log(place: Office) -> None:
    settings = str(Path(place.site.folder) / "gateway.toml")
    assert run(PROGRAM, ["registry", "show", "elders", "--name", "王秀兰", "--config", settings, "--json"]) == 0
    out = Path(place.site.folder) / "王秀兰.zip"
    assert run(PROGRAM, ["person", "export", "--elder", "E1", "--out", str(out), "--config", settings]) == 0
    *_, shown, taken = logged(place)
    assert shown[2].endswith("&table=elders&name=*")
    assert taken[2].endswith("elder=E1&to=….zip")
    assert [one for one in logged(place) if "王秀兰" in unquote(one[2])] == []


def test_every_command_is_known_here() -> None:
    names = {one.name for one in PROGRAM.commands}
    reports = {name for name in names if name.startswith("report ")}
    assert names == {*SHOWN, *reports, *OUT, *INTERFACE, *NOBODY}
