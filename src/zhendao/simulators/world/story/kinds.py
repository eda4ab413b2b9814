"""Every kind of act that a story may hold: what people do, and every fault. The one table.

Promise: what is not here cannot happen in a world; what is here is understood by the world (a test runs each). A fault
that lasts says for how long in `for_ms`, so a story without it is a whole story.
"""

from types import MappingProxyType

from zhendao.protocol.wording import Text
from zhendao.simulators.world.story.arguments import (
    BROKER,
    CAREGIVER,
    DAY,
    GATEWAY,
    HOUR,
    MINUTE,
    MS,
    NETWORK,
    NTH,
    PEOPLE,
    PER_MILLE,
    PIECES,
    PLATFORM,
    PPM,
    SECOND,
    TERMINAL,
    Argument,
    Kind,
    M,
    Whole,
    Word,
    lasting,
)

POWER, DISK, CLOCK, GNSS, READER, LINK, BROKERS, GATEWAYS, PLATFORMS = (
    "power",
    "disk",
    "clock",
    "gnss",
    "reader",
    "link",
    "broker",
    "gateway",
    "platform",
)
KINDS: dict[str, Kind] = {}
"""All of them by name, in the order of this file."""


def _kind(name: str, zh: str, en: str, family: str, whom: tuple[str, ...], **arguments: Argument) -> None:
    KINDS[name] = Kind(name, Text(zh, en), family, whom, MappingProxyType(arguments))


def _ms(zh: str, en: str, least: int, most: int, plain: int) -> Whole:
    return Whole(Text(zh, en), MS, least, most, plain)


_OFF = _ms("断开", "off for", 1, 30 * DAY, 30 * SECOND)
_BACK = _ms("倒退", "back by", 1, 400 * DAY, DAY)
_BY = _ms("偏差", "by", -400 * DAY, 400 * DAY, HOUR)
_SHARE = Whole(Text("比例", "share"), PER_MILLE, 1, 1000, 1000)
_TIMES = Whole(Text("最多次数", "times at most"), PIECES, 1, 100_000, 1)
_ONE, _LINKS = (TERMINAL,), (TERMINAL, GATEWAY, NETWORK)

TOKENS = ("door", "caregiver", "elder", "foreign-door", "unknown", "revoked", "forged", "foreign-issuer", "random-uid")
"""What may be held to a reader. `foreign-door` n is the door tag of terminal n; `door` is this terminal's own."""
FORMS = ("signed", "uid")
"""Whether a token carries the issuer's signature, or is known by its uid alone."""
SLIPS = (
    "none",
    "double-tap",
    "lone-card",
    "lone-door",
    "walks-away",
    "forgets-out",
    "foreign-door",
    "too-short",
    "takes-back",
    "thinks-again",
)
"""What a person does otherwise than she should, once in a visit."""

_kind(
    "visit",
    "上门",
    "visit",
    PEOPLE,
    (CAREGIVER,),
    terminal=Whole(Text("终端", "terminal"), NTH, 0, 9999, 0),
    stay_ms=_ms("停留", "stays", SECOND, 3 * DAY, 90 * MINUTE),
    order=Word(Text("先刷", "first"), ("door", "card")),
    slip=Word(Text("失误", "slip"), SLIPS),
    patience=Whole(Text("最多试", "tries at most"), PIECES, 1, 100, 5),
)
_kind(
    "hold",
    "刷",
    "held to the reader",
    PEOPLE,
    _ONE,
    token=Word(Text("标签", "token"), TOKENS),
    number=Whole(Text("号", "number"), NTH, 0, 9999, 0),
    form=Word(Text("凭证", "form"), FORMS),
    for_ms=_ms("持续", "for", 1, HOUR, SECOND),
)

_kind("power-cut", "断电", "power cut", POWER, _ONE, for_ms=_OFF)
_kind(
    "power-cut-writing",
    "写盘时断电",
    "power cut in a disk write",
    POWER,
    _ONE,
    write=Whole(Text("其后第几次写盘", "at the n-th write from then on"), NTH, 1, 400, 1),
    within_ms=_ms("最多等", "waits at most", SECOND, 7 * DAY, HOUR),
    for_ms=_OFF,
)
_kind("kill", "进程被杀", "killed", POWER, _ONE, for_ms=_OFF)
_kind("stop", "进程停止", "stopped (SIGTERM)", POWER, _ONE, for_ms=_OFF)

