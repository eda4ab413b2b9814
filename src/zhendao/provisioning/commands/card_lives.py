"""`zhendao-provision card spare`, `replace`, `revoke`, `keys`: what becomes of cards, and what writing them needs."""

import argparse

from zhendao.command.output import emit_json, line
from zhendao.command.parser import Command, Parser
from zhendao.protocol.wording import Language, Text
from zhendao.provisioning.commands import card_desk as desk
from zhendao.provisioning.commands import options
from zhendao.provisioning.commands.tags import ROLES, token_id

_LOAD = "zhendao-gateway registry load {} --config gateway.toml"


def _spare_arguments(parser: Parser) -> None:
    desk.card_arguments(parser)
    desk.wish_arguments(parser)


def _spare(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.provisioning.cards.writer import Wish  # noqa: PLC0415 - help must not load cryptography
    from zhendao.provisioning.tags import wait_for_one  # noqa: PLC0415 - as above

    with desk.writer_of(arguments, language, signs=True) as (writer, authority):
        desk.ask(arguments, language)
        wish = Wish(ROLES[arguments.role], valid_days=arguments.valid_days)
        done = writer.write(wait_for_one(writer.reader, arguments.wait), wish, desk.kind_of(arguments))
    desk.note(authority, "card spare", done)
    emit_json(desk.as_json(done)) if arguments.json else line(desk.as_text(done).in_(language))
    return 0


def _reason(parser: Parser) -> None:
    parser.option(
        "--reason",
        choices=("lost", "broken", "left", "revoked"),
        required=True,
        text=Text("lost 遗失，broken 损坏，left 离职，revoked 停用", "lost, broken, left (the service), or revoked"),
    )


def _replace_arguments(parser: Parser) -> None:
    desk.card_arguments(parser)
    desk.wish_arguments(parser)
    parser.option(
        "--holder", type=desk.holder, required=True, metavar="ID", text=Text("持有者编号", "whose card is replaced")
    )
    _reason(parser)


def _replace(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.provisioning.cards.lives import Lives  # noqa: PLC0415 - as above
    from zhendao.provisioning.cards.replacing import replace  # noqa: PLC0415 - as above
    from zhendao.provisioning.cards.writer import Wish  # noqa: PLC0415 - as above
    from zhendao.provisioning.tags import wait_for_one  # noqa: PLC0415 - as above

    wish = Wish(ROLES[arguments.role], arguments.holder, valid_days=arguments.valid_days)
    with desk.writer_of(arguments, language, signs=True) as (writer, authority):
        desk.ask(arguments, language, Text("请放新卡或备用卡……", "hold the new card, or a spare one, to the reader …"))
        target = wait_for_one(writer.reader, arguments.wait)
        lives = Lives(authority.folder, desk.now_s)
        done = replace(writer, lives, target, wish, arguments.reason, desk.kind_of(arguments))
    new, old = done.new.token, [one.token for one in done.old]
    authority.note(
        "card replace",
        desk.now_s(),
        holder=arguments.holder,
        new=new.token_id.hex(),
        old=[o.token_id.hex() for o in old],
    )
    if arguments.json:
        emit_json(
            {
                "holder": arguments.holder,
                "uid": new.uid.hex(),
                "token_id": new.token_id.hex(),
                "revoked": [{"uid": one.uid.hex(), "token_id": one.token_id.hex()} for one in old],
                "registry": str(done.registry),
            }
        )
        return 0
    gone = "、".join(one.uid.hex() for one in old) or "–"
    said = Text(
        f"{arguments.holder} 的新卡：{new.uid.hex()}；已停用：{gone}\n请在网关登记，旧卡即进入停用名单：",
        f"new card of {arguments.holder}: {new.uid.hex()}; ended: {gone}\n"
        "load the registry at the gateway, and the old card is on the blocklist:",
    )
    line(said.in_(language))
    line("  " + _LOAD.format(done.registry.parent))
    return 0


def _revoke_arguments(parser: Parser) -> None:
    options.authority(parser)
    parser.option("--token", type=token_id, metavar="HEX", text=Text("令牌编号", "token id"))
    parser.option("--uid", type=desk.uid, metavar="HEX", text=Text("芯片号", "uid of the card"))
    parser.option("--holder", type=desk.holder, metavar="ID", text=Text("持有者编号", "whose card"))
    _reason(parser)


def _revoke(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.command.errors import UsageError  # noqa: PLC0415 - as above
    from zhendao.provisioning.authority import Authority  # noqa: PLC0415 - as above
    from zhendao.provisioning.cards.lives import Lives, Which  # noqa: PLC0415 - as above
    from zhendao.provisioning.cards.register import FILE  # noqa: PLC0415 - as above

    given = [one for one in (arguments.token, arguments.uid, arguments.holder) if one]
    if len(given) != 1:
        raise UsageError(Text("--token、--uid、--holder 三者取一", "give one of --token, --uid and --holder"))
    authority = Authority.open(arguments.folder)
    which = Which(arguments.token, arguments.uid, arguments.holder or "")
    held = Lives(arguments.folder, desk.now_s).revoke(which, arguments.reason)
    token, where = held.token, arguments.folder / FILE
    authority.note("card revoke", desk.now_s(), token_id=token.token_id.hex(), reason=arguments.reason)
    reason = "lost" if arguments.reason == "lost" else "revoked"
    now = f"zhendao-gateway blocklist add --token {token.token_id.hex()} --reason {reason} --config gateway.toml"
    if arguments.json:
        emit_json(
            {
                "token_id": token.token_id.hex(),
                "uid": token.uid.hex(),
                "holder": held.holder or None,
                "reason": arguments.reason,
                "registry": str(where),
                "command": now,
            }
        )
        return 0
    said = Text(
        f"已停用：卡 {token.uid.hex()}，令牌 {token.token_id.hex()}\n请在网关登记，或立即列入停用名单：",
        f"ended: card {token.uid.hex()}, token {token.token_id.hex()}\n"
        "load the registry at the gateway, or put it on the blocklist at once:",
    )
    line(said.in_(language))
    line("  " + _LOAD.format(where.parent))
    line("  " + now)
    return 0


def _key_arguments(parser: Parser) -> None:
    options.authority(parser)
    options.with_passphrase(parser)


def _key(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.provisioning.cards.sealed_keys import make_laptop_key  # noqa: PLC0415 - as above
    from zhendao.provisioning.errors import PassphraseError  # noqa: PLC0415 - as above

    authority = options.opened(arguments, language)
    authority.token_issuer()  # a passphrase that does not open the authority's keys is a slip of the finger
    if authority.passphrase is None:
        raise PassphraseError(Text("需要口令", "the passphrase is needed"))
    where = make_laptop_key(authority.folder, authority.suite, authority.passphrase)
    authority.note("card keys", desk.now_s(), file=str(where.name))
    if arguments.json:
        emit_json({"public": str(where)})
        return 0
    said = Text(
        f"公钥：{where}\n在网关上为它加密卡密钥，把所得文件带回，写卡时用 --keys：",
        f"public key: {where}\nwrap keys of cards for it at the gateway, bring that file back, and write with --keys:",
    )
    line(said.in_(language))
    line(f"  zhendao-gateway cards keys --uids cards.csv --for {where.name} --out cards.zdp --config gateway.toml")
    return 0


COMMANDS = (
    Command(
        "card spare",
        Text("写一张备用卡，以后交给任何人", "write a card for nobody yet"),
        _spare_arguments,
        _spare,
        Text(
            "zhendao-provision card spare 机构 --role caregiver --port pcsc: --keys cards.zdp",
            "zhendao-provision card spare authority --role caregiver --port pcsc: --keys cards.zdp",
        ),
    ),
    Command(
        "card replace",
        Text("给某人换卡（新卡或备用卡），停用其旧卡", "give somebody a new card or a spare one, and end the old one"),
        _replace_arguments,
        _replace,
        Text(
            "zhendao-provision card replace 机构 --holder C001 --role caregiver --reason lost --port pcsc:",
            "zhendao-provision card replace authority --holder C001 --role caregiver --reason lost --port pcsc: "
            "--keys cards.zdp",
        ),
    ),
    Command(
        "card revoke",
        Text(
            "停用一张卡（遗失、损坏、离职），不需要读卡器",
            "end a card that is lost, broken or given back; no reader needed",
        ),
        _revoke_arguments,
        _revoke,
        Text(
            "zhendao-provision card revoke 机构 --holder C001 --reason lost",
            "zhendao-provision card revoke authority --holder C001 --reason lost",
        ),
    ),
    Command(
        "card keys",
        Text(
            "为没有网络的写卡准备：生成本机密钥，网关据此加密卡密钥",
            "prepare for writing without a network: make the key that the gateway wraps keys of cards for",
        ),
        _key_arguments,
        _key,
        Text("zhendao-provision card keys 机构", "zhendao-provision card keys authority"),
    ),
)
