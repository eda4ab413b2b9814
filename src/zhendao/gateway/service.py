"""The gateway as one process: store, ingest, forwarding and HTTP put together, started, and stopped in order.

Promise: after SIGTERM or SIGINT it ends within 5 s; what was not committed stays at the broker and in the terminals,
what was not forwarded stays in the outbox.
"""

import gc
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from zhendao.command.notify import Notifier
from zhendao.gateway import assembly
from zhendao.gateway.alerts.acting import Acts
from zhendao.gateway.alerts.dispatch import starting
from zhendao.gateway.alerts.dispatch.owing import Owing
from zhendao.gateway.alerts.dispatch.worker import Worker as Channel
from zhendao.gateway.alerts.interface import Alarms
from zhendao.gateway.alerts.news import News
from zhendao.gateway.alone import hold
from zhendao.gateway.api.app import Backing, make_app
from zhendao.gateway.api.meters import Meters
from zhendao.gateway.api.server import HttpServer
from zhendao.gateway.assembly import Credentials, Manner
from zhendao.gateway.config import GatewayConfig
from zhendao.gateway.errand import Errand
from zhendao.gateway.errors import GatewayError
from zhendao.gateway.evidence.heads import FILE as HEADS_FILE
from zhendao.gateway.evidence.heads import Heads
from zhendao.gateway.evidence.hourly import Hourly
from zhendao.gateway.forward.signing import Signer
from zhendao.gateway.forward.ways import make_connector
from zhendao.gateway.forward.worker import Worker
from zhendao.gateway.ingest.handing import FOLDER as ANSWERS
from zhendao.gateway.ingest.handing import Answers
from zhendao.gateway.ingest.loop import IngestLoop
from zhendao.gateway.ingest.outcome import Outcome
from zhendao.gateway.ingest.pipeline import Pipeline
from zhendao.gateway.ingest.reasons import Telling
from zhendao.gateway.keyring import CALLS_FILE, Keyring, calls_context, load_keyring, tls_context
from zhendao.gateway.keys.rekeying import Rekeying
from zhendao.gateway.link import BrokerLink
from zhendao.gateway.registry.current import Current
from zhendao.gateway.reminders.starting import make_reminders
from zhendao.gateway.reports.press import Press
from zhendao.gateway.reports.rules import rules_of
from zhendao.gateway.reports.schedule.keeper import Keeper
from zhendao.gateway.retention.nightly import Nightly
from zhendao.gateway.retention.sweep import Sweeper
from zhendao.gateway.revoked import RevokedHere
from zhendao.gateway.store.binding import bind
from zhendao.gateway.store.engine import Store, open_store
from zhendao.gateway.store.migrate import upgrade
from zhendao.gateway.store.sealing import StoreKey, load_store_key
from zhendao.gateway.surveys.apart import Apart
from zhendao.gateway.tokens.giving import Giver
from zhendao.gateway.tokens.live import Live
from zhendao.gateway.tokens.masters import Custody, Held
from zhendao.gateway.tokens.opening import load_issuers
from zhendao.gateway.tokens.proving import Prover
from zhendao.protocol.wording import Text

_LOG = logging.getLogger(__name__)

LONGEST_STOP_S = 3.5
GARBAGE_AFTER = 20_000


class Stoppable(Protocol):
    """What is stopped beside the others."""

    def stop(self) -> object:
        """End, within its own time."""


