"""`zhendao-device journal verify`: every event hashed again to the head it ends in, and every signature checked.

Works beside a running terminal, and on a damaged journal that was set aside (``--file``). Exit code 1 if anything does
not hold, and it is named.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhendao.command.output import emit_json, line, table
from zhendao.device import config
from zhendao.device.identity.enrolled import load
from zhendao.device.journal.checking import holds
from zhendao.device.journal.opening import FILE
from zhendao.device.journal.schema import EPOCH_SHIFT
from zhendao.device.upkeep import books
from zhendao.protocol.ledger import genesis
from zhendao.protocol.proof import event_to_be_signed
from zhendao.protocol.wording import Language, Text

if TYPE_CHECKING:
    import argparse
    import sqlite3
    from collections.abc import Iterator

    from zhendao.device.identity.values import Identity
    from zhendao.protocol.suite import Suite

_CHUNK = 500
_QUERY = (
    "SELECT event.id, sealed, commitment, signature, certificate.id, head, prev, epoch.epoch FROM event"
    " JOIN certificate ON certificate.number = event.certificate JOIN epoch ON epoch.number = event.id >> 40"
    " WHERE event.id > ? ORDER BY event.id LIMIT ?"
)
Row = tuple[int, bytes, bytes, bytes, bytes, bytes, bytes | None, bytes]


@dataclass(slots=True)
class Verdict:
    """What was found in one epoch. ``holes``: numbers that are not there, pruned or lost; ``first`` counts as none."""

    epoch: bytes
    first: int
    last: int = 0
    events: int = 0
    holes: int = 0
    broken: list[int] = field(default_factory=list)
    """Events that do not hash to their head."""
    unsigned: list[int] = field(default_factory=list)
    """Events whose signature does not hold."""
    unknown: int = 0
    """Events signed under a certificate that is not the terminal's present one, and not checked."""

    @property
    def good(self) -> bool:
        """Whether everything holds."""
        return not self.broken and not self.unsigned


class Links:
    """Tells of rows in order what each is chained to. Pure."""

    def __init__(self, suite: Suite, device: bytes) -> None:
        self._suite, self._device = suite, device
        self._before: tuple[int, bytes] | None = None

    def of(self, row: Row) -> bytes | None:
        """Return h of the event before, None where it is not known: pruned without a note, or lost."""
        identity, *_, head, prev, epoch = row
        before, self._before = self._before, (identity, head)
        if prev is not None:
            return prev
        if identity % EPOCH_SHIFT == 1:
            return genesis(self._suite, self._device, epoch)
        return before[1] if before is not None and before[0] == identity - 1 else None


class Prover:
    """Takes rows in order and keeps a verdict for each epoch. Pure."""

    def __init__(self, who: Identity, device: bytes) -> None:
        self._who, self._device = who, device
        self._key = who.suite.verifying_key(who.key.spki)
        self._links = Links(who.suite, device)
        self.verdicts: dict[bytes, Verdict] = {}

    def take(self, row: Row) -> None:
        """Judge one event."""
        identity, sealed, commitment, signature, certificate, head, _, epoch = row
        seq, suite = identity % EPOCH_SHIFT, self._who.suite
        verdict = self.verdicts.setdefault(epoch, Verdict(epoch, seq))
        if verdict.events:
            verdict.holes += seq - verdict.last - 1
        verdict.last, verdict.events = seq, verdict.events + 1
        known = self._links.of(row)
        if known is None or not holds(suite, self._device, epoch, seq, known, (sealed, commitment, head)):
            verdict.broken.append(seq)
        if certificate != self._who.certificate_id:
            verdict.unknown += 1
        elif not self._key.verify(event_to_be_signed(suite, self._device, epoch, seq, certificate, head), signature):
            verdict.unsigned.append(seq)


def verify(arguments: argparse.Namespace, language: Language) -> int:
    """Check the whole journal; print a row for each epoch; return 1 if something does not hold."""
    folder = config.read(Path(arguments.config)).terminal.data_dir
    path = Path(arguments.file) if arguments.file else folder / FILE
    prover = Prover(load(folder / "identity"), books.read(path, books.device))
    for count, row in enumerate(every_event(path), 1):
        prover.take(row)
        if count % _CHUNK == 0:
            _progress(count)
    _progress(None)
    found = list(prover.verdicts.values())
    if arguments.json:
        emit_json([_as_json(one) for one in found])
    else:
        rows = [[one.epoch.hex()[:8], one.first, one.last, one.events, one.holes, *_marks(one)] for one in found]
        table([one.in_(language) for one in _HEADERS], rows)
        for one in found:
            _tell(one, language)
    return 0 if all(one.good for one in found) else 1


def every_event(path: Path) -> Iterator[Row]:
    """Yield every event in order, some at a time: a running terminal goes on writing. Raises `JournalError`."""
    after = 0

    def some(db: sqlite3.Connection) -> list[Row]:
        return db.execute(_QUERY, (after, _CHUNK)).fetchall()

    while rows := books.read(path, some):
        yield from rows
        after = rows[-1][0]


def _progress(count: int | None) -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K" if count is None else f"\r{count:,}")
        sys.stderr.flush()


def _marks(one: Verdict) -> tuple[str, str]:
    return "✗" if one.broken else "✓", "✗" if one.unsigned else "?" if one.unknown else "✓"


def _tell(one: Verdict, language: Language) -> None:
    for numbers, said in ((one.broken, _BROKEN), (one.unsigned, _UNSIGNED)):
        if numbers:
            more = "…" if len(numbers) > _MOST_NAMED else ""
            line(f"✗ {said.in_(language)} {', '.join(map(str, numbers[:_MOST_NAMED]))}{more}")
    if one.unknown:
        line(f"? {one.unknown} {_UNKNOWN.in_(language)}")


def _as_json(one: Verdict) -> dict[str, Any]:
    return {
        "epoch": one.epoch.hex(),
        "first": one.first,
        "last": one.last,
        "events": one.events,
        "holes": one.holes,
        "broken": one.broken,
        "unsigned": one.unsigned,
        "signatures_unchecked": one.unknown,
        "good": one.good,
    }


_MOST_NAMED = 20
_BROKEN = Text("与链上散列不符的事件：", "events that do not hash to their head:")
_UNSIGNED = Text("签名无效的事件：", "events whose signature does not hold:")
_UNKNOWN = Text(
    "条由旧证书签署，本机无法核验（网关可以）",
    "signed under an earlier certificate: the gateway can check them, we cannot",
)
_HEADERS = (
    Text("纪元", "epoch"),
    Text("首条", "first"),
    Text("末条", "last"),
    Text("条数", "events"),
    Text("缺号", "holes"),
    Text("链", "chain"),
    Text("签名", "signatures"),
)
