"""`zhendao-gateway cards`: the card master keys, keys of single cards for a laptop, and what was found about tokens.

Promise: no key is ever printed; what leaves is wrapped for the escrow, or for one laptop, and each card is written
down before its keys are.
"""

import argparse
import os
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from zhendao.command.output import emit_json, line, table
from zhendao.gateway.accesses.shell import read_at_shell
from zhendao.gateway.config import GatewayConfig, read_config
from zhendao.gateway.keyring import load_keyring
from zhendao.gateway.registry.commands import this_user
from zhendao.gateway.store.opening import opened
from zhendao.gateway.store.sealing import StoreKey
from zhendao.gateway.tokens.errors import CardsError
from zhendao.gateway.tokens.giving import KEYED, Asked, Giver, NoMastersError, open_uid, technology_called
from zhendao.gateway.tokens.listing import Wanted, findings
from zhendao.gateway.tokens.masters import Custody, Master
from zhendao.gateway.tokens.parcels import recipient_of, write_secret
from zhendao.gateway.tokens.tables import GIVEN
from zhendao.protocol.cards.diversify import check_value
from zhendao.protocol.cards.parcel import seal_card_keys, seal_masters
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.vocabulary import Technology
from zhendao.protocol.wording import Language, Text

MOST = 1_000
"""Findings listed at a time."""
_UID_BYTES = (4, 7, 10)
_WORDS = {technology: word for word, technology in KEYED.items()}


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _custody(config: GatewayConfig, key: StoreKey) -> Custody:
    return Custody(config.keys, key, os.environ)


def new_command(arguments: argparse.Namespace, language: Language) -> int:
    """Make the next version."""
    config = read_config(Path(arguments.config))
    with opened(config) as (_, key):
        made = _custody(config, key).add(_now_ms())
    if arguments.json:
        emit_json(_shown(made))
        return 0
    line(Text(f"已生成第 {made.version} 版", f"made version {made.version}").in_(language))
    hint = Text(
        "请用 cards master export-escrow 交密钥托管处一份；备份 card-masters.sealed 与 store.key",
        "hand a copy to the escrow with cards master export-escrow; back up card-masters.sealed and store.key",
    )
    line(hint.in_(language))
    return 0


def ls_command(arguments: argparse.Namespace, language: Language) -> int:
    """List the versions."""
    config = read_config(Path(arguments.config))
    with opened(config) as (_, key):
        found = [_shown(one) for one in _custody(config, key).load()]
    if arguments.json:
        emit_json(found)
        return 0
    headers = Text("版本 生成 AES校验值 SM4校验值", "version made aes-check sm4-check").in_(language).split()
    table(headers, [(o["version"], _date(int(o["made_ms"])), o["aes"], o["sm4"]) for o in found])
    return 0


