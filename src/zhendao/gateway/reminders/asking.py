"""Whether each may still be told, asked in the transaction that writes down that she is. rule: REMIND, PIPL.

Promise: what is claimed here is in the store as going out before it goes, and nothing that is not claimed goes out. A
group that sees names whole, or numbers, is in the log of accesses first.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection

from zhendao.gateway.accesses.book import enter
from zhendao.gateway.alerts.dispatch.owing import dialled
from zhendao.gateway.alerts.dispatch.sending import Moment
from zhendao.gateway.plans.today import local_day
from zhendao.gateway.registry.book import Book
from zhendao.gateway.reminders import book, message
from zhendao.gateway.reminders.book import Row
from zhendao.gateway.reminders.deciding import NO_PLAN, Known, at_station, plan_of, verdict
from zhendao.gateway.reminders.duties import Duties, NewestDuties, Unexpected
from zhendao.gateway.reminders.limits import Withheld
from zhendao.gateway.reminders.message import WHOLE, Person
from zhendao.gateway.reminders.present import Silences, is_present
from zhendao.gateway.reminders.rounds import Rules
from zhendao.gateway.reminders.settings import ChannelTable, RemindTable
from zhendao.gateway.reminders.ways.way import Letter, Way
from zhendao.gateway.reminders.wording import Words
from zhendao.gateway.store.sealing import StoreKey

_NUMBER: Final = re.compile(r"\+?[0-9]{5,20}")


@dataclass(frozen=True, slots=True)
class Job:
    """A message that goes out now, and the reminders that it is."""

    ids: tuple[int, ...]
    letter: Letter
    begun: Moment


@dataclass
class Reminded:
    """When each was reminded last, by a clock that goes on evenly; of all channels of one gateway, since it began.

    Only the thread that writes uses it.
    """

    last: dict[str, tuple[int, int]] = field(default_factory=dict)

    def allows(self, who: str, round_id: int, now_ms: int, apart_ms: int) -> bool:
        """Return whether ``apart_ms`` are over, or it is of the same round."""
        known = self.last.get(who)
        return known is None or known[0] == round_id or now_ms - known[1] >= apart_ms


@dataclass(frozen=True, slots=True)
class Setting:
    """What a channel sends by. ``deaf`` tells that no terminal can be heard now; ``entropy`` makes ids."""

    plan: RemindTable
    table: ChannelTable
    rules: Rules
    way: Way
    words: Words
    deaf: Callable[[], bool]
    chance: Callable[[], float]
    entropy: Callable[[int], bytes]
    reminded: Reminded
    duties: NewestDuties


class Asking:
    """One such transaction, of one channel at one moment."""

    def __init__(self, connection: Connection, key: StoreKey, setting: Setting, duties: Duties, now: Moment) -> None:
        self._connection, self._key, self._book = connection, key, Book(key)
        self._set, self._duties, self._now = setting, duties, now
        self._day = local_day(now.wall_ms, setting.rules.offset_ms)
        self._known = Known(
            lambda who: is_present(connection, who, self._day),
            lambda who: book.told_of(connection, who, now.wall_ms),
            Silences(connection, self._day, now.wall_ms, setting.rules.cases),
        )
        self._at = message.moment_of(now.wall_ms, setting.rules.offset_ms, setting.plan.language)
        self._titles: dict[str, str] = {}

    def texts(self, rows: Sequence[Row], most: int) -> list[Job]:
        """Claim at most ``most`` of ``rows``, a text for each."""
        jobs: list[Job] = []
        for row in rows[: 4 * most]:
            person = self._person(row) if len(jobs) < most else None
            if person is None:
                continue
            phone = dialled(person.phone or "")
            if not _NUMBER.fullmatch(phone):
                self._close(row, book.NO_NUMBER)
                continue
            found = self._key.find_by(b"sms", phone.encode())
            day, limit = self._day, self._set.plan.most_a_day
            if book.texted(self._connection, found, day.from_ms, day.to_ms, row.id) >= limit:
                self._close(row, book.LIMITED)
                continue
            text, parts = message.to_one(self._set.words, person, self._at)
            letter = Letter(row.message_id or self._set.entropy(12).hex(), "", text, phone, parts=parts)
            jobs.append(self._claimed([(row, person)], letter, found))
        return jobs

    def group(self, rows: Sequence[Row]) -> list[Job]:
        """Claim those of ``rows``, of one round, that are in one message to the group."""
        form, table = self._set.way.form, self._set.table
        by_id = {row.id: row for row in rows}
        people = [person for row in rows if (person := self._person(row)) is not None]
        if not people or form is None:
            return []
        part = message.to_group(self._set.words, people, self._at, table.names, form)[0]
        phones = [dialled(one.phone or "") for one in part.people] if table.mention else []
        numbers = tuple(dict.fromkeys(one for one in phones if _NUMBER.fullmatch(one)))
        letter = Letter(self._set.entropy(12).hex(), part.title, part.text, phones=numbers)
        if table.names == WHOLE or numbers:
            self._log(len(part.people))
        return [self._claimed([(by_id[one.reminder_id], one) for one in part.people], letter, None)]

    def _person(self, row: Row) -> Person | None:
        """Return who is told; None where she is not: then that is written down."""
        found = self._asked(row)
        if isinstance(found, Person):
            return found
        self._close(row, found)
        return None

    def _asked(self, row: Row) -> Person | str:
        """Return who is told, or why she is not."""
        registry, now_ms, rules = self._duties.registry, self._now.wall_ms, self._set.rules
        who = registry.caregiver(row.caregiver_id, now_ms)
        if who is None:
            return Unexpected.UNCOUNTED.value
        plan = plan_of(rules.plans, who, registry, now_ms)
        if plan is None or plan.name != self._set.plan.name:
            return NO_PLAN
        found = verdict(plan, who, self._duties, self._known, row.round_id, now_ms, rules.offset_ms)
        if found.why:
            return found.why
        apart_ms = plan.limits(rules.offset_ms).apart_ms
        if not self._set.reminded.allows(row.caregiver_id, row.round_id, self._now.mono_ms, apart_ms):
            return Withheld.RECENT.value
        several = self._book.about(self._connection, "caregivers", row.caregiver_id, now_ms)
        personal = several[0][1] if several else {}
        terminal = None
        if found.offline:
            terminal = "station" if at_station(found.offline) else "home"
        title = self._title(found.organisation)
        return Person(
            row.id, row.caregiver_id, personal.get("name", ""), personal.get("phone"), found.organisation, title,
            terminal,
        )  # fmt: skip

    def _title(self, organisation: str) -> str:
        known = self._titles.get(organisation)
        if known is None:
            several = self._book.about(self._connection, "organisations", organisation, self._now.wall_ms)
            known = self._titles[organisation] = several[0][0].values["title"] if several else organisation
        return known

    def _close(self, row: Row, why: str) -> None:
        book.close(self._connection, [row], why, self._now.wall_ms)

    def _claimed(self, rows: Sequence[tuple[Row, Person]], letter: Letter, found: bytes | None) -> Job:
        for row, person in rows:
            offline = person.terminal is not None
            book.claim(self._connection, row, letter.message_id, found, self._now.wall_ms, offline=offline)
            self._set.reminded.last[row.caregiver_id] = row.round_id, self._now.mono_ms
        return Job(tuple(row.id for row, _ in rows), letter, self._now)

    def _log(self, people: int) -> None:
        who, filters = ("", "channel"), f"channel={self._set.table.name}"
        enter(self._connection, self._now.wall_ms, who, "reminders", filters, items=people, names=True)
