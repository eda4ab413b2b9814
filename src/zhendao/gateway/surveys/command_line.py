"""What `zhendao-gateway survey` understands; what it does is loaded when it is asked for."""

import argparse
import re
from datetime import date

from zhendao.command.parser import Command, Parser, lazy
from zhendao.protocol.wording import Text, same


def _survey(parser: Parser) -> None:
    parser.option("--config", text=Text("设置文件（TOML）", "settings file (TOML)"), required=True, metavar="FILE")


def _gateway(parser: Parser) -> None:
    parser.option("--config", text=Text("网关的设置文件（在网关本机）", "the gateway's settings, on its own machine"),
                  metavar="FILE")  # fmt: skip
    parser.option("--url", text=Text("网关地址（在别处）", "the gateway, from elsewhere"), metavar="URL")
    parser.option("--token-file", text=Text("令牌所在文件", "file with a token"), metavar="FILE")
    parser.option("--ca", text=Text("网关证书的签发机构", "authority of the gateway's certificate"), metavar="FILE")
    parser.option("--limit", text=Text("至多几条", "so many at most"), type=_count, default=100, metavar="N")


def _count(text: str) -> int:
    if not re.fullmatch("[0-9]{1,5}", text) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: 1, 2, 3 …")
    return int(text)


def _hex(text: str) -> str:
    if not re.fullmatch("[0-9a-fA-F]{32}", text):
        raise argparse.ArgumentTypeError(f"{text!r}: not 32 hexadecimal digits")
    return text


def _anomalies(parser: Parser) -> None:
    parser.option("--kind", text=Text("只列这一种", "this kind alone"), metavar="KIND")
    parser.option("--visit", text=Text("只列这次上门的", "of this visit alone"), type=_hex, metavar="HEX")
    parser.option("--all", text=Text("也列出已消除的", "those that went, too"), action="store_true")
    _gateway(parser)


def _visits(parser: Parser) -> None:
    parser.option("--elder", text=Text("只列这位老人的", "of this elder alone"), metavar="ID")
    parser.option("--caregiver", text=Text("只列这位护理员的", "of this caregiver alone"), metavar="ID")
    parser.option("--state", text=Text("只列这种状态的", "in this state alone"),
                  choices=["open", "closed", "withdrawn"])  # fmt: skip
    _gateway(parser)


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: 2026-11-01") from None


def _attendance(parser: Parser) -> None:
    parser.option("--of", text=Text("按日、周或月", "by day, week or month"), choices=["day", "week", "month"],
                  default="day")  # fmt: skip
    parser.option("--first", text=Text("第一天（默认 31 天前）", "the first day (31 ago)"), type=_day, metavar="DAY")
    parser.option("--last", text=Text("最后一天（默认今天）", "the last day (today)"), type=_day, metavar="DAY")
    parser.option("--caregiver", text=Text("只列这位护理员的", "of this caregiver alone"), metavar="ID")
    _gateway(parser)


def _together(parser: Parser) -> None:
    parser.option("--kind", text=Text("只列双人服务，或一人多户", "by two with one elder, or by one with several"),
                  choices=["double_handed", "group"])  # fmt: skip
    parser.option("--of", text=Text("只列这位老人或护理员的", "of this elder or caregiver alone"), metavar="ID")
    _gateway(parser)


COMMANDS = (
    Command(
        "attendance",
        Text(
            "有效打卡：每位护理员的有效日、有效周、有效月，与报表和 judge 相同。",
            "Valid days, weeks and months of each caregiver, as reports and judge have them.",
        ),
        _attendance,
        lazy("zhendao.gateway.surveys.showing_days:attendance_command"),
        same("zhendao-gateway attendance --of month --caregiver C-0012 --config gateway.toml"),
    ),
    Command(
        "together",
        Text(
            "同时进行、算作一次工作的上门：双人服务，或一人同时服务多人。",
            "Visits that were one piece of work: two caregivers with one elder, or one with several.",
        ),
        _together,
        lazy("zhendao.gateway.surveys.showing_days:together_command"),
        same("zhendao-gateway together --kind double_handed --config gateway.toml"),
    ),
    Command(
        "anomalies",
        Text(
            "网关发现的疑点，最近改动的在前（种类见 docs/anomalies）。",
            "What the gateway found, the last changed first (the kinds: docs/anomalies).",
        ),
        _anomalies,
        lazy("zhendao.gateway.surveys.showing:anomalies_command"),
        same("zhendao-gateway anomalies --kind overlap --config gateway.toml"),
    ),
    Command(
        "visits",
        Text(
            "上门记录与其疑点，最近改动的在前。",
            "Visits with what is found of them, the last changed first.",
        ),
        _visits,
        lazy("zhendao.gateway.surveys.showing:visits_command"),
        same("zhendao-gateway visits --caregiver C-0012 --config gateway.toml"),
    ),
    Command(
        "survey",
        Text(
            "立即查看全体护理员与老人之间的规律（平时网关在每日结束后自行查看）。",
            "Look at once for patterns among all caregivers and elders (a running gateway does so when a day is over).",
        ),
        _survey,
        lazy("zhendao.gateway.surveys.commands:survey_command"),
        same("zhendao-gateway survey --config gateway.toml"),
    ),
)