def escrow_command(arguments: argparse.Namespace, language: Language) -> int:
    """Wrap all versions for the escrow."""
    config = read_config(Path(arguments.config))
    keyring = load_keyring(config.keys)
    escrow = recipient_of(Path(getattr(arguments, "for")))
    certificate = escrow.trusted(keyring.trust, _now_ms() // 1000)
    if certificate is None or certificate.role != "escrow":
        raise CardsError(
            Text(f"{escrow.path} 不是本租户密钥托管处的证书", f"{escrow.path} is not the certificate of our escrow"),
            Text("见颁发机构文件夹 escrow/escrow.crt", "see escrow/escrow.crt in the authority's folder"),
        )
    with opened(config) as (_, key):
        masters = _custody(config, key).load()
    if not masters:
        raise NoMastersError(None)
    parcel = seal_masters(certificate.suite, certificate.spki, [one.keys for one in masters])
    write_secret(Path(arguments.out), parcel)
    return _written(arguments, language, len(masters), certificate.suite.key_id(certificate.spki))


def keys_command(arguments: argparse.Namespace, language: Language) -> int:
    """Wrap keys of single cards for a laptop."""
    config = read_config(Path(arguments.config))
    asked = _cards(Path(arguments.uids))
    laptop = recipient_of(Path(getattr(arguments, "for")))
    with opened(config) as (store, key):
        giver = Giver(key, _custody(config, key).load, config.tokens.keys_an_hour)
        with store.writing() as connection:
            keys = giver.give_many(connection, asked, laptop.key_id, _now_ms())
        write_secret(Path(arguments.out), seal_card_keys(laptop.suite, laptop.spki, keys))
    return _written(arguments, language, len(keys), laptop.key_id)


def given_command(arguments: argparse.Namespace, language: Language) -> int:
    """List whose keys were given to whom."""
    config = read_config(Path(arguments.config))
    with opened(config) as (store, key), store.reading() as connection:
        found = [
            {
                "at_ms": row.at_ms,
                "to": row.token_id,
                "uid": open_uid(key, row.uid, row.tag).hex(),
                "technology": _WORDS[Technology(row.technology)],
                "version": row.version,
                "recipient": row.recipient or None,
            }
            for row in connection.execute(select(GIVEN).order_by(GIVEN.c.id))
        ]
        read_at_shell(store, "card keys given", f"by={this_user()}", len(found), names=True)
    if arguments.json:
        emit_json(found)
        return 0
    headers = Text("时间 令牌 卡号 技术 版本 收件密钥", "at token uid technology version recipient").in_(language)
    table(headers.split(), [(_date(int(str(one["at_ms"]))), *list(one.values())[1:]) for one in found])
    return 0


def findings_command(arguments: argparse.Namespace, language: Language) -> int:
    """List what is wrong with cards and door tags, the newest first."""
    config = read_config(Path(arguments.config))
    wanted = Wanted(_hex(arguments.device), _hex(arguments.uid), healed=arguments.all)
    with opened(config) as (store, key), store.reading() as connection:
        found = findings(connection, key, wanted, limit=MOST, numbers=wanted.uid is not None)
        read_at_shell(store, "card findings", f"by={this_user()}", len(found), names=wanted.uid is not None)
    if arguments.json:
        emit_json(found)
        return 0
    headers = Text("发现 终端 记录 卡号 什么 说明", "found terminal event uid as meaning").in_(language).split()
    rows = [
        (_date(o["found_ms"]), o["device"], o["seq"], o["uid"], o["finding"], Text(o["zh"], o["en"]).in_(language))
        for o in found
    ]
    table(headers, rows)
    return 0


def _hex(text: str | None) -> bytes | None:
    try:
        return None if text is None else bytes.fromhex(text)
    except ValueError:
        raise CardsError(
            Text(f"{text} 不是十六进制", f"{text} is not hex"), Text("如 04de5f1eacc040", "such as 04de5f1eacc040")
        ) from None


def _shown(master: Master) -> dict[str, int | str]:
    keys = master.keys
    return {
        "version": master.version,
        "made_ms": master.made_ms,
        "aes": check_value("aes", keys.aes).hex(),
        "sm4": check_value("sm4", keys.sm4).hex(),
    }


def _date(moment_ms: int) -> str:
    return datetime.fromtimestamp(moment_ms / 1000, UTC).isoformat(timespec="seconds")


def _written(arguments: argparse.Namespace, language: Language, count: int, key_id: bytes) -> int:
    if arguments.json:
        emit_json({"out": arguments.out, "count": count, "recipient": key_id.hex()})
    else:
        said = Text(
            f"已写入 {arguments.out}：{count} 项，只有密钥 {key_id.hex()} 的持有者能打开",
            f"wrote {arguments.out}: {count}, which only the owner of key {key_id.hex()} can open",
        )
        line(said.in_(language))
    return 0


def _cards(path: Path) -> list[Asked]:
    """Read the list of cards; every bad line is named."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CardsError(Text(f"无法读取 {path}", f"{path} cannot be read: {error}")) from error
    found, bad = [], []
    for number, words in enumerate(lines, 1):
        if not words.strip():
            continue
        try:
            found.append(_card(words))
        except (ValueError, ProtocolError):
            bad.append(str(number))
    if bad or not found:
        rows = "、".join(bad[:20]) or "–"
        raise CardsError(
            Text(f"{path} 第 {rows} 行不合规", f"{path}: line {', '.join(bad[:20]) or '–'} is not a card"),
            Text("每行：卡号,技术[,版本]", "each line: UID,TECHNOLOGY[,VERSION]"),
        )
    return found


def _card(words: str) -> Asked:
    uid, technology, *version = (part.strip() for part in words.split(","))
    asked = Asked(bytes.fromhex(uid), technology_called(technology), int(version[0]) if version else None)
    if len(asked.uid) not in _UID_BYTES or len(version) > 1:
        raise ValueError(words)
    return asked
