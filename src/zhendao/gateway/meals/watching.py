"""Meals in the running gateway: noted in the transaction of their events, told and counted when there is time.

Promise: a record is on the list in the commit that stores its event, and leaves it in the commit that draws it, so a
kill in between loses and doubles nothing; a time that becomes known, a changed registry and a back-fill draw again what
they touch. Used by the ingest thread. rule: MEAL-COUNT, MEAL-POINT
"""

from collections.abc import Iterator
from hashlib import sha256
from typing import Final

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update

from zhendao.gateway.ingest.session import Outgoing, Session
from zhendao.gateway.ingest.steady import Now
from zhendao.gateway.ingest.terminals import Terminals
from zhendao.gateway.meals import book
from zhendao.gateway.meals.settings import MealRules
from zhendao.gateway.meals.tables import devices, judged, meals
from zhendao.gateway.meals.telling import tell
from zhendao.gateway.meals.values import DAY_MS, MealFact, Told, day_at, signed_id
from zhendao.gateway.registry.book import version
from zhendao.gateway.registry.current import Current
from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.store.engine import insert_new_rows
from zhendao.gateway.store.facts import events
from zhendao.gateway.store.prepared import Prepared
from zhendao.gateway.store.sealing import StoreKey
from zhendao.gateway.visits.lanes import SEALED, LaneReader
from zhendao.gateway.visits.moments import well_dated
from zhendao.gateway.visits.recent import Recent
from zhendao.protocol.bodies import Boot, Clock, Meal

SLICE: Final = 100
"""So many records are told in one transaction; ingest has its turn in between."""
TOLD_AGAIN_MS: Final = 35 * DAY_MS
"""After a change of the registry, meals of so long back are told again."""

_WAITS: Final = Prepared(select(meals.c.id).where(meals.c.waits).limit(1))
_NEXT: Final = Prepared(select(meals.c.device).where(meals.c.waits, meals.c.number == 0).limit(1))
_TOLD_TIME: Final = Prepared(select(devices.c.device).where(devices.c.told).limit(1))
_JUDGED: Final = Prepared(select(judged.c.registry, judged.c.settings))
_OF_DEVICE: Final = Prepared(
    select(*SEALED)
    .join(meals, (meals.c.device == events.c.device) & (meals.c.epoch == events.c.epoch) & (meals.c.h == events.c.h))
    .where(meals.c.device == bindparam("device"), meals.c.waits, events.c.seq == meals.c.seq)
    .order_by(meals.c.epoch, meals.c.seq, meals.c.h)
    .limit(SLICE)
)


