"""What the sub-commands of `card` share: their options, and the desk that they make of them (reader, keys, books)."""

from __future__ import annotations

import argparse
import re
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhendao.command.output import line
from zhendao.protocol.vocabulary import Role, Technology
from zhendao.protocol.wording import Text
from zhendao.provisioning.commands import options
from zhendao.provisioning.commands.tags import FIVE_YEARS, ROLES, days, reading_arguments, token_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zhendao.command.parser import Parser
    from zhendao.protocol.wording import Language
    from zhendao.provisioning.authority import Authority
    from zhendao.provisioning.cards.examining import Examiner
    from zhendao.provisioning.cards.keys import KeyService
    from zhendao.provisioning.cards.writer import CardWriter, Done
    from zhendao.readers.reader import Reader

KINDS = {"ntag424": Technology.NTAG424, "cpu": Technology.CPU_CARD, "ntag21x": Technology.NTAG21X}
MOST_HOLDER = 64
CA = Path("tls/ca.crt")
LOCK = Path("cards/lock")
"""One command at a time writes cards from a folder: two would give one person two cards."""


def uid(text: str) -> bytes:
    """Return 4, 7 or 10 bytes of hexadecimal digits."""
    if not re.fullmatch(r"(?:[0-9a-fA-F]{2}){4}|(?:[0-9a-fA-F]{2}){7}|(?:[0-9a-fA-F]{2}){10}", text):
        raise argparse.ArgumentTypeError(f"{text!r}: not 8/14/20 hexadecimal digits")
    return bytes.fromhex(text)


def holder(text: str) -> str:
    """Return the number of a person or a place: 1 to 64 printable characters."""
    if not 0 < len(text) <= MOST_HOLDER or not text.isprintable() or text != text.strip():
        raise argparse.ArgumentTypeError(f"{text!r}: 1…{MOST_HOLDER}")
    return text


def keys_arguments(parser: Parser) -> None:
    """Add where the keys of cards come from."""
    parser.option(
        "--gateway",
        metavar="URL",
        text=Text(
            "网关接口 https://主机:端口，取卡密钥", "the gateway's interface https://HOST:PORT, for keys of cards"
        ),
    )
    parser.option(
        "--gateway-token",
        metavar="FILE",
        type=Path,
        text=Text("含 engineer 令牌的文件", "file with a token of the role engineer"),
    )
    parser.option(
        "--gateway-ca",
        metavar="FILE",
        type=Path,
        text=Text(
            "签发网关证书的 CA（PEM），缺省 DIR/tls/ca.crt", "authority of its certificate, default DIR/tls/ca.crt"
        ),
    )
    parser.option(
        "--keys",
        metavar="FILE",
        type=Path,
        text=Text(
            "事先由网关为本机加密的密钥文件（card keys）", "keys wrapped for this laptop beforehand (see card keys)"
        ),
    )


def card_arguments(parser: Parser, wait_s: int = 30) -> None:
    """Add DIR, the reader, the kind of card, the keys and the passphrase; ``wait_s``: see `reading_arguments`."""
    reading_arguments(parser, wait_s)
    parser.option(
        "--kind",
        choices=sorted(KINDS),
        text=Text(
            "卡的种类，缺省自动识别；空白 CPU 卡须指明 cpu",
            "kind of the card, found out by default; a blank CPU card must be named: cpu",
        ),
    )
    keys_arguments(parser)
    options.with_passphrase(parser)


def wish_arguments(parser: Parser) -> None:
    """Add what a card is to be written as, but for whom."""
    parser.option("--role", required=True, choices=sorted(ROLES), text=Text("令牌的角色", "what the token stands for"))
    parser.option(
        "--valid-days",
        type=days,
        default=FIVE_YEARS,
        metavar="N",
        text=Text(f"有效天数，缺省 {FIVE_YEARS}", f"days for which it is valid, default {FIVE_YEARS}"),
    )


def token_argument(parser: Parser) -> None:
    """Add --token-id."""
    parser.option(
        "--token-id",
        type=token_id,
        metavar="HEX",
        text=Text("令牌编号（32 位十六进制），缺省随机", "id of the token, 32 hexadecimal digits; default: random"),
    )


def key_service(arguments: argparse.Namespace, authority: Authority) -> KeyService:
    """Return where the keys come from by the options; `NoKeys` where nothing was said."""
    from zhendao.provisioning.cards.gateway_keys import GatewayKeys, token_from  # noqa: PLC0415 - as options.opened
    from zhendao.provisioning.cards.keys import NoKeys  # noqa: PLC0415 - as above
    from zhendao.provisioning.cards.sealed_keys import laptop_key, open_sealed  # noqa: PLC0415 - as above

    if arguments.keys is not None and authority.passphrase is not None:
        key = laptop_key(arguments.folder, authority.suite, authority.passphrase)
        return open_sealed(arguments.keys, key)
    if arguments.gateway is None:
        return NoKeys()
    token = "" if arguments.gateway_token is None else token_from(arguments.gateway_token)
    usual = arguments.folder / CA
    return GatewayKeys(arguments.gateway, token, arguments.gateway_ca or (usual if usual.exists() else None))


def opened(arguments: argparse.Namespace, language: Language, *, signs: bool) -> Authority:
    """Open the authority; with its passphrase where something is signed, or a file of keys is to be opened."""
    from zhendao.provisioning.authority import Authority  # noqa: PLC0415 - help must not load cryptography

    if signs or arguments.keys is not None:
        return options.opened(arguments, language)
    return Authority.open(arguments.folder)


