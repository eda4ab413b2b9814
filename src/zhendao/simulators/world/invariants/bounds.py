"""`bounds`: queues, files and attempts stay within what is stated, however long a fault lasts.

The figures are those of docs/terminal.md (caps) and docs/gateway.md, with what the text there allows on top. Sending
again is bounded by what the link went through: what it still carries is not sent twice, so the broker never has to keep
an outage's worth of copies.
"""

from collections.abc import Mapping
from typing import ClassVar, Final

from zhendao.protocol.wording import Text
from zhendao.simulators.world.invariants.invariant import Handler, Invariant, Told
from zhendao.simulators.world.invariants.ranges import Ranges
from zhendao.simulators.world.reports import Attempted, Gauge, Sent

BOUNDS: Final[dict[str, tuple[int, Text]]] = {
    "flights": (4, Text("在途批次", "batches under way")),
    "held": (64 + 4, Text("网关要求稍后重发的批次", "batches put off by the gateway")),
    "taps": (1024, Text("等待处理的刷卡", "taps that wait for the desk")),
    "down": (64, Text("等待处理的下行消息", "messages to the terminal that wait")),
    "mqtt": (64, Text("终端 MQTT 库中未确认的消息", "messages in the terminal's MQTT library")),
    "told": (4096, Text("等待提示“已发出”“已收妥”的打卡", "checks of which sent and accepted are to be signalled")),
    "kept": (20_000 + 2_000, Text("网关已收、仍留作证据的记录", "events kept as evidence that the gateway has")),
    "log": (64, Text("终端日志每小时行数", "lines of the terminal's log in an hour")),
    "broker": (2_000, Text("代理为网关保留的消息", "messages that the broker keeps for the gateway")),
    "group": (12_000, Text("网关一次事务中的消息", "messages of one transaction of the gateway")),
}
"""What a `Gauge` may say at most, by its figure."""

MINUTE_NS: Final = 60 * 1_000_000_000
AGAIN_NS: Final = 200 * 1_000_000_000
"""Unanswered, one event is sent again so often at most: `silence_s` is 300, and the first waits are shorter."""
AGAIN_AT_ONCE: Final = 16
"""And so many batches at once: those under way as a link comes back, sent in smaller pieces."""
ATTEMPTS_A_MINUTE: Final = 170
"""One box asks the broker so often at most: one that refuses is asked within each second, 120 times a minute on average
(a small site is back within two seconds, docs/decisions/return-of-a-fleet.md), and by chance never 170 times."""


class Bounds(Invariant):
    """Compares each figure with its bound, and counts what is sent again and attempted."""

    name: ClassVar[str] = "bounds"
    says: ClassVar[Text] = Text(
        "队列、文件、重发与重连都不超过规定的上限",
        "queues, files, re-sending and attempts to connect stay within their bounds",
    )

    def __init__(self, broken: Told) -> None:
        super().__init__(broken)
        self._sent: dict[tuple[str, bytes], Ranges] = {}
        self._again: dict[str, dict[tuple[bytes, int], tuple[int, int]]] = {}
        self._attempts: dict[str, list[int]] = {}

    def handlers(self) -> Mapping[type, Handler]:
        """Hear figures, batches and attempts."""
        return {Gauge: self._gauge, Sent: self._batch, Attempted: self._attempt}

    def _gauge(self, one: Gauge) -> None:
        bound, what = BOUNDS[one.figure]
        if one.value > bound:
            self.broke(
                one.at_ns, one.who, f"{what.zh}：{one.value}，上限 {bound}", f"{what.en}: {one.value}, at most {bound}"
            )

    def _batch(self, one: Sent) -> None:
        sent = self._sent.setdefault((one.box, one.epoch), Ranges())
        if sent.missing(one.first, one.last) is not None:
            sent.add(one.first, one.last)
            return
        # A leaky bucket for each event that a batch begins with: it holds what may come at once and empties by one each
        # time that one may come again. Where half of the answers are lost, many events are sent again, each for itself.
        again, which = self._again.setdefault(one.box, {}), (one.epoch, one.first)
        level, at_ns = again.get(which, (0, one.at_ns))
        leaked = (one.at_ns - at_ns) // AGAIN_NS
        level = max(0, level - leaked) + 1
        again[which] = (level, one.at_ns if level == 1 else at_ns + leaked * AGAIN_NS)
        if level > AGAIN_AT_ONCE:
            again[which] = (0, one.at_ns)
            self.broke(
                one.at_ns, one.box, f"第 {one.first}–{one.last} 条无休止地重发",
                f"events {one.first}–{one.last} are sent again and again without an end",
            )  # fmt: skip

    def _attempt(self, one: Attempted) -> None:
        if one.ok:
            # What a new link carries again is a copy for each link at most: the bucket of copies begins anew.
            self._again.pop(one.box, None)
        recent = self._attempts.setdefault(one.box, [])
        recent.append(one.at_ns)
        if len(recent) > ATTEMPTS_A_MINUTE:
            if one.at_ns - recent[0] < MINUTE_NS:
                recent.clear()
                self.broke(
                    one.at_ns, one.box, f"一分钟内尝试连接超过 {ATTEMPTS_A_MINUTE} 次",
                    f"more than {ATTEMPTS_A_MINUTE} attempts to connect within a minute",
                )  # fmt: skip
            else:
                del recent[0]
