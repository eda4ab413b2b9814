"""The day that the demo plays: who lives where, who comes, what happens in which order. Values only.

People and addresses are invented; the places are real streets' latitudes. A home's steps happen one after another,
the homes side by side. Durations are real seconds: the service code says that four are enough.
"""

from dataclasses import dataclass, field

from zhendao.protocol.vocabulary import Datum
from zhendao.protocol.wording import Text

TENANT = "xuhui"
SERVICE = "DEMO"
"""The service code of the demo's visits: at least `MIN_SERVICE_S`, at most `MAX_SERVICE_S` seconds. rule: SERVICES."""
MIN_SERVICE_S = 4
MAX_SERVICE_S = 600
GUARD_S = 2
"""The terminals' double-tap guard in the demo, seconds: shorter than the shortest visit."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A true position, degrees × 10^7 in WGS-84."""

    lat_e7: int
    lon_e7: int


@dataclass(frozen=True, slots=True)
class Home:
    """An elder's home: where it is, and in which datum its address was surveyed."""

    key: str
    elder: str
    address: str
    spot: Spot
    datum: Datum


@dataclass(frozen=True, slots=True)
class Caregiver:
    """Somebody who comes, with one card; not ``registered``: a card that nobody wrote or knows."""

    key: str
    name: str
    uid: str
    registered: bool = True


@dataclass(frozen=True, slots=True)
class Check:
    """Hold the door tag and the caregiver's card to the terminal. ``repeats``: the pair was there a moment ago."""

    caregiver: Caregiver
    says: Text
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class Stay:
    """The service goes on for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Move:
    """Carry terminal and door tag somewhere else, which takes ``seconds``."""

    spot: Spot
    seconds: float
    says: Text


@dataclass(frozen=True, slots=True)
class CutLink:
    """The home's link to the broker breaks."""

    says: Text


@dataclass(frozen=True, slots=True)
class MendLink:
    """The home's link works again."""

    says: Text


@dataclass(frozen=True, slots=True)
class CallForHelp:
    """The elder presses the red button; a person at the duty seat takes the call. rule: SOS."""

    says: Text
    taken: Text


Step = Check | Stay | Move | CutLink | MendLink | CallForHelp


@dataclass(frozen=True, slots=True)
class Day:
    """What happens in one home."""

    home: Home
    steps: tuple[Step, ...] = field(default=())


ZHANG = Caregiver("zhang-min", "张敏", "04a1b2c3d4e5f1")
LIU = Caregiver("liu-yang", "刘洋", "04a1b2c3d4e5f2")
CHEN = Caregiver("chen-guifang", "陈桂芳", "04a1b2c3d4e5f3")
CAREGIVERS = (ZHANG, LIU, CHEN)
DUTY = "李芳"
"""Who sits at the duty seat."""
SEAT = "一号席"
STRANGER = Caregiver("stranger", "", "0499aabbccdd77", registered=False)

WANG = Home("wang", "王秀英", "上海市徐汇区枫林路 218 弄 6 号 302 室", Spot(31_1983000, 121_4524000), Datum.WGS84)
LI = Home("li", "李建国", "上海市徐汇区天钥桥路 1160 弄 12 号 501 室", Spot(31_1796000, 121_4426000), Datum.GCJ02)
ZHOU = Home("zhou", "周兰珍", "上海市徐汇区龙华西路 85 弄 3 号 102 室", Spot(31_1741000, 121_4469000), Datum.GCJ02)

_ELSEWHERE = Spot(31_2034000, 121_4690000)
"""Some three kilometres from the home of Li."""

CARRY_S = 7.0
"""How long the carrying takes: the terminal says a new place once its last 30 epochs, five a second, are from there."""

_WAY = 2.0
"""The caregivers are on their way: long enough for the receivers to have their fix."""

_MOMENT = 0.6
"""Long enough for a tag to be taken away before the next one comes."""

_LONG = MIN_SERVICE_S + 0.6
_SHORT = GUARD_S + 0.5

DAY: tuple[Day, ...] = (
    Day(
        WANG,
        (
            Stay(_WAY),
            Check(ZHANG, Text("张敏上门，签到", "Zhang Min arrives and checks in")),
            Stay(_MOMENT),
            Check(ZHANG, Text("她又刷了一次", "she holds her card there again"), repeats=True),
            Stay(_LONG),
            Check(ZHANG, Text("服务结束，签退", "the service is done, she checks out")),
            Stay(_MOMENT),
            Check(STRANGER, Text("有人刷了一张没登记的卡", "somebody checks in with an unknown card")),
            CallForHelp(
                Text("王秀英按下红色按钮", "Wang Xiuying presses the red button"),
                Text(f"{SEAT}的{DUTY}接了呼救", f"{DUTY} at {SEAT} takes the call"),
            ),
        ),
    ),
    Day(
        LI,
        (
            Stay(_WAY),
            Check(LIU, Text("刘洋签到", "Liu Yang checks in")),
            Stay(_SHORT),
            Check(LIU, Text("没多久就签退", "and out, far too soon")),
            Move(_ELSEWHERE, CARRY_S, Text("终端连同门牌被带走", "terminal and door tag are carried away")),
            Check(LIU, Text("在别处“签到”", "a check-in from elsewhere")),
            Stay(_LONG),
            Check(LIU, Text("在别处“签退”", "a check-out from elsewhere")),
        ),
    ),
    Day(
        ZHOU,
        (
            CutLink(Text("断网", "the link breaks")),
            Stay(_WAY),
            Check(CHEN, Text("陈桂芳签到，没有网", "Chen Guifang checks in, offline")),
            Stay(_LONG),
            Check(CHEN, Text("签退，还是没有网", "and out, still offline")),
            MendLink(Text("网络恢复", "the link is back")),
        ),
    ),
)
