"""What a terminal's starts say about its journal: new epoch, cut-off tail, rollback. Pure.

A journal that is lost, damaged or restored from an older copy is always found: the first event of an epoch names the
last head that the terminal knew, of which it keeps a copy outside the database (promise 3). Every epoch that nobody
planned is a finding with an unknown number of events lost.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zhendao.gateway.ingest.classify import Segment, fork_at
from zhendao.protocol.vocabulary import BootReason
from zhendao.protocol.wording import Text


@dataclass(frozen=True, slots=True)
class StartFact:
    """What the gateway keeps of one `boot` event; ``arrival`` orders starts by when they first came here.

    ``wall_ms`` is the terminal's wall time, that of the arrival where its clock was not set.
    """

    epoch: bytes
    start: int
    h: bytes
    reason: int
    previous_epoch: bytes | None
    previous_seq: int | None
    wall_ms: int
    arrival: int


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a journal that a person should know, with one sentence in each language."""

    epoch: bytes
    seq: int
    kind: str
    subject: str
    text: Text


def epoch_order(starts: Sequence[StartFact], *, by_arrival: bool = False) -> list[bytes]:
    """Return the epochs, oldest first: an epoch is newer than the one it names.

    Where none names another, the terminal's wall time decides (the arrival where it had none), so that the order
    follows from the facts alone; with ``by_arrival`` the time they came here, which no clock can get wrong.
    """
    rank: dict[bytes, tuple[int, bool, bytes]] = {}
    names: dict[bytes, bytes] = {}
    for start in starts:
        own = (start.arrival if by_arrival else start.wall_ms, start.reason != BootReason.FIRST, start.epoch)
        rank[start.epoch] = min(rank.get(start.epoch, own), own)
        if start.start == 1 and start.previous_epoch is not None and start.previous_epoch != start.epoch:
            names.setdefault(start.epoch, start.previous_epoch)
    ordered: dict[bytes, None] = {}
    for epoch in sorted(rank, key=rank.__getitem__):
        chain: dict[bytes, None] = {}  # the epoch and the older ones that it rests on; a circle ends where it closes
        at: bytes | None = epoch
        while at is not None and at in rank and at not in chain and at not in ordered:
            chain[at] = None
            at = names.get(at)
        ordered.update(dict.fromkeys(reversed(chain)))
    return list(ordered)


def newest_start(starts: Sequence[StartFact]) -> StartFact | None:
    """Return the start that runs now, as far as the facts say: the latest one of the newest epoch."""
    if not starts:
        return None
    newest = epoch_order(starts, by_arrival=True)[-1]
    return max((one for one in starts if one.epoch == newest), key=lambda one: (one.start, one.arrival))


def judge_journal(starts: Sequence[StartFact], held: Mapping[bytes, Sequence[Segment]]) -> list[Finding]:
    """Return every finding about the journals of one terminal that follows from its starts and what is held."""
    findings: list[Finding] = []
    order = epoch_order(starts)
    for start in sorted(starts, key=lambda one: (order.index(one.epoch), one.start, one.h)):
        if start.start == 1:
            findings.extend(_new_epoch(start, order, held))
        elif start.previous_epoch == start.epoch and (start.previous_seq or 0) >= start.start:
            findings.append(
                Finding(
                    start.epoch,
                    start.start,
                    "rollback",
                    f"start {start.start}",
                    Text(
                        f"终端在第 {start.start} 条处启动，却记得第 {start.previous_seq} 条：日志被旧副本替换",
                        f"started at event {start.start} but remembers event {start.previous_seq}: "
                        "its journal was replaced by an older copy",
                    ),
                )
            )
    for epoch, segments in held.items():
        findings.extend(_fork(epoch, segments, starts))
    return findings


def _new_epoch(start: StartFact, order: list[bytes], held: Mapping[bytes, Sequence[Segment]]) -> list[Finding]:
    place = order.index(start.epoch)
    if start.reason == BootReason.FIRST and place == 0:
        return []
    planned = start.reason == BootReason.PLANNED
    why = _REASONS.get(start.reason, Text("原因未知", "for a reason that is not known"))
    findings = [
        Finding(
            start.epoch,
            1,
            "new_epoch_planned" if planned else "new_epoch",
            "",
            Text(f"终端开始新的日志：{why.zh}", f"the terminal began a new journal: {why.en}"),
        )
    ]
    older = start.previous_epoch
    have = max((one.last for one in held.get(older, ())), default=0) if older is not None else 0
    knew = start.previous_seq or 0
    if older is not None and knew > have:
        text = Text(
            f"上一段日志至少到第 {knew} 条，平台只有到第 {have} 条：尾部缺失",
            f"the journal before reached event {knew} at least, held up to {have}: its tail is cut off",
        )
        findings.append(Finding(start.epoch, 1, "cut_tail", "", text))
    elif not planned:
        text = Text(
            "上一段日志的尾部可能缺失，数量未知", "the tail of the journal before may be lost, how much is not known"
        )
        findings.append(Finding(start.epoch, 1, "cut_tail", "", text))
    return findings


def _fork(epoch: bytes, segments: Sequence[Segment], starts: Sequence[StartFact]) -> list[Finding]:
    seq = fork_at(segments)
    if seq is None:
        return []
    text = Text(
        f"同一终端在第 {seq} 条处有两种历史：终端被复制，或日志被改写",
        f"two histories of one terminal from event {seq}: it was cloned, or its journal was rewritten",
    )
    findings = [Finding(epoch, seq, "fork", "", text)]
    boots = {one.start for one in starts if one.epoch == epoch and one.start > 1}
    for branch in segments[1:]:
        if branch.first in boots and any(
            one is not branch and one.overlaps(branch.first, branch.last) for one in segments
        ):
            text = Text(
                f"终端从第 {branch.first - 1} 条重新开始：磁盘映像被恢复，或终端被复制",
                f"started again from event {branch.first - 1}: a disk image was restored, or the terminal was cloned",
            )
            findings.append(Finding(epoch, branch.first, "rollback", f"branch {branch.first}", text))
    return findings


_REASONS: dict[int, Text] = {
    BootReason.FIRST: Text("自称首次启动，但平台已有它的日志", "it says first start, but a journal of it is held"),
    BootReason.START: Text("普通启动", "ordinary start"),
    BootReason.JOURNAL_DAMAGED: Text("日志损坏", "its journal was damaged"),
    BootReason.JOURNAL_MISSING: Text("日志丢失", "its journal was missing"),
    BootReason.HEAD_MISMATCH: Text("链头与平台不一致", "its head is not the one that is held here"),
    BootReason.PLANNED: Text("计划内", "planned"),
}