def issuers(authority: Authority) -> dict[bytes, Any]:
    """Return the keys that sign, or signed, tokens of this authority, by key id."""
    from zhendao.provisioning.authority import TOKEN_ISSUER  # noqa: PLC0415 - as above

    certificates = (authority.token_issuer_certificate, *authority.old(TOKEN_ISSUER))
    found = [authority.suite.verifying_key(one.spki) for one in certificates]
    return {key.key_id: key for key in found}


@contextmanager
def reader_of(arguments: argparse.Namespace) -> Iterator[Reader]:
    """Give the reader that ``--port`` names, and let go of it. Raises `ReaderError`."""
    from zhendao.readers.drivers import reader_at  # noqa: PLC0415 - nor the reader's driver

    reader = reader_at(arguments.port)
    try:
        yield reader
    finally:
        reader.close()


@contextmanager
def writer_of(
    arguments: argparse.Namespace, language: Language, *, signs: bool
) -> Iterator[tuple[CardWriter, Authority]]:
    """Give the writer that the options describe, with its authority."""
    from zhendao.provisioning.cards.writer import CardWriter  # noqa: PLC0415 - as above
    from zhendao.provisioning.folders import alone  # noqa: PLC0415 - as above

    authority = opened(arguments, language, signs=signs)
    issuer = authority.token_issuer() if signs else None
    service = key_service(arguments, authority)
    with alone(arguments.folder / LOCK), reader_of(arguments) as reader:
        yield CardWriter(authority.folder, authority.suite, issuer, issuers(authority), reader, service), authority


@contextmanager
def examiner_of(arguments: argparse.Namespace, language: Language) -> Iterator[Examiner]:
    """Give the examiner that the options describe."""
    from zhendao.provisioning.cards.examining import Examiner  # noqa: PLC0415 - as above

    authority = opened(arguments, language, signs=False)
    named = arguments.keys is not None or arguments.gateway is not None
    service = key_service(arguments, authority) if named else None
    with reader_of(arguments) as reader:
        yield Examiner(authority.folder, authority.suite, issuers(authority), reader, service)


def ask(arguments: argparse.Namespace, language: Language, what: Text | None = None) -> None:
    """Ask the person for a card."""
    if not arguments.json:
        line((what or Text("请把一张卡放到读卡器上……", "hold one card to the reader …")).in_(language))


def kind_of(arguments: argparse.Namespace) -> Technology | None:
    """Return what the person said of the card."""
    return None if arguments.kind is None else KINDS[arguments.kind]


def now_s() -> int:
    """Return seconds since 1970 UTC."""
    return int(time.time())


def note(authority: Authority, act: str, done: Done) -> None:
    """Write an act on a card into the authority's diary, and the registry's table of tokens."""
    from zhendao.provisioning.cards.goals import TokenGoal  # noqa: PLC0415 - as above
    from zhendao.provisioning.cards.register import write_registry  # noqa: PLC0415 - as above

    goal = done.goal
    facts = {"uid": goal.uid.hex(), "technology": goal.technology.name.lower()}
    if isinstance(goal, TokenGoal):
        facts |= {"token_id": goal.token_id.hex(), "role": goal.role.name.lower(), "holder": goal.holder}
    write_registry(authority.folder)
    authority.note(act, now_s(), **facts)


def as_json(done: Done) -> dict[str, object]:
    """Return what a program is told of a card that is done."""
    from zhendao.provisioning.cards.writer import Written  # noqa: PLC0415 - as above

    goal = done.goal
    told: dict[str, object] = {"uid": goal.uid.hex(), "technology": goal.technology.name.lower()}
    if not isinstance(done, Written):
        return {**told, "blank": True}
    goal = done.goal
    return {
        **told,
        "token_id": goal.token_id.hex(),
        "role": goal.role.name.lower(),
        "holder": goal.holder or None,
        "not_before_s": goal.not_before_s,
        "not_after_s": goal.not_after_s,
        "strength": done.strength.name.lower(),
        "resumed": done.resumed,
    }


ROLE_WORDS = {
    Role.DOOR: Text("门牌", "door tag"),
    Role.CAREGIVER: Text("护理员卡", "caregiver's card"),
    Role.ELDER: Text("老人卡", "elder's card"),
    Role.ENGINEER: Text("工程卡", "engineer's card"),
}


def as_text(done: Done) -> Text:
    """Return what a person is told of a card that is done."""
    from zhendao.provisioning.cards.writer import Written  # noqa: PLC0415 - as above

    if not isinstance(done, Written):
        uid = done.goal.uid.hex()
        return Text(f"卡 {uid} 已恢复空白", f"card {uid} is blank again")
    goal = done.goal
    what, strength = ROLE_WORDS[goal.role], done.strength.name.lower()
    zh = f"，持有者 {goal.holder}" if goal.holder else "，备用"
    en = f" of {goal.holder}" if goal.holder else ", spare"
    until = time.strftime("%Y-%m-%d", time.gmtime(goal.not_after_s))
    card, token = goal.uid.hex(), goal.token_id.hex()
    return Text(
        f"已写入并核对：{what.zh}{zh}，卡 {card}，令牌 {token}，强度 {strength}，有效至 {until}",
        f"written and proved: {what.en}{en}, card {card}, token {token}, strength {strength}, valid until {until}",
    )
