"""A run of retention: kind by kind, step by step, each step with its receipt in one short transaction.

Promise: ingest has its turn between steps; what was cut off goes on at the next run with nothing done twice and
nothing left half (a step and its receipt are one commit). Afterwards the write-ahead log is emptied into the database,
so that no deleted byte is left in either file. rule: PIPL
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from zhendao.gateway.evidence.heads import Heads
from zhendao.gateway.keyring import Keyring
from zhendao.gateway.retention.book import Receipts
from zhendao.gateway.retention.kinds import KINDS, Kind, Wanted
from zhendao.gateway.retention.receipt import Receipt, Removed
from zhendao.gateway.retention.settings import RetentionTable
from zhendao.gateway.store.emptying import emptied
from zhendao.gateway.store.engine import Store

DAY_MS: Final = 86_400_000


@dataclass(slots=True)
class Run:
    """What a run came to: rows deleted of each kind, the receipts, and whether no byte of it is left in the files."""

    rows: dict[str, int] = field(default_factory=dict)
    first: int | None = None
    last: int | None = None
    gone: bool = False

    def note(self, kind: Kind, receipt: Receipt | None) -> None:
        """Count a step."""
        if receipt is not None:
            self.rows[kind.name] = self.rows.get(kind.name, 0) + sum(receipt.rows.values())
            self.first = self.first or receipt.number
            self.last = receipt.number


class Sweeper:
    """Deletes what is older than ``table`` allows; ``destinations``: the platforms that are fed."""

    def __init__(self, keyring: Keyring, heads: Heads, table: RetentionTable, destinations: Sequence[str]) -> None:
        self._heads, self._table, self._destinations = heads, table, destinations
        self._receipts = Receipts(keyring)

    def run(
        self, store: Store, now_ms: int, pause: Callable[[], bool] = lambda: False, as_of_ms: int | None = None
    ) -> Run:
        """Delete all that is due at ``as_of_ms``, ``now_ms`` where it is not given.

        Between steps ``pause`` is called, and ends the run by True. Raises `StoreError`, `EvidenceError`.
        """
        as_of_ms = now_ms if as_of_ms is None else as_of_ms
        run = Run()
        if not self._table.on:
            return run
        self._heads.make(store, now_ms)  # what is not in the log yet cannot go
        for kind in self.wanted():
            for receipt in self._steps(store, kind, now_ms, as_of_ms):
                run.note(kind, receipt)
                if pause():
                    return run
        if run.last is not None:
            self._heads.make(store, now_ms)
        run.gone = emptied(store)
        return run

    def wanted(self) -> list[Kind]:
        """Return the kinds that are not kept for ever."""
        return [kind for kind in KINDS if getattr(self._table, kind.setting)]

    def before_ms(self, kind: Kind, now_ms: int) -> int:
        """Return up to which moment (UTC ms) rows of ``kind`` go."""
        days: int = getattr(self._table, kind.setting)
        return now_ms - days * DAY_MS

    def _steps(self, store: Store, kind: Kind, now_ms: int, as_of_ms: int) -> Iterator[Receipt | None]:
        before_ms, cursor = self.before_ms(kind, as_of_ms), None
        rule = f"retention.{kind.setting} = {getattr(self._table, kind.setting)}"
        while True:
            removed = Removed()
            with store.writing() as connection:
                cursor = kind.step(connection, Wanted(before_ms, self._destinations), cursor, removed)
                receipt = self._receipts.write(connection, kind.name, rule, before_ms, removed, now_ms)
            yield receipt
            if cursor is None:
                return
