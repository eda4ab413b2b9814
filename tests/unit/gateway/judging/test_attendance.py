"""The figures of the list of caregivers: the days that a store holds are those that `judge` finds. rule: ROSTER."""

from datetime import date, timedelta
from random import Random

import pytest

from samples.line import SOME_DAY_MS
from samples.registered import CHINA, register
from samples.site import TENANT, Authority, Site, Terminal
from samples.taps import HOUR_NS, check
from zhendao.gateway.judging.attendance import days_held, figures, span_of
from zhendao.gateway.judging.days import Day
from zhendao.gateway.judging.facts import fact_of
from zhendao.gateway.judging.judge import Judge
from zhendao.gateway.judging.valid import ValidRule
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.caregiver_list import Figures
from zhendao.gateway.registry.current import snapshot
from zhendao.gateway.registry.loading import load
from zhendao.gateway.visits.drawing import policy_of
from zhendao.protocol.vocabulary import ClockSource, Direction

DAY_MS, HOUR_MS = 86_400_000, 3_600_000
RULE = ValidRule()
CARD = b"card-one".hex()
LATE_MS = SOME_DAY_MS + 400 * DAY_MS


def some_days(line: Terminal, random: Random) -> None:
    """Journal visits around an hour long, now and then without an end, or by a clock that nobody had set."""
    at = HOUR_NS
    for _ in range(12):
        at += random.randrange(30 * 60, 20 * 3_600) * 10**9
        opened = len(line.items) + 1
        unset = {"wall_ms": 0, "source": ClockSource.UNSET} if random.random() < 0.1 else {}
        line.add(check(Direction.IN), mono_ns=at, **unset)
        at += random.choice((3_599_999, 3_600_000, 3_600_001, 1_200_000, 5_000_000)) * 10**6
        if random.random() < 0.8:
            step_ms = random.choice((0, 0, 40, -40))
            wall_ms = SOME_DAY_MS + at // 10**6 + step_ms
            line.add(check(Direction.OUT, opened), mono_ns=at, wall_ms=wall_ms)


@pytest.mark.parametrize("seed", range(3))
def test_the_days_that_a_store_holds_are_those_that_judge_finds(site: Site, authority: Authority, seed: int) -> None:
    line = authority.terminal()
    register(site, line.device)
    (site.folder / "cards").mkdir()
    (site.folder / "cards/tokens.csv").write_text(f"uid,role,holder_id,valid_from\n{CARD},caregiver,C1,2026-01-01\n")
    load(site.store, Book(site.key), site.folder / "cards", zone=CHINA, tenant=TENANT)
    some_days(line, Random(seed))
    site.take(line.message(1, len(line.items)), now_ms=LATE_MS)
    site.settle(LATE_MS)
    with site.store.reading() as connection:
        judge = Judge(snapshot(connection, Book(site.key)), policy_of(site.table), site.table.clock_s * 1000)
        for event, h in zip(line.events, line.heads[1:], strict=True):
            judge.take(fact_of(event, LATE_MS, h=h))
        days = list(judge.judged(LATE_MS).days)
        assert days_held(connection, date(2020, 1, 1), date(2030, 1, 1), RULE) == days
        assert {one.valid for one in days} == {True, False}
        some = days[len(days) // 2].day
        assert days_held(connection, some, some + timedelta(days=1), RULE) == [one for one in days if one.day == some]


def held(day: str, *, valid: bool = True, caregiver: str = "C-1") -> Day:
    at_ms = (date.fromisoformat(day) - date(1970, 1, 1)).days * DAY_MS  # 08:00 in China
    return Day(caregiver, date.fromisoformat(day), 2, at_ms, at_ms + 90 * 60_000, valid, sure=True)


def ms(day: str, hour: int) -> int:
    return (date.fromisoformat(day) - date(1970, 1, 1)).days * DAY_MS + (hour - 8) * HOUR_MS


@pytest.mark.parametrize("at_ms", [ms("2026-11-04", 0), ms("2026-11-04", 24) - 1])
def test_last_month_last_week_and_yesterday_are_those_before_the_local_day(at_ms: int) -> None:
    october = [held(f"2026-10-{day:02}") for day in range(1, 21)]  # 20 days, the last on a Tuesday
    last_week = [held(f"2026-10-{day}") for day in range(26, 30)]  # Monday to Thursday
    others = [held("2026-09-30"), held("2026-11-02"), held("2026-10-30", valid=False)]
    made = figures([*october[:15], *last_week, *others, held("2026-11-03", valid=False)], at_ms, RULE)
    assert made == {
        "C-1": Figures(19, month_valid=False, week_days=4, week_valid=False, yesterday="打卡 2 次（08:00–09:30），无效")
    }
    made = figures([*october, *last_week, held("2026-11-01")], at_ms, RULE)
    assert made == {"C-1": Figures(24, month_valid=True, week_days=5, week_valid=True)}
    assert span_of(at_ms, RULE) == (date(2026, 10, 1), date(2026, 11, 4))


def test_the_last_week_may_begin_before_the_last_month() -> None:
    assert span_of(ms("2026-03-02", 12), RULE)[0] == date(2026, 2, 1)
    assert span_of(ms("2026-01-01", 12), RULE) == (date(2025, 12, 1), date(2026, 1, 1))
    made = figures([held("2025-12-22"), held("2025-12-31")], ms("2026-01-01", 12), RULE)
    assert (made["C-1"].month_days, made["C-1"].week_days, made["C-1"].yesterday is None) == (2, 1, False)


def test_who_has_no_figures_did_not_check_in() -> None:
    assert figures([held("2026-11-03", caregiver="C-2")], ms("2026-11-04", 9), RULE).get("C-1") is None
    assert Figures().cells() == {
        "month_days": "0", "month_valid": "否", "week_days": "0", "week_valid": "否", "yesterday": "未打卡",
    }  # fmt: skip
