"""What is noted about single events and certificates while they are taken: one sentence each, in both languages.

A finding never stands in the way of a fact (promise 5).
"""

from zhendao.gateway.ingest.epochs import Finding
from zhendao.gateway.ingest.gaps import Gap
from zhendao.protocol.wording import Text

_OWN = {
    "missing": Text("没有自己的签名", "carries no signature of its own"),
    "unknown": Text("自己的签名所用证书未知", "has a signature of its own under a certificate that is not known"),
    "invalid": Text("自己的签名无效", "has a signature of its own that is not valid"),
}


def unreadable(epoch: bytes, seq: int, reason: str) -> Finding:
    """Note an event that its terminal signed, but that cannot be read."""
    text = Text(
        f"第 {seq} 条由终端签名，但无法解读（{reason}）；按原样保存",
        f"event {seq} was signed by its terminal but cannot be read ({reason}); it is kept as it is",
    )
    return Finding(epoch, seq, "unreadable", f"event {seq}", text)


def own_signature(epoch: bytes, seq: int, problem: str) -> Finding:
    """Note a check or boot event whose own signature is ``missing``, ``unknown`` or ``invalid``."""
    what = _OWN[problem]
    text = Text(f"第 {seq} 条{what.zh}；仅由整批签名证明", f"event {seq} {what.en}; only its batch proves it")
    return Finding(epoch, seq, "own_signature", f"event {seq}", text)


def expired_certificate(epoch: bytes, seq: int, certificate_id: bytes) -> Finding:
    """Note events outside the time of their certificate."""
    name = certificate_id.hex()[:16]
    text = Text(
        f"自第 {seq} 条起，终端证书 {name} 不在有效期内；照常保存",
        f"from event {seq} on, the terminal's certificate {name} is outside its time; facts are stored all the same",
    )
    return Finding(epoch, seq, "certificate_expired", name, text)


def gap(epoch: bytes, found: Gap) -> Finding:
    """Name the events that are missing."""
    text = Text(
        f"缺少第 {found.first}–{found.last} 条", f"events {found.first}–{found.last} of this terminal are missing"
    )
    return Finding(epoch, found.first, "gap", f"{found.first}-{found.last}", text)


def other_head(epoch: bytes, seq: int) -> Finding:
    """Note a terminal that says of itself to have another history than the one held."""
    text = Text(
        f"终端报告的第 {seq} 条链头与平台所存不同：终端被复制，或日志被改写",
        f"the terminal reports another head at event {seq} than the one held: cloned, or its journal was rewritten",
    )
    return Finding(epoch, seq, "fork", "state", text)


def behind(epoch: bytes, seq: int, held: int) -> Finding:
    """Note a terminal whose journal ends before what is held of it."""
    text = Text(
        f"终端报告日志到第 {seq} 条，平台已有到第 {held} 条：磁盘映像被恢复",
        f"the terminal reports a journal up to event {seq}, held up to {held}: a disk image was restored",
    )
    return Finding(epoch, seq, "rollback", "state", text)


MOVED = "moved"


def moved(epoch: bytes, seq: int) -> Finding:
    """Note a fixed terminal that is not where it was surveyed, by its own word."""
    text = Text(
        f"第 {seq} 条：终端的定位与安装时的位置不符，可能已被移动；请核查",
        f"event {seq}: the terminal is not where it was surveyed, it may have been moved; somebody has to look",
    )
    return Finding(epoch, seq, MOVED, f"event {seq}", text)


CLOCK_DISPUTED = "clock_disputed"
CLOCK_DIVIDED = "clock_divided"


def clock_divided(epoch: bytes, seq: int, boot_id: bytes, apart_ms: int) -> Finding:
    """Note a terminal whose sources of time are ``apart_ms`` apart, by its own word."""
    seconds = apart_ms // 1000
    text = Text(
        f"第 {seq} 条：终端的两个时间来源相差 {seconds} 秒，均不单独采信；请人工核查",
        f"event {seq}: two sources of time at the terminal are {seconds} s apart, none is believed alone; somebody has "
        "to look",
    )
    return Finding(epoch, seq, CLOCK_DIVIDED, boot_id.hex(), text)


def clock_stepped(epoch: bytes, seq: int, boot_id: bytes, apart_ms: int) -> Finding:
    """Note a terminal whose trusted times are ``apart_ms`` apart in one start, by its monotonic clock."""
    seconds = apart_ms // 1000
    text = Text(
        f"第 {seq} 条：终端同一次开机内的可信时间前后相差 {seconds} 秒（按单调时钟），其一有误；请人工核查",
        f"event {seq}: trusted times of one start of the terminal are {seconds} s apart by its monotonic clock, one of "
        "them is wrong; somebody has to look",
    )
    return Finding(epoch, seq, CLOCK_DIVIDED, boot_id.hex(), text)


def clock_disputed(epoch: bytes, seq: int, boot_id: bytes, ahead_ms: int) -> Finding:
    """Note a trusted time that cannot be: ``ahead_ms`` after its arrival, or (negative) before an earlier one."""
    seconds = abs(ahead_ms) // 1000
    if ahead_ms > 0:
        text = Text(
            f"第 {seq} 条所称时间比送达时间还晚 {seconds} 秒：终端时间有误，或平台时钟偏慢；请人工核查",
            f"event {seq} says a time {seconds} s after it arrived: the terminal's time is wrong, or the clock here is "
            "slow; somebody has to look",
        )
    else:
        text = Text(
            f"第 {seq} 条所称时间比更早的记录早了 {seconds} 秒：时间来源可能被伪造；请人工核查",
            f"event {seq} says a time {seconds} s before that of an earlier one: a source of time may be forged; "
            "somebody has to look",
        )
    return Finding(epoch, seq, CLOCK_DISPUTED, boot_id.hex(), text)
