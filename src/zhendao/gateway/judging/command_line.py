"""What `zhendao-gateway judge` understands; what it does is loaded when it is asked for."""

from zhendao.command.parser import Command, Parser, lazy
from zhendao.protocol.wording import Text, same


def _arguments(parser: Parser) -> None:
    parser.option(
        "--registry",
        text=Text("登记：CSV 文件夹，或一个 XLSX 文件", "the registry: a folder of CSV files, or one XLSX file"),
        required=True,
        metavar="DIR",
    )
    parser.option(
        "--events",
        text=Text("事实，每行一条 JSON；- 为标准输入", "the facts, one JSON object a line; - is standard input"),
        required=True,
        metavar="FILE",
    )
    parser.option(
        "--policy", text=Text("判定规则（TOML），缺省为默认值", "the policy (TOML), defaults without"), metavar="FILE"
    )
    parser.option(
        "--corrections",
        text=Text(
            "更正，每行一条 JSON（cases corrections 的输出）", "corrections, one JSON object a line (cases corrections)"
        ),
        metavar="FILE",
    )
    parser.option(
        "--backfill",
        text=Text("补录的用餐记录（CSV 或 XLSX）", "back-filled meals, CSV or XLSX, as meals import takes them"),
        metavar="FILE",
    )
    parser.option(
        "--json",
        text=Text("结果写入何处；- 为标准输出", "where the result is written; - is standard output"),
        metavar="OUT",
    )
    parser.option(
        "--as-of",
        text=Text(
            "按哪一时刻判定未结束的服务，缺省为最后一条事实送达时",
            "as of which moment open visits are judged, the arrival of the last fact by default",
        ),
        metavar="WHEN",
    )
    parser.option(
        "--time-zone",
        text=Text(
            "没有写明时差的时间属于哪个时区，缺省 Asia/Shanghai",
            "time zone of times that name none, default Asia/Shanghai",
        ),
        default="Asia/Shanghai",
        metavar="ZONE",
    )


COMMANDS = (
    Command(
        "judge",
        Text(
            "不用数据库，从登记与事实推算上门记录与疑点；事实的次序不影响结果。",
            "Conclude visits and findings from a registry and facts, without a store; "
            "the order of the facts changes nothing.",
        ),
        _arguments,
        lazy("zhendao.gateway.judging.commands:judge_command"),
        same(
            "zhendao-gateway judge --registry registry/ --events events.jsonl --json result.json\n"
            "zhendao-gateway judge --registry registry/ --events events.jsonl --policy strict.toml --json -"
        ),
    ),
)
