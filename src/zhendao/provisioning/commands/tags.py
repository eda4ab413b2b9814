"""`zhendao-provision tag write` and `tag read`: door tags and cards, through the reader stack of the terminals."""

import argparse
import re
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from zhendao.command.output import emit_json, line
from zhendao.command.parser import Command, Parser
from zhendao.protocol.vocabulary import Role, Technology
from zhendao.protocol.wording import Language, Text
from zhendao.provisioning.commands import options

if TYPE_CHECKING:
    from zhendao.protocol.keys import VerifyingKey
    from zhendao.provisioning.authority import Authority
    from zhendao.provisioning.tags import Found

ROLES = {"door": Role.DOOR, "caregiver": Role.CAREGIVER, "elder": Role.ELDER, "engineer": Role.ENGINEER}
FIVE_YEARS = 1826
_MOST_DAYS = 7305
_MOST_WAIT_S = 3600


def token_id(text: str) -> bytes:
    """Return the 16 bytes of a token id."""
    if not re.fullmatch(r"[0-9a-fA-F]{32}", text):
        raise argparse.ArgumentTypeError(f"{text!r}: not 32 hexadecimal digits")
    return bytes.fromhex(text)


def _between(least: int, most: int, text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"{text!r}: {least}…{most}")
    return int(text)


def days(text: str) -> int:
    """Return 1 to 7305 days."""
    return _between(1, _MOST_DAYS, text)


def seconds(text: str) -> int:
    """Return 1 to 3600 seconds."""
    return _between(1, _MOST_WAIT_S, text)


def reading_arguments(parser: Parser, wait_s: int = 30) -> None:
    """Add DIR, the reader and how long to wait, ``wait_s`` seconds if nothing is said."""
    options.authority(parser)
    parser.option(
        "--port",
        required=True,
        metavar="PORT",
        text=Text(
            "PN532 读卡器的串口路径，或 pcsc:名称（PC/SC 读卡器名称的一部分）",
            "serial path of a PN532 reader, or pcsc:NAME with a part of the name of a PC/SC reader",
        ),
    )
    parser.option(
        "--wait",
        type=seconds,
        default=wait_s,
        metavar="S",
        text=Text(f"等待标签的秒数，缺省 {wait_s}", f"seconds to wait for the tag, default {wait_s}"),
    )


def _writing_arguments(parser: Parser) -> None:
    reading_arguments(parser)
    parser.option("--role", required=True, choices=sorted(ROLES), text=Text("令牌的角色", "what the token stands for"))
    parser.option(
        "--token-id",
        type=token_id,
        metavar="HEX",
        text=Text("令牌编号（32 位十六进制），缺省随机", "id of the token, 32 hexadecimal digits; default: random"),
    )
    parser.option(
        "--valid-days",
        type=days,
        default=FIVE_YEARS,
        metavar="N",
        text=Text(f"有效天数，缺省 {FIVE_YEARS}", f"days for which it is valid, default {FIVE_YEARS}"),
    )
    parser.option(
        "--replace",
        action="store_true",
        text=Text("允许覆盖标签上已有的令牌", "write over a token that the tag carries already"),
    )
    options.with_passphrase(parser)


def _issuers(authority: "Authority") -> "dict[bytes, VerifyingKey]":
    key = authority.suite.verifying_key(authority.token_issuer_certificate.spki)
    return {key.key_id: key}


