"""What `zhendao-gateway keys` understands; what it does is loaded when it is asked for."""

from zhendao.command.parser import Command, Parser, lazy
from zhendao.protocol.wording import Text, same


def _config(parser: Parser) -> None:
    parser.option("--config", text=Text("设置文件（TOML）", "settings file (TOML)"), required=True, metavar="FILE")


def _rotate(parser: Parser) -> None:
    _config(parser)
    text = Text("不新建密钥，只把未完成的做完", "make no new keys: only finish what was begun")
    parser.option("--resume", text=text, action="store_true")


COMMANDS = (
    Command(
        "keys rotate",
        Text(
            "更换全部数据密钥：新数据立即用新密钥，旧数据逐段重新加密（接收不停），最后销毁旧密钥。可随时中断，"
            "再次以 --resume 运行或由运行中的网关续完。",
            "Change all data keys: what is new is sealed under them at once, what is old step by step while ingest "
            "goes on, and the old keys are destroyed at the end. It may be cut off at any time: --resume, or a running "
            "gateway, goes on.",
        ),
        _rotate,
        lazy("zhendao.gateway.keys.commands:rotate_command"),
        same("zhendao-gateway keys rotate --config gateway.toml"),
    ),
    Command(
        "keys status",
        Text(
            "各用途的数据密钥：第几代、自何时、是否已交托管、还有多少数据未重新加密。",
            "The data keys of each purpose: epoch, since when, whether the escrow has it, what is to be sealed anew.",
        ),
        _config,
        lazy("zhendao.gateway.keys.commands:status_command"),
        same("zhendao-gateway keys status --config gateway.toml"),
    ),
)
