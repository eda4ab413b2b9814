"""What `zhendao-gateway remind` understands; what it does is loaded when it is asked for."""

from zhendao.command.parser import Command, Parser, lazy
from zhendao.gateway.reports.command_line import day_arguments, unmasked_argument
from zhendao.protocol.wording import Text

_CONFIG = Text("设置文件（TOML）", "settings file (TOML)")


def _whom(parser: Parser) -> None:
    parser.option("--config", text=_CONFIG, required=True, metavar="FILE")
    parser.option("--region", text=Text("只看此区划之内", "only who works in this region"), metavar="REGION")
    parser.option("--organisation", text=Text("只看此机构", "only this organisation"), metavar="NUMBER")


def _look_arguments(parser: Parser) -> None:
    parser.option(
        "--dry-run",
        text=Text("只看会提醒谁，什么也不发送", "only show who would be reminded; nothing is sent"),
        action="store_true",
    )
    parser.option("--at", text=Text("今天的哪一时刻，缺省为现在", "a time of today, default: now"), metavar="HH:MM")
    _whom(parser)


def _log_arguments(parser: Parser) -> None:
    parser.option("--date", text=Text("哪一天，缺省为今天", "which day, today by default"), metavar="YYYY-MM-DD")
    parser.option("--rounds", text=Text("只列各次提醒的人数", "only each round, with its counts"), action="store_true")
    _whom(parser)


def _report_arguments(parser: Parser) -> None:
    day_arguments(parser)
    unmasked_argument(parser)


COMMANDS = (
    Command(
        "report reminders",
        Text(
            "催打卡情况：某日提醒过谁、几次、提醒后是否打卡。",
            "Who was reminded on a day, how often, and whether she has checked in.",
        ),
        _report_arguments,
        lazy("zhendao.gateway.reminders.commands:report_command"),
        Text(
            "zhendao-gateway report reminders --date 2026-11-02 --out 催打卡.xlsx --config gateway.toml",
            "zhendao-gateway report reminders --date 2026-11-02 --out reminders.xlsx --config gateway.toml",
        ),
    ),
    Command(
        "remind",
        Text(
            "催打卡：此刻（或今天某时）谁尚未打卡、会不会被提醒、为什么。姓名与电话遮盖。",
            "Who has not checked in now, or at a time of today, whether she would be reminded, and why not. Masked.",
        ),
        _look_arguments,
        lazy("zhendao.gateway.reminders.commands:look_command"),
        Text(
            "zhendao-gateway remind --dry-run --config gateway.toml\n"
            "zhendao-gateway remind --dry-run --at 14:00 --region 徐家汇 --config gateway.toml",
            "zhendao-gateway remind --dry-run --config gateway.toml\n"
            "zhendao-gateway remind --dry-run --at 14:00 --region XUJIAHUI --config gateway.toml",
        ),
    ),
    Command(
        "remind now",
        Text(
            "现在就提醒尚未打卡的人；静默时段、每日次数、间隔照样有效，由运行中的网关发送。",
            "Remind those who have not checked in, now. Hours of rest and limits hold; the running gateway sends.",
        ),
        _whom,
        lazy("zhendao.gateway.reminders.commands:now_command"),
        Text(
            "zhendao-gateway remind now --organisation ORG1 --config gateway.toml",
            "zhendao-gateway remind now --organisation ORG1 --config gateway.toml",
        ),
    ),
    Command(
        "remind log",
        Text(
            "某天的提醒：谁、何时、哪一途径、结果。姓名遮盖；查阅被记录。",
            "The reminders of a day: who, when, by which channel, what came of it. Masked; the reading is logged.",
        ),
        _log_arguments,
        lazy("zhendao.gateway.reminders.commands:log_command"),
        Text(
            "zhendao-gateway remind log --date 2026-11-02 --config gateway.toml",
            "zhendao-gateway remind log --date 2026-11-02 --config gateway.toml",
        ),
    ),
)
