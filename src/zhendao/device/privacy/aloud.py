"""Says aloud what is stored here: the same prompt that the elder's own card, held there, is answered with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.device.errors import DeviceError
from zhendao.device.feedback.moments import Moment
from zhendao.device.feedback.voice.aplay import Aplay, PlayError
from zhendao.device.feedback.voice.prompts import said
from zhendao.device.feedback.voice.shelf import Shelf
from zhendao.device.feedback.words import Count
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zhendao.device.config import DeviceSettings
    from zhendao.device.feedback.voice.sounds import Sound
    from zhendao.protocol.wording import Language


class NotSpokenError(DeviceError):
    """It could not be said aloud."""

    code = "not-spoken"


def speak(settings: DeviceSettings, number: int | None, language: Language) -> None:
    """Say that ``number`` records were made since the terminal was started, and the rest. Raises `NotSpokenError`."""
    table = settings.voice
    if number is None:
        raise NotSpokenError(
            Text("终端没有运行，没有数可报", "the terminal does not run, and has no number to say"),
            Text("启动终端后再试", "start the terminal, and try again"),
        )
    if table.kind == "none":
        raise NotSpokenError(
            Text("没有设置语音", "no voice is set up"),
            Text('请设置 [voice] kind = "alsa"', 'set [voice] kind = "alsa"'),
        )
    spoken: Language = "en" if (table.language or language) == "en" else "zh"
    missing: list[Text] = []
    shelf = Shelf(table.dir, spoken, lambda _subject, text: missing.append(text))
    sounds = [shelf.find(name) for name in said(Moment.PRIVACY, (Count(number),), spoken)]
    if None in sounds:
        what = missing[-1] if missing else Text("缺少语音", "a prompt is missing")
        raise NotSpokenError(
            what, Text("重新安装语音，或录制所缺的", "install the prompts anew, or record the missing one")
        )
    whole = [one for one in sounds if one is not None]
    player = Aplay(table.device)
    try:
        player.play(_blocks(whole, table.volume), sum(one.seconds for one in whole))
    except PlayError as error:
        raise NotSpokenError(error.text, Text("请检查 [voice] device", "check [voice] device")) from error
    finally:
        player.close()


def _blocks(sounds: list[Sound], percent: int) -> Iterator[bytes]:
    for one in sounds:
        yield from one.blocks(percent)
