"""What a person at the machine is told of the clock, in one line. A table of words; decides nothing."""

import time

from zhendao.protocol.bodies import Clock
from zhendao.protocol.vocabulary import ClockReason
from zhendao.protocol.wording import Text

_WEEKS_MS = 1024 * 7 * 86_400_000
_NEAR_MS = 60_000


def weeks_rolled(apart_ms: int) -> int:
    """Return how often a week counter of ten bits rolled over if that is why two times are so far apart, else 0."""
    times = round(apart_ms / _WEEKS_MS)
    return times if abs(apart_ms - times * _WEEKS_MS) < _NEAR_MS else 0


def told(body: Clock) -> Text:
    """Return what a person at the machine is told of a clock event."""
    shown = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(body.wall_ms // 1000))
    seconds = abs(body.step_ms or 0) / 1000
    match body.reason:
        case ClockReason.STEP:
            return Text(
                f"系统时间跳变了 {seconds:.1f} 秒；时长不受影响",
                f"the system's clock was set by {seconds:.1f} s; durations are not affected",
            )
        case ClockReason.SOURCES_DISAGREE if weeks := weeks_rolled(abs(body.step_ms or 0)):
            return Text(
                f"卫星接收机的周计数已回绕（落后 {1024 * weeks} 周）：不采信其时间，请更新接收机固件",
                f"the receiver's week counter has rolled over ({1024 * weeks} weeks behind): its time is not believed, "
                "update its firmware",
            )
        case ClockReason.SOURCES_DISAGREE:
            return Text(
                f"两个时间来源相差 {seconds:.1f} 秒，均不单独采信；请核对卫星、NTP 与实时时钟",
                f"two sources of time are {seconds:.1f} s apart, none is believed alone: check GNSS, NTP and RTC",
            )
        case ClockReason.ANCHOR:
            return Text(f"时间可信（{body.source.name}）", f"the time is trusted ({body.source.name})")
    return Text(
        f"时间来源变为 {body.source.name}（{shown} UTC）", f"the time now comes from {body.source.name} ({shown} UTC)"
    )
