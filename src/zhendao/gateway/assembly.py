"""The deciding parts of a gateway put together: what takes messages in, and what draws conclusions from them.

Nothing here opens anything: store, keys, registry and randomness come from outside, and time comes with each call.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from zhendao.gateway.alerts.raising import Alerting
from zhendao.gateway.alerts.settings import AlertsTable
from zhendao.gateway.alerts.telling import Telling, nobody
from zhendao.gateway.blocklist.spreading import Spreading
from zhendao.gateway.cases.casing import Casing
from zhendao.gateway.cases.deeds import Clerk
from zhendao.gateway.cases.settings import CasesTable
from zhendao.gateway.config import BlocklistTable, TokensTable, VisitsTable
from zhendao.gateway.forward.notes import owes_nothing, owing
from zhendao.gateway.ingest.beacons import Beacons
from zhendao.gateway.ingest.handing import HandOn, nothing_to_hand_on
from zhendao.gateway.ingest.orders import Commander
from zhendao.gateway.ingest.pipeline import Pipeline
from zhendao.gateway.ingest.receive import Receiver, Trust
from zhendao.gateway.ingest.spreads import Spreads
from zhendao.gateway.ingest.terminals import MAX_TERMINALS, Terminals
from zhendao.gateway.ingest.withdrawn import Withdrawn, nothing_withdrawn
from zhendao.gateway.judging.hints import Hints
from zhendao.gateway.judging.measures import Measures
from zhendao.gateway.judging.share import TogetherTable
from zhendao.gateway.judging.valid import ValidTable
from zhendao.gateway.meals.settings import MealsTable
from zhendao.gateway.meals.watching import MealWatch
from zhendao.gateway.place.settings import GeofenceTable, LearningTable
from zhendao.gateway.plans.sending import Plans
from zhendao.gateway.registry.current import Current
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.sealing import StoreKey
from zhendao.gateway.surveys.settings import SurveysTable
from zhendao.gateway.surveys.surveyor import Surveyor
from zhendao.gateway.tokens.noting import Tokens
from zhendao.gateway.tokens.proving import Prover
from zhendao.gateway.visits.conclude import Conclusions
from zhendao.gateway.visits.drawing import least_of
from zhendao.gateway.visits.services import ServiceTable
from zhendao.protocol.keys import SigningKey, UnwrappingKey


@dataclass(frozen=True, slots=True)
class Credentials:
    """Whose gateway it is: whom it trusts, what it opens with (by suite), and what it signs commands with.

    ``former`` keys open what is older; ``withdrawn`` certificates are believed no longer; ``hand_on``: see `handing`.
    """

    tenant: str
    trust: Trust
    unwrapping_keys: Mapping[int, UnwrappingKey]
    signing_key: SigningKey
    certificate_id: bytes
    former: Sequence[UnwrappingKey] = ()
    withdrawn: Withdrawn = nothing_withdrawn
    hand_on: HandOn = nothing_to_hand_on
    prover: Prover | None = None
    """Proves tokens; without one a token is what its terminal says."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How it works: the thresholds of the rules, the grace of a gap, and whether platforms are owed anything."""

    visits: VisitsTable
    gap_grace_ms: int
    forward: bool
    terminals: int = MAX_TERMINALS
    """So many are kept in memory."""
    blocklist: BlocklistTable = field(default_factory=BlocklistTable)
    tokens: TokensTable = field(default_factory=TokensTable)
    alerts: AlertsTable = field(default_factory=AlertsTable)
    cases: CasesTable = field(default_factory=CasesTable)
    surveys: SurveysTable = field(default_factory=SurveysTable)
    hints: Hints = field(default_factory=Hints)
    services: tuple[ServiceTable, ...] = ()
    geofence: GeofenceTable = field(default_factory=GeofenceTable)
    learning: LearningTable = field(default_factory=LearningTable)
    valid: ValidTable = field(default_factory=ValidTable)
    meals: MealsTable = field(default_factory=MealsTable)
    together: TogetherTable = field(default_factory=TogetherTable)
    apart: Callable[[], None] | None = None
    """Starts the survey of everybody in a process of its own; None: it is made here."""
    telling: Telling = nobody
    """Finds who is told of an alert, and writes down what is owed to them."""

    def measures(self) -> Measures:
        """Return all settings that visits are judged by."""
        return Measures(
            self.visits,
            least_of(self.visits, self.tokens),
            self.services,
            self.geofence,
            self.learning,
            self.hints,
            self.valid,
            self.surveys,
            self.together,
        )


def make_conclusions(
    prover: Prover | None,
    manner: Manner,
    store_key: StoreKey,
    terminals: Terminals,
    registry: Current,
    beside: Surveyor | None = None,
) -> Conclusions:
    """Return what draws conclusions, from facts that come or that are read again."""
    measures = manner.measures()
    tokens: Tokens | None = None
    if prover is not None:
        told = () if beside is None else (beside.recounted,)
        tokens = Tokens(store_key, prover, manner.tokens, measures.clock_ms, *told)
    return Conclusions(
        store_key,
        terminals,
        registry,
        manner.visits,
        forward=manner.forward,
        tokens=tokens,
        policy=measures.policy,
        beside=beside,
        settings=measures.digest,
    )


def make_pipeline(
    credentials: Credentials,
    manner: Manner,
    store: Store,
    store_key: StoreKey,
    registry: Current,
    entropy: Callable[[int], bytes] = secrets.token_bytes,
) -> Pipeline:
    """Return the way of messages into ``store``; ``entropy`` gives as many random bytes as it is asked for."""
    terminals = Terminals(store_key, manner.terminals)
    beacons = Beacons(entropy)
    commander = Commander(credentials.tenant, credentials.signing_key, credentials.certificate_id)
    casing = Casing(manner.cases, store_key, hints=manner.hints)
    surveyor = Surveyor(casing, terminals, registry, manner.measures())
    surveyor.apart = manner.apart
    conclusions = make_conclusions(credentials.prover, manner, store_key, terminals, registry, surveyor)
    return Pipeline(
        store=store,
        terminals=terminals,
        receiver=Receiver(
            *(credentials.tenant, credentials.trust, credentials.unwrapping_keys),
            *(credentials.former, credentials.withdrawn),
        ),
        hand_on=credentials.hand_on,
        tenant=credentials.tenant,
        conclude=conclusions.draw,
        due=conclusions.due,
        redraw=conclusions.redraw,
        beacon=beacons,
        forget=(beacons.forget, conclusions.forget),
        gap_grace_ms=manner.gap_grace_ms,
        commander=commander,
        spreading=Spreads(
            Spreading(manner.blocklist, terminals, commander),
            Plans(terminals, commander, manner.visits.utc_offset_min * 60_000),
            casing,
            surveyor,
            MealWatch(
                *(store_key, terminals, registry, manner.meals.rules(manner.visits.utc_offset_min)),
                *(manner.visits.clock_s * 1000,),
                forward=manner.forward,
            ),
        ),
        alerting=Alerting(manner.alerts, store_key, terminals, registry, commander, manner.telling),
        clerk=Clerk(casing, commander, conclusions.again, owing(store_key) if manner.forward else owes_nothing),
        looks_on=surveyor.is_due,
    )
