"""A check with a card, or by a person, that was on the blocklist at that moment. rule: BLOCKLIST.

Counted is what surely stood on the list before the check was made: an entry that came later accuses nobody.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from zhendao.gateway.judging.detectors.saying import of_visit
from zhendao.gateway.judging.findings import Detector, Finding, Seen
from zhendao.gateway.registry.standing import Block
from zhendao.protocol.vocabulary import Role
from zhendao.protocol.wording import Text

_CLEARS = Text(
    "名单登记有误的由登记单位更正；挂失的卡须查明是谁使用",
    "an entry that is wrong is corrected by whoever made it; of a lost card it must be found out who used it",
)
_WHY: Final = {
    "lost": Text("挂失", "lost"),
    "revoked": Text("注销", "revoked"),
    "barred": Text("行业禁入", "barred from the trade"),
}
_LISTED = Text("在名单上", "listed")


def _find(seen: Seen) -> Iterable[Finding]:
    block = next(_blocks(seen), None) if seen.registry.standing.blocks_somebody else None
    if block is None and not seen.flagged("token_blocked"):
        return
    why = _WHY.get(block.reason, _LISTED) if block is not None else _LISTED
    yield of_visit(
        "blocklisted", seen.visit, (1, 0, 1), "entries",
        Text(
            f"打卡时所用的卡或持卡人已列入禁入名单（{why.zh}），应为 0 条，查到 1 条",
            f"the card or its holder was blocklisted at the check ({why.en}): no entry was expected, there is one",
        ),
        _CLEARS,
    )  # fmt: skip


def _blocks(seen: Seen) -> Iterator[Block]:
    pair, registry = seen.visit.pair, seen.registry
    for check in () if pair is None else pair.checks:
        if check.moment.bound_ms is None:
            continue
        at_ms = min(check.moment.wall_ms - check.moment.bound_ms, check.received_ms)
        for read in (check.body.caregiver, check.body.door):
            if read is None:
                continue
            numbers = [registry.standing.block_of(one, at_ms) for one in (read.uid, read.token_id) if one is not None]
            yield from (one for one in numbers if one is not None)
            token = registry.token(read.token_id, read.uid, at_ms)
            if token is not None and token.role != Role.DOOR:
                person = registry.standing.block(token.holder_id, at_ms)
                if person is not None:
                    yield person


DETECTOR = Detector("blocklisted", _find)
