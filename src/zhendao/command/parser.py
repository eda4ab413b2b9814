"""The command line of the five commands: sub-commands, help that teaches, errors in two languages.

Promise: nothing of a sub-command is imported before it is the one asked for, so that a small command starts fast
and a terminal never loads what it does not use. Wrong use is a `UsageError` (exit code 2), never a traceback.
"""

import argparse
import contextlib
import importlib
import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

import zhendao
from zhendao.command.errors import UsageError
from zhendao.command.language import LANGUAGES
from zhendao.command.wording import translate
from zhendao.protocol.wording import Language, Text

WRONG_USE = 2
_COLUMNS = 80


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Help in one language; the example lines keep their breaks."""

    usage_word = "usage: "

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)

    def add_usage(self, usage: str | None, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, self.usage_word if prefix is None else prefix)


def _columns() -> int:
    """Return how wide the screen is, as `shutil` tells it: argparse asks that for any line, and it loads much."""
    with contextlib.suppress(KeyError, ValueError):
        if (wide := int(os.environ["COLUMNS"])) > 0:
            return wide
    with contextlib.suppress(AttributeError, ValueError, OSError):
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or _COLUMNS  # type: ignore[union-attr]  # caught
    return _COLUMNS


class _ChineseFormatter(_Formatter):
    usage_word = "用法："

    def format_help(self) -> str:
        """Return the help; a heading ends with the colon of its script, where argparse puts its own."""
        return re.sub(r"^(选项|参数):$", r"\1：", super().format_help(), flags=re.MULTILINE)


class Parser(argparse.ArgumentParser):
    """Arguments of one command in one language, with ``--lang``, ``--json`` and ``--version`` on each."""

    def __init__(self, prog: str, language: Language, about: Text, examples: Text | None = None) -> None:
        super().__init__(
            prog=prog,
            description=about.in_(language),
            epilog=None if examples is None else f"{_EXAMPLES.in_(language)}\n{_indent(examples.in_(language))}",
            formatter_class=_ChineseFormatter if language == "zh" else _Formatter,
            add_help=False,
            allow_abbrev=False,
            conflict_handler="resolve",  # a sub-command may give `--json` another meaning, such as a file to write
        )
        self.language: Language = language
        self._positionals.title = Text("参数", "arguments").in_(language)
        self._optionals.title = Text("选项", "options").in_(language)
        self.option("-h", "--help", text=Text("显示本帮助", "show this help"), action="help")
        self.option("--lang", text=Text("语言，缺省取自系统", "language, default from the locale"), choices=LANGUAGES)
        self.option("--json", text=Text("以 JSON 输出结果", "print results as JSON"), action="store_true")
        version = f"%(prog)s {zhendao.__version__}"
        self.option("--version", text=Text("显示版本", "show the version"), action="version", version=version)

    def option(self, *names: str, text: Text, **how: Any) -> argparse.Action:
        """Add an argument or option, explained by ``text``; ``how`` is argparse's own."""
        return self.add_argument(*names, help=text.in_(self.language), **how)

    def error(self, message: str) -> NoReturn:
        """Raise `UsageError`: what is wrong, and how to get help."""
        cure = Text(f"请运行 {self.prog} --help", f"run {self.prog} --help")
        raise UsageError(translate(message), cure)


_EXAMPLES = Text("示例：", "examples:")
Runner = Callable[[argparse.Namespace, Language], int]


def lazy(target: str) -> Runner:
    """Return a runner that imports ``module:function`` only when it is called."""

    def call(arguments: argparse.Namespace, language: Language) -> int:
        module, _, name = target.partition(":")
        runner: Runner = getattr(importlib.import_module(module), name)
        return runner(arguments, language)

    return call


def no_arguments(_parser: Parser) -> None:
    """Add nothing: for a sub-command without arguments of its own."""


@dataclass(frozen=True)
class Command:
    """One sub-command. ``name`` may have several words (``terminal approve``); ``run`` is often made by `lazy`."""

    name: str
    help: Text
    add_arguments: Callable[[Parser], None]
    run: Runner
    examples: Text | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the name."""
        return tuple(self.name.split())


@dataclass(frozen=True)
class Program:
    """One of the five commands: its sub-commands, and what its help says. An instance fits `command.run.run`."""

    name: str
    about: Text
    commands: tuple[Command, ...]
    examples: Text | None = field(default=None)

    def __call__(self, argv: list[str], language: Language) -> int:
        """Find the sub-command that ``argv`` names, and run it; without one show the help (exit code 2)."""
        top = self._top((), language)
        before, rest = _split(argv)
        asked = top.parse_args(before)
        if not rest:
            top.print_help()
            return WRONG_USE
        command = self._find(rest)
        if command is None:
            return self._group(rest, language)
        parser = Parser(f"{self.name} {command.name}", language, command.help, command.examples)
        command.add_arguments(parser)
        arguments = parser.parse_args(rest[len(command.words) :])
        arguments.json = getattr(arguments, "json", False) or asked.json
        return command.run(arguments, language)

    def _find(self, rest: Sequence[str]) -> Command | None:
        fits = [c for c in self.commands if tuple(rest[: len(c.words)]) == c.words]
        return max(fits, key=lambda c: len(c.words), default=None)

    def _group(self, rest: list[str], language: Language) -> int:
        """Answer words that name no command: the help of their group, or what was probably meant."""
        words: tuple[str, ...] = ()
        while any(c.words[: len(words) + 1] == (*words, *rest[len(words) : len(words) + 1]) for c in self.commands):
            words = (*words, rest[len(words)])
            if len(words) == len(rest):
                break
        left = rest[len(words) :]
        if not left or left[0] in {"-h", "--help"}:
            self._top(words, language).print_help()
            return WRONG_USE if not left else 0
        raise UsageError(self._unknown(" ".join((*words, left[0])), words), self._cure(words))

    def _cure(self, words: tuple[str, ...]) -> Text:
        line = " ".join((self.name, *words, "--help"))
        return Text(f"请运行 {line}", f"run {line}")

    def _unknown(self, said: str, group: tuple[str, ...]) -> Text:
        import difflib  # noqa: PLC0415 - needed on the way to an error only

        names = [" ".join(c.words[: len(group) + 1]) for c in self.commands if c.words[: len(group)] == group]
        near = difflib.get_close_matches(said, names, 1)
        zh, en = (f"，是否指 {near[0]}？", f", did you mean {near[0]}?") if near else ("", "")
        return Text(f"没有子命令 {said}{zh}", f"there is no sub-command {said}{en}")

    def _top(self, group: tuple[str, ...], language: Language) -> Parser:
        inside = [c for c in self.commands if c.words[: len(group)] == group]
        parser = Parser(" ".join((self.name, *group)), language, self.about, self.examples)
        width = max((len(c.name) for c in inside), default=0)
        lines = [f"{c.name:<{width}}  {c.help.in_(language)}" for c in inside]
        heading = Text("子命令：", "sub-commands:").in_(language)
        parser.epilog = "\n".join(
            (heading, *(f"  {line}" for line in lines), *(("", parser.epilog) if parser.epilog else ()))
        )
        parser.usage = " ".join((parser.prog, Text("[选项] 子命令 …", "[options] sub-command ...").in_(language)))
        return parser


def _split(argv: list[str]) -> tuple[list[str], list[str]]:
    """Split the options before the sub-command from the rest."""
    index = 0
    while index < len(argv) and argv[index].startswith("-"):
        index += 2 if argv[index] == "--lang" else 1
    return argv[:index], argv[index:]


def _indent(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.strip().splitlines())
