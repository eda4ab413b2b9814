"""What to send next, and what an answer means for it: pure.

Promise: of one key only its oldest unanswered revision is on its way, so revisions arrive in order; a record that was
put off waits by itself while others pass; a batch that was refused as a whole is halved until the record at fault
stands alone, and only that one becomes a dead letter; a record that a platform fails at goes by itself from then on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from zhendao.gateway.forward.record import Answer, Record, Verdict
from zhendao.gateway.forward.retry import Backoff

LONGEST_MS: Final = 6 * 3_600_000
"""So long at most is waited before a record that was refused is sent anew: a number for each, 999 of a revision."""


@dataclass(frozen=True, slots=True)
class PutOff:
    """A record that the platform wanted later: ``attempts`` so far, not again before ``not_before_ms`` (monotonic).

    ``alone``: no answer came when it was sent alone; whether that is its fault nobody knows.
    """

    attempts: int
    not_before_ms: int
    alone: bool = False


def choose(
    waiting: Iterable[Record], put_off: Mapping[int, PutOff], now_ms: int, limit: int, *, trying: bool = False
) -> tuple[Record, ...]:
    """Return the next batch of at most ``limit`` records, oldest first, one revision of each key.

    One that failed alone goes alone: what a platform chokes on may hold up itself, and no other. While the platform
    fails (``trying``) others go before it, and where there is no other it need not wait.
    """
    first: dict[tuple[str, str], Record] = {}
    for record in waiting:
        name = (record.record_type, record.key)
        if name not in first or record.revision < first[name].revision:
            first[name] = record
    due = [r for r in first.values() if r.id not in put_off or put_off[r.id].not_before_ms <= now_ms]
    due.sort(key=lambda record: record.id)
    alone = {id_: one.not_before_ms for id_, one in put_off.items() if one.alone}
    others = tuple(record for record in due if record.id not in alone)[:limit]
    if trying:
        left = sorted((r for r in first.values() if r.id in alone), key=lambda record: alone[record.id])
        return others or tuple(left[:1])
    return tuple(due[:1]) if due and due[0].id in alone else others


def failed_alone(before: PutOff | None, backoff: Backoff, now_ms: int, rest_ms: int, chance: float) -> PutOff:
    """Return how long a record waits that had no answer when it was sent alone, at ``now_ms``.

    Longer than the platform is left alone (``rest_ms``), so that another one is tried next: half of what it may be, and
    as much again by chance.
    """
    attempts = 0 if before is None else before.attempts
    wait_ms = backoff.ceiling_ms(attempts) // 2 + backoff.delay_ms(attempts, chance) // 2
    return PutOff(attempts + 1, now_ms + rest_ms + max(wait_ms, 1), alone=True)


def next_limit(limit: int, most: int, *, refused: bool) -> int:
    """Return the size of the next batch: half after a refusal, twice as many after an answer, 1 to ``most``."""
    return max(1, limit // 2) if refused else min(most, limit * 2)


def judge(
    batch: Iterable[Record],
    answers: Mapping[str, Answer],
    put_off: Mapping[int, PutOff],
    backoff: Backoff,
    now_ms: int,
    chance: float,
) -> tuple[list[tuple[Record, Answer, int]], dict[int, PutOff]]:
    """Return what is settled, with the number of attempts, and what is put off; no answer means later.

    What is owed anew is both: its refusal is settled, and it waits.
    """
    settled = []
    later = {}
    for record in batch:
        answer = answers.get(record.idempotency_key, Answer(Verdict.LATER, "no answer")).kept()
        before = put_off[record.id].attempts if record.id in put_off else 0
        if answer.verdict is Verdict.LATER:
            later[record.id] = PutOff(before + 1, now_ms + backoff.delay_ms(before, chance))
        else:
            settled.append((record, answer, before + 1))
        if answer.verdict is Verdict.ANEW:
            wait_ms = min(answer.again_ms << min(before, 32), LONGEST_MS)
            later[record.id] = PutOff(before + 1, now_ms + max(wait_ms, backoff.delay_ms(before, chance)))
    return settled, later
