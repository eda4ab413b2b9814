"""What `zhendao-gateway registry` understands; what it does is loaded when it is asked for."""

from zhendao.command.parser import Command, Parser, lazy
from zhendao.protocol.wording import Text, same

_CONFIG = Text("设置文件（TOML）", "settings file (TOML)")
_ZONE = Text(
    "没有写明时差的时间属于哪个时区，缺省 Asia/Shanghai", "time zone of times that name none, default Asia/Shanghai"
)


def _load_arguments(parser: Parser) -> None:
    parser.option(
        "source",
        text=Text("CSV 文件夹，或一个 CSV、XLSX 文件", "a folder of CSV files, or one CSV or XLSX file"),
        metavar="SOURCE",
    )
    parser.option("--config", text=_CONFIG, required=True, metavar="FILE")
    parser.option(
        "--replace",
        text=Text(
            "所给各表以此次为准，未列出的行删除", "each table given holds afterwards what is given, and nothing else"
        ),
        action="store_true",
    )
    parser.option(
        "--keep-good",
        text=Text(
            "登记无误的行，其余逐行说明（退出码 1）；缺省为有任何错误则全部不登记",
            "register the rows that are right and tell of the others (exit code 1); default: all or nothing",
        ),
        action="store_true",
    )
    parser.option("--time-zone", text=_ZONE, default="Asia/Shanghai", metavar="ZONE")


def _show_arguments(parser: Parser) -> None:
    parser.option("table", text=Text("只看这张表", "this table only"), nargs="?", metavar="TABLE")
    parser.option("--config", text=_CONFIG, required=True, metavar="FILE")
    parser.option("--at", text=Text("看哪一时刻，缺省为现在", "as of this moment, now by default"), metavar="WHEN")
    parser.option("--name", text=Text("只看姓名全同者", "only who has exactly this name"), metavar="NAME")
    parser.option("--phone", text=Text("只看电话全同者", "only who has exactly this phone"), metavar="PHONE")
    parser.option("--time-zone", text=_ZONE, default="Asia/Shanghai", metavar="ZONE")


def _export_arguments(parser: Parser) -> None:
    parser.option(
        "target",
        text=Text("写入的新文件夹，或以 .xlsx 结尾的新文件", "new folder, or new file whose name ends in .xlsx"),
        metavar="TARGET",
    )
    parser.option("--config", text=_CONFIG, required=True, metavar="FILE")
    parser.option("--table", text=Text("只导出这张表", "this table only"), metavar="TABLE")
    parser.option(
        "--at",
        text=Text(
            "只导出这一时刻有效的行，缺省为全部（含历史）",
            "only what holds then; default: all, with history",
        ),
        metavar="WHEN",
    )
    parser.option("--time-zone", text=_ZONE, default="Asia/Shanghai", metavar="ZONE")


def _digest_arguments(parser: Parser) -> None:
    parser.option(
        "source",
        text=Text("CSV 文件夹或 XLSX 文件；缺省为网关的登记", "CSV folder or XLSX file; default: the gateway's own"),
        nargs="?",
        metavar="SOURCE",
    )
    parser.option("--config", text=_CONFIG, required=True, metavar="FILE")
    parser.option("--time-zone", text=_ZONE, default="Asia/Shanghai", metavar="ZONE")


def _caregivers_load_arguments(parser: Parser) -> None:
    parser.option("source", text=Text("CSV 或 XLSX 文件", "a CSV or XLSX file"), metavar="SOURCE")
    parser.option("--config", text=_CONFIG, required=True, metavar="FILE")
    parser.option("--at", text=Text("自何时起如此，缺省为今天", "from when it is so, today by default"), metavar="WHEN")
    parser.option("--time-zone", text=_ZONE, default="Asia/Shanghai", metavar="ZONE")


def _caregivers_export_arguments(parser: Parser) -> None:
    parser.option(
        "target", text=Text("写入的新文件，CSV 或以 .xlsx 结尾", "new file, CSV, or XLSX if so named"), metavar="TARGET"
    )
    parser.option("--config", text=_CONFIG, required=True, metavar="FILE")
    parser.option("--at", text=Text("哪一时刻的清单，缺省为现在", "as of this moment, now by default"), metavar="WHEN")
    parser.option("--time-zone", text=_ZONE, default="Asia/Shanghai", metavar="ZONE")


def _overdue_arguments(parser: Parser) -> None:
    parser.option("--config", text=_CONFIG, required=True, metavar="FILE")
    parser.option("--at", text=Text("看哪一时刻，缺省为现在", "as of this moment, now by default"), metavar="WHEN")
    parser.option("--time-zone", text=_ZONE, default="Asia/Shanghai", metavar="ZONE")


def _swap_arguments(parser: Parser) -> None:
    parser.option("old", text=Text("原终端编号", "number of the terminal that goes"), metavar="OLD")
    parser.option("new", text=Text("新终端编号", "number of the terminal that comes"), metavar="NEW")
    parser.option("--config", text=_CONFIG, required=True, metavar="FILE")
    parser.option("--at", text=Text("何时换的，缺省为现在", "when, now by default"), metavar="WHEN")
    parser.option("--time-zone", text=_ZONE, default="Asia/Shanghai", metavar="ZONE")


