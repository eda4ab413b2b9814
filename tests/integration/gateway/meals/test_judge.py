"""`judge` says of meals what the gateway says, from files alone: whatever the order, the clocks, the back-fills."""

import json
import random
from pathlib import Path
from typing import Any

from sqlalchemy import select

from samples.eaten import BAG, BARE, CANTEEN, meal
from samples.site import Authority, Site
from samples.village import DAY, MINUTE_NS, NOON_MS, NOW_MS, backfill, eat, register, settle
from zhendao.command.run import run
from zhendao.gateway.cli import PROGRAM
from zhendao.gateway.meals import book
from zhendao.gateway.meals.tables import meals
from zhendao.protocol.bodies import Clock
from zhendao.protocol.jsonform import event_to_json
from zhendao.protocol.vocabulary import ClockReason, ClockSource


def test_the_gateway_and_judge_say_the_same(tmp_path: Path, seed: int) -> None:
    site = Site(tmp_path, Authority())
    authority = site.authority
    register(site, died={4: "2026-09-01"})
    lines = [authority.terminal(device=device) for device in (CANTEEN, BAG, BARE)]
    for n, line in enumerate(lines):
        line.add(meal(who=n + 1), mono_ns=10 * MINUTE_NS, wall_ms=5_000, source=ClockSource.UNSET)
        at_ms = NOON_MS + n * 60_000
        line.add(
            Clock(ClockReason.ANCHOR, at_ms, 50, ClockSource.GNSS, 30 * MINUTE_NS),
            mono_ns=30 * MINUTE_NS,
            wall_ms=at_ms,
        )
        for who in (1, 2, 4, 5, 5, 9):
            eat(line, 40 + who * 7, who=who)
        line.boot_id = bytes([n]) * 16
        line.start(mono_ns=0, wall_ms=0)
        line.add(meal(door=7), mono_ns=MINUTE_NS, wall_ms=0, source=ClockSource.UNSET)
    facts = []
    for line in lines:
        site.take(line.message(1, len(line.items)), now_ms=NOW_MS)
        facts += [
            {"received_ms": NOW_MS, "event": event_to_json(event), "h": h.hex()}
            for event, h in zip(line.events, line.heads[1:], strict=True)
        ]
    rows = f"M1,{DAY},早餐,E3\nM2,2026-09-20,午餐,E1\n"
    backfill(site, rows)
    settle(site)
    with site.store.reading() as connection:
        stands = [one.as_json() for one in book.meals_between(connection, "2026-01-01", "2027-01-01")]
        assert connection.execute(select(meals.c.id).where(meals.c.waits)).first() is None
    random.Random(seed).shuffle(facts)
    events, out = tmp_path / "events.jsonl", tmp_path / "out.json"
    events.write_text("".join(json.dumps(one) + "\n" for one in [*facts, *facts[:5]]))
    words = ["judge", "--registry", str(tmp_path / "registry"), "--events", str(events), "--json", str(out)]
    assert run(PROGRAM, [*words, "--backfill", str(tmp_path / "补录.csv")]) == 0
    found: dict[str, Any] = json.loads(out.read_text())
    assert found["meals"] == stands
    assert len(stands) == 26
    assert {one["state"] for one in stands} == {"counted", "repeated", "elsewhere", "dead", "unknown", "signed-day"}
    villages = [(one["region"], one["records"]) for one in found["meal_villages"] if one["week"] == "2026-W39"]
    covering = [one for one in stands if one["covers"] and one["day"] >= "2026-09-21"]
    assert villages == [(name, sum(one["village"] == name for one in covering)) for name in ("V1", "V2", "V3")]
    assert {one["kind"] for one in found["meal_findings"]} >= {"meal_dead", "meal_two_points"}


def test_a_policy_may_have_other_meals_and_the_result_never_takes_the_place_of_a_file(tmp_path: Path) -> None:
    site = Site(tmp_path, Authority())
    register(site)
    line = site.authority.terminal(device=CANTEEN)
    for who in (1, 2):
        eat(line, who, who=who)
    events, out, policy = tmp_path / "events.jsonl", tmp_path / "out.json", tmp_path / "policy.toml"
    events.write_text(
        "".join(json.dumps({"received_ms": NOW_MS, "event": event_to_json(one)}) + "\n" for one in line.events)
    )
    policy.write_text("[meals]\ncover_least = 2\n")
    words = ["judge", "--registry", str(tmp_path / "registry"), "--events", str(events)]
    assert run(PROGRAM, [*words, "--json", str(out)]) == 0
    assert not any(one["covered"] for one in json.loads(out.read_text())["meal_villages"])
    assert run(PROGRAM, [*words, "--json", str(out), "--policy", str(policy)]) == 0
    assert [one["region"] for one in json.loads(out.read_text())["meal_villages"] if one["covered"]] == ["V1"]
    filled = tmp_path / "filled.csv"
    filled.write_text(f"助餐点,日期,餐次,老人编号\nM1,{DAY},晚餐,E1\n", "utf-8")
    assert run(PROGRAM, [*words, "--backfill", str(filled), "--json", str(filled)]) == 2
    assert run(PROGRAM, words) == 0
