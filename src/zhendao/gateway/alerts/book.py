"""The book of alerts: their rows, the facts they stand on, and the log; read and written in the caller's transaction.

Promise: each change of an alert is a line of the log too, and nothing here removes or changes a line. What people wrote
is sealed, bound to its alert. rule: SOS, PIPL.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from sqlalchemy import Connection, Insert, Update, bindparam, func, insert, or_, select, update

from zhendao.command.atrest.catalogue import of_alert_act
from zhendao.gateway.alerts.errors import NoAlertError
from zhendao.gateway.alerts.life import Change
from zhendao.gateway.alerts.tables import acts as log
from zhendao.gateway.alerts.tables import alert_facts, alerts
from zhendao.gateway.alerts.values import Act, Alert, AlertKind, Call, Entry, Fact, State, Urgency
from zhendao.gateway.store.engine import insert_new_rows
from zhendao.gateway.store.prepared import Prepared, Values
from zhendao.gateway.store.sealing import StoreKey
from zhendao.protocol.errors import CryptoError

_PLAIN: Final = tuple(f.name for f in fields(Alert) if f.name not in {"id", "call"})
_COLUMNS: Final = ("id", *_PLAIN, "call_epoch", "call_seq")
_SELECT: Final = select(*(alerts.c[name] for name in _COLUMNS))
_WRITTEN: Final = (*_PLAIN, "call_epoch", "call_seq", "change")

UNREADABLE: Final = "?! 无法打开 / cannot be opened"
MAX_MS: Final = 2**62
FAR_MS: Final = 7 * 86_400_000
"""Nothing is due so far ahead: a moment beyond it was written while the clock was ahead, and is due now."""


def _binding(statement: Any) -> Any:
    return statement.values({name: bindparam(f"v_{name}") for name in _WRITTEN})


_INSERT_STATEMENT: Insert = _binding(insert(alerts))
_UPDATE_STATEMENT: Update = _binding(update(alerts).where(alerts.c.id == bindparam("row_id")))
_INSERT: Final = Prepared(_INSERT_STATEMENT)
_UPDATE: Final = Prepared(_UPDATE_STATEMENT)
_LOG: Final = Prepared(
    insert(log).values({name: bindparam(f"v_{name}") for name in ("alert_id", "at_ms", "act", "by", "said")})
)
_ONE: Final = Prepared(_SELECT.where(alerts.c.id == bindparam("row_id")))
_OPEN_OF: Final = Prepared(
    _SELECT.where(
        alerts.c.device == bindparam("device"),
        alerts.c.kind == bindparam("kind"),
        alerts.c.closed_ms.is_(None),
        alerts.c.last_ms >= bindparam("since"),
        alerts.c.first_ms <= bindparam("until"),
    )
    .order_by(alerts.c.last_ms.desc(), alerts.c.id.desc())
    .limit(16)
)
_WAITING_OF: Final = Prepared(
    _SELECT.where(
        alerts.c.device == bindparam("device"),
        alerts.c.kind == bindparam("kind"),
        alerts.c.closed_ms.is_(None),
        alerts.c.acknowledged_ms.is_(None),
    )
    .order_by(alerts.c.last_ms.desc(), alerts.c.id.desc())
    .limit(64)
)
_WITH_OPEN: Final = Prepared(
    select(alerts.c.device).where(alerts.c.kind == bindparam("kind"), alerts.c.closed_ms.is_(None)).distinct()
)
_OF_CALL: Final = Prepared(
    _SELECT.join(alert_facts, alert_facts.c.alert_id == alerts.c.id).where(
        alert_facts.c.device == bindparam("device"),
        alert_facts.c.epoch == bindparam("epoch"),
        alert_facts.c.seq == bindparam("seq"),
    )
)
_OF_DEVICE: Final = Prepared(
    _SELECT.where(alerts.c.device == bindparam("device"), alerts.c.call_seq.is_not(None))
    .order_by(alerts.c.id.desc())
    .limit(8)
)
_KNOWN: Final = Prepared(
    select(alert_facts.c.alert_id).where(
        alert_facts.c.device == bindparam("device"),
        alert_facts.c.epoch == bindparam("epoch"),
        alert_facts.c.seq == bindparam("seq"),
        alert_facts.c.h == bindparam("h"),
    )
)
_DUE: Final = Prepared(
    _SELECT.where(or_(alerts.c.due_ms <= bindparam("now"), alerts.c.due_ms > bindparam("far")))
    .order_by(alerts.c.due_ms, alerts.c.id)
    .limit(bindparam("most"))
)
_ANSWERS_DUE: Final = Prepared(
    _SELECT.where(or_(alerts.c.answer_due_ms <= bindparam("now"), alerts.c.answer_due_ms > bindparam("far")))
    .order_by(alerts.c.answer_tries, alerts.c.answer_due_ms, alerts.c.id)
    .limit(bindparam("most"))
)
_ANSWERS_NEW: Final = Prepared(
    _SELECT.where(alerts.c.answer_due_ms.is_not(None), alerts.c.answer_tries == 0)
    .order_by(alerts.c.answer_due_ms, alerts.c.id)
    .limit(bindparam("most"))
)
_NEXT: Final = Prepared(select(func.min(alerts.c.due_ms)))
_NEXT_ANSWER: Final = Prepared(select(func.min(alerts.c.answer_due_ms)))
_WAITS: Final = Prepared(
    select(alerts.c.id).where(
        alerts.c.closed_ms.is_(None), alerts.c.acknowledged_ms.is_(None), alerts.c.urgency == int(Urgency.CALL)
    ).limit(1)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the log as it is read. ``id`` rises with every act on any alert."""

    id: int
    alert_id: int
    entry: Entry


