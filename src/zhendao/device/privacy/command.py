"""`zhendao-device privacy`: what is stored here about people, in plain words, as figures, or aloud. Changes nothing."""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING

from zhendao.command.output import emit_json, line
from zhendao.device import config
from zhendao.device.care.speaking import ask
from zhendao.device.privacy.holdings import look
from zhendao.device.privacy.sentences import sentences

if TYPE_CHECKING:
    import argparse

    from zhendao.protocol.wording import Language


def run(arguments: argparse.Namespace, language: Language) -> int:
    """Say it. Raises `DeviceError` where the journal cannot be read, or nothing can be said aloud."""
    settings = config.read(Path(arguments.config))
    found = look(settings, ask(settings.terminal.data_dir))
    said = sentences(found)
    if arguments.json:
        plain = {one.name: getattr(found, one.name) for one in fields(found)} | {
            "senses": asdict(found.senses),
            "places": found.places,
            "places_between": found.places_between,
        }
        emit_json(plain | {"text": {"zh": [one.zh for one in said], "en": [one.en for one in said]}})
    else:
        for one in said:
            line(one.in_(language))
    if arguments.speak:
        from zhendao.device.privacy.aloud import speak  # noqa: PLC0415 - only where it is to be heard

        speak(settings, found.people, language)
    return 0
