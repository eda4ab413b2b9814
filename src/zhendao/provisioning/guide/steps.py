"""The steps of an installation, in the order in which a person stands before them."""

from typing import Final

from zhendao.protocol.wording import Text
from zhendao.provisioning.guide.journey import Step

HOME, SETTINGS, DOOR, ENROL, SURVEY, TEST, ACCEPT, START = (
    "home", "settings", "door", "enrol", "survey", "test", "accept", "start",
)  # fmt: skip

STEPS: Final = (
    Step(
        HOME,
        Text("这是哪一户", "whose home"),
        Text("地点、老人与工程师，将写入验收证书", "place, elder and engineer, as the certificate will have them"),
    ),
    Step(
        SETTINGS,
        Text("接线与设置", "wiring and settings"),
        Text("读卡器、定位接收机、消息代理，写入 device.toml", "reader, receiver and broker, kept in device.toml"),
    ),
    Step(
        DOOR,
        Text("门牌", "door tag"),
        Text("把要装的门牌放到读卡器上", "hold the door tag of this home to the reader"),
        (HOME, SETTINGS),
    ),
    Step(
        ENROL,
        Text("终端入网", "enrolment"),
        Text("密钥在终端内生成，机构签发证书", "the key is made in the terminal; the authority certifies it"),
        (HOME, SETTINGS, DOOR),
    ),
    Step(
        SURVEY,
        Text("测量位置", "survey"),
        Text("天线放到最终位置；室内没有定位也可继续", "antenna where it will stay; no fix indoors is no obstacle"),
        (HOME, ENROL),
    ),
    Step(
        TEST,
        Text("自检", "self-test"),
        Text("按提示出示门牌与工卡，看灯听声", "show door tag and card when asked; look and listen"),
        (ENROL,),
    ),
    Step(
        ACCEPT,
        Text("验收证书", "certificate"),
        Text("终端签名，机构会签，生成一页 PDF", "signed by the terminal, countersigned, one page to print"),
        (SURVEY, TEST),
    ),
    Step(
        START,
        Text("开始服务", "into service"),
        Text("随开机启动，断电后自动恢复", "it starts with the machine, and comes back after a power cut"),
        (ACCEPT,),
        may_leave=True,
    ),
)
