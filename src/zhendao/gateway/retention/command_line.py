"""What `zhendao-gateway retention` understands; what it does is loaded when it is asked for."""

from pathlib import Path

from zhendao.command.parser import Command, Parser, lazy
from zhendao.protocol.wording import Text, same


def _config(parser: Parser) -> None:
    parser.option("--config", text=Text("设置文件（TOML）", "settings file (TOML)"), required=True, metavar="FILE")


def _by(parser: Parser) -> None:
    parser.option("--by", text=Text("经手人", "who does it"), default="", metavar="NAME")


def _hold(parser: Parser) -> None:
    _config(parser)
    for what, text in (
        ("visit", Text("上门编号", "id of a visit")),
        ("elder", Text("老人编号", "id of an elder")),
        ("caregiver", Text("护理员编号", "id of a caregiver")),
    ):
        parser.option(f"--{what}", text=text, metavar="ID")
    parser.option(
        "--why", text=Text("为何保留（案号、来函）", "why: the case, the letter"), required=True, metavar="TEXT"
    )
    _by(parser)


def _release(parser: Parser) -> None:
    parser.option("number", text=Text("保留编号，见 retention holds", "number of the hold"), type=int, metavar="N")
    _config(parser)
    _by(parser)


def _receipts(parser: Parser) -> None:
    _config(parser)
    text = Text("核对链与签名，并与网关日志比对", "check their chain and signatures, and hold them against the log")
    parser.option("--verify", text=text, action="store_true")
    text = Text("第三方保存的日志头文件，一并比对", "heads of the gateway's log that somebody else kept")
    parser.option("--heads", text=text, type=Path, metavar="FILE")
    parser.option("--last", text=Text("只列最后几条", "only the last so many"), type=int, default=20, metavar="N")


COMMANDS = (
    Command(
        "retention run",
        Text(
            "立即删除超过保存期限的数据（运行中的网关每夜自行完成），每一步留有签名的删除凭证。",
            "Delete what may be kept no longer, now (a running gateway does it each night); each step leaves a signed "
            "receipt.",
        ),
        _config,
        lazy("zhendao.gateway.retention.commands:run_command"),
        same("zhendao-gateway retention run --config gateway.toml"),
    ),
    Command(
        "retention status",
        Text("各类数据保存多久、已删除多少。", "How long each kind of data is kept, and how much of it was deleted."),
        _config,
        lazy("zhendao.gateway.retention.commands:status_command"),
        same("zhendao-gateway retention status --config gateway.toml"),
    ),
    Command(
        "retention receipts",
        Text(
            "列出删除凭证；--verify 核对其链与签名，不符时退出码 1。",
            "List the receipts of deletions; --verify checks their chain and signatures, exit code 1 where one fails.",
        ),
        _receipts,
        lazy("zhendao.gateway.retention.commands:receipts_command"),
        same("zhendao-gateway retention receipts --verify --config gateway.toml"),
    ),
    Command(
        "retention hold",
        Text(
            "依法保留：一次上门、一位老人或一位护理员的数据到期也不删除，直至解除。",
            "Keep the data of a visit, an elder or a caregiver beyond its time, until it is released.",
        ),
        _hold,
        lazy("zhendao.gateway.retention.commands:hold_command"),
        Text(
            "zhendao-gateway retention hold --visit 5f0e… --why '民政来函 2026-117' --config gateway.toml",
            "zhendao-gateway retention hold --visit 5f0e… --why 'letter 2026-117' --config gateway.toml",
        ),
    ),
    Command(
        "retention release",
        Text("解除保留。", "End a hold."),
        _release,
        lazy("zhendao.gateway.retention.commands:release_command"),
        same("zhendao-gateway retention release 3 --config gateway.toml"),
    ),
    Command(
        "retention holds",
        Text("列出全部保留。", "List all holds."),
        _config,
        lazy("zhendao.gateway.retention.commands:holds_command"),
        same("zhendao-gateway retention holds --config gateway.toml"),
    ),
)
