"""`zhendao-device voices`: every spoken prompt with its words, whose recording is said, and what is wrong with which.

Promise: nothing is changed; exit code 1 where a recording is spoiled or a prompt is missing, and why is said in one
line each. With ``--say`` one of them is played, as loud as by day.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from zhendao.command.findings import Finding, good, note
from zhendao.command.output import emit_json, line
from zhendao.device import config
from zhendao.device.errors import DeviceError
from zhendao.device.feedback.voice.aplay import Aplay, PlayError
from zhendao.device.feedback.voice.prompts import script, their_limit_s
from zhendao.device.feedback.voice.shelf import OURS, Shelf
from zhendao.protocol.wording import Language, Text

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from zhendao.device.feedback.voice.settings import VoiceTable
    from zhendao.device.feedback.voice.sounds import Sound


class VoiceError(DeviceError):
    """A prompt was not played."""

    code = "voice"


def voices(arguments: argparse.Namespace, language: Language) -> int:
    """List the prompts, or play one. Raises `VoiceError`."""
    table = config.read(Path(arguments.config)).voice
    spoken: Language = "en" if (table.language or language) == "en" else "zh"
    told: list[Text] = []
    shelf = Shelf(table.dir, spoken, lambda _subject, text: told.append(text), arguments.ours or OURS)
    if arguments.say is not None:
        return _say(arguments.say, table, spoken, shelf)
    found = {name: shelf.find(name) for name in script(spoken)}
    if arguments.json:
        rows = [_row(name, words, _whose(table, found[name]), found[name]) for name, words in script(spoken).items()]
        emit_json({"language": spoken, "prompts": rows, "problems": [text.en for text in told]})
        return 1 if told else 0
    for name, words in script(spoken).items():
        one, most = found[name], their_limit_s(name)
        seconds = "–" if one is None else f"{one.seconds:.2f} s"
        whose = _WHOSE[_whose(table, one)].in_(language)
        line(f"{name}.wav  {whose}  {seconds}{'' if most is None else f' / {most} s'}  {words}")
    for text in told:
        line(f"! {text.in_(language)}")
    return 1 if told else 0


_WHOSE = {
    "theirs": Text("客户录音", "customer's"),
    "ours": Text("自带", "ours"),
    None: Text("缺失", "missing"),
}


def look(table: VoiceTable, ours: Path = OURS) -> Iterator[Finding]:
    """Yield what the doctor says of the voice; nothing where none is wanted. Nothing is played."""
    if table.kind == "none":
        return
    if shutil.which(Aplay.PROGRAM) is None:
        yield note(
            "voice",
            Text(
                "没有 aplay，不能播报；灯、蜂鸣与屏照常",
                "there is no aplay: nothing is said; light, buzzer and page go on",
            ),
            Text("apt-get install alsa-utils", "apt-get install alsa-utils"),
        )
        return
    told: list[Text] = []
    spoken: Language = "en" if table.language == "en" else "zh"
    shelf = Shelf(table.dir, spoken, lambda _subject, text: told.append(text), ours)
    found = [one for name in script(spoken) if (one := shelf.find(name)) is not None]
    if told:
        more = Text(f"；共 {len(told)} 处", f"; {len(told)} such") if len(told) > 1 else Text("", "")
        cure = Text("zhendao-device voices 逐条列出", "zhendao-device voices lists them all")
        yield note("voice", Text(told[0].zh + more.zh, told[0].en + more.en), cure)
        return
    theirs = sum(_whose(table, one) == "theirs" for one in found)
    yield good(
        *("voice", f"{len(found)} 条语音齐全，其中客户录音 {theirs} 条"),
        f"all {len(found)} prompts are there, {theirs} of them the customer's",
    )


def _whose(table: VoiceTable, found: Sound | None) -> str | None:
    if found is None:
        return None
    return "theirs" if table.dir is not None and found.path.is_relative_to(table.dir) else "ours"


def _row(name: str, words: str, whose: str | None, found: Sound | None) -> dict[str, object]:
    return {
        "name": name,
        "text": words,
        "whose": whose,
        "seconds": None if found is None else round(found.seconds, 2),
        "most_s": their_limit_s(name),
    }


def _say(name: str, table: VoiceTable, spoken: Language, shelf: Shelf) -> int:
    found = shelf.find(name) if name in script(spoken) else None
    if found is None:
        raise VoiceError(
            Text(f"没有名为 {name} 的语音", f"there is no prompt called {name}"),
            Text("zhendao-device voices 列出全部语音", "zhendao-device voices lists them all"),
        )
    player = Aplay(table.device)
    try:
        player.play(found.blocks(table.volume), found.seconds)
    except PlayError as error:
        raise VoiceError(
            error.text, Text("请检查 [voice] device 与 alsa-utils", "look at [voice] device and at alsa-utils")
        ) from error
    finally:
        player.close()
    return 0
