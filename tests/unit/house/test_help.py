"""Every sub-command of the five commands teaches: with an example, and in Chinese without a word left in English."""

import re
from typing import Any

import pytest

from zhendao.command.parser import Command, Parser, Program
from zhendao.device.cli import PROGRAM as DEVICE
from zhendao.gateway.cli import PROGRAM as GATEWAY
from zhendao.provisioning.cli import PROGRAM as PROVISION
from zhendao.simulators.cli import PROGRAM as SIM
from zhendao.verifier.cli import PROGRAM as VERIFY

PROGRAMS = (DEVICE, GATEWAY, PROVISION, SIM, VERIFY)
EACH = [(program, command) for program in PROGRAMS for command in program.commands]
NAMES = [f"{program.name} {command.name}" for program, command in EACH]


def shown(capsys: pytest.CaptureFixture[str], program: Program, words: list[str], language: Any) -> str:
    with pytest.raises(SystemExit) as ended:
        program([*words, "--help"], language)
    assert ended.value.code == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(("program", "command"), EACH, ids=NAMES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_help_has_an_example(
    capsys: pytest.CaptureFixture[str], program: Program, command: Command, language: str
) -> None:
    text = shown(capsys, program, command.name.split(), language)
    assert f"\n  {program.name} {command.name}" in text


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_the_command_itself_shows_an_example(capsys: pytest.CaptureFixture[str], program: Program) -> None:
    assert f"\n  {program.name} " in shown(capsys, program, [], "en").partition("examples:")[2]


@pytest.mark.parametrize(("program", "command"), EACH, ids=NAMES)
def test_everything_is_said_in_chinese_and_in_english(program: Program, command: Command) -> None:
    for language, chinese in (("zh", True), ("en", False)):
        parser = Parser(f"{program.name} {command.name}", language, command.help)
        command.add_arguments(parser)
        texts = [command.help.in_(language), *(action.help or "" for action in parser._actions)]
        assert all(bool(re.search("[一-鿿]", text)) is chinese for text in texts), texts
