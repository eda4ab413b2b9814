"""Meals in the store: what follows is what the pure rules say, whatever came when, and how often."""

import random
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.event import listen, remove

from samples.eaten import CANTEEN, meal
from samples.site import Authority, Site, Terminal
from samples.village import DAY, DEVICES, MINUTE_NS, NOON_MS, NOW_MS, RULES, backfill, eat, register, settle
from zhendao.gateway.forward.tables import OUTBOX
from zhendao.gateway.meals import book
from zhendao.gateway.meals.concluding import conclude
from zhendao.gateway.meals.settings import MealsTable
from zhendao.gateway.meals.tables import fills, imports, meals
from zhendao.gateway.meals.telling import tell, tell_filled
from zhendao.gateway.meals.values import MealFact, Meals, State, signed_id
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.current import snapshot
from zhendao.gateway.store.facts import events
from zhendao.protocol.bodies import Clock
from zhendao.protocol.vocabulary import ClockReason, ClockSource


def standing(site: Site) -> list[Meals]:
    with site.store.reading() as connection:
        return list(book.meals_between(connection, "2026-01-01", "2027-12-31"))


def anew(site: Site, lines: Sequence[Terminal]) -> list[Meals]:
    """Return what the pure rules say of what ``lines`` signed and of what was back-filled."""
    with site.store.reading() as connection:
        known = snapshot(connection, Book(site.key))
        told = [tell_filled(book.filled_of(row), known, RULES) for row in connection.execute(select(fills))]
    for line in lines:
        for event, h in zip(line.events, line.heads[1:], strict=True):
            if event.kind == 7:
                name = signed_id(event.device, event.epoch, event.seq, h)
                told.append(tell(MealFact(name, event.device, event.wall_ms, event.body), known, RULES))  # type: ignore[arg-type]
    return conclude(told, RULES)


def count(site: Site, table: Any) -> int:
    with site.store.reading() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_in_any_order_and_twice_the_store_says_what_the_rules_say(site: Site, authority: Authority, seed: int) -> None:
    chance = random.Random(seed)
    register(site, died={4: "2026-09-21"})
    lines = [authority.terminal(device=device) for device in DEVICES.values()]
    for _ in range(40):
        line = chance.choice(lines)
        who, door = chance.choice([None, *range(1, 9)]), chance.choice([None, *range(1, 8)])
        eat(line, chance.randrange(-240, 600) + 1440 * chance.randrange(2), who=who, door=door)
    messages = [line.message(seq, seq) for line in lines for seq in range(1, len(line.items) + 1)]
    starts = [one for one in messages if any(one == line.message(1, 1) for line in lines)]
    chance.shuffle(messages)
    site.take(*starts, now_ms=NOW_MS)
    half = len(messages) // 2
    for part in (messages[:half], messages[:9], messages[half:], messages):
        site.take(*part, now_ms=NOW_MS)
        if part is not messages:
            settle(site)
        if len(part) == 9:
            backfill(site, "".join(f"M1,{DAY},午餐,E{n}\n" for n in range(1, 7)))
            backfill(site, f"C-2,{DAY},晚餐,E1\nM2,2026-09-20,晚餐,E2\nM1,{DAY},晚餐,E3\n", name="second.csv")
    settle(site)
    expected = anew(site, lines)
    assert standing(site) == expected
    assert {one.state for one in expected} >= {State.COUNTED, State.DEAD, State.UNKNOWN, State.SIGNED_DAY}
    with site.store.reading() as connection:
        owed = connection.execute(
            select(OUTBOX.c.key, func.max(OUTBOX.c.revision))
            .where(OUTBOX.c.record_type == "meal")
            .group_by(OUTBOX.c.key)
        ).all()
        revisions = dict(connection.execute(select(meals.c.id, meals.c.revision)).all())
    assert {bytes.fromhex(key): revision for key, revision in owed} == revisions


def test_a_signed_record_that_comes_late_goes_before_the_back_fill(site: Site, authority: Authority) -> None:
    register(site)
    (first, second) = backfill(site, f"M1,{DAY},午餐,E1\nM1,{DAY},午餐,E2\n")
    assert [one.state for one in (first, second)] == [State.COUNTED, State.COUNTED]
    line = authority.terminal(device=CANTEEN)
    eat(line, 0, who=3)
    site.take(line.message(1, 2), now_ms=NOW_MS)
    settle(site)
    found = sorted((one.told.elder_id or "", one.state) for one in standing(site))
    assert found == [("E1", State.SIGNED_DAY), ("E2", State.SIGNED_DAY), ("E3", State.COUNTED)]
    assert count(site, fills) == 2, "what was back-filled is kept"


def test_the_same_file_again_changes_nothing_and_a_longer_one_is_answered_row_by_row(site: Site) -> None:
    register(site)
    text = f"M1,{DAY},午餐,E1\nM1,{DAY},午餐,E2\n"
    backfill(site, text)
    before = standing(site)
    again = backfill(site, text)
    assert [(one.known, one.state) for one in again] == [(True, State.COUNTED)] * 2
    assert standing(site) == before
    assert (count(site, imports), count(site, fills), count(site, meals)) == (1, 2, 2)
    more = backfill(site, text + f"M1,{DAY},午餐,E3\nM1,2026-09-23,午餐,E3\n")
    assert [(one.known, one.state) for one in more] == [
        (True, State.COUNTED), (True, State.COUNTED), (False, State.FILLED_DAY), (False, State.COUNTED),
    ]  # fmt: skip


