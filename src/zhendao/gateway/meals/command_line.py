"""What `zhendao-gateway meals` and the reports of meals understand; what they do is loaded when it is asked for."""

from collections.abc import Callable
from typing import Final

from zhendao.command.parser import Command, Parser, lazy
from zhendao.gateway.reports.command_line import day_arguments, out_arguments, unmasked_argument
from zhendao.protocol.wording import Text


def _import_arguments(parser: Parser) -> None:
    parser.option(
        "source", text=Text("补录文件（CSV 或 XLSX）", "the file of back-filled meals, CSV or XLSX"), metavar="FILE"
    )
    parser.option("--config", text=Text("设置文件（TOML）", "settings file (TOML)"), required=True, metavar="FILE")
    parser.option(
        "--out",
        text=Text("逐行答复写入的新文件：.xlsx、.csv、.json", "new file for the answers: .xlsx, .csv, .json"),
        metavar="FILE",
    )
    parser.option(
        "--time-zone", text=Text("当地时间所属时区", "zone of local times"), default="Asia/Shanghai", metavar="ZONE"
    )


def _span(first: Text) -> Callable[[Parser], None]:
    def arguments(parser: Parser) -> None:
        parser.option("--from", dest="first", text=first, metavar="YYYY-MM-DD")
        parser.option(
            "--to", dest="last", text=Text("最后一天，缺省为今天", "last day, today by default"), metavar="YYYY-MM-DD"
        )
        parser.option(
            "--at",
            text=Text("截至最后一天何时", "up to when on the last day; default: now, or its end"),
            metavar="HH:MM",
        )
        out_arguments(parser)

    return arguments


_YEAR: Final = _span(Text("第一天，缺省为当年 1 月 1 日", "first day, default: 1 January"))
_MONTH: Final = _span(Text("第一天，缺省为当月 1 日", "first day, default: that of the month"))


def _named(parser: Parser) -> None:
    _MONTH(parser)
    unmasked_argument(parser)


def _report(name: str, text: Text, arguments: Callable[[Parser], None], example: str) -> Command:
    call = f"zhendao-gateway report {name} {example}--config gateway.toml"
    which = name.removeprefix("meal-")
    run = lazy(f"zhendao.gateway.meals.commands:{which}_command")
    return Command(f"report {name}", text, arguments, run, Text(call, call))


COMMANDS = (
    Command(
        "meals import",
        Text(
            "导入补录的用餐记录，逐行答复是否计入；有任何错误则一行也不导入。",
            "Import back-filled meals and answer every row; with anything wrong nothing is imported.",
        ),
        _import_arguments,
        lazy("zhendao.gateway.meals.commands:import_command"),
        Text(
            "zhendao-gateway meals import 补录.xlsx --out 答复.xlsx --config gateway.toml",
            "zhendao-gateway meals import backfill.csv --out answers.csv --config gateway.toml",
        ),
    ),
    _report(
        "meal-count",
        Text("助餐人次：当年至今，按乡镇街道与村社。", "MEAL-COUNT: meals of the year so far, by village."),
        _YEAR,
        "--out count.xlsx ",
    ),
    _report(
        "meal-points",
        Text("助餐点情况：各点人次、有记录天数、补录与不计。", "Meals by meal point, with what does not count."),
        _YEAR,
        "--from 2026-11-01 ",
    ),
    _report(
        "meal-coverage",
        Text("村社助餐覆盖：某日所在周，含与不含无老人村社。", "MEAL-COVERAGE: which villages are covered in a week."),
        day_arguments,
        "--date 2026-11-18 ",
    ),
    _report(
        "meal-uncovered",
        Text("未覆盖村社清单：本周尚未覆盖的村社。", "The villages not yet covered this week."),
        day_arguments,
        "--out uncovered.xlsx ",
    ),
    _report(
        "meal-dead",
        Text("已故老人用餐清单：已剔除的记录。", "MEAL-DEAD: meals of elders who had died, left out."),
        _named,
        "--from 2026-11-01 ",
    ),
    _report(
        "meal-backfill",
        Text("助餐补录答复：每行补录是否计入。", "MEAL-BACKFILL: what became of each back-filled row."),
        _named,
        "--from 2026-11-01 --out answers.xlsx ",
    ),
    _report(
        "meal-findings",
        Text("助餐疑点：供复核。", "What is worth a look in meals; for review."),
        _MONTH,
        "--from 2026-11-01 ",
    ),
)
