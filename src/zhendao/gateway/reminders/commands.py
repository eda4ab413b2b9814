"""`zhendao-gateway remind …`: who would be reminded, remind now, what was sent. The edge of this folder.

Promise: looking sends nothing and writes nothing but that it was read; what is asked for now is sent by the
running gateway under the same limits as any other round. On the screen everybody is masked. rule: REMIND, PIPL
"""

import argparse
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from zhendao.command.errors import UsageError
from zhendao.command.output import emit_json, line, table
from zhendao.gateway.accesses.book import enter
from zhendao.gateway.accesses.shell import read_at_shell
from zhendao.gateway.api.local import LOCAL
from zhendao.gateway.config import GatewayConfig, read_config
from zhendao.gateway.judging.days import local_date
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.commands import this_user
from zhendao.gateway.registry.current import snapshot
from zhendao.gateway.reminders import book, listing
from zhendao.gateway.reminders.book import Owed, Round
from zhendao.gateway.reminders.errors import ReminderError
from zhendao.gateway.reminders.limits import is_quiet
from zhendao.gateway.reminders.listing import STATES
from zhendao.gateway.reminders.message import moment_of
from zhendao.gateway.reminders.rounds import narrowed, round_of, survey
from zhendao.gateway.reminders.starting import rules_of
from zhendao.gateway.reminders.times import Slot
from zhendao.gateway.reports.commands import answer
from zhendao.gateway.reports.moment import Span, day_until
from zhendao.gateway.reports.people import people
from zhendao.gateway.reports.stock import Stock, stock
from zhendao.gateway.store.opening import opened
from zhendao.protocol.wording import Language, Text

_SAID: Final = 60


def look_command(arguments: argparse.Namespace, language: Language) -> int:
    """Show who would be reminded."""
    if not arguments.dry_run:
        raise UsageError(
            Text("remind 只看不发", "remind alone sends nothing"),
            Text("加上 --dry-run，或用 remind now", "give --dry-run, or use remind now"),
        )
    config = _config(arguments)
    rules, now_ms = rules_of(config), time.time_ns() // 1_000_000
    span = day_until(None, arguments.at, now_ms, rules.offset_ms)
    with opened(config) as (store, key), store.reading() as connection:
        lists = Book(key)
        registry = snapshot(connection, lists)
        held = stock(connection, lists, span.at_ms)
        verdicts = survey(connection, registry, rules, span.at_ms, up_to_now=arguments.at is not None)
        verdicts = narrowed(verdicts, _within(held, arguments.region), arguments.organisation)
        named = people(connection, lists, span.at_ms, span.at_ms + 1)
        told = book.told_today(connection, span.at_ms, rules.offset_ms)
        found = listing.looked(verdicts, named, held, told)
        read_at_shell(store, "reminders due", f"by={this_user()}", len(found))
    if arguments.json:
        emit_json({"at_ms": span.at_ms, "items": [asdict(one) for one in found]})
        return 0
    headers = Text("机构,姓名,电话,结论,终端离线,今日已提醒,方案", "organisation,name,phone,verdict,offline,today,plan")
    shown = sorted(found, key=lambda one: (one.why != "", one.organisation, one.caregiver_id))
    rows = [
        [one.organisation, one.name, one.phone, STATES[one.why].in_(language), len(one.offline) or "", one.times_today,
         one.plan]
        for one in shown
    ]  # fmt: skip
    table(headers.in_(language).split(","), rows, title=span.stamp)
    count = sum(not one.why for one in found)
    line(Text(f"会提醒 {count} 人，共 {len(found)} 人", f"{count} of {len(found)} would be reminded").in_(language))
    return 0


def now_command(arguments: argparse.Namespace, language: Language) -> int:
    """Have those reminded who have not checked in."""
    config = _config(arguments)
    rules, now_ms, by = rules_of(config), time.time_ns() // 1_000_000, this_user()
    day = local_date(now_ms, rules.offset_ms)
    made: list[tuple[Round, list[Owed]]] = []
    with opened(config) as (store, key):
        with store.reading() as connection:
            held = stock(connection, Book(key), now_ms)
            verdicts = survey(connection, snapshot(connection, Book(key)), rules, now_ms)
            verdicts = narrowed(verdicts, _within(held, arguments.region), arguments.organisation)
        for plan in config.remind:
            slot = Slot(plan, f"{plan.name} {day} now {now_ms}", day, now_ms)
            one, owed = round_of(slot, verdicts, by)
            if one.counts:
                made.append((one, owed))
        with store.writing() as connection:
            for one, owed in made:
                book.enter(connection, one, owed, now_ms)
    counts = _sum([one for one, _ in made])
    if arguments.json:
        emit_json({"rounds": [one.name for one, _ in made], "counts": counts})
        return 0
    _tell(counts, language)
    if any(is_quiet(plan.limits(rules.offset_ms), now_ms) for plan in config.remind):
        line(Text("现在是静默时段，不提醒任何人。", "These are hours of rest: nobody is reminded.").in_(language))
    elif counts.get("owed"):
        said = Text(
            "由运行中的网关发送，结果见 remind log；网关未运行则作废。",
            "The running gateway sends them, see remind log; if none runs, nothing is sent.",
        )
        line(said.in_(language))
    return 0


