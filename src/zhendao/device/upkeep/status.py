"""`zhendao-device status`: how the terminal is now, as it says itself if it runs, and what its journal holds."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhendao.command.output import emit_json, line, table
from zhendao.device import config
from zhendao.device.care.speaking import ask
from zhendao.device.identity.enrolled import read as read_papers
from zhendao.device.journal.opening import FILE
from zhendao.device.upkeep import books
from zhendao.protocol.wording import Language, Text

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from zhendao.device.upkeep.books import EpochBook

_DAY_S, _HOUR_S, _MINUTE_S = 86_400, 3600, 60


def status(arguments: argparse.Namespace, language: Language) -> int:
    """Say how the terminal is. Raises `DeviceError` if it is not enrolled and has no journal."""
    folder = config.read(Path(arguments.config)).terminal.data_dir
    told = ask(folder)
    path = folder / FILE
    if path.exists():
        device, found = books.read(path, lambda db: (books.device(db), books.epochs(db)))
    else:
        device, found = read_papers(folder / "identity").device, []
    size = sum(file.stat().st_size for file in folder.glob(FILE + "*"))
    aside = sorted(file.name for file in folder.glob(books.ASIDE))
    if arguments.json:
        epochs = [_as_json(one) for one in found]
        emit_json({"device": device.hex(), "running": told, "bytes": size, "epochs": epochs, "set_aside": aside})
        return 0
    line(Text(f"终端 {device.hex()}", f"terminal {device.hex()}").in_(language))
    for said in _lines(told) if told is not None else [_STOPPED]:
        line(said.in_(language))
    line(Text(f"日志 {size // 1024} KiB", f"journal {size // 1024} KiB").in_(language))
    for name in aside:
        line(Text(f"已搁置的损坏日志：{name}", f"damaged journal set aside: {name}").in_(language))
    headers = [one.in_(language) for one in (_EPOCH, _FIRST, _LAST, _WAITING, _REFUSED)]
    table(headers, [[one.epoch.hex()[:8], one.first, one.last, one.unacknowledged, one.quarantined] for one in found])
    return 0


def _as_json(one: EpochBook) -> dict[str, Any]:
    return {
        "epoch": one.epoch.hex(),
        "first": one.first,
        "last": one.last,
        "unacknowledged": one.unacknowledged,
        "quarantined": one.quarantined,
    }


def _lines(told: Mapping[str, Any]) -> list[Text]:
    """Return what the running terminal says of itself."""
    clock = told["clock"]
    wall = datetime.fromtimestamp(clock["wall_ms"] / 1000, UTC).isoformat(timespec="seconds")
    bound = "?" if clock["bound_ms"] is None else f"{clock['bound_ms']} ms"
    up, software = _span(int(told["up_s"])), told["software"]
    reader, gnss = _PARTS[told["reader"]], _PARTS[told["gnss"]]
    link = _LINKED if told["linked"] else _UNLINKED
    waiting = told["unacknowledged"]
    return [
        Text(f"运行中 {up.zh}（{software}）", f"running for {up.en} ({software})"),
        Text(f"读卡器：{reader.zh}；卫星接收机：{gnss.zh}", f"reader: {reader.en}; receiver: {gnss.en}"),
        Text(f"链路：{link.zh}；{waiting} 条待确认", f"link: {link.en}; {waiting} unconfirmed"),
        Text(f"时间 {wall}（来源 {clock['source']}，±{bound}）", f"time {wall} (from {clock['source']}, ± {bound})"),
    ]


def _span(seconds: int) -> Text:
    if seconds >= _DAY_S:
        return Text(f"{seconds // _DAY_S} 天", f"{seconds // _DAY_S} d")
    if seconds >= _HOUR_S:
        return Text(f"{seconds // _HOUR_S} 小时", f"{seconds // _HOUR_S} h")
    return Text(f"{seconds // _MINUTE_S} 分钟", f"{seconds // _MINUTE_S} min")


_PARTS = {
    "well": Text("正常", "well"),
    "weak": Text("有数据，无定位", "talks, no fix"),
    "down": Text("故障", "down"),
    "absent": Text("未装或未就绪", "not fitted, or not ready"),
}
_LINKED, _UNLINKED = Text("已连接", "connected"), Text("未连接", "not connected")
_STOPPED = Text("没有运行", "not running")
_EPOCH, _FIRST, _LAST = Text("纪元", "epoch"), Text("首条", "first"), Text("末条", "last")
_WAITING, _REFUSED = Text("落盘时未确认", "unconfirmed when written"), Text("被隔离", "quarantined")
