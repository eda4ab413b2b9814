"""What `zhendao-gateway cards` understands; what it does is loaded when it is asked for."""

from zhendao.command.parser import Command, Parser, lazy
from zhendao.protocol.wording import Text, same

_CONFIG = Text("设置文件（TOML）", "settings file (TOML)")


def _config(parser: Parser) -> None:
    parser.option("--config", text=_CONFIG, required=True, metavar="FILE")


def _escrow_arguments(parser: Parser) -> None:
    parser.option("--for", text=Text("密钥托管处的证书", "the escrow's certificate"), required=True, metavar="CERT")
    parser.option("--out", text=Text("写到哪里", "where to write it"), required=True, metavar="FILE")
    _config(parser)


def _keys_arguments(parser: Parser) -> None:
    parser.option(
        "--uids",
        text=Text(
            "卡号文件：每行“卡号,技术[,版本]”，技术为 ntag424、desfire 或 cpu_card",
            "cards, one a line: UID,TECHNOLOGY[,VERSION], technology ntag424, desfire or cpu_card",
        ),
        required=True,
        metavar="FILE",
    )
    parser.option(
        "--for",
        text=Text("写卡电脑的证书或公钥（PEM）", "certificate or public key (PEM) of the laptop that writes the cards"),
        required=True,
        metavar="CERT",
    )
    parser.option("--out", text=Text("写到哪里", "where to write it"), required=True, metavar="FILE")
    _config(parser)


def _findings_arguments(parser: Parser) -> None:
    parser.option("--uid", text=Text("只看这张卡或门牌", "this card or door tag only"), metavar="UID")
    parser.option("--device", text=Text("只看这台终端", "this terminal only"), metavar="DEVICE")
    parser.option("--all", text=Text("也列出后来得到解释的", "those explained later too"), action="store_true")
    _config(parser)


COMMANDS = (
    Command(
        "cards master new",
        Text(
            "生成下一版本的卡主密钥；旧版本保留，用旧版本写的卡照常核验。密钥不显示，只显示校验值。",
            "Make the next version of the card master keys; old ones stay, cards written under them go on being "
            "verified. No key is shown, only its check value.",
        ),
        _config,
        lazy("zhendao.gateway.tokens.commands:new_command"),
        same("zhendao-gateway cards master new --config gateway.toml"),
    ),
    Command(
        "cards master ls",
        Text("列出卡主密钥的版本与校验值。", "List the versions of the card master keys with their check values."),
        _config,
        lazy("zhendao.gateway.tokens.commands:ls_command"),
        same("zhendao-gateway cards master ls --config gateway.toml"),
    ),
    Command(
        "cards master export-escrow",
        Text(
            "把全部版本的卡主密钥加密给密钥托管处，写成一个文件。",
            "Wrap all versions of the card master keys for the escrow into one file.",
        ),
        _escrow_arguments,
        lazy("zhendao.gateway.tokens.commands:escrow_command"),
        same("zhendao-gateway cards master export-escrow --for escrow.crt --out masters.zdp --config gateway.toml"),
    ),
    Command(
        "cards keys",
        Text(
            "离线写卡：把所列各卡的分散密钥加密给一台写卡电脑，写成一个文件；每张卡都记入审计。",
            "For writing cards without a line to the gateway: wrap the diversified keys of the cards listed for one "
            "laptop into a file. Each card is written down.",
        ),
        _keys_arguments,
        lazy("zhendao.gateway.tokens.commands:keys_command"),
        same("zhendao-gateway cards keys --uids cards.csv --for laptop.crt --out cards.zdp --config gateway.toml"),
    ),
    Command(
        "cards given",
        Text("列出哪些卡的密钥何时给了谁。", "List whose keys were given to whom, and when."),
        _config,
        lazy("zhendao.gateway.tokens.commands:given_command"),
        same("zhendao-gateway cards given --config gateway.toml"),
    ),
    Command(
        "cards findings",
        Text(
            "列出卡与门牌的异常：在哪里发现、是什么（重放、复制、伪造、在别处读过、门牌被揭下……）。",
            "List what is wrong with cards and door tags: caught where, as what (replayed, cloned, forged, read "
            "elsewhere, tampered with ...).",
        ),
        _findings_arguments,
        lazy("zhendao.gateway.tokens.commands:findings_command"),
        same("zhendao-gateway cards findings --uid 04de5f1eacc040 --config gateway.toml"),
    ),
)
