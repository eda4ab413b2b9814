"""`zhendao-provision`: the authority's acts. Each group of sub-commands is a module of `commands` and a word here."""

from zhendao.command.parser import Program
from zhendao.command.run import run
from zhendao.protocol.wording import Text
from zhendao.provisioning.commands import (
    authority,
    card_batch,
    card_lives,
    cards,
    doctor,
    escrowing,
    importing,
    install,
    installs,
    inventory,
    joining,
    labels,
    rotating,
    signing,
    sites,
    tags,
    terminals,
)

PROGRAM = Program(
    "zhendao-provision",
    Text(
        "发证机构：建立密钥与证书，批准终端，配置网关与 MQTT 服务器",
        "The authority: makes keys and certificates, approves terminals, sets up gateway and broker.",
    ),
    (
        *authority.COMMANDS,
        *terminals.COMMANDS,
        *joining.COMMANDS,
        *rotating.COMMANDS,
        *signing.COMMANDS,
        *escrowing.COMMANDS,
        *installs.COMMANDS,
        *tags.COMMANDS,
        *cards.COMMANDS,
        *card_batch.COMMANDS,
        *card_lives.COMMANDS,
        *importing.COMMANDS,
        *sites.COMMANDS,
        *doctor.COMMANDS,
        *install.COMMANDS,
        *inventory.COMMANDS,
        *labels.COMMANDS,
    ),
    Text(
        "zhendao-provision init 机构 --tenant xuhui\nzhendao-provision terminal approve 机构 --request 请求 --out 答复",
        "zhendao-provision init authority --tenant xuhui\n"
        "zhendao-provision terminal approve authority --request request.cbor --out answer.cbor",
    ),
)


def main(argv: list[str] | None = None) -> int:
    """Run `zhendao-provision`; return its exit code."""
    return run(PROGRAM, argv)