def log_command(arguments: argparse.Namespace, language: Language) -> int:
    """Show the reminders of a day."""
    config = read_config(Path(arguments.config))
    offset_ms, now_ms = config.visits.utc_offset_min * 60_000, time.time_ns() // 1_000_000
    span = day_until(arguments.date, None, now_ms, offset_ms)
    day = span.last.isoformat()
    with opened(config) as (store, key):
        with store.reading() as connection:
            lists = Book(key)
            rounds = listing.round_lines(connection, day)
            only = _those(connection, lists, span, arguments)
            items = [] if arguments.rounds else listing.lines(connection, lists, day, span.at_ms, only)
        with store.writing() as connection:
            filters = f"date={day}&by={this_user()}"
            enter(connection, now_ms, (LOCAL, "shell"), "reminders", filters, items=len(items), names=False)
    if arguments.json:
        emit_json({"rounds": [asdict(one) for one in rounds], "items": [asdict(one) for one in items]})
        return 0
    headers = Text("时刻,方案,状态,人数", "time,plan,state,people")
    summary = [
        [_at(one.due_ms, offset_ms), one.plan, STATES[one.state].in_(language), _words(one.counts, language)]
        for one in rounds
    ]
    table(headers.in_(language).split(","), summary)
    if arguments.rounds:
        return 0
    headers = Text("时刻,途径,护理员,姓名,机构,结果,说明", "time,channel,number,name,organisation,result,detail")
    rows = [
        [_at(one.tried_ms or one.owed_ms, offset_ms), one.channel, one.caregiver_id, one.name, one.organisation,
         STATES[one.state].in_(language), one.detail[:_SAID]]
        for one in items
    ]  # fmt: skip
    table(headers.in_(language).split(","), rows, title=day)
    return 0


def report_command(arguments: argparse.Namespace, language: Language) -> int:
    """Make the report of a day's reminders."""
    return answer(arguments, language, "reminders")


def _config(arguments: argparse.Namespace) -> GatewayConfig:
    config = read_config(Path(arguments.config))
    if not config.remind:
        raise ReminderError(
            Text("设置中没有 [[remind]]", "there is no [[remind]] in the settings"),
            Text("见 docs/reminders.md", "see docs/reminders.md"),
        )
    return config


def _within(held: Stock, asked: str | None) -> set[str] | None:
    """Return who works in the region that is asked for; None where none is."""
    region = held.wanted(asked)
    if region is None:
        return None
    everybody = held.registry.caregivers_at(held.at_ms)
    return {one.caregiver_id for one in everybody if held.lies_in(held.workplace_of(one), region)}


def _those(connection: Connection, lists: Book, span: Span, arguments: argparse.Namespace) -> set[str] | None:
    if arguments.region is None and arguments.organisation is None:
        return None
    held = stock(connection, lists, span.at_ms)
    only = _within(held, arguments.region)
    return {
        one.caregiver_id
        for one in held.registry.caregivers_at(span.at_ms)
        if (only is None or one.caregiver_id in only) and arguments.organisation in {None, one.organisation}
    }


def _sum(rounds: list[Round]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in rounds:
        for why, count in one.counts.items():
            found[why] = found.get(why, 0) + count
    return found


def _tell(counts: dict[str, int], language: Language) -> None:
    line(_words(counts, language) or Text("没有可提醒的人", "there is nobody to remind").in_(language))


def _words(counts: Any, language: Language) -> str:
    return ", ".join(f"{STATES[why].in_(language)} {counts[why]}" for why in sorted(counts, key=lambda w: w != "owed"))


def _at(at_ms: int, offset_ms: int) -> str:
    return moment_of(at_ms, offset_ms, "zh").time
