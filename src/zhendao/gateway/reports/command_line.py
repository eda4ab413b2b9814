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
        text=Text(
            "写入的新文件，以 .xlsx、.csv、.json 结尾（daily-rank、trend 另可 .svg、.png）；缺省显示",
            "new file: .xlsx, .csv, .json (of daily-rank and trend also .svg, .png); default: show it",
        ),
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


def unmasked_argument(parser: Parser) -> None:
    """Add what lets names and phones be whole, in a report that names people."""
    parser.option(
        "--unmasked",
        text=Text(
            "姓名与电话不遮盖；须写入文件，并记入查阅日志",
            "names and phones whole; into a file only, and it is logged",
        ),
        action="store_true",
    )


def _span_arguments(parser: Parser) -> None:
    parser.option(
        "--from", dest="first", text=Text("第一天，缺省为当月 1 日", "first day, default: that of the month"),
        metavar="YYYY-MM-DD",
    )  # fmt: skip
    parser.option(
        "--to", dest="last", text=Text("最后一天，缺省为今天", "last day, today by default"), metavar="YYYY-MM-DD"
    )
    parser.option(
        "--at",
        text=Text(
            "截至最后一天何时，缺省为现在，已过之日为终了", "up to when on the last day; default: now, or its end"
        ),
        metavar="HH:MM",
    )
    out_arguments(parser)


def _trend_arguments(parser: Parser) -> None:
    parser.option("--by", text=Text("逐日或逐周", "by day or by week"), choices=["day", "week"], default="day")
    _span_arguments(parser)


def _pay_arguments(parser: Parser) -> None:
    _span_arguments(parser)
    unmasked_argument(parser)


def _detail_arguments(parser: Parser) -> None:
    day_arguments(parser)
    unmasked_argument(parser)


def _roster_arguments(parser: Parser) -> None:
    parser.option(
        "--roster",
        text=Text(
            "护理员信息清单（CSV 或 XLSX），缺省为网关的登记",
            "the list of caregivers, CSV or XLSX; default: the gateway's registry",
        ),
        metavar="FILE",
    )
    _detail_arguments(parser)


