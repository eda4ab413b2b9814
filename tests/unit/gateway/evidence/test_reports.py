"""A report carries the head of the log below it: whoever keeps the paper keeps what holds the past."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from samples.evidence import Office, hard_visit, office
from samples.site import NOW_MS, Authority
from zhendao.gateway.evidence.heads import write_file
from zhendao.gateway.judging.valid import ValidTable
from zhendao.gateway.reports.asked import Asked
from zhendao.gateway.reports.making import Source, make
from zhendao.gateway.reports.rules import Rules
from zhendao.protocol.suite import INTL


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Office]:
    made = office(tmp_path, Authority(INTL))
    hard_visit(made)
    yield made
    made.site.store.close()


def notes(place: Office) -> list[str]:
    with place.site.store.reading() as connection:
        source = Source(connection, place.site.key, Rules(valid=ValidTable().rule(480)), NOW_MS)
        return list(make("daily-rank", source, Asked()).notes)


def test_the_head_stands_below_a_report_and_is_the_one_that_others_keep(place: Office, tmp_path: Path) -> None:
    assert not [one for one in notes(place) if "网关日志" in one]
    place.heads.make(place.site.store, NOW_MS)
    with place.site.store.reading() as connection:
        write_file(connection, tmp_path / "heads.jsonl")
    kept = json.loads((tmp_path / "heads.jsonl").read_text())
    (told,) = [one for one in notes(place) if "网关日志" in one]
    assert told == f"网关日志截至 2026-09-21 22:15 共 {kept['size']} 项，根 {kept['root']}。"
