"""What `zhendao-gateway token` understands; what it does is loaded when it is asked for."""

from zhendao.command.parser import Command, Parser, lazy
from zhendao.gateway.api.roles import ROLES
from zhendao.protocol.wording import Text, same

_CONFIG = Text("设置文件（TOML）", "settings file (TOML)")


def _config(parser: Parser) -> None:
    parser.option("--config", text=_CONFIG, required=True, metavar="FILE")


def _new_arguments(parser: Parser) -> None:
    _config(parser)
    parser.option("--role", text=Text("角色，见上文", "role, see above"), required=True, choices=tuple(ROLES))
    parser.option("--label", text=Text("给谁、作何用", "for whom and for what"), default="", metavar="TEXT")


def _revoke_arguments(parser: Parser) -> None:
    parser.option("id", text=Text("令牌编号，见 token ls", "number of the token, see token ls"), metavar="ID")
    _config(parser)


COMMANDS = (
    Command(
        "token new",
        Text(
            "生成接口令牌，只显示这一次。viewer：上门记录与终端，姓名遮盖；auditor：另有事实、隔离区与姓名；"
            "admin：另有查阅记录；duty：查看与接手告警；worker：只可提出更正；quality：答复疑点、批准更正；"
            "supervisor：另可解锁、登记中断；engineer：只可领取单张卡的写卡密钥；enroller：只可转交终端的注册请求与答复。",
            "Make a token for the interface, shown this once. viewer: visits and terminals, names masked; "
            "auditor: also facts, quarantine and names; admin: also who read what; duty: see and answer alerts; "
            "worker: propose corrections, and nothing else; quality: answer cases, approve corrections; supervisor: "
            "also unlock visits, enter outages; engineer: the keys of single cards, to write them, and nothing else; "
            "enroller: bring requests of terminals and their answers, and nothing else.",
        ),
        _new_arguments,
        lazy("zhendao.gateway.api.commands:new_command"),
        Text(
            "zhendao-gateway token new --role viewer --label 街道大屏 --config gateway.toml",
            "zhendao-gateway token new --role auditor --label 'annual audit' --config gateway.toml",
        ),
    ),
    Command(
        "token ls",
        Text("列出全部令牌，含已撤销的。", "List all tokens, revoked ones too."),
        _config,
        lazy("zhendao.gateway.api.commands:ls_command"),
        same("zhendao-gateway token ls --config gateway.toml"),
    ),
    Command(
        "token revoke",
        Text("撤销令牌，立即生效。", "Revoke a token; it is refused from the next request on."),
        _revoke_arguments,
        lazy("zhendao.gateway.api.commands:revoke_command"),
        same("zhendao-gateway token revoke aef366be40ee --config gateway.toml"),
    ),
)
