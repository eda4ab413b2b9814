"""Who is told of an alert at a step of its escalation: the one question that the life of an alert asks of others.

Whoever answers it writes what is owed to each (a webhook, an SMS) into the same transaction, so an alert is never in
the store without what must be sent of it; nothing is sent from here.
"""

from typing import Protocol

from sqlalchemy import Connection

from zhendao.gateway.alerts.values import Alert


class Telling(Protocol):
    """Finds whom to tell. Step 0: the duty seats of the home's region; 1: every seat; 2: the family; then further."""

    def __call__(self, connection: Connection, alert: Alert, now_ms: int, /) -> list[str]:
        """Write down, in this transaction, who is told of ``alert`` at its step, and return their names.

        ``now_ms`` is UTC ms. No names: nobody is there, and the next step is asked at once. It may be asked again at
        the same step: then those are told again.
        """


def nobody(_connection: Connection, _alert: Alert, _now_ms: int) -> list[str]:
    """Tell nobody: where there are no seats."""
    return []
