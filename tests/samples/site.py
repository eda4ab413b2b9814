"""A tenant for tests of the gateway: an authority, terminals that make real messages, and a pipeline with its store."""

from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from secrets import token_bytes
from typing import Any

from samples.line import Line
from samples.stores import put_store
from zhendao.gateway.alerts.raising import Alerting
from zhendao.gateway.alerts.settings import AlertsTable
from zhendao.gateway.alerts.telling import Telling, nobody
from zhendao.gateway.blocklist.spreading import Spreading
from zhendao.gateway.cases.casing import Casing
from zhendao.gateway.cases.deeds import Clerk
from zhendao.gateway.cases.settings import CasesTable
from zhendao.gateway.config import BlocklistTable, TokensTable, VisitsTable
from zhendao.gateway.forward.notes import owing
from zhendao.gateway.ingest.beacons import Beacons
from zhendao.gateway.ingest.orders import Commander
from zhendao.gateway.ingest.pipeline import Pipeline
from zhendao.gateway.ingest.receive import Receiver
from zhendao.gateway.ingest.session import Message
from zhendao.gateway.ingest.spreads import Spreads
from zhendao.gateway.ingest.terminals import Terminals
from zhendao.gateway.judging.hints import Hints
from zhendao.gateway.judging.measures import Measures
from zhendao.gateway.judging.share import TogetherTable
from zhendao.gateway.judging.valid import ValidTable
from zhendao.gateway.meals.settings import MealsTable
from zhendao.gateway.meals.watching import MealWatch
from zhendao.gateway.place.settings import GeofenceTable, LearningTable
from zhendao.gateway.plans.sending import Plans
from zhendao.gateway.registry.current import Current
from zhendao.gateway.store.engine import Store, open_store
from zhendao.gateway.store.migrate import upgrade
from zhendao.gateway.store.sealing import StoreKey
from zhendao.gateway.surveys.settings import SurveysTable
from zhendao.gateway.surveys.surveyor import Surveyor
from zhendao.gateway.tokens.noting import Tokens
from zhendao.gateway.tokens.proving import Prover
from zhendao.gateway.visits.conclude import BACKLOG, Conclusions
from zhendao.gateway.visits.drawing import Policy, least_of
from zhendao.gateway.visits.services import ServiceTable
from zhendao.protocol.ack import Ack, open_ack
from zhendao.protocol.batch import encode_batch
from zhendao.protocol.bodies import Boot, Previous
from zhendao.protocol.certificates import Certificate, Name, Role, Usage
from zhendao.protocol.chain import TrustStore
from zhendao.protocol.down import MacedAck, split_down
from zhendao.protocol.errors import CryptoError
from zhendao.protocol.issuing import Subject, issue
from zhendao.protocol.suite import INTL, Suite
from zhendao.protocol.topics import Topic
from zhendao.protocol.vocabulary import BootReason, Mounting, Placement

TENANT = "xuhui"
NOW_MS = 1_790_000_100_000  # shortly after the day of `samples.line`
YEAR_S = 365 * 86_400


@dataclass
class Terminal(Line):
    """A terminal with a certificate; ``message`` is what it would publish."""

    certificate: Certificate | None = None
    previous: Previous | None = None

    def start(self, reason: BootReason = BootReason.START, **when: int) -> Any:
        """Begin a start as `Line` does, naming the head that was known before."""
        if self.previous is None:
            return super().start(reason, **when)
        body = Boot(
            token_bytes(16),
            reason,
            previous=self.previous,
            software="test",
            placement=Placement.HOME,
            mounting=Mounting.CRADLE,
        )
        self.starts.append(self._fresh_keys())
        self.boot_nonce = body.nonce
        return self.add(body)

    def _fresh_keys(self) -> Any:
        from zhendao.protocol.seal import StartKeys  # noqa: PLC0415 - a detail of this helper

        return StartKeys(token_bytes(16), token_bytes(32), self.device, self.epoch, len(self.items) + 1)

    def message(self, first: int, last: int, *companions: int, certificate: bool = True) -> Message:
        """Return the message that carries events ``first``…``last`` and the boot events ``companions``."""
        batch = self.batch(first, last)
        brought = tuple(encode_batch(self.batch(seq, seq)) for seq in companions)
        der = self.certificate.der if certificate and self.certificate else None
        return self.wrapped(encode_batch(replace(batch, companions=brought, certificate=der)))

    def wrapped(self, payload: bytes, channel: Any = "up") -> Message:
        """Return ``payload`` as a message of this terminal."""
        return Message(str(Topic(TENANT, self.device, channel)), payload)


