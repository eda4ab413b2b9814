"""`zhendao-provision gateway install`, `broker install`: give the services their keys and their configuration."""

import argparse
import getpass
import time
from pathlib import Path

from zhendao.command.errors import UsageError
from zhendao.command.kinds import BadValueError, Listen
from zhendao.command.output import emit_json, line
from zhendao.command.parser import Command, Parser
from zhendao.protocol.wording import Language, Text
from zhendao.provisioning.commands import options


def _gateway_arguments(parser: Parser) -> None:
    options.authority(parser)
    parser.option(
        "--data-dir", required=True, metavar="G", type=Path, text=Text("网关的数据目录", "the gateway's data folder")
    )
    options.with_passphrase(parser)


def _gateway(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.provisioning.authority import Authority  # noqa: PLC0415 - help must not load cryptography
    from zhendao.provisioning.gateways import install  # noqa: PLC0415 - as above
    from zhendao.provisioning.passphrase import find  # noqa: PLC0415 - as above

    authority = Authority.open(arguments.folder, find(arguments.passphrase_file, language))
    made = install(authority, arguments.data_dir, int(time.time()))
    _tell(made, Text("网关密钥已写入", "the gateway's keys are in"), arguments, language)
    return 0


def _gateway_update(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.provisioning.gateways import update  # noqa: PLC0415 - help must not load cryptography

    made = update(options.opened(arguments, language), arguments.data_dir, int(time.time()))
    _tell(made, Text("已更新，请重启网关：", "brought up to date, restart the gateway:"), arguments, language)
    return 0


def _broker_arguments(parser: Parser) -> None:
    options.authority(parser)
    parser.option(
        "--out", required=True, metavar="B", type=Path, text=Text("新建的 Mosquitto 目录", "new folder for Mosquitto")
    )
    parser.option(
        "--listen", required=True, metavar="HOST:PORT", text=Text("监听地址", "where it listens (0.0.0.0:8883)")
    )
    parser.option(
        "--host",
        action="append",
        default=[],
        metavar="NAME",
        text=Text("证书还须包含的主机名或地址，可多次给出", "further name or address of it; may be repeated"),
    )
    parser.option(
        "--user",
        default=getpass.getuser(),
        metavar="USER",
        text=Text("Mosquitto 以哪个系统用户运行，缺省为当前用户", "system user that runs Mosquitto, default: you"),
    )
    options.with_passphrase(parser)


def _broker(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.provisioning.authority import Authority  # noqa: PLC0415 - help must not load cryptography
    from zhendao.provisioning.brokers import Broker, install  # noqa: PLC0415 - as above
    from zhendao.provisioning.passphrase import find  # noqa: PLC0415 - as above

    try:
        listen = Listen().take(arguments.listen, Path())
    except BadValueError as error:
        raise UsageError(Text(f"--listen {error.text.zh}", f"--listen {error.text.en}")) from error
    if listen.port == 0:
        raise UsageError(Text("--listen 须给出端口", "--listen needs a port"))
    authority = Authority.open(arguments.folder, find(arguments.passphrase_file, language))
    broker = Broker(listen, tuple(arguments.host), arguments.user)
    made = install(authority, arguments.out, broker, int(time.time()))
    _tell(
        made,
        Text(f"启动：mosquitto -c {made}/mosquitto.conf；目录", f"run mosquitto -c {made}/mosquitto.conf; folder"),
        arguments,
        language,
    )
    return 0


def _broker_update_arguments(parser: Parser) -> None:
    options.authority(parser)
    parser.option(
        "--out",
        required=True,
        metavar="B",
        type=Path,
        text=Text("broker install 建立的目录", "the folder that was installed"),
    )
    options.with_passphrase(parser)


def _broker_update(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.provisioning.brokers import update  # noqa: PLC0415 - help must not load cryptography

    made = update(options.opened(arguments, language), arguments.out, int(time.time()))
    _tell(
        made,
        Text("已更新；重新启动 Mosquitto（仅权限变化时发送 SIGHUP 即可）：", "brought up to date, restart Mosquitto:"),
        arguments,
        language,
    )
    return 0


def _tell(made: Path, text: Text, arguments: argparse.Namespace, language: Language) -> None:
    if arguments.json:
        emit_json({"folder": str(made)})
    else:
        line(f"{text.in_(language)} {made}")


COMMANDS = (
    Command(
        "gateway install",
        Text("把网关的密钥写入其数据目录", "put the gateway's keys into its data folder"),
        _gateway_arguments,
        _gateway,
        Text(
            "zhendao-provision gateway install 机构 --data-dir /var/lib/zhendao-gateway",
            "zhendao-provision gateway install authority --data-dir /var/lib/zhendao-gateway",
        ),
    ),
    Command(
        "gateway update",
        Text(
            "轮换、吊销或续发之后，把新的密钥、列表与答复交给网关",
            "after a rotation, revocation or renewal: bring the gateway's keys, lists and answers up to date",
        ),
        _gateway_arguments,
        _gateway_update,
        Text(
            "zhendao-provision gateway update 机构 --data-dir /var/lib/zhendao-gateway",
            "zhendao-provision gateway update authority --data-dir /var/lib/zhendao-gateway",
        ),
    ),
    Command(
        "broker install",
        Text("生成 Mosquitto 的配置、权限与证书", "make configuration, rights and certificates for Mosquitto"),
        _broker_arguments,
        _broker,
        Text(
            "zhendao-provision broker install 机构 --out /var/lib/zhendao-broker --listen 0.0.0.0:8883 "
            "--user zhendao-broker",
            "zhendao-provision broker install authority --out /var/lib/zhendao-broker --listen 0.0.0.0:8883 "
            "--user zhendao-broker",
        ),
    ),
    Command(
        "broker update",
        Text(
            "轮换、吊销或停用之后，更新 Mosquitto 的证书、权限与吊销列表",
            "after a rotation, revocation or retirement: bring Mosquitto's certificates and rights up to date",
        ),
        _broker_update_arguments,
        _broker_update,
        Text(
            "zhendao-provision broker update 机构 --out /var/lib/zhendao-broker && systemctl restart zhendao-broker",
            "zhendao-provision broker update authority --out /var/lib/zhendao-broker && "
            "systemctl restart zhendao-broker",
        ),
    ),
)
