"""The doctor's look at reader and receiver: by asking the running terminal, or by opening them if none runs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from zhendao.command.findings import Grade, bad, good, note, of_error
from zhendao.device import config
from zhendao.protocol.wording import Text
from zhendao.readers.errors import ReaderError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zhendao.command.findings import Finding
    from zhendao.device.config import DeviceSettings, GnssTable

LISTEN_S = 3.0
"""A receiver speaks once a second."""
_READ_BYTES = 4096
_ENOUGH = 3


def asked(told: Mapping[str, Any]) -> list[Finding]:
    """Return what the running terminal says of its reader and receiver."""
    notices = told.get("notices", {})
    found = []
    if told.get("reader") == "well":
        found.append(good("reader", "读卡器正常", "the reader works"))
    else:
        detail = notices.get("reader", "")
        found.append(
            bad(
                "reader",
                Text(
                    f"读卡器故障，不能打卡 {detail}".strip(),
                    f"the reader is down, no check is possible {detail}".strip(),
                ),
                Text(
                    "请检查接线与供电；终端会自行重新打开", "check wiring and power; the terminal opens it again itself"
                ),
            )
        )
    state, detail = told.get("gnss"), notices.get("gnss", "")
    if state == "well":
        found.append(good("gnss", "卫星定位正常", "the receiver has a fix"))
    elif state == "weak":
        found.append(
            note(
                "gnss",
                Text(
                    f"接收机有数据，没有可靠的定位 {detail}".strip(),
                    f"the receiver talks, and has no fix to rely on {detail}".strip(),
                ),
                Text("请把天线移到窗边；室内无定位不影响打卡", "move the antenna to a window; checks need no fix"),
            )
        )
    elif state == "down":
        found.append(
            note(
                "gnss",
                Text(f"接收机无数据 {detail}".strip(), f"the receiver is silent {detail}".strip()),
                Text("请检查接线与 [gnss] port", "check the wiring and [gnss] port"),
            )
        )
    return found


def probed(settings: DeviceSettings) -> list[Finding]:
    """Open both and see; only while no terminal runs."""
    found = [_reader(settings)]
    if settings.gnss is not None:
        found.append(_receiver(settings.gnss))
    return found


def _reader(settings: DeviceSettings) -> Finding:
    from zhendao.readers.drivers import open_reader  # noqa: PLC0415 - only where it is probed

    where = settings.nfc.port if settings.nfc.driver == "pn532" else settings.nfc.reader or settings.nfc.driver
    try:
        reader = open_reader(config.reader_settings(settings.nfc))
        try:
            reader.close()
        except ReaderError as error:
            return of_error("reader", error, Grade.NOTE)
    except ReaderError as error:
        return of_error("reader", error)
    return good("reader", f"读卡器应答正常（{where}）", f"the reader answers ({where})")


def _receiver(table: GnssTable) -> Finding:
    import serial  # noqa: PLC0415 - only where it is probed

    from zhendao.device.gnss.sentences import Refused, read  # noqa: PLC0415 - as above
    from zhendao.device.gnss.splitter import Splitter  # noqa: PLC0415 - as above

    cure = Text("请检查 [gnss] port、接线与 dialout 组", "check [gnss] port, the wiring, and the group dialout")
    splitter, heard, good_ones = Splitter(), 0, 0
    try:
        with serial.Serial(str(table.port), table.baud, timeout=0.2) as line:
            until = time.monotonic() + LISTEN_S
            while time.monotonic() < until and good_ones < _ENOUGH:
                data = line.read(_READ_BYTES)
                heard += len(data)
                good_ones += sum(not isinstance(read(one), Refused) for one in splitter.feed(data))
    except (OSError, ValueError) as error:
        what = Text(
            f"接收机端口 {table.port} 不能使用：{error}", f"the receiver's port {table.port} cannot be used: {error}"
        )
        return note("gnss", what, cure)
    if good_ones:
        return good("gnss", f"接收机有数据（{table.port}）", f"the receiver talks ({table.port})")
    if heard:
        return note(
            "gnss",
            Text(f"{table.port} 有数据但无法解读：波特率不对？", f"{table.port} talks and cannot be read: wrong baud?"),
            Text("终端运行时会自行寻找波特率", "a running terminal finds the rate by itself"),
        )
    return note("gnss", Text(f"{table.port} 没有任何数据", f"{table.port} is silent"), cure)