def test_a_file_with_anything_wrong_leaves_nothing(site: Site) -> None:
    register(site)
    with pytest.raises(Exception) as told:  # noqa: PT011 - looked at below
        backfill(
            site, f"M1,{DAY},午餐,E1\nM9,{DAY},午餐,E1\nM1,2026-12-01,午餐,E1\nM1,{DAY},午餐,E99\nM1,{DAY},午餐,E1\n"
        )
    said = told.value.explain("en")  # type: ignore[attr-defined]
    for words in (
        "line 3, column 助餐点编号",
        "line 4, column 日期",
        "line 5, column 老人编号",
        "line 6",
        "nothing was imported",
    ):
        assert words in said
    with pytest.raises(Exception, match="夜宵"):
        backfill(site, f"M1,{DAY},夜宵,E1\n")
    assert (count(site, imports), count(site, fills), count(site, meals)) == (0, 0, 0)


def test_a_time_that_becomes_known_moves_the_meal_to_its_day(site: Site, authority: Authority) -> None:
    register(site)
    line = authority.terminal(device=CANTEEN)
    line.add(meal(who=1), mono_ns=10 * MINUTE_NS, wall_ms=0, source=ClockSource.UNSET)
    site.take(line.message(1, 2), now_ms=NOW_MS)
    settle(site)
    (one,) = standing(site)
    assert (one.told.day, one.told.flags, one.counted) == ("2026-09-27", ("undated",), True)
    known = Clock(ClockReason.ANCHOR, NOON_MS + 20 * 60_000, 50, ClockSource.GNSS, 30 * MINUTE_NS)
    line.add(known, mono_ns=30 * MINUTE_NS, wall_ms=NOON_MS + 20 * 60_000)
    site.take(line.message(3, 3), now_ms=NOW_MS)
    settle(site)
    (one,) = standing(site)
    assert (one.told.day, one.told.at_ms, one.told.flags) == (DAY, NOON_MS, ())


def test_a_changed_registry_and_changed_settings_tell_them_again(site: Site, authority: Authority) -> None:
    register(site)
    line = authority.terminal(device=CANTEEN)
    eat(line, 0, who=1)
    eat(line, 20, who=1)
    site.take(line.message(1, 3), now_ms=NOW_MS)
    settle(site)
    assert [one.state for one in standing(site)] == [State.COUNTED, State.REPEATED]
    register(site, died={1: "2026-09-01"}, name="later")
    settle(site)
    assert [one.state for one in standing(site)] == [State.DEAD, State.DEAD]
    site.store.close()
    site.meals = MealsTable(lunch_from=12 * 60 + 10, dinner_from=12 * 60 + 15)
    site.open()
    settle(site)
    assert [one.told.meal for one in standing(site)] == [1, 3]


def test_a_kill_between_storing_and_drawing_loses_nothing(site: Site, authority: Authority) -> None:
    register(site)
    line = authority.terminal(device=CANTEEN)
    eat(line, 0, who=1)
    site.take(line.message(1, 2), now_ms=NOW_MS)
    assert standing(site) == []
    site.store.close()
    site.open()
    settle(site)
    assert [one.state for one in standing(site)] == [State.COUNTED]


def test_a_meal_whose_event_was_erased_stays_as_it_was_told_and_holds_up_nobody(
    site: Site, authority: Authority
) -> None:
    register(site)
    line = authority.terminal(device=CANTEEN)
    eat(line, 0, who=1)
    eat(line, 1, who=2)
    site.take(line.message(1, 3), now_ms=NOW_MS)
    settle(site)
    backfill(site, f"M1,{DAY},晚餐,E3\n")
    with site.store.writing() as connection:
        connection.execute(delete(events).where(events.c.seq == 2))
        connection.execute(delete(fills))
    register(site, died={1: "2026-09-01", 2: "2026-09-01"}, name="later")
    settle(site)
    found = sorted((one.told.elder_id or "", one.state) for one in standing(site))
    assert found == [("E1", State.COUNTED), ("E2", State.DEAD), ("E3", State.SIGNED_DAY)]


def test_an_import_that_is_killed_once_its_rows_are_kept_is_finished_by_the_next(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(site)
    text = "".join(f"M1,2026-09-{day},午餐,E{who}\n" for day in (21, 22, 23) for who in (1, 2, 3))
    with monkeypatch.context() as killed:
        killed.setattr("zhendao.gateway.meals.filling._AT_ONCE", 2)
        drawn = iter(range(3))

        def write(*given: Any, **how: Any) -> int:
            if next(drawn) == 2:
                raise KeyboardInterrupt
            return write_as_ever(*given, **how)

        write_as_ever = book.write
        killed.setattr("zhendao.gateway.meals.filling.book.write", write)
        with pytest.raises(KeyboardInterrupt):
            backfill(site, text)
    assert (count(site, fills), len(standing(site))) == (9, 4), "kept whole, drawn in small steps"
    assert [(one.known, one.state) for one in backfill(site, text)] == [(True, State.COUNTED)] * 9
    assert len(standing(site)) == 9


def test_nothing_that_is_asked_of_meals_looks_through_all_of_them(site: Site, authority: Authority) -> None:
    register(site)
    line = authority.terminal(device=CANTEEN)
    for n in range(1, 5):
        eat(line, n, who=n)
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: Any) -> None:
        if "meals" in statement and statement.startswith(("SELECT", "UPDATE")):
            asked.append((statement, parameters[0] if many else parameters))

    listen(site.store.engine, "before_cursor_execute", note)
    backfill(site, "".join(f"M{point},2026-09-{day},午餐,E{point}\n" for day in (21, 22) for point in (1, 2, 3)))
    site.take(line.message(1, 4), now_ms=NOW_MS)
    settle(site)
    remove(site.store.engine, "before_cursor_execute", note)
    assert len(asked) > 20
    with site.store.reading() as connection:
        for statement, parameters in asked:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            assert not [one for one in plan if one[3].startswith("SCAN meals")], statement
