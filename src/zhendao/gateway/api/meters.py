"""The gateway's meters, for Prometheus: figures that rise, and figures as they are when they are asked for.

Promise: the values of every label are few and ours; nothing that comes from outside becomes a label.
"""

from collections.abc import Callable, Iterable, Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from zhendao.gateway.forward import outbox
from zhendao.gateway.forward.dead_letters import count_dead
from zhendao.gateway.forward.retry import Phase
from zhendao.gateway.forward.worker import Worker
from zhendao.gateway.store.engine import Store
from zhendao.gateway.visits.rejudging import progress

MAX_REASONS = 64

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Meters:
    """All meters of one gateway; safe for threads."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._events = Counter("zhendao_events", "Events stored", registry=self.registry)
        self._duplicates = Counter("zhendao_duplicate_events", "Events that were held already", registry=self.registry)
        self._refused = Counter("zhendao_refused_messages", "Messages not stored", ["reason"], registry=self.registry)
        self._requests = Counter(
            "zhendao_http_requests", "Requests answered", ["resource", "status"], registry=self.registry
        )
        self._broker = Gauge("zhendao_broker_connected", "1 while the broker is connected", registry=self.registry)
        self._reasons: set[str] = set()

    def ingested(self, events: int, duplicates: int, refused: Iterable[str]) -> None:
        """Count what a group of messages came to; beyond 64 different reasons one more is ``other``."""
        self._events.inc(events)
        self._duplicates.inc(duplicates)
        for reason in refused:
            if len(self._reasons) < MAX_REASONS:
                self._reasons.add(reason)
            self._refused.labels(reason if reason in self._reasons else "other").inc()

    def answered(self, resource: str, status: int) -> None:
        """Count a request to ``resource``, one of the interface's own names."""
        self._requests.labels(resource, f"{status // 100}xx").inc()

    def connected(self, connected: bool) -> None:  # noqa: FBT001 - it has the one argument
        """Say whether the broker is connected."""
        self._broker.set(1 if connected else 0)

    def watch_calls(self, connected: Callable[[], bool]) -> None:
        """Show whether calls for help have a session of their own at the broker, as ``connected`` tells."""
        shown = "1 while calls for help have a session of their own at the broker"
        gauge = Gauge("zhendao_broker_calls_connected", shown, registry=self.registry)
        gauge.set_function(lambda: 1.0 if connected() else 0.0)

    def watch_forwarding(self, store: Store, workers: Iterable[Worker]) -> None:
        """Show how forwarding by ``workers`` stands."""
        self.registry.register(_Forwarding(store, tuple(workers)))

    def watch_judging(self, store: Store) -> None:
        """Show how far visits are judged again after a change of rules, registry or settings."""
        shown = "Terminals whose visits are still to be judged again; 0: none"
        gauge = Gauge("zhendao_terminals_to_judge_again", shown, registry=self.registry)

        def left() -> float:
            with store.reading() as connection:
                far = progress(connection)
            return 0.0 if far is None else float(far.terminals - far.done)

        gauge.set_function(left)

    def text(self) -> bytes:
        """Return all meters in Prometheus' text form."""
        return generate_latest(self.registry)


class _Forwarding(Collector):
    """Asks the store and the workers when it is asked."""

    def __init__(self, store: Store, workers: tuple[Worker, ...]) -> None:
        self._store = store
        self._workers = workers

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Return the names; the store is not asked at registration."""
        return self._families()

    def _families(self) -> tuple[GaugeMetricFamily, ...]:
        labels = ["destination"]
        return (
            GaugeMetricFamily("zhendao_forward_waiting", "Records not answered yet", labels=labels),
            GaugeMetricFamily("zhendao_forward_dead", "Records that the platform refused", labels=labels),
            GaugeMetricFamily("zhendao_forward_failures", "Requests without an answer since the start", labels=labels),
            GaugeMetricFamily("zhendao_forward_circuit_open", "1 while nothing is sent", labels=labels),
        )

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Return the figures as they are now."""
        waiting, dead, failures, circuit = families = self._families()
        with self._store.reading() as connection:
            for worker in self._workers:
                condition = worker.condition
                name = [condition.destination]
                waiting.add_metric(name, outbox.count_waiting(connection, condition.destination))
                dead.add_metric(name, count_dead(connection, condition.destination))
                failures.add_metric(name, condition.failures)
                circuit.add_metric(name, 0 if condition.phase is Phase.CLOSED else 1)
        yield from families