def _write(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.provisioning.authority import Authority  # noqa: PLC0415 - help must not load cryptography
    from zhendao.provisioning.cards.keys import NoKeys  # noqa: PLC0415 - as above
    from zhendao.provisioning.cards.register import write_registry  # noqa: PLC0415 - as above
    from zhendao.provisioning.cards.writer import CardWriter, Wish  # noqa: PLC0415 - as above
    from zhendao.provisioning.passphrase import find  # noqa: PLC0415 - as above
    from zhendao.provisioning.tags import wait_for_one  # noqa: PLC0415 - as above
    from zhendao.readers.drivers import reader_at  # noqa: PLC0415 - nor the reader's driver

    authority = Authority.open(arguments.folder, find(arguments.passphrase_file, language))
    issuer = authority.token_issuer()
    role, valid_days = ROLES[arguments.role], arguments.valid_days
    wish = Wish(role, "", arguments.token_id, valid_days, replace=arguments.replace)
    reader = reader_at(arguments.port)
    try:
        _ask(arguments, language)
        writer = CardWriter(authority.folder, authority.suite, issuer, _issuers(authority), reader, NoKeys())
        issued = writer.write(wait_for_one(reader, arguments.wait), wish, Technology.NTAG21X).goal.issued
    finally:
        reader.close()
    write_registry(authority.folder)
    authority.note(
        "tag write", int(time.time()), token_id=issued.token_id.hex(), uid=issued.uid.hex(), role=arguments.role
    )
    if arguments.json:
        emit_json(
            {
                "token_id": issued.token_id.hex(),
                "role": arguments.role,
                "uid": issued.uid.hex(),
                "not_before_s": issued.not_before_s,
                "not_after_s": issued.not_after_s,
            }
        )
    else:
        until = _day(issued.not_after_s)
        line(
            Text(
                f"已写入并核对：令牌 {issued.token_id.hex()}，标签 {issued.uid.hex()}，有效至 {until}",
                f"written and read back: token {issued.token_id.hex()} on tag {issued.uid.hex()}, valid until {until}",
            ).in_(language)
        )
    return 0


def _read(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.provisioning.authority import Authority  # noqa: PLC0415 - help must not load cryptography
    from zhendao.provisioning.tags import look, wait_for_one  # noqa: PLC0415 - as above
    from zhendao.readers.drivers import reader_at  # noqa: PLC0415 - nor the reader's driver

    authority = Authority.open(arguments.folder)
    reader = reader_at(arguments.port)
    try:
        _ask(arguments, language)
        target = wait_for_one(reader, arguments.wait)
        found = look(reader, target, authority.suite, _issuers(authority))
    finally:
        reader.close()
    if arguments.json:
        emit_json(_as_json(found))
    else:
        line(_as_text(found).in_(language))
    return 0


def _ask(arguments: argparse.Namespace, language: Language) -> None:
    if not arguments.json:
        line(Text("请把一张标签放到读卡器上……", "hold one tag to the reader …").in_(language))


def _as_json(found: "Found") -> dict[str, object]:
    shown: dict[str, object] = {
        "uid": found.uid.hex(),
        "technology": found.technology.name.lower(),
        "state": found.state,
    }
    if found.token is not None:
        shown |= {
            "token_id": found.token.token_id.hex(),
            "role": found.token.role.name.lower(),
            "not_before_s": found.token.not_before_s,
            "not_after_s": found.token.not_after_s,
        }
    return shown


_STATES = {
    "empty": Text("没有令牌", "no token"),
    "foreign": Text("其他机构签发的令牌", "a token of another authority"),
    "forged": Text("令牌无效：伪造或复制自其他标签", "the token is no good: forged, or copied from another tag"),
    "other": Text("不是可写令牌的标签，只能按 UID 识别", "not a tag that carries tokens; known by its uid only"),
}


def _as_text(found: "Found") -> Text:
    token = found.token
    if token is None:
        said = _STATES[found.state]
    else:
        role, until = token.role.name.lower(), _day(token.not_after_s)
        said = Text(
            f"{role} 令牌 {token.token_id.hex()}，有效期 {_day(token.not_before_s)} 至 {until}",
            f"{role} token {token.token_id.hex()}, valid {_day(token.not_before_s)} to {until}",
        )
    head = f"{found.uid.hex()} ({found.technology.name})"
    return Text(f"{head}：{said.zh}", f"{head}: {said.en}")


def _day(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, UTC).date().isoformat()


COMMANDS = (
    Command(
        "tag write",
        Text("签发令牌并写入门贴或卡片，写后读回核对", "sign a token, write it to a door tag or card, read it back"),
        _writing_arguments,
        _write,
        Text(
            "zhendao-provision tag write 机构 --port /dev/ttyAMA0 --role door",
            "zhendao-provision tag write authority --port /dev/ttyAMA0 --role door",
        ),
    ),
    Command(
        "tag read",
        Text("显示标签上的内容，并验证令牌", "show what is on a tag, and whether its token is good"),
        reading_arguments,
        _read,
        Text(
            "zhendao-provision tag read 机构 --port /dev/ttyAMA0",
            "zhendao-provision tag read authority --port /dev/ttyAMA0",
        ),
    ),
)