def make_pipeline(
    config: GatewayConfig,
    keyring: Keyring,
    store: Store,
    store_key: StoreKey,
    registry: Current,
    masters: Held | None = None,
    apart: Callable[[], None] | None = None,
) -> Pipeline:
    """Return the way of messages into ``store`` as ``config`` wants it.

    ``masters``: of the cards. ``apart``: see `assembly.Manner`.
    """
    masters = masters or Held(Custody(config.keys, store_key, os.environ))
    credentials = Credentials(
        keyring.tenant,
        keyring.trust.check,
        {keyring.certificate.suite.id: keyring.unwrapping_key},
        keyring.signing_key,
        keyring.certificate.id,
        former=keyring.former,
        withdrawn=RevokedHere(config.keys, keyring.trust, keyring.issuing),
        hand_on=Answers(config.data_dir / ANSWERS, keyring.tenant),
        prover=Prover(load_issuers(config.keys, keyring.trust, time.time_ns() // 10**9), masters),
    )
    manner = Manner(
        config.visits,
        config.ingest.gap_grace_s * 1000,
        bool(config.forward),
        blocklist=config.blocklist,
        tokens=config.tokens,
        alerts=config.alerts,
        cases=config.cases,
        surveys=config.surveys,
        hints=config.hints,
        services=config.service,
        geofence=config.geofence,
        learning=config.learning,
        meals=config.meals,
        valid=config.valid,
        together=config.together,
        apart=apart,
        telling=Owing(config.alerts.channel, store_key, registry, config.alerts.utc_offset_min),
    )
    return assembly.make_pipeline(credentials, manner, store, store_key, registry)


def make_link(config: GatewayConfig, keyring: Keyring) -> BrokerLink:
    """Return the link to the broker; its name there is that of the gateway's certificate, so its session persists."""
    secure = urlsplit(config.broker.url).scheme == "mqtts"
    tls = tls_context(config.keys, config.broker) if secure else None
    calls_tls = calls_context(config.keys, config.broker) if secure else None
    name = f"zhendao-gateway-{keyring.certificate.id.hex()[:16]}"
    # A broker of ours takes one session of each certificate; two with the same one would push each other out.
    own = not secure or calls_tls is not None
    if not own:
        _LOG.warning("no certificate for a session of calls (%s): run zhendao-provision gateway update", CALLS_FILE)
    return BrokerLink(
        *(config.broker.url, tls, keyring.tenant, name), live=config.tokens.live, calls_tls=calls_tls, own_session=own
    )


def make_workers(store: Store, store_key: StoreKey, keyring: Keyring, config: GatewayConfig) -> list[Worker]:
    """Return one worker for each platform."""
    signer = Signer(keyring.signing_key, keyring.certificate.id)
    of = store, store_key, config.visits.utc_offset_min * 60_000
    return [Worker(store, store_key, make_connector(table, signer, config.data_dir, of)) for table in config.forward]


def _rest_the_collector() -> None:
    """Look for cycles less often, and never again among what was loaded at the start: events make none.

    A group is tens of thousands of values that all live until its commit; to walk them again and again cost a tenth.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_AFTER, 20, 20)


def _own_store(config: GatewayConfig, store_key: StoreKey) -> Store:
    """Return the store, brought up to date, held for this process alone. Raises `RunningError`, `StoreError`."""
    store = open_store(config.store.url)
    hold(config.data_dir, config.store.url)
    upgrade(store)
    bind(store, store_key)
    return store


def run(config: GatewayConfig, settings: Path) -> int:
    """Run until told to stop; return the exit code. ``settings``: the file that ``config`` was read from."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    notifier = Notifier.of(os.environ)
    keyring = load_keyring(config.keys)
    store_key = load_store_key(config.keys / "store.key")
    store = _own_store(config, store_key)
    link = make_link(config, keyring)
    workers = make_workers(store, store_key, keyring, config)
    telling, news, acts, meters, registry = Telling(), News(), Acts(link.wake), Meters(), Current(store_key)
    channels = starting.make_workers(store, store_key, keyring, config.alerts, news.tell, acts)
    reminders = make_reminders(
        config, settings.absolute().parent, store, store_key, registry, acts, lambda: not link.connected
    )
    meters.watch_calls(lambda: link.calls_connected)

    def took(outcome: Outcome) -> None:
        for line in telling.news(outcome.refused, time.monotonic_ns()):
            _LOG.warning("%s", line)
        meters.ingested(outcome.events, outcome.duplicates, outcome.refused)
        if outcome.alerts:
            news.tell()
            _wake(channels)
        if outcome.changed:
            _wake(workers)

    masters = Held(Custody(config.keys, store_key, os.environ))
    apart = Apart(settings)
    pipeline = make_pipeline(config, keyring, store, store_key, registry, masters, apart.start)
    live: Live | None = None
    if config.tokens.live:
        withdrawn = RevokedHere(config.keys, keyring.trust, keyring.issuing)
        live = Live(store, store_key, masters, keyring.tenant, withdrawn)
    ingest = IngestLoop(link, pipeline, took, stopping.set, live.answer if live is not None else None, acts)
    giver = Giver(store_key, masters, config.tokens.keys_an_hour)
    backing = Backing(
        store,
        store_key,
        meters,
        lambda: link.connected,
        workers,
        giver,
        keyring.trust.check,
        Alarms(pipeline.alerting, acts, news),
        pipeline.clerk,
        channels,
        rules_of(config),
        Press(settings),
        reminders.rules,
        reminders.workers,
    )
    http = HttpServer(make_app(backing), config.http.listen, certificate=config.http.certificate, key=config.http.key)
    http.start()
    senders: list[Worker | Channel] = [*workers, *channels]
    timed = _by_the_clock(store, store_key, keyring, config, settings, workers)
    for one in (*senders, ingest, *timed, *reminders.threads):
        one.start()
    _rest_the_collector()
    notifier.ready()
    _LOG.info("gateway of tenant %s runs, http at port %d", keyring.tenant, http.port)
    stopping.wait()
    failed = not ingest.alive
    notifier.stopping()
    news.close()
    _LOG.info("stopping")
    ended = _stop(ingest, acts, http, [*senders, *timed, *reminders.threads], apart)
    store.close()
    # A thread that still waits for a broker which does not answer holds nothing: it may be left.
    if failed or (link.connected and not ended):
        raise GatewayError(
            Text("接收线程意外结束，见日志", "the ingest thread ended unexpectedly, see the log"),
            Text("重新启动；未确认的消息会再次送达", "start again; what was not acknowledged is delivered again"),
        )
    return 0


def _by_the_clock(
    store: Store,
    store_key: StoreKey,
    keyring: Keyring,
    config: GatewayConfig,
    settings: Path,
    workers: Sequence[Worker],
) -> list[Errand | Keeper]:
    """Return what is done each hour, each night, when a report is due or keys were changed; ``settings``: a file."""
    heads = Heads(keyring, store_key, forward=bool(config.forward))
    hourly = Hourly(store, heads, config.data_dir / HEADS_FILE, lambda: _wake(workers))
    sweeper = Sweeper(keyring, heads, config.retention, [one.destination for one in config.forward])
    offset_ms = config.visits.utc_offset_min * 60_000
    nightly = Nightly(store, sweeper, config.retention, offset_ms)
    reports, rekeying = Keeper(config.report, settings, offset_ms), Rekeying(store, store_key)
    return [hourly.errand(), nightly.errand(), reports, rekeying.errand()]


def _wake(senders: Sequence[Worker | Channel]) -> None:
    for one in senders:
        one.wake()


def _stop(ingest: IngestLoop, acts: Acts, http: HttpServer, workers: Sequence[Stoppable], apart: Apart) -> bool:
    """Stop everything side by side, each within its own time; return whether ingest has ended."""
    stops: list[Callable[[], object]] = [http.stop, *(worker.stop for worker in workers), apart.stop]
    helpers = [threading.Thread(target=stop, daemon=True) for stop in stops]
    for helper in helpers:
        helper.start()
    ended = ingest.stop()
    acts.close()
    for helper in helpers:
        helper.join(LONGEST_STOP_S)
    return ended


def log_to_stderr() -> None:
    """Write what happens to stderr, one line each; the journal of the system adds the time."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    for name in ("httpx", "httpcore", "alembic", "uvicorn"):
        logging.getLogger(name).setLevel(logging.WARNING)
