"""What `zhendao-gateway forward` understands; what it does is loaded when it is asked for."""

from zhendao.command.parser import Command, Parser, lazy
from zhendao.protocol.wording import Text, same


def _config(parser: Parser) -> None:
    parser.option("--config", text=Text("设置文件（TOML）", "settings file (TOML)"), required=True, metavar="FILE")


COMMANDS = (
    Command(
        "forward ls",
        Text("各平台待送多少，拒收哪些及其原因。", "What each platform is owed, and what it refused and why."),
        _config,
        lazy("zhendao.gateway.forward.commands:ls_command"),
        same("zhendao-gateway forward ls --config gateway.toml --json"),
    ),
    Command(
        "forward revive",
        Text("平台修复后，重新上送死信。", "Owe the dead letters again, when a platform has been put right."),
        _config,
        lazy("zhendao.gateway.forward.commands:revive_command"),
        same("zhendao-gateway forward revive --config gateway.toml"),
    ),
)
