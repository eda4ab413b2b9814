"""What people do to an alert, each one act on the book: take it, end it, be told of it, begin a drill.

Run by the thread that ingests (`acting`). Raises `NoAlertError`, `TakenError`, `ClosedError`; then nothing was written.
"""

from collections.abc import Callable, Iterable

from sqlalchemy import Connection

from zhendao.gateway.alerts import life
from zhendao.gateway.alerts.raising import Alerting
from zhendao.gateway.alerts.values import Alert, AlertKind, Fact, Urgency
from zhendao.gateway.ingest.steady import Now

Deed = Callable[[Connection, Now], Alert]


def acknowledge(alerting: Alerting, number: int, by: str, minutes: int | None, said: str) -> Deed:
    """Return the act by which ``by`` takes alert ``number`` and is there in ``minutes``."""

    def doing(connection: Connection, now: Now) -> Alert:
        alert = alerting.book.get(connection, number)
        return alerting.book.write(connection, life.acknowledged(alert, by, minutes, said, now))

    return doing


def resolve(alerting: Alerting, number: int, by: str, said: str, *, false_alarm: bool) -> Deed:
    """Return the act by which ``by`` ends alert ``number``."""

    def doing(connection: Connection, now: Now) -> Alert:
        alert = alerting.book.get(connection, number)
        return alerting.book.write(connection, life.resolved(alert, by, said, now, false_alarm=false_alarm))

    return doing


def tell(alerting: Alerting, numbers: Iterable[int], seat: str) -> Callable[[Connection, Now], None]:
    """Return the act that notes that alerts reached ``seat``; where one did before, nothing changes."""

    def doing(connection: Connection, now: Now) -> None:
        for number in numbers:
            change = life.told(alerting.book.get(connection, number), seat, now)
            if change.entries:
                alerting.book.write(connection, change)

    return doing


def drill(alerting: Alerting, device: bytes, by: str) -> Deed:
    """Return the act by which ``by`` begins a drill as if the button of ``device`` (16 bytes) had been pressed."""

    def doing(connection: Connection, now: Now) -> Alert:
        fact = Fact(
            AlertKind.SOS, Urgency.CALL, device, b"", 0, b"", now.wall_ms, now.wall_ms, drill=True
        )  # fmt: skip
        return alerting.begin(connection, fact, now, by)

    return doing