_kind(
    "disk-full",
    "磁盘满",
    "disk full",
    DISK,
    _ONE,
    left=Whole(Text("剩余字节", "bytes left"), PIECES, 0, 1 << 24, 0),
    for_ms=lasting(),
)
_kind("disk-read-error", "读盘错误", "read errors", DISK, _ONE, times=_TIMES, for_ms=lasting())
_kind("disk-write-error", "写盘错误", "write errors", DISK, _ONE, times=_TIMES, for_ms=lasting())
_kind("disk-sync-error", "同步错误", "sync errors", DISK, _ONE, times=_TIMES, for_ms=lasting())
_kind(
    "disk-rot",
    "存储卡老化",
    "card rots",
    DISK,
    _ONE,
    what=Word(Text("坏了", "what"), ("bits", "sectors")),
    count=Whole(Text("处数", "places"), PIECES, 1, 4096, 1),
)
_kind(
    "journal-destroyed",
    "日志文件损毁",
    "journal destroyed",
    DISK,
    _ONE,
    how=Word(Text("方式", "how"), ("header", "deleted", "truncated")),
    for_ms=_OFF,
)
_kind("image-restored", "旧镜像写回", "old image put back", DISK, _ONE, back_ms=_BACK, for_ms=_OFF)
_kind("cloned", "存储卡被克隆", "card cloned", DISK, _ONE, back_ms=_BACK, for_ms=lasting(plain=HOUR))

_kind("clock-step", "墙钟跳变", "wall clock stepped", CLOCK, _ONE, by_ms=_BY)
_kind(
    "clock-at-boot",
    "开机时钟错误",
    "boots with a wrong clock",
    CLOCK,
    _ONE,
    says=Word(Text("显示", "says"), ("1970", "back")),
    back_ms=_BACK,
    for_ms=_OFF,
)
_kind("rtc-lost", "电池时钟丢失", "battery clock lost", CLOCK, _ONE, for_ms=lasting(plain=HOUR))
_kind("rtc-wrong", "电池时钟错误", "battery clock wrong", CLOCK, _ONE, by_ms=_BY, for_ms=lasting(plain=HOUR))
_kind(
    "drift",
    "晶振漂移",
    "crystal drifts",
    CLOCK,
    _ONE,
    ppm=Whole(Text("漂移", "drift"), PPM, -500, 500, 50),
    for_ms=lasting(plain=HOUR),
)
_kind("ntp-off", "NTP 停", "no NTP", CLOCK, _ONE, for_ms=lasting(plain=HOUR))
_kind("ntp-wrong", "NTP 授时错误", "NTP lies", CLOCK, _ONE, by_ms=_BY, for_ms=lasting(plain=HOUR))

_METRES = Whole(Text("距离", "metres"), M, 1, 10_000_000, 300)
_kind("gnss-none", "无卫星信号", "no satellites", GNSS, _ONE, for_ms=lasting(plain=HOUR))
_kind("gnss-drift", "定位漂移", "fix drifts", GNSS, _ONE, metres=_METRES, for_ms=lasting(plain=HOUR))
_kind("gnss-away", "定位在远处", "fix far away", GNSS, _ONE, metres=_METRES, for_ms=lasting(plain=HOUR))
_kind("gnss-time", "卫星时间被伪造", "satellite time spoofed", GNSS, _ONE, by_ms=_BY, for_ms=lasting(plain=HOUR))

_kind("reader-dead", "读卡器失效", "reader dead", READER, _ONE, for_ms=lasting())
_kind("reader-misreads", "读卡不清", "reader misreads", READER, _ONE, share=_SHARE, for_ms=lasting())

