"""Open visits and the last checks of each caregiver: provisional in and out, and the double-tap guard. Pure.

Rows are kept under pseudonyms (a hash over device and token), so that the disk of a terminal names nobody.
A row outlives a restart; what the monotonic clock cannot say across a reboot is not guessed (``exact``).
rule: TWO-TOKENS (a visit has a check at its start and one at its end), rule: STATION.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from zhendao.device.taps.done import KEPT_NS, MAX_DONE, Done
from zhendao.protocol import cbor
from zhendao.protocol.errors import MalformedError
from zhendao.protocol.vocabulary import Direction, Placement

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zhendao.device.taps.decisions import MakeCheck, MakeUndo
    from zhendao.protocol.bodies import TokenRead

KEY_BYTES = 16
MAX_ROWS = 512
"""Rows kept; beyond it the one whose last check is oldest goes (a station sees hundreds of caregivers)."""
_ROW_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Visit:
    """The newest check of one caregiver (of one pair at a carried terminal), and the visit it left open.

    Attributes:
        caregiver: pseudonym of the caregiver's token.
        pair: pseudonym of door tag and caregiver of the last check.
        open_seq: seq of the check-in that is open, 0 if none is.
        open_ns: monotonic time of that check-in.
        last_seq: seq of the last check, 0 after an undo.
        last_ns: its monotonic time.
        closed_seq: the check-in that the last check closed, 0 if it closed none.
        closed_ns: its monotonic time.
        exact: the monotonic times are of this boot, not estimated from the wall clock.
        done: her last checks here that stand, oldest first, at most `done.MAX_DONE`.
    """

    caregiver: bytes
    pair: bytes
    open_seq: int
    open_ns: int
    last_seq: int
    last_ns: int
    closed_seq: int = 0
    closed_ns: int = 0
    exact: bool = True
    done: tuple[Done, ...] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """A row as the journal keeps it: the visit, and the epoch, boot and wall time that its clock times refer to.

    ``wall_ms`` is 0 where the time was not known; it is right to ± ``bound_ms``, -1 where that is not known.
    """

    visit: Visit
    epoch: bytes
    boot_id: bytes
    mono_ns: int
    wall_ms: int
    bound_ms: int = -1

    def encode(self) -> bytes:
        """Return the row's bytes."""
        one = self.visit
        times = [one.open_ns, one.last_ns, one.closed_ns]
        seqs = [one.open_seq, one.last_seq, one.closed_seq]
        place = (self.epoch, self.boot_id, self.mono_ns, self.wall_ms, self.bound_ms)
        return cbor.encode([one.caregiver, one.pair, seqs, times, *place, [done.raw() for done in one.done]])

    @staticmethod
    def decode(data: bytes) -> Stored:
        """Return the row that ``data`` holds; raises `MalformedError`. Rows of before the last two fields are read."""
        match cbor.decode(data, _ROW_BYTES):
            case [
                bytes() as caregiver,
                bytes() as pair,
                [int() as opened, int() as last, int() as closed],
                [int() as open_ns, int() as last_ns, int() as closed_ns],
                bytes() as epoch,
                bytes() as boot_id,
                int() as mono_ns,
                int() as wall_ms,
                *later,
            ]:
                visit = Visit(caregiver, pair, opened, open_ns, last, last_ns, closed, closed_ns)
                stored = Stored(visit, epoch, boot_id, mono_ns, wall_ms)
                match later:
                    case []:
                        return stored
                    case [int() as bound_ms, [*done]] if len(done) <= MAX_DONE:
                        return replace(
                            stored,
                            visit=replace(visit, done=tuple(Done.of(one) for one in done)),
                            bound_ms=bound_ms,
                        )
        raise MalformedError("visit", "not a row of the session")

    def at(self, epoch: bytes, boot_id: bytes, mono_ns: int, wall_ms: int, bound_ms: int | None = None) -> Visit:
        """Return the visit in the times of the boot that runs now; ``wall_ms`` is now, right to ± ``bound_ms``.

        In the same boot nothing changes. After a reboot the age is what the wall clock says, at least zero, and zero
        where the row's own time or now is not known (``wall_ms`` 0); the guard is off. In another epoch no seq of the
        old one is referred to (``opened_by`` is of the same epoch).
        """
        visit = self.visit
        if boot_id != self.boot_id:
            age_ms = max(0, wall_ms - self.wall_ms) if self.wall_ms else 0
            shift = mono_ns - self.mono_ns - age_ms * 1_000_000
            known = self.wall_ms > 0 and wall_ms > 0 and self.bound_ms >= 0 and bound_ms is not None
            vague = self.bound_ms + bound_ms if known and bound_ms is not None else None
            visit = replace(
                visit,
                open_ns=visit.open_ns + shift,
                last_ns=visit.last_ns + shift,
                closed_ns=visit.closed_ns + shift,
                exact=False,
                done=tuple(one.shifted(shift, vague) for one in visit.done),
            )
        if epoch != self.epoch:
            unreferred = UNREFERRED if visit.open_seq else 0
            done = tuple(one.of_epoch(self.epoch) for one in visit.done)
            visit = replace(visit, open_seq=unreferred, last_seq=0, closed_seq=0, exact=False, done=done)
        return visit


