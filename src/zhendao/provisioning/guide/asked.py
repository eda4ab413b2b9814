"""What the guide asks a person, and what it takes for an answer.

A coordinate is asked for with the datum that it is said to be in: an address picked on a Chinese web map is GCJ-02
(高德、腾讯) or BD-09 (百度), and the survey tells when it was said wrongly.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from zhendao.protocol.wording import Text, same
from zhendao.provisioning.guide.dialogue import Choice, Question

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_ID = r"[^\s,;\"'\\]{1,64}"
_NAME = r"[^\x00-\x1f\"\\]{1,64}"
_READER = r"/[^\x00-\x1f\"\\]{1,200}|pcsc:[^\x00-\x1f\"\\]{0,100}"
_RECEIVER = r"(/[^\x00-\x1f\"\\]{1,200})?"
_BROKER = r"mqtts://[A-Za-z0-9.\-\[\]:]{1,200}|mqtt://(127\.0\.0\.1|localhost|\[::1\]):\d{1,5}"
_POINT = r"(-?\d{1,2}(\.\d{1,10})?\s*[,，]\s*-?\d{1,3}(\.\d{1,10})?)?"


def _matching(pattern: str) -> Callable[[str], str]:
    def check(answer: str) -> str:
        if not re.fullmatch(pattern, answer):
            raise ValueError(answer)
        return answer

    return check


PLACE: Final = Question("place", Text("地点编号（同登记表）", "id of the place, as in the registry"), _matching(_ID))
ELDER: Final = Question("elder", Text("老人编号（同登记表）", "id of the elder, as in the registry"), _matching(_ID))
ENGINEER: Final = Question("engineer", Text("工程师", "who installs it"), _matching(_NAME))
ADDRESS: Final = Question(
    "address",
    Text("登记地址的坐标：纬度,经度；没有就回车", "the address' coordinates: latitude,longitude; empty if none"),
    _matching(_POINT),
    default="",
)
DATUM: Final = Choice(
    "datum",
    Text("坐标取自哪里？", "where are they from?"),
    {
        "unknown": Text("不知道", "not known"),
        "gcj02": Text("高德、腾讯（GCJ-02）", "Amap, Tencent (GCJ-02)"),
        "bd09": Text("百度（BD-09）", "Baidu (BD-09)"),
        "wgs84": Text("卫星定位（WGS-84）", "satellites (WGS-84)"),
        "cgcs2000": Text("国家 2000（CGCS2000）", "national survey (CGCS2000)"),
    },
    "unknown",
)
PLACEMENT: Final = Choice(
    "placement",
    Text("终端放在哪里？", "where does it work?"),
    {
        "home": Text("老人家中", "in a home"),
        "station": Text("机构", "at a station"),
        "carried": Text("随身", "carried"),
    },
    "home",
)
MOUNTING: Final = Choice(
    "mounting",
    Text("门牌怎样装？", "how is the door tag mounted?"),
    {"cradle": Text("终端旁边", "beside the terminal"), "wall": Text("终端背后，贴在墙上", "behind it, on the wall")},
    "cradle",
)
START: Final = Choice(
    "start",
    Text("现在启动终端服务？", "start the terminal's service now?"),
    {"yes": Text("是", "yes"), "no": Text("否", "no")},
    "yes",
)


def reader(found: Sequence[str]) -> Question:
    """Return the question for the reader's port; ``found`` are those of this machine."""
    listed = "".join(f"\n {one}" for one in found)
    text = Text(
        f"读卡器的串口，或 pcsc:名称{listed}",
        f"port of the reader, or pcsc:NAME{listed}",
    )
    return Question("reader", text, _matching(_READER), default=found[0] if found else None)


def receiver(found: Sequence[str]) -> Question:
    """Return the question for the receiver's port; ``found`` are those of this machine."""
    listed = "".join(f"\n {one}" for one in found)
    text = Text(f"定位接收机的串口；没有就回车{listed}", f"port of the receiver; empty if there is none{listed}")
    return Question("receiver", text, _matching(_RECEIVER), default="")


BAUD: Final = Choice("baud", Text("接收机的波特率", "baud rate of the receiver"),
                     {rate: same(rate) for rate in ("9600", "38400", "115200", "4800")}, "9600")  # fmt: skip
BROKER: Final = Question(
    "broker",
    Text("消息代理，如 mqtts://mqtt.example.org:8883", "broker, such as mqtts://mqtt.example.org:8883"),
    _matching(_BROKER),
)
