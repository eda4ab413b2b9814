"""Where the authority keeps its sites: ``sites/DEVICE/`` with survey, site, and each certificate of acceptance."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from zhendao.protocol.enrolment import ANSWER_BYTES, open_answer
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.statement import STATEMENT_BYTES
from zhendao.protocol.vocabulary import Role
from zhendao.protocol.wording import Text
from zhendao.provisioning import token_log
from zhendao.provisioning.cards.holdings import holdings
from zhendao.provisioning.duty import Duty
from zhendao.provisioning.errors import FolderUnusableError
from zhendao.provisioning.folders import read_file, write_file
from zhendao.provisioning.site.acceptance import SiteError

if TYPE_CHECKING:
    from pathlib import Path

    from zhendao.protocol.statement import Statement
    from zhendao.provisioning.authority import Authority

SITES, SURVEY, SITE = "sites", "survey.json", "site.json"


def folder_of(authority: Authority, device: str) -> Path:
    """Return where what is known of a terminal's site is kept."""
    return authority.folder / SITES / device


def duty_of(authority: Authority, device: str) -> Duty:
    """Return what the terminal was approved for. Raises `SiteError` where it was not."""
    path = authority.folder / "terminals" / device / "answer.cbor"
    try:
        return Duty.of(open_answer(read_file(path, ANSWER_BYTES)))
    except (FolderUnusableError, ProtocolError) as error:
        raise SiteError(
            Text(f"终端 {device} 未在本机构注册", f"terminal {device} has not joined this authority"),
            Text(
                "请先批准它：zhendao-provision terminal approve", "approve it first: zhendao-provision terminal approve"
            ),
        ) from error


def door_of(authority: Authority, duty: Duty, asked: bytes | None) -> bytes | None:
    """Return the door tag of the site: the one bound at approval, or the one ``asked`` for if nothing contradicts it.

    Raises:
        SiteError: another one is bound, or it is no door tag that this authority wrote.
    """
    if asked is None:
        return duty.door
    if duty.door is not None and duty.door != asked:
        raise SiteError(
            Text(f"终端绑定的门牌是 {duty.door.hex()}", f"the terminal is bound to the door tag {duty.door.hex()}"),
            Text("请用那张门牌，或重新批准终端以改绑", "use that tag, or approve the terminal anew with this one"),
        )
    held = holdings(token_log.read(authority.folder), ()).by_token.get(asked)
    if held is None or held.token.role is not Role.DOOR:
        raise SiteError(
            Text(
                f"{asked.hex()} 不是本机构写入的门牌", f"{asked.hex()} is no door tag that this authority has written"
            ),
            Text("请核对令牌编号（tag read 可显示）", "check the token id: tag read shows it"),
        )
    return asked


def keep(authority: Authority, survey: Statement, site: dict[str, Any]) -> None:
    """Keep a survey and its site in the place of what was known before."""
    folder = folder_of(authority, site["device"])
    write_file(folder / SURVEY, survey.encode())
    write_file(folder / SITE, json.dumps(site, ensure_ascii=False, indent=1).encode() + b"\n")


def known(authority: Authority, device: str) -> dict[str, Any]:
    """Return what is known of a site. Raises `SiteError` where nothing is."""
    path = folder_of(authority, device) / SITE
    try:
        found = json.loads(read_file(path, STATEMENT_BYTES))
    except (FolderUnusableError, ValueError) as error:
        raise SiteError(
            Text(f"终端 {device} 还没有测量记录", f"the site of terminal {device} has not been surveyed"),
            Text("请先运行 zhendao-provision site survey", "run zhendao-provision site survey first"),
        ) from error
    if not isinstance(found, dict):
        raise SiteError(Text(f"{path} 已损坏", f"{path} is damaged"))
    return found