class MealWatch:
    """What ingest does about meals; see `ingest.spreads.Spread`. ``clock_ms``: how far our own clock may be off."""

    def __init__(
        self,
        store_key: StoreKey,
        terminals: Terminals,
        registry: Current,
        rules: MealRules,
        clock_ms: int,
        *,
        forward: bool = False,
    ) -> None:
        self._store_key, self._terminals, self._registry = store_key, terminals, registry
        self._rules, self._clock_ms, self._forward = rules, clock_ms, forward
        self._settings = sha256(repr(rules).encode()).digest()
        self._devices: set[bytes] | None = None

    def forget(self) -> None:
        """Forget which terminals sign meals: the transaction that wrote it failed."""
        self._devices = None

    def hear(self, session: Session) -> None:
        """Note new meals, and which of the terminals that sign meals told of their time."""
        connection = session.connection
        known = self._known(connection)
        rows, timed = [], set[bytes]()
        for one in session.stored:
            event = one.new.event
            if event is None:
                continue
            if isinstance(event.body, Meal):
                name = signed_id(event.device, event.epoch, event.seq, one.new.h)
                place = (event.device, event.epoch, event.seq, one.new.h, event.boot_id)
                rows.append((name, 0, 0, *place, one.received_ms, True, True, 0, session.now_ms))
            elif isinstance(event.body, Boot | Clock):
                timed.add(event.device)
        insert_new_rows(
            connection, meals, rows, "id", "number", "line", "device", "epoch", "seq", "h", "boot_id", "received_ms",
            "waits", "doubtful", "revision", "changed_ms",
        )  # fmt: skip
        new = {row[3] for row in rows} - known
        insert_new_rows(connection, devices, [(one, False) for one in sorted(new)], "device", "told")
        known |= new
        if timed & known:
            connection.execute(update(devices).where(devices.c.device.in_(timed & known)).values(told=True))

    def is_due(self, connection: Connection, now: Now) -> bool:
        """Return whether a record waits, or the registry has changed."""
        del now
        if _WAITS.first(connection) is not None or _TOLD_TIME.first(connection) is not None:
            return True
        return bool(self._known(connection)) and _JUDGED.first(connection) != self._wanted(connection)

    def next_ms(self, connection: Connection, now: Now) -> int | None:
        """Return 0 where there is something to do; by time alone there never is."""
        return 0 if self.is_due(connection, now) else None

    def step(self, connection: Connection, now: Now) -> list[Outgoing]:
        """Tell and draw one slice of what waits; in a write transaction."""
        self._registry_changed(connection, now.wall_ms)
        self._times_told(connection)
        registry = self._registry.at(connection)
        how = {"now_ms": now.wall_ms, "store_key": self._store_key, "forward": self._forward}
        device: bytes | None = _NEXT.scalar(connection)
        if device is None:
            if not book.write_filled(connection, SLICE, registry, self._rules, **how):
                connection.execute(update(meals).where(meals.c.waits).values(waits=False))  # their rows are erased
            return []
        told = list(self._told(connection, device, registry))
        book.write(connection, told, self._rules, **how)
        if not told:  # their events are erased: what was told of them stays
            gone = (meals.c.device == device, meals.c.waits)
            connection.execute(update(meals).where(*gone).values(waits=False))
        return []

    def _told(self, connection: Connection, device: bytes, registry: Registry) -> Iterator[tuple[Told, bool]]:
        """Give what the waiting records of a terminal say, each with whether its time may yet be known better."""
        terminal = self._terminals.get(connection, device)
        reader = LaneReader(connection, terminal, {}, self._clock_ms, Recent())
        for event, h in reader.others(_OF_DEVICE):
            if not isinstance(event.body, Meal):
                continue
            name = signed_id(device, event.epoch, event.seq, h)
            received_ms = connection.execute(select(meals.c.received_ms).where(meals.c.id == name)).scalar_one()
            moment = reader.moment_of(event, received_ms)
            at_ms = moment.wall_ms if moment.known else received_ms
            fact = MealFact(name, device, at_ms, event.body, moment.known, moment.disputed)
            yield tell(fact, registry, self._rules), moment.disputed or not well_dated(event)

    def _times_told(self, connection: Connection) -> None:
        """Have what may be dated better now be told anew: of terminals that told of their time since."""
        for device in connection.execute(select(devices.c.device).where(devices.c.told)).scalars().all():
            terminal = self._terminals.get(connection, device)
            boots = connection.execute(select(meals.c.boot_id).where(meals.c.device == device).distinct()).scalars()
            odd = [one for one in boots if one in terminal.disputed or one in terminal.divided]
            again = or_(meals.c.doubtful, meals.c.boot_id.in_(odd))
            connection.execute(update(meals).where(meals.c.device == device, again).values(waits=True))
            connection.execute(update(devices).where(devices.c.device == device).values(told=False))

    def _registry_changed(self, connection: Connection, now_ms: int) -> None:
        wanted, told_with = self._wanted(connection), _JUDGED.first(connection)
        if told_with == wanted:
            return
        if told_with is not None:
            book.wait_again(connection, day_at(now_ms - TOLD_AGAIN_MS, self._rules.offset_ms))
        connection.execute(delete(judged))
        connection.execute(insert(judged).values(one=1, registry=wanted[0], settings=wanted[1]))

    def _wanted(self, connection: Connection) -> tuple[int, bytes]:
        """Return by which registry and which settings all meals should be told."""
        return version(connection), self._settings

    def _known(self, connection: Connection) -> set[bytes]:
        if self._devices is None:
            self._devices = set(connection.execute(select(devices.c.device)).scalars())
        return self._devices