@dataclass
class Authority:
    """Root and issuing authority of one tenant, and the gateway's key for wraps."""

    suite: Suite = INTL
    tenant: str = TENANT
    now_s: int = NOW_MS // 1000
    serial: int = 0

    def __post_init__(self) -> None:
        self.root_key, self.issuing_key = (self.suite.new_signing_key() for _ in range(2))
        self.wrap = self.suite.new_unwrapping_key()
        self.root = self._issue("root", "root", self.root_key.spki, "certify", self.root_key, None)
        self.issuing = self._issue("issuing", "issuing", self.issuing_key.spki, "certify", self.root_key, self.root)
        self.trust = TrustStore([self.root.der], [self.issuing.der])

    def _issue(
        self, role: Role, name: str, spki: bytes, usage: Usage, key: Any, issuer: Certificate | None, years: int = 5
    ) -> Certificate:
        self.serial += 1
        times = (self.now_s - YEAR_S, self.now_s + years * YEAR_S)
        subject = Subject(Name(self.tenant, role, name), spki, usage, *times)
        return issue(subject, self.serial.to_bytes(16, "big"), key, issuer)

    def certify(self, line: Terminal, years: int = 5) -> Certificate:
        """Give ``line`` a certificate for its key."""
        name = line.device.hex()
        return self._issue("terminal", name, line.key.spki, "sign", self.issuing_key, self.issuing, years)

    def gateway(self, spki: bytes) -> Certificate:
        """Return the gateway's certificate for signing."""
        return self._issue("gateway", "one", spki, "sign", self.issuing_key, self.issuing)

    def terminal(self, **more: Any) -> Terminal:
        """Return a terminal with its boot event journalled."""
        key = more.pop("key", None) or self.suite.new_signing_key()
        device = more.pop("device", None) or token_bytes(16)
        years = more.pop("years", 5)
        self.serial += 1
        certificate = self._issue("terminal", device.hex(), key.spki, "sign", self.issuing_key, self.issuing, years)
        wrapping = self.suite.wrapping_key(self.wrap.spki)
        return Terminal(
            self.suite,
            [wrapping],
            device=device,
            key=key,
            certificate_id=certificate.id,
            certificate=certificate,
            **more,
        )


