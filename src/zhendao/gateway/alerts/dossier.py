"""The dossier of an alert: who, where, how to enter, whom to call, who is there now, and what else is known.

Promise: read in one consistent view of the store; nothing of it is kept anywhere. `shown` masks what is personal unless
it is told not to: whoever shows it unmasked has it logged first. What was lost or cannot be opened is None, and an
alert has a dossier whatever is missing. rule: SOS, PIPL.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import Connection, bindparam, or_, select

from zhendao.gateway.alerts.book import Book as Alerts
from zhendao.gateway.alerts.values import KIND_WORDS, Alert
from zhendao.gateway.api.reading import EventReader, Stored
from zhendao.gateway.place.geofence import judge
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.masking import mask
from zhendao.gateway.registry.snapshot import Place, Registry
from zhendao.gateway.store.conclusions import visits
from zhendao.gateway.store.facts import events, states
from zhendao.gateway.store.prepared import Prepared, Values
from zhendao.gateway.store.sealing import StoreKey
from zhendao.protocol.bodies import Check, Incident, Sensor, Sos
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.event import Event
from zhendao.protocol.parts import Fix
from zhendao.protocol.vocabulary import Kind

LOOKED_BACK: Final = 200
"""So many of the terminal's newest events are looked at for its last check and the state of its sensors."""
_TOLD: Final = (int(Kind.CHECK), int(Kind.SENSOR))
_E7: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody by registry: an elder or a caregiver."""

    id: str
    name: str | None
    phone: str | None


@dataclass(frozen=True, slots=True)
class Contact:
    """One of the family, in the order in which they are called."""

    rank: int
    name: str
    phone: str
    relation: str | None


@dataclass(frozen=True, slots=True)
class Home:
    """The registered place: degrees in its datum, metres."""

    id: str
    region: str | None
    address: str | None
    lat: float
    lon: float
    datum: str
    radius_m: int


@dataclass(frozen=True, slots=True)
class Spot:
    """Where the terminal was at the call: degrees in ``datum``; 95 % error, distance from home in metres, age in ms."""

    lat: float
    lon: float
    datum: str
    accuracy_m: float
    age_ms: int
    distance_m: float | None
    at_home: str


@dataclass(frozen=True, slots=True)
class Underway:
    """The visit that was going on, and who gives care."""

    id: str
    begin_ms: int | None
    caregiver: Person | None


@dataclass(frozen=True, slots=True)
class Sensed:
    """What a sensor of the home said last."""

    sensor: str
    sensor_class: str
    value: int
    condition: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that is known at the moment of reading; unmasked: see `shown`."""

    alert: Alert
    elder: Person | None
    care_level: str | None
    home: Home | None
    entry: tuple[str, ...]
    contacts: tuple[Contact, ...]
    fix: Spot | None
    visit: Underway | None
    last_check_ms: int | None
    online: bool | None
    heard_ms: int | None
    sensors: tuple[Sensed, ...]

    def shown(self, *, unmasked: bool) -> dict[str, Any]:
        """Return it as JSON-able values; masked: names and phones as on any screen, the rest hidden."""
        told = asdict(self)
        alert = self.alert
        told["alert"] = {
            "id": alert.id,
            "kind": alert.kind.value,
            "kind_zh": KIND_WORDS[alert.kind].zh,
            "kind_en": KIND_WORDS[alert.kind].en,
            "urgency": alert.urgency.name.lower(),
            "state": alert.state.value,
            "step": alert.step,
            "drill": alert.drill,
            "past": alert.past,
            "doubtful": alert.doubtful,
            "subject": alert.subject,
            "count": alert.count,
            "first_ms": alert.first_ms,
            "last_ms": alert.last_ms,
            "raised_ms": alert.raised_ms,
            "late_ms": alert.late_ms,
            "mistake_ms": alert.mistake_ms,
            "cleared_ms": alert.cleared_ms,
            "device": alert.device.hex(),
        }
        told["masked"] = not unmasked
        return told if unmasked else _masked(told)


_HIDDEN: Final = frozenset({"name", "phone", "relation", "address"})


def _masked(told: Any) -> Any:
    """Return ``told`` with every personal column masked, wherever it stands."""
    if isinstance(told, dict):
        return {name: _hidden(name, value) for name, value in told.items()}
    if isinstance(told, list | tuple):
        return [_masked(one) for one in told]
    return told


def _hidden(name: str, value: Any) -> Any:
    if name == "entry":
        return [mask(name, one) for one in value]
    if name in _HIDDEN and isinstance(value, str):
        return mask(name, value)
    if name in {"home", "fix"} and isinstance(value, dict):
        # Where somebody lives is an address too: a distance tells nobody where.
        value = value | {"lat": None, "lon": None}
    return _masked(value)


