"""What is owed to each channel of an alert, written in the transaction that raises or escalates it.

Promise: an alert is in the store together with what must be sent of it, or not at all. Queues are bounded: beyond the
bound what is no call is dropped, beyond twice the bound everything is, and the log of attempts says so; a number gets
so many texts an hour and no more. Nothing here waits for anybody. rule: SOS.
"""

import json
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta, timezone
from typing import Final

from sqlalchemy import Connection, bindparam, func, or_, select

from zhendao.command.atrest.catalogue import of_message
from zhendao.gateway.alerts.dispatch.audience import EVERY_SEAT, audience
from zhendao.gateway.alerts.dispatch.settings import ChannelTable
from zhendao.gateway.alerts.dispatch.tables import ATTEMPTS, SENDS
from zhendao.gateway.alerts.values import Alert, Urgency
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.current import Current
from zhendao.gateway.registry.duty import on_duty
from zhendao.gateway.registry.snapshot import Seat
from zhendao.gateway.store.engine import insert_rows
from zhendao.gateway.store.prepared import Prepared
from zhendao.gateway.store.sealing import StoreKey
from zhendao.protocol.wording import Text

WAITING: Final = "waiting"
HOUR_MS: Final = 3_600_000
MOST_CONTACTS: Final = 5
THE_FAMILY_IS: Final = Text("家属", "family")
THE_NUMBER_IS: Final = Text("急救号码", "emergency number")

_QUEUED: Final = Prepared(
    select(func.count()).select_from(
        select(SENDS.c.id)
        .where(SENDS.c.channel == bindparam("channel"), SENDS.c.state == WAITING)
        .limit(bindparam("most"))
        .subquery()
    )
)
_TEXTED: Final = Prepared(
    select(func.count()).where(
        SENDS.c.recipient_find == bindparam("found"),
        SENDS.c.owed_ms > bindparam("since"),
        SENDS.c.channel == bindparam("channel"),
        or_(SENDS.c.state == WAITING, SENDS.c.state == "sent"),
    )
)
_TOLD: Final = Prepared(
    select(func.count()).where(
        SENDS.c.alert_id == bindparam("alert_id"),
        SENDS.c.channel == bindparam("channel"),
        SENDS.c.owed_ms > bindparam("since"),
        or_(SENDS.c.state == WAITING, SENDS.c.state == "sent"),
    )
)


@dataclass(frozen=True, slots=True)
class Somebody:
    """Who is told by one message: names for people to read, and a phone number where a text is sent."""

    names: tuple[str, ...]
    phone: str | None = None