_kind(
    "link-cut",
    "断网",
    "link cut",
    LINK,
    _LINKS,
    how=Word(Text("方式", "how"), ("silent", "noticed")),
    for_ms=lasting(),
)
_kind(
    "link-half-open",
    "半开连接",
    "link half-open",
    LINK,
    _LINKS,
    lost=Word(Text("丢失方向", "what is lost"), ("both", "up", "down")),
    for_ms=lasting(),
)
_kind(
    "link-slow",
    "网络慢",
    "link slow",
    LINK,
    _LINKS,
    delay_ms=_ms("延迟", "delay", 1, 5 * MINUTE, SECOND),
    for_ms=lasting(),
)
_kind(
    "link-flap",
    "网络时断时续",
    "link flaps",
    LINK,
    _LINKS,
    up_ms=_ms("通", "up", 1, HOUR, 5 * SECOND),
    down_ms=_ms("断", "down", 1, HOUR, 5 * SECOND),
    for_ms=lasting(),
)
_kind("link-reset", "连接被重置", "connections reset", LINK, _LINKS)
_kind("link-loss", "丢包", "packets lost", LINK, _LINKS, share=_SHARE, for_ms=lasting())

_B = (BROKER,)
_kind(
    "broker-restart",
    "代理重启",
    "broker restarts",
    BROKERS,
    _B,
    keeps=Word(Text("保留", "keeps"), ("all", "saved", "nothing")),
    for_ms=_OFF,
)
_kind("broker-drops", "代理确认后丢弃", "broker acknowledges and drops", BROKERS, _B, share=_SHARE, for_ms=lasting())
_kind("broker-duplicates", "代理重复投递", "broker duplicates", BROKERS, _B, share=_SHARE, for_ms=lasting())
_kind("broker-reorders", "代理乱序", "broker re-orders", BROKERS, _B, share=_SHARE, for_ms=lasting())
_kind("broker-refuses", "代理拒绝连接", "broker refuses connections", BROKERS, _B, for_ms=lasting())
_kind(
    "broker-busy",
    "代理繁忙",
    "broker busy",
    BROKERS,
    _B,
    delay_ms=_ms("延迟", "delay", 1, 5 * MINUTE, SECOND),
    for_ms=lasting(),
)

_kind("broker-full", "代理不再接纳", "broker lets nobody in", BROKERS, _B, for_ms=lasting())
_kind("broker-mute", "代理不回执", "broker gives no receipts", BROKERS, _B, for_ms=lasting())

_G = (GATEWAY,)
_kind(
    "gateway-kill",
    "网关被杀",
    "gateway killed",
    GATEWAYS,
    _G,
    when=Word(Text("时机", "when"), ("idle", "in-transaction", "after-commit", "after-receipt")),
    statement=Whole(Text("事务中第几条语句", "n-th statement of the transaction"), NTH, 1, 200, 1),
    within_ms=_ms("最多等", "waits at most", SECOND, 7 * DAY, HOUR),
    for_ms=_OFF,
)
_kind("gateway-stop", "网关停止", "gateway stopped (SIGTERM)", GATEWAYS, _G, for_ms=_OFF)
_kind("store-full", "数据库空间满", "store full", GATEWAYS, _G, for_ms=lasting())
_kind("store-refuses", "数据库拒绝", "store refuses", GATEWAYS, _G, share=_SHARE, for_ms=lasting())
_kind("gateway-clock", "网关时钟错误", "gateway's clock wrong", GATEWAYS, _G, by_ms=_BY, for_ms=lasting(plain=HOUR))

_P = (PLATFORM,)
_kind("platform-errors", "平台报错", "platform answers with errors", PLATFORMS, _P, share=_SHARE, for_ms=lasting())
_kind(
    "platform-puts-off",
    "平台请稍后",
    "platform puts off",
    PLATFORMS,
    _P,
    after_s=Whole(Text("稍后", "retry after"), "s", 1, 3600, 30),
    share=_SHARE,
    for_ms=lasting(),
)
_kind(
    "platform-times-out",
    "平台收下后超时",
    "platform takes and does not answer",
    PLATFORMS,
    _P,
    share=_SHARE,
    for_ms=lasting(),
)
_kind("platform-down", "平台不通", "platform down", PLATFORMS, _P, for_ms=lasting())

FAULTS = tuple(kind for kind in KINDS.values() if kind.is_fault)