def _record_arguments(parser: Parser) -> None:
    parser.option(
        "--from", dest="first", text=Text("第一天，缺省同 --to", "first day, default: as --to"), metavar="YYYY-MM-DD"
    )
    parser.option(
        "--to", dest="last", text=Text("最后一天，缺省为今天", "last day, today by default"), metavar="YYYY-MM-DD"
    )
    parser.option("--name", text=Text("姓名含此字", "whose name has this in it"), metavar="NAME")
    parser.option(
        "--organisation",
        text=Text("机构编号，或名称含此字", "number of the organisation, or a part of its title"),
        metavar="WHICH",
    )
    parser.option("--type", text=Text("人员类型", "kind of person, as the registry has it"), metavar="TYPE")
    parser.option("--page", text=Text("第几页，缺省为 1", "which page, 1 by default"), metavar="N")
    parser.option("--page-size", text=Text("每页人数，缺省不分页", "people on a page, default: all"), metavar="N")
    out_arguments(parser)
    unmasked_argument(parser)


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
    Command(
        "report daily-detail",
        Text(
            "数据明细：某日截至某时每名护理员是否打卡。",
            "DAILY-DETAIL: whether each caregiver has checked in on a day so far.",
        ),
        _detail_arguments,
        lazy("zhendao.gateway.reports.commands:daily_detail_command"),
        Text(
            "zhendao-gateway report daily-detail --at 16:00 --out 明细.xlsx --config gateway.toml\n"
            "zhendao-gateway report daily-detail --unmasked --out 明细.xlsx --config gateway.toml",
            "zhendao-gateway report daily-detail --at 16:00 --out detail.xlsx --config gateway.toml\n"
            "zhendao-gateway report daily-detail --unmasked --out detail.xlsx --config gateway.toml",
        ),
    ),
    Command(
        "report record-list",
        Text(
            "打卡记录：一段日期内每名护理员的打卡天数，可按姓名、机构、人员类型、区划查找。",
            "RECORD-LIST: on how many days each caregiver checked in, by name, organisation, type and region.",
        ),
        _record_arguments,
        lazy("zhendao.gateway.reports.commands:record_list_command"),
        Text(
            "zhendao-gateway report record-list --from 2026-11-01 --to 2026-11-30 --config gateway.toml\n"
            "zhendao-gateway report record-list --from 2026-11-01 --organisation 安康 --page-size 50 --page 2 "
            "--config gateway.toml",
            "zhendao-gateway report record-list --from 2026-11-01 --to 2026-11-30 --config gateway.toml\n"
            "zhendao-gateway report record-list --from 2026-11-01 --organisation ORG1 --page-size 50 --page 2 "
            "--config gateway.toml",
        ),
    ),
    Command(
        "report roster",
        Text(
            "护理员信息清单比对：清单上每人当日打卡与否，及不在清单而打卡者。",
            "ROSTER: the list of caregivers held against a day: who has checked in, and who did without being on it.",
        ),
        _roster_arguments,
        lazy("zhendao.gateway.reports.commands:roster_command"),
        Text(
            "zhendao-gateway report roster --out 比对.xlsx --config gateway.toml\n"
            "zhendao-gateway report roster --roster 护理员信息清单.xlsx --date 2026-11-01 --config gateway.toml",
            "zhendao-gateway report roster --out compared.xlsx --config gateway.toml\n"
            "zhendao-gateway report roster --roster list.xlsx --date 2026-11-01 --config gateway.toml",
        ),
    ),
    Command(
        "report per-10k",
        Text(
            "每万老年人拥有持证护理员数：当月打卡有效者，按区划。",
            "PER-10K: caregivers who count, with a valid month, for every 10,000 elders, by region.",
        ),
        day_arguments,
        lazy("zhendao.gateway.reports.commands:per_10k_command"),
        Text(
            "zhendao-gateway report per-10k --date 2026-10-31 --out 每万.xlsx --config gateway.toml\n"
            "zhendao-gateway report per-10k --region 徐家汇 --config gateway.toml",
            "zhendao-gateway report per-10k --date 2026-10-31 --out per-10k.xlsx --config gateway.toml\n"
            "zhendao-gateway report per-10k --region XUJIAHUI --config gateway.toml",
        ),
    ),
    Command(
        "report hours",
        Text(
            "服务量汇总：各机构各服务项目的核实时长，按付费方式与自理能力，旁列核定时长。",
            "HOURS: verified hours by organisation and service, by who pays, beside those that are granted.",
        ),
        _span_arguments,
        lazy("zhendao.gateway.reports.commands:hours_command"),
        Text(
            "zhendao-gateway report hours --from 2026-10-01 --to 2026-10-31 --out 服务量.xlsx --config gateway.toml\n"
            "zhendao-gateway report hours --region 徐家汇 --config gateway.toml",
            "zhendao-gateway report hours --from 2026-10-01 --to 2026-10-31 --out hours.xlsx --config gateway.toml\n"
            "zhendao-gateway report hours --region XUJIAHUI --config gateway.toml",
        ),
    ),
    Command(
        "report pay-hours",
        Text(
            "护理员服务量汇总：每名护理员的核实时长，供发薪。",
            "HOURS for pay: verified hours of each caregiver, by who pays.",
        ),
        _pay_arguments,
        lazy("zhendao.gateway.reports.commands:pay_hours_command"),
        Text(
            "zhendao-gateway report pay-hours --from 2026-10-01 --to 2026-10-31 --config gateway.toml\n"
            "zhendao-gateway report pay-hours --unmasked --out 发薪.xlsx --config gateway.toml",
            "zhendao-gateway report pay-hours --from 2026-10-01 --to 2026-10-31 --config gateway.toml\n"
            "zhendao-gateway report pay-hours --unmasked --out pay.xlsx --config gateway.toml",
        ),
    ),
    Command(
        "report anomalies",
        Text(
            "疑点统计：各机构各类疑点的数量。",
            "Findings of some days, kind by kind, of each organisation.",
        ),
        _span_arguments,
        lazy("zhendao.gateway.reports.commands:anomalies_command"),
        Text(
            "zhendao-gateway report anomalies --from 2026-11-01 --to 2026-11-07 --out 疑点.xlsx --config gateway.toml\n"
            "zhendao-gateway report anomalies --region 徐家汇 --config gateway.toml",
            "zhendao-gateway report anomalies --from 2026-11-01 --to 2026-11-07 --out odd.xlsx --config gateway.toml\n"
            "zhendao-gateway report anomalies --region XUJIAHUI --config gateway.toml",
        ),
    ),
    Command(
        "report cases",
        Text(
            "疑点处理情况：各机构按时答复、未到期、逾期、已结，及未结案件的照护等级。",
            "Cases of each organisation: answered in time, due, overdue, closed, by care level.",
        ),
        _span_arguments,
        lazy("zhendao.gateway.reports.commands:cases_command"),
        Text(
            "zhendao-gateway report cases --from 2026-11-01 --to 2026-11-07 --out 处理.xlsx --config gateway.toml\n"
            "zhendao-gateway report cases --region 徐家汇 --config gateway.toml",
            "zhendao-gateway report cases --from 2026-11-01 --to 2026-11-07 --out cases.xlsx --config gateway.toml\n"
            "zhendao-gateway report cases --region XUJIAHUI --config gateway.toml",
        ),
    ),
    Command(
        "report overdue",
        Text(
            "逾期事项清单：随访、入户核查、证照、绑定、定位，红橙在前。",
            "What is overdue: follow-ups, checks, papers, bindings, places; red and orange first.",
        ),
        _detail_arguments,
        lazy("zhendao.gateway.reports.commands:overdue_command"),
        Text(
            "zhendao-gateway report overdue --date 2026-11-01 --out 逾期.xlsx --config gateway.toml\n"
            "zhendao-gateway report overdue --region 徐家汇 --config gateway.toml",
            "zhendao-gateway report overdue --date 2026-11-01 --out overdue.xlsx --config gateway.toml\n"
            "zhendao-gateway report overdue --region XUJIAHUI --config gateway.toml",
        ),
    ),
    Command(
        "report terminals",
        Text(
            "终端运行状况：最后收到、时钟、定位、供电、磁盘、积压，差的在前。",
            "How each terminal is: last heard, clock, fix, power, disk, backlog; the worst first.",
        ),
        day_arguments,
        lazy("zhendao.gateway.reports.commands:terminals_command"),
        Text(
            "zhendao-gateway report terminals --at 10:30 --out 终端.xlsx --config gateway.toml\n"
            "zhendao-gateway report terminals --region 徐家汇 --config gateway.toml",
            "zhendao-gateway report terminals --at 10:30 --out terminals.xlsx --config gateway.toml\n"
            "zhendao-gateway report terminals --region XUJIAHUI --config gateway.toml",
        ),
    ),
    Command(
        "report trend",
        Text(
            "打卡与服务趋势：逐日或逐周的打卡率、疑点、核实时长，可出图。",
            "Day by day or week by week: attendance, findings, hours; can be drawn.",
        ),
        _trend_arguments,
        lazy("zhendao.gateway.reports.commands:trend_command"),
        Text(
            "zhendao-gateway report trend --from 2026-10-01 --to 2026-10-31 --out 趋势.xlsx --config gateway.toml\n"
            "zhendao-gateway report trend --region 徐家汇 --config gateway.toml",
            "zhendao-gateway report trend --from 2026-10-01 --to 2026-10-31 --out trend.xlsx --config gateway.toml\n"
            "zhendao-gateway report trend --region XUJIAHUI --config gateway.toml",
        ),
    ),
)
