"""What people do to alerts, handed to the thread that ingests: the only one that writes while a backlog is taken in.

SQLite has one writer. A second one would wait for as long as ingest goes on from transaction to transaction; so the act
is done in between, within the time of one short transaction, and the terminal is told in the same breath.
Promise: an act is done whole and its result given to whoever asked, or it was not done and an error says so.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLateError
from typing import Any, Final, TypeVar

from sqlalchemy import Connection

from zhendao.gateway.alerts.errors import BusyError
from zhendao.gateway.alerts.raising import Alerting
from zhendao.gateway.ingest.session import Outgoing
from zhendao.gateway.ingest.steady import Now
from zhendao.gateway.store.engine import Store

_LOG = logging.getLogger(__name__)

T = TypeVar("T")
Doing = Callable[[Connection, Now], Any]

TIMEOUT_S: Final = 10.0
MOST: Final = 1_000


class Acts:
    """Acts that wait for the thread that ingests. `do` from any thread, the rest from that one."""

    def __init__(self, wake: Callable[[], None]) -> None:
        """Take what ends the wait of the thread that ingests."""
        self._wake = wake
        self._closed = False
        self._lock = threading.Lock()
        self._waiting: deque[tuple[Doing, Future[Any]]] = deque()

    def do(self, doing: Callable[[Connection, Now], T], timeout_s: float = TIMEOUT_S) -> T:
        """Have ``doing`` done in a write transaction, and return its result after the commit.

        Raises what it raises, `StoreError`, or `BusyError` if its turn did not come: then it was not done.
        """
        future: Future[T] = Future()
        with self._lock:
            if self._closed or len(self._waiting) >= MOST:
                raise BusyError
            self._waiting.append((doing, future))
        self._wake()
        try:
            return future.result(timeout_s)
        except TooLateError:
            if future.cancel():
                raise BusyError from None
            return future.result(timeout_s)  # it is under way

    def close(self) -> None:
        """Have whoever waits, and whoever comes, be told that it was not done: the gateway stops."""
        self._closed = True
        for _, future in self.take():
            future.set_exception(BusyError())

    @property
    def wait(self) -> bool:
        """Tell whether an act waits."""
        return bool(self._waiting)

    def take(self) -> list[tuple[Doing, Future[Any]]]:
        """Take out all that wait and whose askers still do."""
        with self._lock:
            several, self._waiting = self._waiting, deque()
        return [one for one in several if one[1].set_running_or_notify_cancel()]

    def perform(
        self, store: Store, alerting: Alerting, now: Now, failed: Callable[[], None] = lambda: None
    ) -> list[Outgoing]:
        """Do all that wait, in one transaction; return what terminals are told of it.

        Whoever asked is given the result, or the error; none is raised here. ``failed`` is called where nothing of the
        transaction was kept: memory may be ahead of the store.
        """
        several, done = self.take(), list[tuple[Future[Any], Any, BaseException | None]]()
        outgoing: list[Outgoing] = []
        try:
            with store.writing() as connection:
                for doing, future in several:
                    nested = connection.begin_nested()
                    try:
                        result = doing(connection, now)
                        nested.commit()
                    except Exception as error:  # noqa: BLE001 - one act that fails leaves the others
                        # Where the store gave up the whole transaction, as on a full disk, this fails too: then none of
                        # them was done, and all are told so.
                        nested.rollback()
                        done.append((future, None, error))
                    else:
                        done.append((future, result, None))
                outgoing = alerting.acted(connection, now)
        except Exception as error:  # noqa: BLE001 - the thread that ingests goes on; whoever asked is told
            _LOG.warning("acts on alerts could not be done: %s", error)
            done, outgoing = [(future, None, error) for _, future in several], []
            failed()
        for future, result, problem in done:
            _settle(future, result, problem)
        return outgoing


def _settle(future: Future[Any], result: Any, error: BaseException | None) -> None:
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