class Owing:
    """Finds whom to tell, and writes down what is owed to them: the answer to `telling.Telling`."""

    def __init__(
        self,
        channels: Sequence[ChannelTable],
        store_key: StoreKey,
        registry: Current,
        utc_offset_min: int,
        entropy: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        """Tell by ``channels``; hours are local, ``utc_offset_min`` east of Greenwich."""
        self._channels = tuple(channels)
        self._key, self._sealing = store_key, store_key.of("alerts")
        self._book = Book(store_key)
        self._registry = registry
        self._offset_min = utc_offset_min
        self._entropy = entropy

    def __call__(self, connection: Connection, alert: Alert, now_ms: int, /) -> list[str]:
        """Write down who is told of ``alert`` at its step, and return their names; see `telling.Telling`."""
        people = audience(self._channels, alert, now_ms, self._offset_min)
        seats = self.seats(connection, alert, now_ms)
        names = [seat.seat for seat in seats]
        told = list(dict.fromkeys(names)) if alert.step <= EVERY_SEAT else []
        for channel in people.seats:
            if channel.kind == "sms":
                self._owe(connection, channel, alert, self._phones(connection, seats, now_ms), now_ms)
            else:
                self._owe(connection, channel, alert, [Somebody(tuple(dict.fromkeys(names)))], now_ms)
                told += [channel.name] if not names and alert.step <= EVERY_SEAT else []
        contacts = self._contacts(connection, alert, now_ms) if people.family else []
        for channel in people.family:
            self._once(connection, channel, alert, contacts, now_ms)
        told += [THE_FAMILY_IS.zh] if contacts else []
        for channel in people.number:
            self._once(connection, channel, alert, [Somebody((channel.name,))], now_ms)
        return told + ([THE_NUMBER_IS.zh] if people.number else [])

    def seats(self, connection: Connection, alert: Alert, now_ms: int) -> list[Seat]:
        """Return the seats on duty for ``alert`` at its step: of its region and of the lowest rank first, then all."""
        registry = self._registry.at(connection)
        place = None if alert.place_id is None else registry.place(alert.place_id, now_ms)
        region = place.region if place is not None and alert.step < EVERY_SEAT else None
        zone = timezone(timedelta(minutes=self._offset_min))
        above = () if region is None else registry.standing.regions_from(region, now_ms)[1:]
        found = on_duty(registry.seats_at(now_ms), now_ms, zone, region, above)
        return [one for one in found if alert.step >= EVERY_SEAT or one.rank == found[0].rank]

    def _phones(self, connection: Connection, seats: Sequence[Seat], now_ms: int) -> list[Somebody]:
        found: dict[str, Somebody] = {}
        for name in dict.fromkeys(seat.seat for seat in seats):
            duties = {(seat.rank, seat.days, seat.hours) for seat in seats if seat.seat == name}
            for row, personal in self._book.about(connection, "seats", name, now_ms):
                phone = dialled(personal.get("phone", ""))
                if phone and (row.values["rank"], row.values["days"], row.values["hours"]) in duties:
                    found.setdefault(phone, Somebody((name,), phone))
        return list(found.values())

    def _contacts(self, connection: Connection, alert: Alert, now_ms: int) -> list[Somebody]:
        if alert.elder_id is None:
            return []
        rows = self._book.about(connection, "contacts", alert.elder_id, now_ms)
        rows.sort(key=lambda one: one[0].values["rank"])
        found = [Somebody((p.get("name", ""),), dialled(p["phone"])) for _, p in rows if "phone" in p]
        return list({one.phone: one for one in found}.values())[:MOST_CONTACTS]

    def _once(
        self, connection: Connection, channel: ChannelTable, alert: Alert, people: Sequence[Somebody], now_ms: int
    ) -> None:
        """Owe it unless they were told of this alert a short time ago: a number that rings each minute is left off."""
        since = now_ms - channel.again_s * 1000
        if not _TOLD.scalar(connection, alert_id=alert.id, channel=channel.name, since=since):
            self._owe(connection, channel, alert, people, now_ms)

    def _owe(
        self, connection: Connection, channel: ChannelTable, alert: Alert, people: Sequence[Somebody], now_ms: int
    ) -> None:
        sms = channel.kind == "sms"
        for one in people:
            phone = one.phone if sms else None
            if sms and phone is None:
                continue
            found = None if phone is None else self._key.find_by(b"sms", phone.encode())
            state = self._state(connection, channel, alert, found, now_ms)
            message_id = self._entropy(12).hex()
            row = (
                *(message_id, channel.name, alert.id, int(alert.urgency), alert.step, alert.drill, channel.audience),
                self._sealing.seal(json.dumps(one.names).encode(), of_message(message_id, "names")),
                None if phone is None else self._sealing.seal(phone.encode(), of_message(message_id, "recipient")),
                *(found, now_ms, state, 0, None if state == WAITING else now_ms),
            )
            insert_rows(connection, SENDS, [row], *_OF_SEND)
            if state != WAITING:
                send_id = connection.execute(select(SENDS.c.id).where(SENDS.c.message_id == message_id)).scalar_one()
                log = (send_id, channel.name, now_ms, 0, state, _WHY[state])
                insert_rows(connection, ATTEMPTS, [log], *_OF_ATTEMPT)

    def _state(
        self, connection: Connection, channel: ChannelTable, alert: Alert, found: bytes | None, now_ms: int
    ) -> str:
        most = channel.most_waiting * (2 if alert.urgency is Urgency.CALL else 1)
        if _QUEUED.scalar(connection, channel=channel.name, most=most) >= most:
            return "dropped"
        if found is not None:
            texted = _TEXTED.scalar(connection, found=found, since=now_ms - HOUR_MS, channel=channel.name)
            if texted >= channel.most_an_hour:
                return "limited"
        return WAITING


_OF_SEND: Final = tuple(column.name for column in SENDS.c if column.name != "id")
_OF_ATTEMPT: Final = tuple(column.name for column in ATTEMPTS.c if column.name != "id")
_WHY: Final = {"dropped": "the queue of this channel is full", "limited": "so many texts to this number in an hour"}


def dialled(phone: str) -> str:
    """Return a number as it is dialled: people write blanks, hyphens and brackets into it."""
    return re.sub(r"[\s()（）-]", "", phone)
