"""What `zhendao-gateway export` and `mapping` understand; what they do is loaded when it is asked for."""

from zhendao.command.parser import Command, Parser, lazy, no_arguments
from zhendao.protocol.wording import Text, same


def _export(parser: Parser) -> None:
    parser.option(
        "--mapping",
        text=Text("格式：随附映射的名称，或映射文件", "the format: name of a mapping that comes with it, or a file"),
        required=True,
        metavar="NAME|FILE",
    )
    parser.option("--date", text=Text("哪一天，如 2026-11-23", "which day, such as 2026-11-23"), required=True)
    parser.option("--out", text=Text("写入的新文件", "new file to write"), required=True, metavar="FILE")
    parser.option(
        "--own", text=Text("映射 [own] 中的值，可多次", "a value of the mapping's [own]; may be repeated"),
        action="append", metavar="NAME=VALUE",
    )  # fmt: skip
    parser.option("--config", text=Text("设置文件（TOML）", "settings file (TOML)"), required=True, metavar="FILE")


def _name(parser: Parser) -> None:
    parser.option("name", text=Text("映射的名称或文件", "name of a mapping, or a file"), metavar="NAME|FILE")


COMMANDS = (
    Command(
        "export",
        Text(
            "把一天的上门按某种格式写入文件，供查看；不上送任何内容。",
            "Write a day of visits in a format into a file, for looking at; nothing is sent.",
        ),
        _export,
        lazy("zhendao.gateway.formats.commands:export_command"),
        same(
            "zhendao-gateway export --mapping hhax --own tax_id=123456789 --own payer_id=17 --date 2026-11-23 "
            "--out visits.csv --config gateway.toml"
        ),
    ),
    Command(
        "mapping ls",
        Text("列出随附的映射。", "List the mappings that come with the gateway."),
        no_arguments,
        lazy("zhendao.gateway.formats.commands:list_command"),
        same("zhendao-gateway mapping ls"),
    ),
    Command(
        "mapping show",
        Text("原样打印一个映射，以便复制修改。", "Print a mapping as it is, to be copied and changed."),
        _name,
        lazy("zhendao.gateway.formats.commands:show_command"),
        same("zhendao-gateway mapping show hhax > mine.toml"),
    ),
    Command(
        "mapping check",
        Text(
            "检查映射文件：每处错误给出行、列与改法。",
            "Check a mapping file: line, column and cure of all that is wrong.",
        ),
        _name,
        lazy("zhendao.gateway.formats.commands:check_command"),
        same("zhendao-gateway mapping check mine.toml"),
    ),
)
