"""What `zhendao-gateway forward` understands; what it does is loaded when it is asked for."""

from zhendao.command.parser import Command, Parser, lazy
from zhendao.protocol.wording import Text, same


def _config(parser: Parser) -> None:
    parser.option("--config", text=Text("设置文件（TOML）", "settings file (TOML)"), required=True, metavar="FILE")


def _chosen(parser: Parser) -> None:
    _config(parser)
    parser.option("--to", text=Text("只限此平台（forward ls 所列名称）", "this platform only, as forward ls names it"))
    parser.option(
        "--type", text=Text("只限此类记录，如 visit", "records of this type only, such as visit"), dest="kind"
    )
    parser.option("--saying", text=Text("只限原因中含此文字的", "only those whose reason holds these words"))


def _show(parser: Parser) -> None:
    parser.option(
        "id", text=Text("记录编号（forward ls 的第一列）", "number of the record, first in forward ls"), type=int
    )
    _config(parser)
    parser.option(
        "--content",
        text=Text("连同内容（记入查阅日志）", "with what it says (the reading is logged)"),
        action="store_true",
    )


def _replay(parser: Parser) -> None:
    parser.option(
        "id", text=Text("记录编号；不写则按选项", "numbers of records; none: by the options"), type=int, nargs="*"
    )
    _chosen(parser)
    parser.option("--all", text=Text("全部死信", "all dead letters"), action="store_true")
    parser.option("--why", text=Text("为何重送，留档", "why, kept beside the refusal"), default="")
    parser.option("--dry-run", text=Text("只说会重送多少", "only tell how many it would be"), action="store_true")


COMMANDS = (
    Command(
        "forward ls",
        Text(
            "各平台待送多少，拒收哪些、原因与处理办法。",
            "What each platform is owed, what it refused, why, and what helps.",
        ),
        _chosen,
        lazy("zhendao.gateway.forward.commands:ls_command"),
        same("zhendao-gateway forward ls --config gateway.toml --json"),
    ),
    Command(
        "forward show",
        Text(
            "一条记录在各平台的情形：应答、回执、历次拒收。", "One record at each platform: answer, receipt, refusals."
        ),
        _show,
        lazy("zhendao.gateway.forward.commands:show_command"),
        same("zhendao-gateway forward show 17 --config gateway.toml"),
    ),
    Command(
        "forward replay",
        Text(
            "平台修复后重新上送死信，每条用新序号。",
            "Owe dead letters again, each under a new number, when all is settled.",
        ),
        _replay,
        lazy("zhendao.gateway.forward.commands:replay_command"),
        same('zhendao-gateway forward replay --saying "no such elder" --why registered --config gateway.toml'),
    ),
    Command(
        "forward revive",
        Text("同 forward replay --all。", "The same as forward replay --all."),
        _config,
        lazy("zhendao.gateway.forward.commands:revive_command"),
        same("zhendao-gateway forward revive --config gateway.toml"),
    ),
)
