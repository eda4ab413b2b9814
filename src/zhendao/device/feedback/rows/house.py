"""What nobody tapped for: the box, its reader, its power, its network, what hangs on it; and what is stored here.

Promise: none of it makes a sound at night. What is down says so in light and on the page as long as it lasts.
"""

from zhendao.device.feedback.moment import Moment
from zhendao.device.feedback.shown import Origin, Page, Shown, Signal
from zhendao.protocol.wording import Text

HOUSE: dict[Moment, Shown] = {
    Moment.READY: Shown(Signal.NOTICE, Text("可以打卡", "ready"), Origin.BOX, Page.WELCOME, Text("可以打卡", "ready")),
    Moment.OFF_WALL: Shown(
        Signal.BAD,
        Text("读不到门牌，终端可能已离开墙面", "the door tag behind the terminal is gone"),
        *(Origin.BOX, Page.OUT_OF_ORDER),
        Text("读不到门牌", "door tag is gone"),
    ),
    Moment.READER_DOWN: Shown(
        Signal.BAD,
        Text("读卡器故障，暂不能打卡", "the reader is down, no check-in possible"),
        *(Origin.BOX, Page.OUT_OF_ORDER),
        Text("读卡器故障，不能打卡", "reader down, no check-in"),
    ),
    Moment.READER_UP: Shown(
        Signal.NOTICE,
        Text("读卡器已恢复", "the reader works again"),
        *(Origin.BOX, Page.WELL),
        Text("读卡器已恢复", "the reader works again"),
    ),
    Moment.BUTTON_STUCK: Shown(
        Signal.TROUBLE,
        Text("按钮卡住了，请检查", "a button is stuck, please look at it"),
        *(Origin.HOUSE, Page.TROUBLE),
        Text("按钮卡住了", "a button is stuck"),
    ),
    Moment.TAMPER_OPEN: Shown(
        Signal.TROUBLE,
        Text("终端外壳已打开，已记录", "the case is open; this is recorded"),
        *(Origin.HOUSE, Page.TROUBLE),
        Text("外壳已打开，已记录", "the case is open, and recorded"),
    ),
    Moment.TAMPER_CLOSED: Shown(
        Signal.NOTICE,
        Text("终端外壳已合上", "the case is closed"),
        *(Origin.HOUSE, Page.WELL),
        Text("外壳已合上", "the case is closed"),
    ),
    Moment.MAINS_LOST: Shown(
        Signal.TROUBLE,
        Text("停电，终端改用电池，照常打卡", "no mains; on battery, checks go on"),
        *(Origin.HOUSE, Page.TROUBLE),
        Text("停电，改用电池", "no mains, on battery"),
    ),
    Moment.MAINS_BACK: Shown(
        Signal.NOTICE,
        Text("来电了", "mains power is back"),
        *(Origin.HOUSE, Page.WELL),
        Text("来电了", "mains is back"),
    ),
    Moment.BATTERY_LOW: Shown(
        Signal.TROUBLE,
        Text("电池快用完，请接通电源", "the battery is nearly empty, connect the mains"),
        *(Origin.HOUSE, Page.TROUBLE),
        Text("电池快用完", "battery nearly empty"),
    ),
    Moment.SENSOR_FAULT: Shown(
        Signal.TROUBLE,
        Text("一个传感器异常，请检查", "a sensor is out of order, please look at it"),
        *(Origin.HOUSE, Page.TROUBLE),
        Text("传感器异常", "a sensor is out of order"),
    ),
    Moment.SENSOR_WELL: Shown(
        Signal.NOTICE,
        Text("传感器已恢复", "the sensor works again"),
        *(Origin.HOUSE, Page.WELL),
        Text("传感器已恢复", "the sensor works again"),
    ),
    Moment.PRIVACY: Shown(
        Signal.NOTICE,
        Text(
            "本机存打卡、评价和求助记录；没有摄像头，没有麦克风，打卡之外不定位",
            "visits, opinions and calls are stored here; no camera, no microphone, no position between checks",
        ),
        *(Origin.ASKED, Page.ANSWER),
        Text(
            "本机开机以来记了{}条。没有摄像头，没有麦克风，打卡之外不定位",
            "records made here since it was started: {}. No camera, no microphone, no position between checks",
        ),
    ),
    Moment.OFFLINE: Shown(
        Signal.NOTICE,
        Text("网络断开，照常打卡，恢复后发出", "no network; checks are kept and sent later"),
        *(Origin.BOX, Page.TROUBLE),
        Text("网络断开，照常打卡", "no network, checks go on"),
    ),
    Moment.ONLINE: Shown(
        Signal.NOTICE,
        Text("网络已恢复", "the network is back"),
        *(Origin.BOX, Page.WELL),
        Text("网络已恢复", "the network is back"),
    ),
}
