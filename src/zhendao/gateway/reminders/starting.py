"""All that reminds in a running gateway: the clock of rounds and a worker for each channel, made from the settings."""

import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from zhendao.gateway.alerts.acting import Acts
from zhendao.gateway.config import GatewayConfig
from zhendao.gateway.errand import Errand
from zhendao.gateway.registry.current import Current
from zhendao.gateway.reminders.asking import Reminded, Setting
from zhendao.gateway.reminders.clock import Rounds
from zhendao.gateway.reminders.duties import NewestDuties
from zhendao.gateway.reminders.rounds import Rules
from zhendao.gateway.reminders.sending import Sending
from zhendao.gateway.reminders.ways.making import make_way
from zhendao.gateway.reminders.wording import words_of
from zhendao.gateway.reminders.worker import Worker
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.sealing import StoreKey

TIMEOUT_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Reminders:
    """What reminds; nothing where no plan is set."""

    rules: Rules
    rounds: Errand | None
    workers: tuple[Worker, ...]

    @property
    def threads(self) -> list[Errand | Worker]:
        """All that is started and stopped."""
        return [*self.workers, *(() if self.rounds is None else (self.rounds,))]


def rules_of(config: GatewayConfig) -> Rules:
    """Return by what it is decided who is reminded."""
    return Rules(config.remind, config.cases, config.visits.utc_offset_min * 60_000)


def make_reminders(
    config: GatewayConfig,
    folder: Path,
    store: Store,
    key: StoreKey,
    registry: Current,
    acts: Acts,
    deaf: Callable[[], bool],
) -> Reminders:
    """Return what reminds by ``config``, whose file is in ``folder``. Raises `KeysError`, `ReminderError`.

    ``registry``: the one that the gateway holds, so that a large one is not held twice. ``deaf`` tells that no terminal
    can be heard now. Everything is written through ``acts``, between what comes in: so no check-in that is in the store
    by then is overlooked.
    """
    rules, reminded, duties = rules_of(config), Reminded(), NewestDuties()

    def write(doing: Callable[[Connection], Any]) -> Any:
        return acts.do(lambda connection, _now: doing(connection), TIMEOUT_S)

    workers = []
    for plan in config.remind:
        words = words_of(plan.language, plan.words)
        for table in plan.channel:
            way, hidden = make_way(table, folder)
            setting = Setting(
                plan, table, rules, way, words, deaf, random.random, secrets.token_bytes, reminded, duties
            )
            workers.append(Worker(Sending(store, key, registry, setting, write), table, way, hidden))
    if not config.remind:
        return Reminders(rules, None, ())

    def made() -> None:
        for one in workers:
            one.wake()

    rounds = Rounds(store, registry, rules, write, deaf, made, duties)
    return Reminders(rules, rounds.errand(), tuple(workers))
