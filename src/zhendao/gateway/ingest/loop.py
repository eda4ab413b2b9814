"""The ingest thread: reads from the broker and has `intake` do what is to be done; nothing is decided here.

Promise: it ends within seconds of `stop`, after the group under way.
"""

import logging
import threading
import time
from collections.abc import Callable

from zhendao.gateway.alerts.acting import Acts
from zhendao.gateway.errors import StoreError
from zhendao.gateway.ingest.intake import POLL_MS, Clocks, Intake
from zhendao.gateway.ingest.outcome import Outcome
from zhendao.gateway.ingest.pipeline import Pipeline
from zhendao.gateway.ingest.session import Message, Outgoing
from zhendao.gateway.link import BrokerLink

_LOG = logging.getLogger(__name__)


class IngestLoop:
    """Runs pipeline and link in one thread; ``took`` is told what each group came to."""

    def __init__(
        self,
        link: BrokerLink,
        pipeline: Pipeline,
        took: Callable[[Outcome], None],
        ended: Callable[[], None],
        answer: Callable[[Message, int], Outgoing | None] | None = None,
        acts: Acts | None = None,
    ) -> None:
        """Prepare; nothing runs before `start`. ``ended`` is called when the thread ends, wanted or not.

        ``answer`` is asked, at a time for durations, what to say to a terminal's question of this moment.
        ``acts``: what people do to alerts.
        """
        self._answer = answer
        self._link = link
        self._intake = Intake(
            link,
            pipeline,
            took,
            _clocks(),
            acts=acts,
            hurried=lambda: link.hurried() or (acts is not None and acts.wait),
        )
        self._stopping = threading.Event()
        self._ended = ended
        self._watch_failing = False
        self._thread = threading.Thread(target=self._main, name="ingest", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout_s: float = 4.0) -> bool:
        """End after the group under way; return whether it has ended."""
        self._stopping.set()
        self._link.wake()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    @property
    def alive(self) -> bool:
        """Tell whether the thread runs."""
        return self._thread.is_alive()

    def _main(self) -> None:
        try:
            self._run()
        except Exception:  # noqa: BLE001 - in a thread: nobody else would hear of it
            _LOG.exception("the ingest thread ended")
        finally:
            self._ended()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._link.poll(min(POLL_MS, self._intake.patience_ms(_clocks())) / 1000)
            self._attend()
            while not self._stopping.is_set() and self._intake.take(_clocks()):
                self._attend()
                self._link.hurried()
                self._intake.escalate(_clocks())  # a person who waits does not wait for the end of a backlog
            self._watch()
        self._link.close()

    def _watch(self) -> None:
        """Do what time alone asks for; a fault in that keeps nothing from being taken."""
        try:
            self._intake.watch(_clocks())
        except Exception:  # noqa: BLE001 - one visit that cannot be judged must not stop the gateway
            if not self._watch_failing:
                _LOG.exception("what is due cannot be done; messages are taken as before, and it is tried again")
            self._watch_failing = True
            self._intake.watch_failed(_clocks())
        else:
            self._watch_failing = False

    def _attend(self) -> None:
        """Do what somebody waits for at this moment."""
        self._intake.act(_clocks())
        self._answer_questions()

    def _answer_questions(self) -> None:
        while self._answer is not None and self._link.questions:
            try:
                said = self._answer(self._link.questions.popleft(), _clocks().mono_ms)
            except StoreError as error:
                _LOG.warning("a question could not be answered: %s", error)
                continue
            if said is not None:
                self._link.publish([said])


def _clocks() -> Clocks:
    return Clocks(time.time_ns() // 1_000_000, time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000)