class Book:
    """Reads and writes alerts; ``key`` seals what people wrote. The transaction is the caller's."""

    def __init__(self, key: StoreKey) -> None:
        self._key = key.of("alerts")

    def add(self, connection: Connection, change: Change) -> Alert:
        """Enter a new alert with its first lines; return it with its number."""
        cursor = _INSERT(connection, **_values(change.alert, 0))
        alert = replace(change.alert, id=int(cursor.lastrowid))
        return self.write(connection, replace(change, alert=alert))

    def write(self, connection: Connection, change: Change) -> Alert:
        """Write an alert as it is now, and what the log says of it."""
        last = self._last(connection, change.alert.id)
        for entry in change.entries:
            said = self._seal(change.alert.id, entry)
            cursor = _LOG(
                connection,
                v_alert_id=change.alert.id, v_at_ms=entry.at_ms, v_act=entry.act.value, v_by=entry.by[:64], v_said=said,
            )  # fmt: skip
            last = int(cursor.lastrowid)
        _UPDATE(connection, row_id=change.alert.id, **_values(change.alert, last))
        return change.alert

    def hold(self, connection: Connection, alert_id: int, facts: Iterable[Fact]) -> None:
        """Note that alert ``alert_id`` stands on ``facts``."""
        rows = [(f.device, f.epoch, f.seq, f.h, alert_id, f.at_ms, f.received_ms) for f in facts]
        columns = ("device", "epoch", "seq", "h", "alert_id", "at_ms", "received_ms")
        insert_new_rows(connection, alert_facts, rows, *columns)

    @staticmethod
    def holds(connection: Connection, fact: Fact) -> bool:
        """Tell whether an alert stands on ``fact`` already."""
        return _KNOWN.first(connection, device=fact.device, epoch=fact.epoch, seq=fact.seq, h=fact.h) is not None

    @staticmethod
    def facts(connection: Connection, alert_id: int) -> list[tuple[bytes, bytes, int, bytes]]:
        """Return (device, epoch, seq, h) of the events on which an alert stands, in the order in which they were."""
        c = alert_facts.c
        query = select(c.device, c.epoch, c.seq, c.h).where(c.alert_id == alert_id).order_by(c.at_ms, c.seq)
        return [tuple(row) for row in connection.execute(query)]

    @staticmethod
    def get(connection: Connection, alert_id: int) -> Alert:
        """Return an alert. Raises `NoAlertError`."""
        row = _ONE.first(connection, row_id=alert_id)
        if row is None:
            raise NoAlertError(alert_id)
        return _alert(row)

    @staticmethod
    def open_of(connection: Connection, fact: Fact, within_ms: int) -> list[Alert]:
        """Return alerts that are not ended and that ``fact`` may join, the newest first; one that is cleared, any."""
        since, until = (-MAX_MS, MAX_MS) if fact.cleared else (fact.at_ms - within_ms, fact.at_ms + within_ms)
        place = {"device": fact.device, "kind": fact.kind.value}
        return [_alert(row) for row in _OPEN_OF.all(connection, **place, since=since, until=until)]

    @staticmethod
    def waiting_of(connection: Connection, fact: Fact) -> list[Alert]:
        """Return the newest alerts of the home and kind of ``fact`` that nobody has, whenever they were."""
        return [_alert(row) for row in _WAITING_OF.all(connection, device=fact.device, kind=fact.kind.value)]

    @staticmethod
    def with_open(connection: Connection, kind: AlertKind) -> frozenset[bytes]:
        """Return the terminals with an alert of ``kind`` that nobody has ended."""
        return frozenset(device for (device,) in _WITH_OPEN.all(connection, kind=kind.value))

    @staticmethod
    def of_call(connection: Connection, device: bytes, epoch: bytes, seq: int) -> list[Alert]:
        """Return the alerts that stand on event ``seq`` (of both histories, where a journal forked)."""
        return list(
            {row[0]: _alert(row) for row in _OF_CALL.all(connection, device=device, epoch=epoch, seq=seq)}.values()
        )

    @staticmethod
    def calls_of(connection: Connection, device: bytes) -> list[Alert]:
        """Return the newest alerts of a terminal about which it is answered, ended ones too."""
        return [_alert(row) for row in _OF_DEVICE.all(connection, device=device)]

    @staticmethod
    def due(connection: Connection, steady_ms: int, most: int) -> list[Alert]:
        """Return alerts whose next step has come, at most ``most``."""
        return [_alert(row) for row in _DUE.all(connection, now=steady_ms, far=steady_ms + FAR_MS, most=most)]

    @staticmethod
    def answers_due(connection: Connection, steady_ms: int, most: int) -> list[Alert]:
        """Return alerts of which a terminal is to be told something now or once more, news first; at most ``most``."""
        return [_alert(row) for row in _ANSWERS_DUE.all(connection, now=steady_ms, far=steady_ms + FAR_MS, most=most)]

    @staticmethod
    def news(connection: Connection, most: int) -> list[Alert]:
        """Return alerts of which a terminal is to be told something for the first time, at most ``most``."""
        return [_alert(row) for row in _ANSWERS_NEW.all(connection, most=most)]

    @staticmethod
    def next_due(connection: Connection) -> int | None:
        """Return when (steady) something is due, None if nothing ever is."""
        found = [one.scalar(connection) for one in (_NEXT, _NEXT_ANSWER)]
        return min((at for at in found if at is not None), default=None)

    @staticmethod
    def waits(connection: Connection) -> bool:
        """Tell whether a call waits that no person has yet."""
        return _WAITS.first(connection) is not None

    def _seal(self, alert_id: int, entry: Entry) -> bytes | None:
        bound_to = of_alert_act(alert_id, entry.at_ms, entry.act.value)
        return self._key.seal(entry.said.encode(), bound_to) if entry.said else None

    def lines(self, connection: Connection, alert_id: int) -> list[Line]:
        """Return the log of an alert, oldest first; what was altered is said to be."""
        rows = connection.execute(select(log).where(log.c.alert_id == alert_id).order_by(log.c.id))
        return [Line(row.id, alert_id, self._entry(row)) for row in rows]

    def _entry(self, row: Any) -> Entry:
        said = ""
        if row.said is not None:
            try:
                bound_to = of_alert_act(row.alert_id, row.at_ms, row.act)
                said = self._key.open(row.said, bound_to, b"alert/%d" % row.alert_id).decode()
            except (CryptoError, UnicodeDecodeError):
                said = UNREADABLE  # the others are shown all the same
        return Entry(Act(row.act), row.at_ms, row.by, said)

    @staticmethod
    def changed_since(connection: Connection, change: int, limit: int) -> list[tuple[int, Alert]]:
        """Return alerts that changed after ``change``, each with the number of its last change, oldest change first."""
        query = select(alerts.c.change, *(alerts.c[name] for name in _COLUMNS)).where(alerts.c.change > change)
        rows = connection.execute(query.order_by(alerts.c.change).limit(limit)).all()
        return [(int(row[0]), _alert(tuple(row[1:]))) for row in rows]

    @staticmethod
    def last_change(connection: Connection) -> int:
        """Return the number of the last change of any alert."""
        return int(connection.execute(select(func.coalesce(func.max(alerts.c.change), 0))).scalar_one())

    @staticmethod
    def page(connection: Connection, *, open_only: bool, before: int | None, limit: int) -> list[Alert]:
        """Return alerts, newest first, with a number below ``before``."""
        query = _SELECT.order_by(alerts.c.id.desc()).limit(limit)
        if open_only:
            query = query.where(alerts.c.closed_ms.is_(None))
        if before is not None:
            query = query.where(alerts.c.id < before)
        return [_alert(tuple(row)) for row in connection.execute(query)]

    @staticmethod
    def _last(connection: Connection, alert_id: int) -> int:
        return int(_LAST.scalar(connection, row_id=alert_id) or 0)


_LAST: Final = Prepared(select(alerts.c.change).where(alerts.c.id == bindparam("row_id")))


def _alert(row: Values | Sequence[Any]) -> Alert:
    values = dict(zip(_COLUMNS, row, strict=True))
    epoch, seq = values.pop("call_epoch"), values.pop("call_seq")
    values["kind"], values["state"] = AlertKind(values["kind"]), State(values["state"])
    values["urgency"] = Urgency(values["urgency"])
    for name in ("drill", "past", "doubtful", "nobody"):
        values[name] = bool(values[name])
    return Alert(**values, call=None if epoch is None else Call(epoch, seq))


def _values(alert: Alert, change: int) -> dict[str, Any]:
    values = {f"v_{name}": getattr(alert, name) for name in _PLAIN}
    values |= {"v_kind": alert.kind.value, "v_state": alert.state.value, "v_urgency": int(alert.urgency)}
    call = alert.call
    values |= {"v_call_epoch": call.epoch if call else None, "v_call_seq": call.seq if call else None}
    return values | {"v_change": change}
