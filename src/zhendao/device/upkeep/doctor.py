"""`zhendao-device doctor`: looks at everything that a terminal needs, says what is wrong, and what to do about it.

Beside a running terminal it asks that one; where none runs it opens reader and receiver itself. It changes nothing.
Exit code 0: nothing keeps visits from being recorded and delivered; 1: something does.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zhendao.command.findings import Finding, Grade, bad, good, note, of_error, show, worst
from zhendao.command.output import emit_json, line
from zhendao.device import config
from zhendao.device.care.speaking import ask
from zhendao.device.link.address import Address
from zhendao.device.upkeep import blocklists, books, broker, installed, machine, papers, ports, voices
from zhendao.protocol.errors import ZhendaoError
from zhendao.protocol.wording import Language, Text

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator


def doctor(arguments: argparse.Namespace, language: Language) -> int:
    """Look at everything; print the findings; return 1 if one is bad."""
    found: list[Finding] = []
    for one in examine(Path(arguments.config)):
        found.append(one)
        if not arguments.json:
            show(one, language)
    grade = worst(found)
    if arguments.json:
        emit_json({"grade": grade.value, "findings": [one.as_json(language) for one in found]})
    else:
        line(_VERDICTS[grade].in_(language))
    return 1 if grade is Grade.BAD else 0


def examine(path: Path) -> Iterator[Finding]:
    """Yield findings, each as soon as it is known."""
    try:
        settings = config.read(path)
    except ZhendaoError as error:
        yield of_error("settings", error)
        return
    yield good("settings", f"设置文件 {path} 无误", f"the settings in {path} are good")
    yield from machine.look(settings)
    identity = settings.terminal.data_dir / "identity"
    address = Address.of(settings.broker.url, identity)
    enrolled = papers.look(identity, tls=address.tls)
    yield from enrolled
    yield from books.look(settings.terminal.data_dir)
    yield from blocklists.look(settings.terminal.data_dir)
    yield from installed.look(settings.terminal.data_dir)
    yield from voices.look(settings.voice)
    told = ask(settings.terminal.data_dir)
    if told is None:
        yield note(
            "service",
            Text("终端程序没有运行（或属于别的用户）", "the terminal is not running, or is another user's"),
            Text("systemctl start zhendao-device", "systemctl start zhendao-device"),
        )
        yield from ports.probed(settings)
    else:
        yield good(
            "service", f"终端程序运行中（{told.get('software')}）", f"the terminal runs ({told.get('software')})"
        )
        yield from ports.asked(told)
    if told is not None and told.get("linked"):
        # One certificate is one connection to the broker: another one would end that of the running terminal.
        yield good(broker.PART, "终端已连上消息代理", "the terminal is connected to the broker")
    elif worst(enrolled) is not Grade.BAD:
        yield broker.look(address)
    if told is not None:
        yield _link(told)


def _link(told: dict[str, object]) -> Finding:
    waiting = told.get("unacknowledged")
    if told.get("linked"):
        return good("link", f"已连上消息代理，{waiting} 条待确认", f"connected, {waiting} events unconfirmed")
    return bad(
        "link",
        Text(f"终端未连上消息代理，{waiting} 条待上传", f"the terminal is not connected; {waiting} events wait"),
        Text("记录保存在本机，连上后自动上传", "events are kept here, and sent once it is connected"),
    )


_VERDICTS = {
    Grade.GOOD: Text("一切正常", "all is well"),
    Grade.NOTE: Text("可以打卡；请留意带 ! 的各项", "visits are recorded; look at what is marked with !"),
    Grade.BAD: Text("需要处理：见带 ✗ 的各项", "something must be done: see what is marked with ✗"),
}