@dataclass
class Site:
    """A gateway without a broker: its store and its pipeline."""

    folder: Path
    authority: Authority
    table: VisitsTable = field(default_factory=VisitsTable)
    grace_ms: int = 60_000
    backlog: int = BACKLOG
    blocklist: BlocklistTable = field(default_factory=BlocklistTable)
    prover: Prover | None = None
    rules: TokensTable = field(default_factory=TokensTable)
    alerts: AlertsTable = field(default_factory=AlertsTable)
    telling: Telling = nobody
    services: tuple[ServiceTable, ...] = ()
    fence: GeofenceTable = field(default_factory=GeofenceTable)
    learning: LearningTable = field(default_factory=LearningTable)
    hints: Hints = field(default_factory=Hints)
    valid: ValidTable = field(default_factory=ValidTable)
    surveys: SurveysTable = field(default_factory=SurveysTable)
    meals: MealsTable = field(default_factory=MealsTable)
    together: TogetherTable = field(default_factory=TogetherTable)
    store: Store = field(init=False)

    def __post_init__(self) -> None:
        self.key = StoreKey(bytes(32))
        self.gateway_key = self.authority.suite.new_signing_key()
        self.certificate_id = bytes(32)
        self.open()

    def open(self) -> None:
        """Open store and pipeline, as at a start of the gateway."""
        file = Path(self.folder) / "gateway.db"
        if not file.exists():
            put_store(file)
        self.store = open_store(f"sqlite:///{file}")
        upgrade(self.store)
        self.terminals = Terminals(self.key)
        beacons = Beacons()
        measures = self.measures()
        casing = Casing(CasesTable(), self.key, hints=measures.hints)
        self.surveyor = Surveyor(casing, self.terminals, Current(self.key), measures)
        conclusions = Conclusions(
            self.key,
            self.terminals,
            Current(self.key),
            self.table,
            forward=True,
            backlog=self.backlog,
            tokens=self.tokens(),
            policy=measures.policy,
            beside=self.surveyor,
            settings=measures.digest,
        )
        self.conclude, self.due, self.redraw = conclusions.draw, conclusions.due, conclusions.redraw
        self.meal_watch = MealWatch(
            *(self.key, self.terminals, Current(self.key), self.meals.rules(480), self.table.clock_s * 1000),
            forward=True,
        )
        commander = Commander(TENANT, self.gateway_key, self.certificate_id)
        self.pipeline = Pipeline(
            store=self.store,
            terminals=self.terminals,
            receiver=Receiver(TENANT, self.authority.trust.check, {self.authority.suite.id: self.authority.wrap}),
            tenant=TENANT,
            conclude=self.conclude,
            due=self.due,
            redraw=self.redraw,
            commander=commander,
            spreading=Spreads(
                Spreading(self.blocklist, self.terminals, commander),
                Plans(self.terminals, commander, 8 * 3_600_000),
                casing,
                self.surveyor,
                self.meal_watch,
            ),
            alerting=Alerting(self.alerts, self.key, self.terminals, Current(self.key), commander, self.telling),
            beacon=beacons,
            forget=(beacons.forget, conclusions.forget),
            gap_grace_ms=self.grace_ms,
            clerk=Clerk(casing, commander, conclusions.again, owing(self.key)),
            looks_on=self.surveyor.is_due,
        )

    def measures(self) -> Measures:
        """Return all settings that visits are judged by."""
        least = least_of(self.table, self.rules)
        return Measures(
            *(self.table, least, self.services, self.fence, self.learning),
            *(self.hints, self.valid, self.surveys, self.together),
        )

    def policy(self) -> Policy:
        """Return what visits are judged by."""
        return self.measures().policy

    def tokens(self) -> Tokens | None:
        """Return what notes tokens, where they are proved here."""
        if self.prover is None:
            return None
        clock_ms = self.table.clock_s * 1000
        return Tokens(self.key, self.prover, self.rules, clock_ms, self.surveyor.recounted)

    def take(self, *messages: Message, now_ms: int = NOW_MS) -> Any:
        """Process one group."""
        return self.pipeline.process(messages, now_ms)

    def settle(self, now_ms: int = NOW_MS) -> int:
        """Do what waits for time, until nothing does; return how many conclusions changed."""
        drawn = 0
        while True:
            outcome = self.pipeline.watch(now_ms)
            drawn += outcome.conclusions
            if not outcome.more:
                return drawn

    def acks(self, line: Terminal, outcome: Any) -> list[Ack]:
        """Return the acknowledgements in ``outcome`` that the current start of ``line`` believes."""
        found = [split_down(out.payload) for out in outcome.outgoing]
        believed = []
        for one in found:
            if isinstance(one, MacedAck):
                with suppress(CryptoError):
                    believed.append(open_ack(line.suite, line.starts[-1].mac_key, one))
        return believed
