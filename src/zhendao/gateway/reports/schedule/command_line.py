"""What `zhendao-gateway report schedule`, `runs` and `due` understand; what they do is loaded when it is asked for."""

from zhendao.command.parser import Command, Parser, lazy
from zhendao.protocol.wording import Text, same


def _config(parser: Parser) -> None:
    parser.option("--config", text=Text("设置文件（TOML）", "settings file (TOML)"), required=True, metavar="FILE")


def _runs(parser: Parser) -> None:
    _config(parser)
    parser.option("--last", text=Text("只列最后几次", "only the last so many"), type=int, default=50, metavar="N")


COMMANDS = (
    Command(
        "report schedule",
        Text("定时报表：各自上次何时生成、结果如何、下次何时。", "Reports made by themselves: when last, and next."),
        _config,
        lazy("zhendao.gateway.reports.schedule.commands:schedule_command"),
        same("zhendao-gateway report schedule --config gateway.toml"),
    ),
    Command(
        "report runs",
        Text("定时报表的生成记录，最近的在前。", "The log of reports made by themselves, the newest first."),
        _runs,
        lazy("zhendao.gateway.reports.schedule.commands:runs_command"),
        same("zhendao-gateway report runs --last 20 --config gateway.toml"),
    ),
    Command(
        "report due",
        Text(
            "立即生成到时未生成的定时报表（运行中的网关自行完成）。",
            "Make what is due of the scheduled reports now (a running gateway does it by itself).",
        ),
        _config,
        lazy("zhendao.gateway.reports.schedule.commands:due_command"),
        same("zhendao-gateway report due --config gateway.toml"),
    ),
)