COMMANDS = (
    Command(
        "registry load",
        Text(
            "登记地点、老人、护理员、标签、终端、服务项目与安排；有任何错误则全部不登记。",
            "Register places, elders, caregivers, tokens, terminals, services and schedules; "
            "with anything wrong, nothing is registered.",
        ),
        _load_arguments,
        lazy("zhendao.gateway.registry.commands:load_command"),
        Text(
            "zhendao-gateway registry load 登记/ --config gateway.toml\n"
            "zhendao-gateway registry load 登记.xlsx --config gateway.toml --replace",
            "zhendao-gateway registry load registry/ --config gateway.toml\n"
            "zhendao-gateway registry load registry.xlsx --config gateway.toml --replace",
        ),
    ),
    Command(
        "registry show",
        Text("显示某一时刻有效的登记，姓名与电话已遮盖。", "Show what holds at a moment; names and phones masked."),
        _show_arguments,
        lazy("zhendao.gateway.registry.commands:show_command"),
        Text(
            "zhendao-gateway registry show 护理员 --config gateway.toml --at 2026-11-01",
            "zhendao-gateway registry show caregivers --config gateway.toml --at 2026-11-01 --json",
        ),
    ),
    Command(
        "registry export",
        Text(
            "导出全部登记（含历史与个人信息），可原样再登记；导出会记入查阅日志。",
            "Write the registry, with its history and all that is personal, so that it loads again; that is logged.",
        ),
        _export_arguments,
        lazy("zhendao.gateway.registry.commands:export_command"),
        Text(
            "zhendao-gateway registry export 备份/ --config gateway.toml\n"
            "zhendao-gateway registry export 登记.xlsx --config gateway.toml --at 2026-11-01",
            "zhendao-gateway registry export backup/ --config gateway.toml\n"
            "zhendao-gateway registry export registry.xlsx --config gateway.toml --at 2026-11-01",
        ),
    ),
    Command(
        "registry digest",
        Text(
            "登记内容的摘要：同样的内容，同样的摘要，与写法和次序无关。",
            "The digest of what the registry says: the same for the same rows, however they are written or ordered.",
        ),
        _digest_arguments,
        lazy("zhendao.gateway.registry.commands:digest_command"),
        Text(
            "zhendao-gateway registry digest --config gateway.toml\n"
            "zhendao-gateway registry digest 备份/ --config gateway.toml",
            "zhendao-gateway registry digest --config gateway.toml\n"
            "zhendao-gateway registry digest backup/ --config gateway.toml",
        ),
    ),
    Command(
        "caregivers load",
        Text(
            "登记护理员信息清单：与现有登记比对，有变化的自某日起换成新的一行，历史保留；有任何错误则全部不登记。",
            "Take in the list of caregivers: what it says anew holds from a day on, what held before stays known; "
            "with anything wrong, nothing is registered.",
        ),
        _caregivers_load_arguments,
        lazy("zhendao.gateway.registry.commands:caregivers_load_command"),
        Text(
            "zhendao-gateway caregivers load 护理员信息清单.xlsx --config gateway.toml --at 2026-11-01",
            "zhendao-gateway caregivers load list.xlsx --config gateway.toml --at 2026-11-01",
        ),
    ),
    Command(
        "caregivers export",
        Text(
            "导出护理员信息清单（含姓名与电话）；导出会记入查阅日志。",
            "Write the list of caregivers, with names and phones; that is logged.",
        ),
        _caregivers_export_arguments,
        lazy("zhendao.gateway.registry.commands:caregivers_export_command"),
        Text(
            "zhendao-gateway caregivers export 护理员信息清单.xlsx --config gateway.toml",
            "zhendao-gateway caregivers export list.xlsx --config gateway.toml",
        ),
    ),
    Command(
        "registry overdue",
        Text(
            "逾期事项：随访、每月入户核查、证照与许可、绑定、标记定位；红、橙等级在前。",
            "What is overdue: follow-ups, monthly checks, papers, licences, bindings, places; red and orange first.",
        ),
        _overdue_arguments,
        lazy("zhendao.gateway.registry.commands:overdue_command"),
        same("zhendao-gateway registry overdue --config gateway.toml"),
    ),
    Command(
        "registry supply",
        Text(
            "各机构的容量与已承接人数，是否还可派给新的老人。",
            "Each organisation's capacity, whom it has taken on, and whether it may be offered new elders.",
        ),
        _overdue_arguments,
        lazy("zhendao.gateway.registry.commands:supply_command"),
        same("zhendao-gateway registry supply --config gateway.toml"),
    ),
    Command(
        "registry swap",
        Text(
            "换机：原终端的登记到此为止，新终端接续同一住户。",
            "A terminal takes the place of another: its row ends, and one with the same home begins.",
        ),
        _swap_arguments,
        lazy("zhendao.gateway.enrolment.commands:swap_command"),
        Text(
            "zhendao-gateway registry swap 原编号 新编号 --config gateway.toml",
            "zhendao-gateway registry swap OLD NEW --config gateway.toml",
        ),
    ),
)