def gather(connection: Connection, store_key: StoreKey, registry: Registry, alert: Alert, now_ms: int) -> Dossier:
    """Return the dossier of ``alert`` as of ``now_ms`` (UTC ms); the registry's rows are those of that moment."""
    book = Book(store_key)
    about_elder = _first(book.about(connection, "elders", alert.elder_id, now_ms)) if alert.elder_id else None
    about_place = _first(book.about(connection, "places", alert.place_id, now_ms)) if alert.place_id else None
    place = registry.place(alert.place_id, now_ms) if alert.place_id else None
    seen = _recent(connection, store_key, alert)
    fix = next((one.body.fix for one in seen.raising if isinstance(one.body, Sos | Incident) and one.body.fix), None)
    state = connection.execute(select(states).where(states.c.device == alert.device)).first()
    entries = [about[1].get("entry") for about in (about_elder, about_place) if about is not None]
    return Dossier(
        alert=alert,
        elder=None if about_elder is None or alert.elder_id is None else _person(alert.elder_id, about_elder[1]),
        care_level=None if about_elder is None else about_elder[0].values["care_level"],
        home=None if place is None else _home(place, {} if about_place is None else about_place[1]),
        entry=tuple(one for one in entries if one),
        contacts=_contacts(book, connection, alert.elder_id, now_ms),
        fix=None if fix is None else _spot(place, fix),
        visit=_underway(book, connection, alert, now_ms),
        last_check_ms=seen.last_check_ms,
        online=None if state is None else bool(state.online),
        heard_ms=None if state is None else state.received_ms,
        sensors=seen.sensors,
    )


def who(connection: Connection, store_key: StoreKey, alert: Alert, now_ms: int) -> tuple[str | None, str | None]:
    """Return the elder's name and care level, and open nothing else: what a short text needs."""
    about = _first(Book(store_key).about(connection, "elders", alert.elder_id, now_ms)) if alert.elder_id else None
    return (None, None) if about is None else (about[1].get("name"), about[0].values["care_level"])


def _first(rows: list[Any]) -> Any:
    return rows[0] if rows else None


def _person(person_id: str, personal: dict[str, str]) -> Person:
    return Person(person_id, personal.get("name"), personal.get("phone"))


def _home(place: Place, personal: dict[str, str]) -> Home:
    return Home(
        place.place_id, place.region, personal.get("address"),
        place.lat_e7 / _E7, place.lon_e7 / _E7, place.datum.name, place.radius_m,
    )  # fmt: skip


def _spot(place: Place | None, fix: Fix) -> Spot:
    verdict = judge(place, fix)
    return Spot(
        fix.lat_e7 / _E7, fix.lon_e7 / _E7, fix.datum.name, fix.hacc95_dm / 10, fix.age_ms,
        None if verdict.distance_m is None else round(verdict.distance_m, 1), verdict.answer.value,
    )  # fmt: skip


def _contacts(book: Book, connection: Connection, elder_id: str | None, now_ms: int) -> tuple[Contact, ...]:
    rows = book.about(connection, "contacts", elder_id, now_ms) if elder_id else []
    found = [Contact(row.values["rank"], p["name"], p["phone"], p.get("relation")) for row, p in rows if "name" in p]
    return tuple(sorted(found, key=lambda one: one.rank))


def _underway(book: Book, connection: Connection, alert: Alert, now_ms: int) -> Underway | None:
    c = visits.c
    query = select(c.id, c.begin_ms, c.caregiver_id).where(c.device == alert.device, c.state == "open")
    row = connection.execute(query.order_by(c.begin_ms.desc()).limit(1)).first()
    if row is None:
        return None
    caregiver = None
    if row.caregiver_id is not None:
        about = _first(book.about(connection, "caregivers", row.caregiver_id, now_ms))
        caregiver = _person(row.caregiver_id, {} if about is None else about[1])
    return Underway(row.id.hex(), row.begin_ms, caregiver)


_E: Final = events.c
_STORED: Final = select(_E.device, _E.epoch, _E.seq, _E.suite, _E.start, _E.sealed)
_OF_EPOCH: Final = (_E.device == bindparam("device"), _E.epoch == bindparam("epoch"))
_ONE: Final = Prepared(_STORED.where(*_OF_EPOCH, _E.seq == bindparam("seq"), _E.h == bindparam("h")))
_NEAR: Final = Prepared(
    _STORED.where(*_OF_EPOCH, _E.seq > bindparam("after"), or_(*(_E.kind == kind for kind in _TOLD))).order_by(_E.seq)
)


@dataclass(frozen=True, slots=True)
class _Seen:
    raising: tuple[Event, ...]
    last_check_ms: int | None
    sensors: tuple[Sensed, ...]


def _recent(connection: Connection, store_key: StoreKey, alert: Alert) -> _Seen:
    reader = EventReader(connection, store_key)
    facts = Alerts.facts(connection, alert.id)[-8:]
    raising = []
    for device, epoch, seq, h in reversed(facts):
        raising += _opened(reader, _ONE.all(connection, device=device, epoch=epoch, seq=seq, h=h))
    if not facts:
        return _Seen((), None, ())
    _, epoch, seq, _ = facts[-1]
    near = _NEAR.all(connection, device=alert.device, epoch=epoch, after=seq - LOOKED_BACK)
    last_check_ms: int | None = None
    sensors: dict[str, Sensed] = {}
    for one in _opened(reader, near):
        body = one.body
        if isinstance(body, Check):
            last_check_ms = one.wall_ms
        elif isinstance(body, Sensor):
            words = (body.sensor_class.name.lower(), body.value, body.condition.name.lower())
            sensors[body.sensor] = Sensed(body.sensor, *words, one.wall_ms)
    return _Seen(tuple(raising), last_check_ms, tuple(sensors.values()))


def _opened(reader: EventReader, rows: Iterable[Values]) -> list[Event]:
    found = []
    for row in map(Stored._make, rows):
        with suppress(
            ProtocolError
        ):  # the keys of its start were altered: what is known otherwise is shown all the same
            event = reader.open(row)
            found += [] if event is None else [event]
    return found
