"""What `zhendao-gateway report` understands; what it does is loaded when it is asked for."""

from zhendao.command.parser import Command, Parser, lazy
from zhendao.protocol.wording import Text

_CONFIG = Text("设置文件（TOML）", "settings file (TOML)")


def out_arguments(parser: Parser) -> None:
    """Add what every report takes: the settings, the region, and where it goes."""
    parser.option("--config", text=_CONFIG, required=True, metavar="FILE")
    parser.option("--region", text=Text("只看此区划之内", "only what lies in this region"), metavar="REGION")
    parser.option(
        "--out",
        text=Text("写入的新文件，以 .xlsx、.csv 结尾；缺省显示", "new file, .xlsx or .csv; default: show it"),
        metavar="FILE",
    )


def day_arguments(parser: Parser) -> None:
    """Add what a report of a day takes."""
    parser.option("--date", text=Text("哪一天，缺省为今天", "which day, today by default"), metavar="YYYY-MM-DD")
    parser.option(
        "--at",
        text=Text("截至当日何时，缺省为现在，已过之日为终了", "up to when on it; default: now, or the end of the day"),
        metavar="HH:MM",
    )
    out_arguments(parser)


COMMANDS = (
    Command(
        "report daily-rank",
        Text(
            "打卡情况数据晾晒：某日截至某时各机构的打卡率，按乡镇街道。",
            "DAILY-RANK: who of each organisation has checked in on a day so far, by sub-district.",
        ),
        day_arguments,
        lazy("zhendao.gateway.reports.commands:daily_rank_command"),
        Text(
            "zhendao-gateway report daily-rank --at 10:30 --out 晾晒.xlsx --config gateway.toml\n"
            "zhendao-gateway report daily-rank --date 2026-11-01 --region 徐家汇 --config gateway.toml",
            "zhendao-gateway report daily-rank --at 10:30 --out rank.xlsx --config gateway.toml\n"
            "zhendao-gateway report daily-rank --date 2026-11-01 --region XUJIAHUI --config gateway.toml",
        ),
    ),
)
