"""Invitations: one-time codes that an official hands out, each for one terminal with one duty in one home.

Promise: the code is nowhere in the folder, only the slow hash that proves it; a code is good until it is used, has run
out, or was tried wrong so many times. Each try is counted on the disk before its outcome is told.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from zhendao.protocol.enrolment import Request
from zhendao.protocol.invitation import Code, is_invited
from zhendao.protocol.vocabulary import Mounting, Placement
from zhendao.protocol.wording import Text
from zhendao.provisioning.authority import Authority
from zhendao.provisioning.duty import Duty
from zhendao.provisioning.errors import ApprovalError, ProvisioningError
from zhendao.provisioning.folders import SECRET, read_file, write_file

FOLDER: Final = "invitations"
HOURS, TRIES = 72, 5
_MOST: Final = 4096


class InvitationError(ApprovalError):
    """A code that is not, or no longer, good."""

    code = "invitation"


@dataclass(frozen=True)
class Home:
    """Where a terminal is to stand: its duty, and the number of the elder or place in the gateway's registry."""

    duty: Duty
    elder: str | None = None


@dataclass(frozen=True)
class Invitation:
    """One invitation as it is kept; ``key`` proves the code, ``device`` is who came."""

    id: str
    key: bytes
    home: Home
    expires_s: int
    tries_left: int
    device: str | None = None


def new_invitation(authority: Authority, code: Code, home: Home, expires_s: int, tries: int, now_s: int) -> Invitation:
    """Keep an invitation under ``code``; raises `InvitationError` where one of the same id is still open."""
    path = _path(authority, code.id)
    if path.exists() and is_open(_read(path), now_s):
        raise InvitationError(Text("编号重复，请重试", "there is one of this number; try again"))
    made = Invitation(code.id, code.key(), home, expires_s, tries)
    _write(path, made)
    authority.note(
        "terminal invite", now_s, invitation=code.id, expires=expires_s, elder=home.elder, **_said(home.duty)
    )
    return made


def invitations(authority: Authority) -> list[Invitation]:
    """Return every invitation that was made, in order of their ids."""
    return [_read(path) for path in sorted((authority.folder / FOLDER).glob("*.json"))]


def is_open(one: Invitation, now_s: int) -> bool:
    """Tell whether a terminal may still come with it."""
    return one.device is None and now_s < one.expires_s and one.tries_left > 0


def admit(authority: Authority, proof: tuple[str, bytes], request: Request, data: bytes, now_s: int) -> Invitation:
    """Return the invitation that ``proof``, the (id, mac) beside a request, proves; a wrong one costs one of its tries.

    ``data`` are the bytes of ``request``.

    Raises:
        InvitationError: there is none, it was used by another terminal, has run out, or the proof is wrong.
    """
    (invitation_id, mac), device = proof, request.device.hex()
    path = _path(authority, invitation_id)
    if not invitation_id.isalnum() or not path.exists():
        raise InvitationError(Text("没有这个邀请码", "there is no such code"))
    one = _read(path)
    if not is_open(one, now_s) and one.device != device:
        raise InvitationError(
            Text("邀请码已使用、过期或多次输错", "the code was used, has run out, or was tried wrong too often"),
            Text("请重新生成：terminal invite", "make a new one: terminal invite"),
        )
    if one.device is None:
        _write(path, Invitation(one.id, one.key, one.home, one.expires_s, one.tries_left - 1))
    if not is_invited(request.suite, one.key, data, mac):
        authority.note("terminal refuse", now_s, invitation=one.id, device=device, tries_left=one.tries_left - 1)
        left = one.tries_left - 1
        raise InvitationError(Text(f"邀请码不对，还可再试 {left} 次", f"the code is wrong, {left} tries are left"))
    return one


def use(authority: Authority, one: Invitation, device: str) -> None:
    """Note who came: the code is good for nobody else."""
    _write(_path(authority, one.id), Invitation(one.id, one.key, one.home, one.expires_s, one.tries_left, device))


def _path(authority: Authority, invitation_id: str) -> Path:
    return authority.folder / FOLDER / f"{invitation_id}.json"


def _said(duty: Duty) -> dict[str, Any]:
    return {
        "placement": duty.placement.name.lower(),
        "mounting": duty.mounting.name.lower(),
        "door": None if duty.door is None else duty.door.hex(),
    }


def _write(path: Path, one: Invitation) -> None:
    values = {**asdict(one), "key": one.key.hex(), "home": {**_said(one.home.duty), "elder": one.home.elder}}
    write_file(path, json.dumps(values).encode(), SECRET)


def _read(path: Path) -> Invitation:
    try:
        values = json.loads(read_file(path, _MOST))
        home = values["home"]
        door = None if home["door"] is None else bytes.fromhex(home["door"])
        duty = Duty(Placement[home["placement"].upper()], Mounting[home["mounting"].upper()], door)
        key = bytes.fromhex(values["key"])
        kept = Home(duty, home["elder"])
        return Invitation(values["id"], key, kept, values["expires_s"], values["tries_left"], values["device"])
    except (ValueError, KeyError, TypeError) as error:
        raise ProvisioningError(Text(f"{path} 已损坏", f"{path} is damaged: {error}")) from error