UNREFERRED = -1
"""Stands for the seq of an open check-in of an epoch before: the visit is open, and cannot be referred to."""


class Visits:
    """The rows, and what they say about the next tap."""

    def __init__(self, device: bytes, placement: Placement, visit_ns: int, guard_ns: int) -> None:
        self._device = device
        self._placement = placement
        self._visit_ns = visit_ns
        self._guard_ns = guard_ns
        self._rows: dict[bytes, Visit] = {}

    def restore(self, rows: Iterable[tuple[bytes, Visit]]) -> None:
        """Take over the rows of a journal."""
        self._rows.update(rows)

    def redate(self, rows: Iterable[tuple[bytes, Visit]]) -> None:
        """Take over the times of rows of an earlier boot: more is known of the time than when they were restored."""
        self._rows.update((key, row) for key, row in rows if key in self._rows and not self._rows[key].exact)

    def name(self, token: TokenRead) -> bytes:
        """Return the pseudonym of ``token`` on this terminal."""
        return self.name_of(token.token_id or token.uid)

    def name_of(self, number: bytes) -> bytes:
        """Return the pseudonym on this terminal of the token with this token id, or uid where it has none."""
        return self._hash(number)

    def pair_key(self, door: TokenRead | None, caregiver: TokenRead) -> bytes:
        """Return the pseudonym of the two tokens together."""
        return self._hash(self.name(door) + self.name(caregiver)) if door is not None else self.name(caregiver)

    def visit_key(self, door: TokenRead | None, caregiver: TokenRead) -> bytes:
        """Return what a visit is counted by: the caregiver; at a carried terminal the pair, for it sees many homes."""
        if self._placement is Placement.CARRIED:
            return self.pair_key(door, caregiver)
        return self.name(caregiver)

    def _hash(self, what: bytes) -> bytes:
        return sha256(b"zd1/visit" + self._device + what).digest()[:KEY_BYTES]

    def repeated(self, visit_key: bytes, pair_key: bytes, now_ns: int) -> Visit | None:
        """Return the last check if the same pair made it within the guard time."""
        row = self._rows.get(visit_key)
        if row is None or row.pair != pair_key:
            return None
        return row if self._guarded(row, now_ns) else None

    def repeated_by(self, caregiver: TokenRead, now_ns: int) -> tuple[bytes, Visit] | None:
        """Return key and row of the newest check of that card within the guard time, at whichever door."""
        name = self.name(caregiver)
        rows = [(k, r) for k, r in self._rows.items() if r.caregiver == name and self._guarded(r, now_ns)]
        return max(rows, key=lambda one: one[1].last_ns, default=None)

    def _guarded(self, row: Visit, now_ns: int) -> bool:
        return row.exact and row.last_seq > 0 and now_ns - row.last_ns <= self._guard_ns

    def next_direction(self, visit_key: bytes, now_ns: int) -> tuple[Direction, int | None]:
        """Return in or out for a check now, and the seq of the check-in that it closes."""
        row = self._rows.get(visit_key)
        if row is None or row.open_seq == 0 or now_ns - row.open_ns > self._visit_ns:
            return Direction.IN, None
        return Direction.OUT, row.open_seq if row.open_seq != UNREFERRED else None

    def after_check(self, made: MakeCheck, seq: int) -> dict[bytes, Visit | None]:
        """Return the rows as they are once ``made`` is in the journal as ``seq`` (None: gone)."""
        now_ns = max(made.caregiver.mono_ns, made.door.mono_ns if made.door is not None else 0)
        before = self._rows.get(made.visit_key)
        earlier = [one for one in (before.done if before is not None else ()) if now_ns - one.ns <= KEPT_NS]
        done = (*earlier, Done(seq, now_ns, made.direction))[-MAX_DONE:]
        row = Visit(self.name(made.caregiver), made.pair_key, seq, now_ns, seq, now_ns, done=done)
        if made.direction is Direction.OUT and before is not None:
            row = replace(row, open_seq=0, open_ns=0, closed_seq=before.open_seq, closed_ns=before.open_ns)
        return {**self._shed(made.visit_key), made.visit_key: row}

    def after_undo(self, made: MakeUndo) -> dict[bytes, Visit | None]:
        """Return the rows once a check is taken back: a check-in is gone, a check-out leaves its visit open again."""
        row = self._rows.get(made.visit_key)
        if row is None or row.last_seq != made.target:
            return {}
        done = tuple(one for one in row.done if one.epoch or one.seq != made.target)
        if row.open_seq == made.target or row.closed_seq == 0:
            if not done:
                return {made.visit_key: None}
            row = replace(row, closed_seq=0, closed_ns=0)
        return {
            made.visit_key: replace(
                row,
                open_seq=row.closed_seq,
                open_ns=row.closed_ns,
                last_seq=0,
                last_ns=done[-1].ns if done else 0,
                closed_seq=0,
                closed_ns=0,
                done=done,
            )
        }

    def apply(self, changes: Mapping[bytes, Visit | None]) -> None:
        """Take in rows that are in the journal now."""
        for key, row in changes.items():
            if row is None:
                self._rows.pop(key, None)
            else:
                self._rows[key] = row

    def done_by(self, caregiver: TokenRead) -> tuple[Done, ...]:
        """Return the last checks of that card, and of no other, oldest first: at a carried terminal at every door."""
        name = self.name(caregiver)
        found = [one for row in self._rows.values() if row.caregiver == name for one in row.done]
        return tuple(sorted(found, key=lambda one: one.ns))[-MAX_DONE:]

    def rows(self) -> Mapping[bytes, Visit]:
        """Return the rows as they are, by their key."""
        return self._rows

    def open_count(self) -> int:
        """Return how many visits are open."""
        return sum(1 for row in self._rows.values() if row.open_seq)

    def newest_open(self) -> int | None:
        """Return the seq of the open check-in that is the newest, None if there is none of this epoch."""
        opened = [row for row in self._rows.values() if row.open_seq > 0]
        return max(opened, key=lambda row: row.open_ns).open_seq if opened else None

    def _shed(self, coming: bytes) -> dict[bytes, Visit | None]:
        if len(self._rows) < MAX_ROWS or coming in self._rows:
            return {}
        oldest = min(self._rows, key=lambda key: (self._rows[key].open_seq != 0, self._rows[key].last_ns))
        return {oldest: None}
