"""What a replayed tag's counter should have been at least: the visit, anywhere, whose reading of it shows so.

`judge` holds every reading of a tag against each other. Here the one that says most is looked up among the readings
in the store (`tokens.readings`), whatever terminal made it, and its visit is looked at beside the doubtful one.
rule: TWO-TOKENS
"""

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, not_, or_, select

from zhendao.gateway.judging.detectors.readings import PARTS, reading_of
from zhendao.gateway.store.conclusions import checks, visits
from zhendao.gateway.store.prepared import Prepared
from zhendao.gateway.store.sealing import StoreKey
from zhendao.gateway.tokens.findings import Finding as Word
from zhendao.gateway.tokens.giving import tag_of
from zhendao.gateway.tokens.tables import READINGS
from zhendao.gateway.visits.judgement import Visit
from zhendao.protocol.vocabulary import Kind

_OF_COUNTS: Final = frozenset({Word.REPLAYED, Word.STALE, Word.CLONED})
_FEW: Final = 3
"""So many of the highest counts are followed to their visits: a check may have been taken back."""
_R: Final = READINGS.c
_SAME_BOOT: Final = and_(_R.device == bindparam("device"), _R.boot_id == bindparam("boot_id"))
_SAME_EPOCH: Final = and_(_R.device == bindparam("device"), _R.epoch == bindparam("epoch"))
_HIGHEST: Final = Prepared(
    select(_R.device, checks.c.lane, _R.epoch, _R.seq)
    .join(checks, and_(*(checks.c[name] == _R[name] for name in ("device", "epoch", "seq", "h"))))
    .where(
        _R.tag == bindparam("tag"),
        _R.counter >= bindparam("counter"),
        checks.c.kind == int(Kind.CHECK),
        or_(
            and_(_SAME_BOOT, _R.mono_ns < bindparam("mono_ns")),
            and_(_SAME_EPOCH, _R.boot_id != bindparam("boot_id"), _R.seq < bindparam("seq")),
            and_(not_(_SAME_BOOT), not_(_SAME_EPOCH), _R.latest_ms < bindparam("earliest_ms")),
        ),
    )
    .order_by(_R.counter.desc())
    .limit(_FEW)
)
_OF_CHECK: Final = Prepared(
    select(visits.c.id)
    .where(
        *(visits.c[name] == bindparam(name) for name in ("device", "lane", "epoch")),
        visits.c.seq <= bindparam("seq"),
        visits.c.state != "withdrawn",
    )
    .order_by(visits.c.seq.desc())
    .limit(1)
)
_LANE: Final = Prepared(
    select(checks.c.lane).where(*(checks.c[name] == bindparam(name) for name in ("device", "epoch", "seq", "h")))
)
_NEVER_MS: Final = -(2**62)


def visits_before(connection: Connection, key: StoreKey, visit: Visit) -> list[bytes]:
    """Return the visits that read a tag of ``visit`` before, with a count as high, the highest first; without it."""
    found = dict.fromkeys(one for place in _doubtful(visit) for one in _higher(connection, key, place))
    found.pop(visit.visit_id, None)
    return list(found)


def visit_of(connection: Connection, event: tuple[bytes, bytes, int, bytes]) -> bytes | None:
    """Return the visit that has the check ``event`` (device, epoch, seq, h)."""
    device, epoch, seq, h = event
    lane = _LANE.scalar(connection, device=device, epoch=epoch, seq=seq, h=h)
    if lane is None:
        return None
    found: bytes | None = _OF_CHECK.scalar(connection, device=device, lane=lane, epoch=epoch, seq=seq)
    return found


def _doubtful(visit: Visit) -> Iterator[tuple[bytes, dict[str, Any]]]:
    """Give the tags of a visit whose counter is in doubt: number and place in time of each reading."""
    for check in visit.pair.checks if visit.pair is not None else ():
        for part in PARTS:
            read = check.body.door if part == "door" else check.body.caregiver
            said = (check.evidence or {}).get(part)
            if read is None or said is None or said.get("counter") is None:
                continue
            if _OF_COUNTS.isdisjoint(map(Word, said["findings"])):
                continue
            here = reading_of(check, part, said)
            earliest_ms = _NEVER_MS if here.earliest_ms is None else here.earliest_ms
            yield read.uid, {
                "device": here.device, "epoch": here.epoch, "seq": here.seq, "boot_id": here.boot_id,
                "mono_ns": here.mono_ns, "counter": here.counter, "earliest_ms": earliest_ms,
            }  # fmt: skip


def _higher(connection: Connection, key: StoreKey, place: tuple[bytes, dict[str, Any]]) -> Iterator[bytes]:
    uid, here = place
    for device, lane, epoch, seq in _HIGHEST.all(connection, tag=tag_of(key, uid), **here):
        row = _OF_CHECK.first(connection, device=device, lane=lane, epoch=epoch, seq=seq)
        if row is not None:
            yield row[0]
