"""Languages, exit codes, help, tables: what a person or a script meets first."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import pytest

from zhendao.command import output
from zhendao.command.errors import UsageError
from zhendao.command.language import choose
from zhendao.command.parser import Command, Parser, Program, lazy, no_arguments
from zhendao.command.run import run
from zhendao.gateway.cli import PROGRAM as GATEWAY
from zhendao.protocol.errors import ZhendaoError
from zhendao.protocol.wording import Language, Text


def show(arguments: argparse.Namespace, language: Language) -> int:
    output.emit_json({"json": arguments.json, "language": language, "name": getattr(arguments, "name", None)})
    return 0


def fail(_arguments: argparse.Namespace, _language: Language) -> int:
    raise ZhendaoError(Text("坏了", "broken"), Text("修", "mend it"))


def crash(_arguments: argparse.Namespace, _language: Language) -> int:
    raise RuntimeError("secret detail")


def interrupt(_arguments: argparse.Namespace, _language: Language) -> int:
    raise KeyboardInterrupt


def name(parser: Parser) -> None:
    parser.option("--name", text=Text("名字", "a name"), required=True)


PROGRAM = Program(
    "zhendao-x",
    Text("样例", "an example"),
    (
        Command(
            "show", Text("显示", "show it"), name, show, Text("zhendao-x show --name 王", "zhendao-x show --name W")
        ),
        Command("token new", Text("新建", "make one"), no_arguments, show),
        Command("fail", Text("失败", "fail"), no_arguments, fail),
        Command("crash", Text("崩溃", "crash"), no_arguments, crash),
        Command("interrupt", Text("中断", "interrupt"), no_arguments, interrupt),
        Command("absent", Text("没有", "absent"), no_arguments, lazy("zhendao.nowhere:run")),
    ),
)


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


@pytest.mark.parametrize(
    ("argv", "environment", "language"),
    [
        ([], {}, "en"),
        ([], {"LANG": "zh_CN.UTF-8"}, "zh"),
        ([], {"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, "en"),
        ([], {"LC_ALL": "", "LC_MESSAGES": "ZH_TW", "LANG": "en"}, "zh"),
        (["--lang", "zh"], {"LANG": "en_US"}, "zh"),
        (["x", "--lang=en"], {"LANG": "zh_CN"}, "en"),
        (["--lang"], {"LANG": "zh_CN"}, "zh"),
        (["--lang", "fr"], {}, "en"),
        (["--", "--lang", "zh"], {}, "en"),
    ],
)
def test_language(argv: list[str], environment: dict[str, str], language: Language) -> None:
    assert choose(argv, environment) == language


def test_result_and_options_before_or_after(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(PROGRAM, ["show", "--name", "张三", "--json", "--lang", "zh"]) == 0
    after = capsys.readouterr().out
    assert run(PROGRAM, ["--lang", "zh", "--json", "show", "--name", "张三"]) == 0
    assert capsys.readouterr().out == after == '{"json": true, "language": "zh", "name": "张三"}\n'
    assert run(PROGRAM, ["token", "new"]) == 0


@pytest.mark.parametrize(
    ("argv", "zh", "en"),
    [
        (["show"], "缺少参数：--name", "required: --name"),
        (["show", "--name"], "参数 --name：后面要有一个值", "expected one argument"),
        (["show", "--nam", "x"], "缺少参数", "required"),
        (["show", "--name", "x", "y"], "不认识的参数：y", "unrecognized arguments: y"),
        (["--lang", "fr", "show"], "不能是", "invalid choice"),
        (["shwo"], "没有子命令 shwo，是否指 show？", "did you mean show?"),
        (["token", "nwe"], "是否指 token new？", "there is no sub-command token nwe"),
        (["--verbose", "show"], "不认识的参数", "unrecognized"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(
    argv: list[str], zh: str, en: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for language, said in (("zh_CN", zh), ("en_GB", en)):
        monkeypatch.setenv("LANG", language)
        assert run(PROGRAM, argv) == 2
        captured = capsys.readouterr()
        assert said in captured.err
        assert "--help" in captured.err
        assert captured.err.count("\n") == 1
        assert captured.out == ""


def test_help_teaches_in_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(PROGRAM, ["--lang", "zh", "--help"]) == 0
    assert run(PROGRAM, ["show", "--help"]) == 0
    assert run(PROGRAM, ["show", "--lang", "zh", "-h"]) == 0
    assert run(PROGRAM, ["token", "--help"]) == 0
    assert run(PROGRAM, []) == 2
    assert run(PROGRAM, ["token"]) == 2
    shown = capsys.readouterr().out
    for said in (
        "用法：",
        "子命令：",
        "选项",
        "示例：",
        "zhendao-x show --name 王",
        "usage:",
        "sub-commands:",
        "options:",
    ):
        assert said in shown
    assert run(PROGRAM, ["--version"]) == 0
    assert capsys.readouterr().out.startswith("zhendao-x 0.")


def test_errors_end_as_a_line_and_an_exit_code(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(PROGRAM, ["fail"]) == 1
    assert capsys.readouterr().err == "broken -> mend it\n"
    assert run(PROGRAM, ["fail", "--json"]) == 1
    assert json.loads(capsys.readouterr().err) == {"error": {"code": "error", "what": "broken", "cure": "mend it"}}
    assert run(PROGRAM, ["interrupt"]) == 130
    assert run(PROGRAM, ["crash"]) == 1
    said = capsys.readouterr().err
    (file,) = (tmp_path / "zhendao").iterdir()
    assert said == f"internal error (RuntimeError), written to {file}\n"
    assert "secret detail" in file.read_text(encoding="utf-8")
    assert file.stat().st_mode & 0o777 == 0o600
    assert run(PROGRAM, ["absent"]) == 1


def test_error_file_that_cannot_be_written(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert run(PROGRAM, ["crash"]) == 1
    assert capsys.readouterr().err == "internal error (RuntimeError), no file could be written\n"


def test_reader_of_the_output_that_leaves_early() -> None:
    code = (
        "from zhendao.command import output, run\n"
        "import sys\n"
        "def program(argv, language):\n"
        "    for _ in range(100000): output.line('x' * 80)\n"
        "    return 0\n"
        "sys.exit(run.run(program, []))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 1


def test_plain_table_lines_up_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    output.table(["姓名", "n"], [["王秀英", 1], ["Li", None]], title="T")
    assert capsys.readouterr().out == "T\n姓名    n\n王秀英  1\nLi\n"


def test_rich_table_on_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    output.table(["姓名"], [["[red]王秀英"]])
    assert "[red]王秀英" in capsys.readouterr().out


def test_starting_a_command_loads_nothing_heavy() -> None:
    code = (
        "import sys, zhendao.command.run, zhendao.command.parser, zhendao.command.settings, zhendao.command.output\n"
        "sys.exit(','.join({'rich', 'asyncio', 'cryptography', 'pydantic', 'sqlalchemy'} & set(sys.modules)))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).stderr.strip() == ""
    )


def test_usage_error_is_wrong_use() -> None:
    assert UsageError(Text("甲", "a")).exit_code == 2


def test_numbers_in_hexadecimal_that_are_none_are_told_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    said = ["evidence", "--visit", "5cd9", "--out", "v.zde", "--config", "gateway.toml", "--lang", "zh"]
    assert run(GATEWAY, said) == 2
    assert capsys.readouterr().err.startswith("参数 --visit：'5cd9' 不是 32 位十六进制数 →")
