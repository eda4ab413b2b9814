"""From the settings of a channel to its way, with its secrets read out of their files."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from zhendao.gateway.keyring import read_token
from zhendao.gateway.reminders.errors import ReminderError
from zhendao.gateway.reminders.settings import DINGTALK, SMS, ChannelTable, RemindTable
from zhendao.gateway.reminders.ways.dingtalk import DingTalk
from zhendao.gateway.reminders.ways.provider import Provider, read_provider
from zhendao.gateway.reminders.ways.way import Way
from zhendao.gateway.reminders.ways.wecom import WeCom
from zhendao.gateway.reminders.wording import words_of
from zhendao.protocol.wording import Text

_TABLE: Final = "remind.channel"


def make_way(table: ChannelTable, folder: Path) -> tuple[Way, tuple[str, ...]]:
    """Return the way of ``table`` and what is secret of it; ``folder``: of the settings file.

    Raises `KeysError` for a file that cannot be read, `ReminderError` for one that is empty or a provider that is none.
    """
    token, secret = (read_token(path, _TABLE) for path in (table.token_file, table.secret_file))
    for path, found in ((table.token_file, token), (table.secret_file, secret)):
        if path is not None and not (found and found.isprintable() and " " not in found):
            raise ReminderError(
                Text(f"{path} 须只有一个令牌", f"{path} must hold one token and nothing else"),
                Text("把令牌写成一行", "write the token as one line"),
            )
    secrets = tuple(one for one in (token, secret) if one)
    if table.kind == SMS:
        return Provider(read_provider(table.provider, folder), table.target, token or ""), secrets
    if table.kind == DINGTALK:
        return DingTalk(table.target, token or "", secret or "", mention=table.mention), secrets
    return WeCom(table.target, token or "", mention=table.mention), secrets


def check_files(plans: Iterable[RemindTable], folder: Path) -> None:
    """Read every file that ``plans`` name, so that what is wrong in one is told before anything is opened.

    Raises as `make_way` and `words_of` do.
    """
    for plan in plans:
        words_of(plan.language, plan.words)
        for table in plan.channel:
            make_way(table, folder)
