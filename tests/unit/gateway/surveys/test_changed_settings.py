"""Whoever changes a setting has the visits of the last weeks judged by it, whatever goes on meanwhile."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from samples.hamlet import facts_of, hamlet
from samples.site import NOW_MS, Site
from samples.taps import day
from zhendao.gateway.api.health import Health
from zhendao.gateway.api.meters import Meters
from zhendao.gateway.config import TokensTable, VisitsTable
from zhendao.gateway.judging.hints import Hints
from zhendao.gateway.judging.judge import Judge, Judged
from zhendao.gateway.judging.share import TogetherTable
from zhendao.gateway.judging.valid import ValidTable
from zhendao.gateway.place.settings import GeofenceTable, LearningTable
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.current import snapshot
from zhendao.gateway.store.conclusions import visits
from zhendao.gateway.surveys import attendance
from zhendao.gateway.surveys.book import FOUND
from zhendao.gateway.surveys.settings import SurveysTable
from zhendao.gateway.surveys.tables import ANOMALIES
from zhendao.gateway.visits import rejudging
from zhendao.gateway.visits.rejudging import judged_with, progress
from zhendao.gateway.visits.services import ServiceTable

DAY_MS = 86_400_000
Said = set[tuple[str, str, str, str, bool]]

CODES = ("助餐", "助浴", "助洁", "护理", "巡访")
CHANGES: dict[str, dict[str, Any]] = {
    "visits": {"table": VisitsTable(min_s=5_400, least_strength="uid")},
    "tokens": {"rules": TokensTable(least_door="challenge")},
    "service": {"services": tuple(ServiceTable(code, max_s=1_200) for code in CODES)},
    "geofence": {"fence": GeofenceTable(sure_percent=50, max_error_m=5)},
    "hints": {"hints": Hints(regular_within_s=600, regular_least=2, chance_one_in=10)},
    "valid": {"valid": ValidTable(checks=3)},
}
UNSEEN: dict[str, dict[str, Any]] = {
    "learning": {"learning": LearningTable(5, 40, 3, 9)},
    "surveys": {"surveys": SurveysTable(pattern_days=6)},
    "together": {"together": TogetherTable(10)},
}
"""What says nothing else of two quiet days."""


def stand(site: Site) -> Said:
    book = site.surveyor.findings
    with site.store.reading() as connection:
        rows = connection.execute(select(ANOMALIES).where(ANOMALIES.c.state == FOUND)).all()
        return said([book.said(row.id, row.record) for row in rows])


def said(findings: list[dict[str, Any]]) -> Said:
    return {
        (one["kind"], str(one["visit_id"]), one["subject"]["id"], "" if one["kind"] == "no_out" else one["en"],
         "fault" in one)
        for one in findings
    }  # fmt: skip


def by_judge(site: Site, at_ms: int) -> Judged:
    with site.store.reading() as connection:
        measures = site.measures()
        judge = Judge(
            snapshot(connection, Book(site.key)), measures.policy, measures.clock_ms, hints=site.hints,
            valid=measures.valid_rule,
            share_percent=site.together.share_percent,
        )  # fmt: skip
        for fact in facts_of(connection, site):
            judge.take(fact)
    return judge.judged(at_ms)


def begin_anew(site: Site, **settings: Any) -> None:
    site.store.close()
    for name, value in settings.items():
        setattr(site, name, value)
    site.open()


def test_whatever_table_is_changed_the_gateway_finds_what_judge_finds_by_it(tmp_path: Path) -> None:
    site, sent = hamlet(tmp_path, seed=9, days=2, caregivers=5, elders=20)
    for at_ms, message in sent:
        site.take(message, now_ms=at_ms)
    now_ms = sent[-1].received_ms + 2 * DAY_MS
    site.settle(now_ms)
    before: Any = None
    for table, settings in (CHANGES | UNSEEN).items():
        begin_anew(site, **settings)
        drawn = site.settle(now_ms)
        expected = by_judge(site, now_ms)
        found = stand(site)
        assert found == said([one.as_json() for one in expected.findings]), table
        assert drawn > 0 or table not in {"visits", "tokens", "service", "geofence"}, table
        with site.store.reading() as connection:
            query = select(visits.c.record).where(visits.c.state != "withdrawn").order_by(visits.c.id)
            records = list(connection.execute(query).scalars())
            assert judged_with(connection).settings == site.measures().digest, table
            days = attendance.days_kept(connection, date(2000, 1, 1), date(2100, 1, 1), None, None, 10_000)
        assert {one["visit_id"]: one for one in records} == {o.visit_id.hex(): o.record for o in expected.visits}, table
        assert days == list(expected.days), table
        assert table in UNSEEN or (found, records, days) != before, table
        before = found, records, days
    site.store.close()


def far(site: Site) -> tuple[int, int] | None:
    with site.store.reading() as connection:
        told = progress(connection)
    return None if told is None else (told.done, told.terminals)


def durations(site: Site) -> list[bool]:
    with site.store.reading() as connection:
        records = connection.execute(select(visits.c.record)).scalars()
        return [any(one["flag"] == "short" for one in record["flags"]) for record in records]


def test_a_slice_at_a_time_beside_what_comes_and_on_from_there_after_a_kill(
    site: Site, authority: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rejudging, "LANES", 2)
    for _ in range(8):
        line = authority.terminal()
        day(line)
        site.take(line.message(1, 5))
    site.settle()
    assert not any(durations(site))
    begin_anew(site, table=VisitsTable(min_s=10_000))
    drawn = [site.pipeline.watch(NOW_MS).conclusions for _ in range(2)]
    assert (drawn, far(site)) == ([4, 4], (4, 8))
    _, told = Health(site.store, lambda: True, ()).check()
    assert told["judging_again"] == {"since_ms": NOW_MS, "terminals": 8, "done": 4}
    meters = Meters()
    meters.watch_judging(site.store)
    assert b"\nzhendao_terminals_to_judge_again 4.0\n" in meters.text()
    late = authority.terminal(device=b"\xff" * 16)
    day(late)
    site.take(late.message(1, 5), now_ms=NOW_MS + 1)
    assert sum(durations(site)) == 10  # what comes meanwhile is judged at once, by what holds now
    site.open()  # as after a kill: nothing of the process before is left but what it committed
    assert far(site) == (4, 9)
    more = 0
    while far(site) is not None:
        more += site.pipeline.watch(NOW_MS + 2).conclusions
    assert more == 8
    assert all(durations(site))
    assert not site.settle(NOW_MS + 3)
    assert "judging_again" not in Health(site.store, lambda: True, ()).check()[1]
    assert b"\nzhendao_terminals_to_judge_again 0.0\n" in meters.text()


def test_settings_that_change_again_meanwhile_are_the_ones_that_hold_in_the_end(
    site: Site, authority: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rejudging, "LANES", 1)
    for _ in range(3):
        line = authority.terminal()
        day(line)
        site.take(line.message(1, 5))
    site.settle()
    begin_anew(site, table=VisitsTable(min_s=10_000))
    site.pipeline.watch(NOW_MS)
    begin_anew(site, table=VisitsTable(min_s=0, max_s=60))
    site.settle()
    assert not any(durations(site))
    with site.store.reading() as connection:
        records = list(connection.execute(select(visits.c.record)).scalars())
        assert judged_with(connection).settings == site.measures().digest
    assert all({"long"} <= {one["flag"] for one in record["flags"]} for record in records)
